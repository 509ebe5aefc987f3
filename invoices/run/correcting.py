"""Take back named cases of an issued invoice: their billed minutes, units and expenses, nothing else.

The month stays closed and the other cases stay billed; a later run asks what was released and bills it once more. The
invoice is answered by a correction with negative quantities (§ 14 Abs. 6 Nr. 5 UStG, § 31 Abs. 5 UStDV).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import col, select

from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.store.session import Store, TenantSession
from billing.store.tables import Case, Closing, Contract, Correction, CorrectionItem
from billing.store.tables.kinds import CorrectionScope
from invoices.document import Document
from invoices.run.closings import closing_of_invoice, corrected_cases, invoice_of_closing
from invoices.run.releasing import answer, new_correction, release
from invoices.taking_back import build_correction, cases_on


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that was issued: its number, the invoice it corrects, its cases, its gross (negative)."""

    contract_ref: str
    month: str
    number: str
    corrects: str
    cases: tuple[str, ...]
    gross_cents: int
    invoice_id: int


def correct_invoice(
    session: TenantSession, store: Store, number: str, cases: Sequence[str], *, reason: str, act: Act
) -> Corrected:
    """Correct an invoice by number: take back these cases of it, by reference.

    InvalidInput: no reason, no case, or one that has no line on it. Conflict: the number is no invoice's, the invoice
    was cancelled, or a case was corrected before.
    """
    if not reason.strip():
        raise InvalidInput("reason_missing", path="reason", value=reason)
    closing = closing_of_invoice(session, number)
    contract = store.lock_contract(session, closing.contract_id)
    session.refresh(closing)
    if closing.cancelled_by_id is not None:
        raise Conflict("already_cancelled", value=contract.ref, month=closing.month)
    invoice = invoice_of_closing(session, closing)
    assert invoice is not None  # noqa: S101 - its number led here
    original = Document.from_json(invoice.document)
    named = _named_cases(session, closing, original, cases)
    correction = new_correction(session, closing, CorrectionScope.PARTIAL, reason, act)
    _release_cases(session, contract, correction, named)
    build = partial(build_correction, original, named)
    written = answer(session, (closing, contract, invoice), correction, act, build)
    audit(
        session,
        act,
        "invoice_corrected",
        f"contract:{contract.ref}",
        month=closing.month,
        corrects=number,
        by=written.number,
        cases=named,
    )
    return Corrected(
        contract.ref, closing.month, written.number, number, tuple(named), written.gross_cents, id_of(written)
    )


def _named_cases(session: TenantSession, closing: Closing, original: Document, cases: Sequence[str]) -> list[str]:
    """Give the named cases in the order of the invoice, each once; all must stand on it and none be corrected."""
    there, done = cases_on(original), corrected_cases(session, closing)
    if not cases:
        raise InvalidInput("no_case_named", path="cases", value="", number=original.number)
    for case in cases:
        if case not in there:
            raise InvalidInput("case_not_on_invoice", path="cases", value=case, number=original.number)
        if case in done:
            raise Conflict("case_is_corrected", value=case, number=original.number, by=done[case])
    return [case for case in there if case in cases]


def _release_cases(session: TenantSession, contract: Contract, correction: Correction, named: Sequence[str]) -> None:
    query = select(Case).where(Case.contract_id == contract.id, col(Case.ref).in_(named))
    ids = [id_of(case) for case in session.exec(query)]
    for case_id in ids:
        put(session, CorrectionItem(correction_id=id_of(correction), case_id=case_id))
    release(session, correction, ids)
