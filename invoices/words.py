"""The sentences of a document that paper and XML share: both say the same, in the document's language."""

from collections.abc import Iterator

from billing.texts import wording
from invoices import format as written
from invoices.document import Document, ExpenseLine, Kind, Line
from invoices.parties import Seller
from invoices.wording import rate_title


def intro(document: Document) -> str:
    """Say what the document is about: support under which contract, or which invoice it takes back or corrects."""
    lang, contract = document.language, document.contract_number
    if document.contract_signed_on:
        signed = written.day(document.contract_signed_on, lang)
        contract = wording("label.contract_of", lang, number=contract, date=signed)
    fields = {"contract": contract, "period": written.span(document.period_from, document.period_to, lang)}
    if document.preceding:
        fields |= {"number": document.preceding.number, "date": written.day(document.preceding.issue_date, lang)}
    return wording(f"label.intro_{document.kind}", lang, **fields)


def payment_sentence(document: Document) -> str:
    """Say when to pay, or what becomes of the money where nothing is to be paid."""
    if document.is_payable:
        return document.payment_terms
    key = {Kind.CANCELLATION: "cancelled_payment", Kind.CORRECTION: "corrected_payment"}.get(document.kind)
    fields = {"number": document.preceding.number} if document.preceding else {}
    return wording(f"label.{key or 'nothing_to_pay'}", document.language, **fields)


def tax_notes(document: Document) -> Iterator[str]:
    """Say why there is no VAT, and that it is taxed on receipt (§ 14 Abs. 4 Nr. 6a and 8, § 14a UStG)."""
    for group in document.vat_groups:
        if group.exemption_reason:
            yield f"{group.exemption_reason}."
    yield from receipt_note(document)


def receipt_note(document: Document) -> Iterator[str]:
    """Say that it is taxed on receipt (§ 14 Abs. 4 Nr. 6a UStG), if it is."""
    if document.seller.taxed_on_receipt:
        yield wording("label.taxed_on_receipt", document.language)


def basis_of_line(line: Line, lang: str) -> Iterator[str]:
    """Say what a line rests on: rate class, days, recorded time, approvals, clauses."""
    yield rate_title(line.rate_class, line.factor, lang)
    yield written.span(line.first_day, line.last_day, lang)
    if line.worked_minutes:
        yield wording("label.recorded", lang, time=written.clock(line.worked_minutes))
    for approval in line.approvals:
        day = written.day(approval.approved_on, lang)
        yield wording("label.estimate", lang, estimate=approval.estimate_ref, date=day)
    if line.urgent:
        yield wording("label.urgent", lang)
    if line.clauses:
        yield written.clause_list(line.clauses, lang)


def basis_of_expense(expense: ExpenseLine, lang: str) -> Iterator[str]:
    """Say what an expense rests on: its day, receipt, approval and clauses."""
    yield wording("label.incurred_on", lang, date=written.day(expense.incurred_on, lang))
    if expense.receipt_ref:
        yield wording("label.receipt", lang, receipt=expense.receipt_ref)
    if expense.approved_on:
        yield wording("label.approved_on", lang, date=written.day(expense.approved_on, lang))
    if expense.clauses:
        yield written.clause_list(expense.clauses, lang)


def legal_details(seller: Seller, lang: str) -> Iterator[str]:
    """Say what a company's letters must show (§ 35a GmbHG): seat, register court and number, managing directors."""
    entry = seller.registration
    if entry is not None:
        yield wording("label.seat", lang, seat=entry.seat)
        yield f"{entry.court}, {entry.number}"
        yield wording("label.management", lang, names=", ".join(entry.managing_directors))


def vat_id_words(vat_id: str, lang: str) -> str:
    """Write a VAT id with its name: `USt-IdNr. DE123456788`."""
    return wording("label.vat_id", lang, number=vat_id)
