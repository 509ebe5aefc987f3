"""The invoice, cancellation or correction as an HTML page, ready to print."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from billing.texts import wording
from invoices import format as written
from invoices.document import Approval, Document, Explanation, Kind, Line, VatGroup
from invoices.girocode import girocode
from invoices.paper import Page, environment, grouped
from invoices.parties import Bank, Buyer
from invoices.words import intro, payment_sentence, receipt_note

Item = TypeVar("Item")

_ADDRESS_CHARACTERS = 42
_ADDRESS_LINES = 8
_LINES_TOGETHER = 5


def invoice_page(document: Document) -> Page:
    """Lay out an invoice, cancellation or correction."""
    lang = document.language
    title = f"{wording(f'label.{document.kind}', lang)} {document.number}"
    html = (
        environment(lang)
        .get_template("invoice.html")
        .render(
            document=document,
            title=title,
            dense_address=is_dense(document.buyer),
            language=lang,
            issue_date=document.issue_date,
            seller=document.seller,
            buyer=document.buyer,
            info=_info(document),
            intro=intro(document),
            tax_notes=list(receipt_note(document)),
            closing=payment_sentence(document),
            transfer=transfer_rows(document.seller.bank, document.gross_cents, document.number, lang),
            cases=list(cases(document.lines)),
            approved=partial(_approved, lang=lang),
            explained=columns(document.explanations),
            vat_title=partial(_vat_title, document=document),
            girocode=girocode(document),
            girocode_alt=_girocode_alt(document),
        )
    )
    return Page(html=html, styles=("paper.css", "letter.css", "invoice.css"), language=lang, identifier=document.number)


def is_dense(buyer: Buyer) -> bool:
    """Tell whether the address needs small type to stay inside the window of the envelope."""
    parts = (buyer.name, *buyer.address.lines, f"{buyer.address.postcode} {buyer.address.city}", buyer.address.country)
    return sum(1 + len(part) // _ADDRESS_CHARACTERS for part in parts) > _ADDRESS_LINES


class CaseLines(NamedTuple):
    """Lines of one case that follow each other; what all of them share is said once."""

    ref: str
    title: str
    services: tuple[str, ...]
    """Empty when the lines have different ones; each then says its own. So with `approvals`."""
    approvals: tuple[Approval, ...]
    lines: Sequence[Line]
    summed: "Summed | None"
    """Below the last lines of a case whose units were not counted line by line."""


class Summed(NamedTuple):
    """Recorded time and units of all lines of a case: units are counted for the case, then filled class by class."""

    minutes: int
    units: int
    unit_minutes: int

    @property
    def billed_minutes(self) -> int:
        """How long its units are."""
        return self.units * self.unit_minutes


def cases(lines: Sequence[Line]) -> Iterator[CaseLines]:
    """Put lines below their case, in their order; of a long case, no more together than fit a page in any event."""
    for (ref, title), of_case in groupby(lines, lambda line: (line.case_ref, line.case_title)):
        held = list(of_case)
        for at in range(0, len(held), _LINES_TOGETHER):
            together = held[at : at + _LINES_TOGETHER]
            services, approvals = {line.services for line in together}, {line.approvals for line in together}
            summed = _summed(held) if at + _LINES_TOGETHER >= len(held) else None
            yield CaseLines(ref, title, _only(services), _only(approvals), together, summed)


def _summed(lines: Sequence[Line]) -> Summed | None:
    """Sum up several lines, unless each has the units of its own minutes; what is taken back has no such sum."""
    units = {line.unit_minutes for line in lines}
    is_plain = all(line.worked_minutes == line.units * line.unit_minutes for line in lines)
    if len(lines) == 1 or is_plain or len(units) > 1 or any(line.units < 0 for line in lines):
        return None
    return Summed(sum(line.worked_minutes for line in lines), sum(line.units for line in lines), units.pop())


def _only(found: set[tuple[Item, ...]]) -> tuple[Item, ...]:
    """Give what was found if it is one and the same everywhere."""
    return next(iter(found)) if len(found) == 1 else ()


def _approved(approvals: Sequence[Approval], lang: str) -> str:
    """Name the approved estimates with their days; no macro of the template, as each of those holds itself for ever."""
    told = (
        wording("label.estimate", lang, estimate=one.estimate_ref, date=written.day(one.approved_on, lang))
        for one in approvals
    )
    return " · ".join(told)


def columns(explanations: Sequence[Explanation]) -> list[Sequence[Explanation]]:
    """Share explanations between two columns, in their order, so that the longer one is as short as can be."""
    lengths = [len(one.title) + len(one.text) for one in explanations]
    first = min(range(1, len(lengths) + 1), key=lambda at: max(sum(lengths[:at]), sum(lengths[at:])), default=0)
    return [part for part in (explanations[:first], explanations[first:]) if part]


def _info(document: Document) -> list[tuple[str, str]]:
    lang, buyer = document.language, document.buyer
    is_invoice = document.kind is Kind.INVOICE
    known = (buyer.customer_number, document.contract_number)
    return [
        ("number" if is_invoice else "document_number", document.number),
        ("issue_date" if is_invoice else "document_date", written.day(document.issue_date, lang)),
        ("preceding", document.preceding.number if document.preceding else ""),
        ("period", written.span(document.period_from, document.period_to, lang)),
        ("contract", document.contract_number),
        ("customer_number", buyer.customer_number),
        ("buyer_reference", "" if buyer.reference in known else buyer.reference),
        ("buyer_vat_id", buyer.vat_id),
    ]


def transfer_rows(bank: Bank, cents: int, purpose: str, lang: str) -> list[tuple[str, str]]:
    """Give what a transfer form asks, by the names of its fields."""
    return [
        ("payee", bank.holder),
        ("amount", written.money(cents, lang)),
        ("iban", grouped(bank.iban)),
        ("purpose", purpose),
        ("bank", bank.name),
        ("bic", bank.bic),
    ]


def _vat_title(group: VatGroup, document: Document) -> str:
    """Name a VAT row or say why there is no VAT (§ 14 Abs. 4 Nr. 8, § 14a UStG); with its base among several."""
    lang = document.language
    name = "no_vat" if group.exemption_reason else "vat"
    fields: dict[str, Any] = {"rate": written.percent(group.rate, lang), "reason": group.exemption_reason}
    if len(document.vat_groups) > 1:
        name, fields["net"] = f"{name}_on", written.money(group.net_cents, lang)
    return wording(f"label.{name}", lang, **fields)


def _girocode_alt(document: Document) -> str:
    bank = document.seller.bank
    amount = written.money(document.gross_cents, document.language)
    fields = {"amount": amount, "payee": bank.holder, "iban": grouped(bank.iban), "purpose": document.number}
    return wording("label.girocode_alt", document.language, **fields)
