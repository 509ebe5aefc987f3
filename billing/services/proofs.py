"""Receipts and other proofs as files: what they are is read from their bytes, never from their names."""

from dataclasses import dataclass
from datetime import date

from billing.errors import InvalidInput
from billing.services.acting import Act
from billing.store.files import NewFile, store_file
from billing.store.session import TenantSession
from billing.store.tables import StoredFile
from billing.store.tables.kinds import RetentionClass

LARGEST = 25 * 1024 * 1024
_LONGEST_NAME = 255
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_YEARS_KEPT = {RetentionClass.VOUCHER: 8, RetentionClass.LETTER: 6}
"""§ 147 Abs. 3 AO, § 257 Abs. 4 HGB: vouchers 8 years, business letters 6, from the end of the calendar year."""


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A file as somebody handed it in."""

    name: str
    content: bytes


def keep_proof(session: TenantSession, act: Act, file: ProofFile, kept_as: RetentionClass, path: str) -> StoredFile:
    """Keep a receipt (voucher) or a mail (letter); InvalidInput when it is empty, too large or of no known type."""
    name = _safe_name(file.name, path)
    media_type = _media_type(file.content, name, path)
    retain_until = date(act.at.year + _YEARS_KEPT[kept_as], 12, 31)
    new = NewFile(name, media_type, file.content, kept_as, retain_until)
    return store_file(session, new, recorded_at=act.at, recorded_by=act.name)


def _safe_name(name: str, path: str) -> str:
    """Take the last part of a name: a path of somebody's machine is nothing to keep."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last.strip(".") or not last.isprintable() or len(last) > _LONGEST_NAME:
        raise InvalidInput("file_name_invalid", path=path, value=name)
    return last


def _media_type(content: bytes, name: str, path: str) -> str:
    if not content:
        raise InvalidInput("file_is_empty", path=path, value=name)
    if len(content) > LARGEST:
        raise InvalidInput("file_too_large", path=path, value=name, most=LARGEST // 1024**2)
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    if not _is_text(content):
        raise InvalidInput("file_type_unknown", path=path, value=name)
    return "message/rfc822" if name.lower().endswith(".eml") else "text/plain"


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character in "\t\r\n\f" for character in text.removeprefix("\ufeff"))
