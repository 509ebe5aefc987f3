"""Take back what one closing billed: its own minutes, units and expenses, nothing else (settlement, "Cancellation").

What was found free stays free. The invoice is answered by a cancellation document; the next run bills the work again.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, ClosingExpense, Contract, Correction, Invoice, Segment, Unit
from billing.store.tables.kinds import CorrectionScope, InvoiceKind
from invoices.document import Document
from invoices.run.files import enqueue_files
from invoices.run.letters import processor_on
from invoices.run.numbering import next_number, write_invoice
from invoices.taking_back import build_cancellation


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A cancelled closing: the invoice it had and the document that takes it back, or None when it billed nothing."""

    contract_ref: str
    month: str
    number: str | None
    cancels: str | None


def cancel_closing(session: TenantSession, store: Store, closing: Closing, *, reason: str, act: Act) -> Cancelled:
    """Cancel a closing as a whole, with a reason; Conflict when that was done already."""
    if not reason.strip():
        raise InvalidInput("reason_missing", path="reason", value=reason)
    contract = store.lock_contract(session, closing.contract_id)
    session.refresh(closing)
    if closing.cancelled_by_id is not None:
        raise Conflict("already_cancelled", value=contract.ref, month=closing.month)
    correction = _release(session, closing, reason, act)
    document = _take_back(session, closing, contract, correction, act)
    original = _invoice_of(session, closing)
    audit(
        session,
        act,
        "month_cancelled",
        f"contract:{contract.ref}",
        month=closing.month,
        cancels=original and original.number,
        by=document and document.number,
    )
    return Cancelled(
        contract.ref,
        closing.month,
        number=document.number if document else None,
        cancels=original.number if original else None,
    )


def _release(session: TenantSession, closing: Closing, reason: str, act: Act) -> Correction:
    """Give the closing's billed minutes, units and expenses back; what is free stays."""
    correction = Correction(
        closing_id=id_of(closing),
        scope=CorrectionScope.FULL,
        reason=reason,
        **act.record(),
    )
    put(session, correction)
    for table in (Segment, Unit, ClosingExpense):
        columns = sa.inspect(table).local_table.c
        # A unit has no verdict, it is always billed; what was found free stays.
        billed = [columns.verdict == "billed"] if "verdict" in columns else []
        living = (col(table.closing_id) == closing.id, col(table.released_by_id).is_(None), *billed)
        session.execute(sa.update(table).where(*living).values(released_by_id=correction.id))
    closing.cancelled_by_id = correction.id
    put(session, closing)
    return correction


def _invoice_of(session: TenantSession, closing: Closing) -> Invoice | None:
    return session.exec(
        select(Invoice).where(
            Invoice.closing_id == closing.id,
            Invoice.kind == InvoiceKind.INVOICE,
        )
    ).one_or_none()


def _take_back(
    session: TenantSession, closing: Closing, contract: Contract, correction: Correction, act: Act
) -> Invoice | None:
    """Write the cancellation document of the closing's invoice, if it had one."""
    original = _invoice_of(session, closing)
    if original is None:
        return None
    version = processor_on(session, act.at.date())
    today = act.at.astimezone(ZoneInfo(version.time_zone)).date()
    number = next_number(session, version.number_pattern, version.correction_series, today)
    document = build_cancellation(
        Document.from_json(original.document), number=number.text, issue_date=today, reason=correction.reason
    )
    written = write_invoice(session, closing, contract, document, number=number, now=act.at, cancels_id=original.id)
    correction.invoice_id = written.id
    put(session, correction)
    enqueue_files(session, written, act.at)
    return written
