"""The traces of what was deleted: found again by who knows the name a row had, and by nobody else."""

from sqlmodel import col, select

from billing.errors import InvalidInput
from billing.store.session import TenantSession
from billing.store.tables import RetentionRecord


def reference_digest(session: TenantSession, table: str, reference: str) -> str:
    """Give the keyed digest that stands for a row's name; of an invoice that is series, year and number in it."""
    return session.ring.digest(f"{table}:{reference}")


def gone_under(session: TenantSession, table: str, reference: str) -> RetentionRecord:
    """Give the record of a row by the name it had; InvalidInput when nothing of this name was deleted."""
    record = _record_of(session, table, reference)
    if record is None:
        raise InvalidInput("nothing_gone", path="name", value=reference)
    return record


def was_deleted(session: TenantSession, table: str, reference: str) -> bool:
    """Tell whether a row of this name went when its time had run out."""
    return _record_of(session, table, reference) is not None


def _record_of(session: TenantSession, table: str, reference: str) -> RetentionRecord | None:
    query = select(RetentionRecord).where(
        RetentionRecord.processor_id == session.processor_id,
        RetentionRecord.reference_digest == reference_digest(session, table, reference),
    )
    return session.exec(query.order_by(col(RetentionRecord.id).desc())).first()
