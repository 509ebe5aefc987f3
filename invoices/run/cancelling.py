"""Take back what one closing billed: its own minutes, units and expenses, nothing else (settlement, "Cancellation").

What was found free stays free. The invoice is answered by a cancellation document; the next run bills the work again.
Of an invoice that was corrected in parts, only what is left is taken back, by a correction of all other cases.
"""

from dataclasses import dataclass
from functools import partial

from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, Contract, Correction, Invoice
from billing.store.tables.kinds import CorrectionScope
from invoices.document import Document
from invoices.run.closings import corrected_cases, invoice_of_closing
from invoices.run.releasing import answer, new_correction, release
from invoices.taking_back import build_cancellation, build_correction, cases_on


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A cancelled closing: the invoice it had and the document that takes it back, or None when it billed nothing."""

    contract_ref: str
    month: str
    number: str | None
    cancels: str | None
    invoice_id: int | None
    """Of the document that takes it back."""


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
    original = invoice_of_closing(session, closing)
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
        invoice_id=id_of(document) if document else None,
    )


def _release(session: TenantSession, closing: Closing, reason: str, act: Act) -> Correction:
    """Give the closing's billed minutes, units and expenses back; what is free stays."""
    correction = new_correction(session, closing, CorrectionScope.FULL, reason, act)
    release(session, correction)
    closing.cancelled_by_id = correction.id
    put(session, closing)
    return correction


def _take_back(
    session: TenantSession, closing: Closing, contract: Contract, correction: Correction, act: Act
) -> Invoice | None:
    """Write the document that takes the closing's invoice back, or what is left of it, if there is any."""
    invoice = invoice_of_closing(session, closing)
    if invoice is None:
        return None
    original, done = Document.from_json(invoice.document), corrected_cases(session, closing)
    if not done:
        return answer(session, (closing, contract, invoice), correction, act, partial(build_cancellation, original))
    left = [case for case in cases_on(original) if case not in done]
    if not left:
        return None
    return answer(session, (closing, contract, invoice), correction, act, partial(build_correction, original, left))
