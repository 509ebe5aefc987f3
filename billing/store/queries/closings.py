"""Closed months as they were written down, and what the audit log tells of them: what a proof of them compares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.queries.logs import Told, events_of, gone_until
from billing.store.queries.reading import columns
from billing.store.session import TenantSession
from billing.store.tables import AuditLog, Closing, Contract, Correction, Invoice
from billing.store.tables.kinds import InvoiceKind
from billing.timespan import datetime_of, instant_of

MONTH_CLOSED = "month_closed"
_TAKEN_BACK = ("month_cancelled", "invoice_corrected")
_NO_FACTS = (MONTH_CLOSED, *_TAKEN_BACK, "draft_approved")
"""Events of what is done with months, often of many at once: they tell of no new fact."""
_SETTLED_FROM = frozenset(
    {
        *("approval", "case", "case_version", "contract", "entry", "entry_version", "estimate", "estimate_version"),
        *("expense", "opening_balance", "processor_version", "terms_version"),
        *("closing", "closing_expense", "correction", "invoice", "segment", "unit"),
    }
)
"""Tables that a month is settled from, or was."""


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A closing with what it froze, and what its invoice says; that is None where nothing was billed."""

    id: int
    month: str
    as_of: datetime
    closed_at: datetime
    facts_hash: str
    terms_sha256: str
    settlement: str
    number: str | None
    document: str | None
    document_sha256: str | None


def closed_contracts(session: TenantSession) -> Sequence[tuple[int, str]]:
    """Give id and reference of every contract of which a month was ever closed, in the order of their ids."""
    closings = select(Closing.contract_id).where(Closing.processor_id == session.processor_id)
    query = select(Contract.id, Contract.ref).where(col(Contract.id).in_(closings)).order_by(col(Contract.id))
    return [(number or 0, ref) for number, ref in session.exec(query)]


def closing_ids(session: TenantSession, contract_id: int) -> Sequence[int]:
    """Give a contract's closings in the order in which its months were closed: one at a time, so by their ids."""
    query = sa.select(*columns(Closing, "id")).where(
        col(Closing.processor_id) == session.processor_id, col(Closing.contract_id) == contract_id
    )
    return session.scalars(query.order_by(col(Closing.id))).all()


def correction_ids(session: TenantSession, contract_id: int) -> Sequence[int]:
    """Give what took a contract's months back, whole or in parts, in the order in which that was done."""
    query = (
        sa.select(*columns(Correction, "id"))
        .join(Closing, col(Closing.id) == col(Correction.closing_id))
        .where(col(Closing.processor_id) == session.processor_id, col(Closing.contract_id) == contract_id)
    )
    return session.scalars(query.order_by(col(Correction.id))).all()


def closed_month(session: TenantSession, closing_id: int) -> ClosedMonth:
    """Give a closing with its invoice."""
    of_invoice = (col(Invoice.closing_id) == col(Closing.id)) & (col(Invoice.kind) == InvoiceKind.INVOICE)
    query = (
        sa.select(
            *columns(Closing, "id month as_of closed_at facts_hash terms_sha256 settlement"),
            *columns(Invoice, "number document document_sha256"),
        )
        .join(Invoice, of_invoice, isouter=True)
        .where(col(Closing.processor_id) == session.processor_id, col(Closing.id) == closing_id)
    )
    return ClosedMonth(*session.execute(query).one())


def month_events(session: TenantSession, contract: str) -> Sequence[Told]:
    """Give what the audit log tells of a contract's months, in the order in which it was done."""
    return events_of(session, (MONTH_CLOSED, *_TAKEN_BACK), f"contract:{contract}")


def fact_came_later(session: TenantSession, seq: int, as_of: datetime) -> bool:
    """Tell whether something was written after an event that a run of this moment would have seen by its date.

    Only a clock that was put back does that, or two who write within one minute.
    """
    minute_after = datetime_of(instant_of(as_of) + 1)
    query = select(AuditLog.id).where(
        AuditLog.processor_id == session.processor_id,
        AuditLog.seq > seq,
        AuditLog.at < minute_after,
        col(AuditLog.action).not_in(_NO_FACTS),
    )
    return session.exec(query.limit(1)).first() is not None


def decisions_gone_until(session: TenantSession) -> int:
    """Give the last year of which rows that months are settled from, or were, may have gone with leave; 0 for none."""
    return gone_until(session, _SETTLED_FROM)
