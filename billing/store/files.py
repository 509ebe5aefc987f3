"""Files behind one small interface: bytes in `stored_file`, sealed, with the SHA-256 of the plain bytes."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.canonical import fingerprint
from billing.errors import NotFound, Problem
from billing.store.session import TenantSession
from billing.store.tables import StoredFile
from billing.store.tables.kinds import RetentionClass


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to keep: its name on screen, media type, plain bytes, and how long the law wants it kept."""

    name: str
    media_type: str
    content: bytes
    retention_class: RetentionClass
    retain_until: date


def store_file(session: TenantSession, file: NewFile, *, recorded_at: datetime, recorded_by: str) -> StoredFile:
    """Seal and keep a file; its row never changes afterwards."""
    row = StoredFile(
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        sha256=fingerprint(file.content),
        content=file.content,
        key_id=session.ring.current,
        retention_class=file.retention_class,
        retain_until=file.retain_until,
        recorded_at=recorded_at,
        recorded_by_name=recorded_by,
    )
    session.add(row)
    session.flush()
    return row


def read_file(session: TenantSession, file_id: int) -> StoredFile:
    """Give a file with its plain bytes, proved against its hash; NotFound, or Problem `file_damaged`."""
    row = session.get(StoredFile, file_id)
    if row is None:
        raise NotFound("file_unknown", file=file_id)
    if fingerprint(row.content) != row.sha256:
        raise Problem("file_damaged", file=file_id, name=row.name)
    return row
