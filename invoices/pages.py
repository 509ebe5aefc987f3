"""Documents as HTML pages, ready to print. The templates only print: every amount was final before."""

import re
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from billing.texts import name_of, wording
from invoices import format as written
from invoices.document import Document, Kind, Line, VatCategory, VatGroup
from invoices.girocode import girocode
from invoices.parties import Buyer
from invoices.wording import rate_title

_ADDRESS_CHARACTERS = 42
_ADDRESS_LINES = 8

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Page:
    """A page (or several) to print: its HTML, its style sheets besides the letter's, and what identifies the file."""

    html: str
    styles: tuple[str, ...]
    language: str
    identifier: str


def invoice_page(document: Document) -> Page:
    """Lay out an invoice, cancellation or correction."""
    lang = document.language
    title = f"{wording(f'label.{document.kind}', lang)} {document.number}"
    html = (
        _environment(lang)
        .get_template("invoice.html")
        .render(
            document=document,
            title=title,
            dense_address=_is_dense(document.buyer),
            language=lang,
            issue_date=document.issue_date,
            seller=document.seller,
            buyer=document.buyer,
            info=_info(document),
            intro=_intro(document),
            closing=_closing(document),
            transfer=_transfer(document),
            vat_title=partial(_vat_title, document=document),
            girocode=girocode(document),
            girocode_alt=_girocode_alt(document),
        )
    )
    return Page(html=html, styles=("letter.css", "invoice.css"), language=lang, identifier=document.number)


@lru_cache
def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "t": lambda name, /, **fields: wording(f"label.{name}", lang, **fields),
        "span": partial(written.span, lang=lang),
    }
    by_language: dict[str, Any] = {
        "money": written.money,
        "price": written.price,
        "hours": written.hours,
        "day": written.day,
        "country": written.country,
        "clauses": written.clause_list,
    }
    environment.filters |= {name: partial(function, lang=lang) for name, function in by_language.items()}
    environment.filters |= {
        "clock": written.clock,
        "grouped": grouped,
        "breakable": breakable,
        "unbroken": lambda text: text.replace(" ", written.NO_BREAK),
        "rate_title": partial(_rate_title, lang=lang),
        "expense_kind": lambda code: name_of("expense_kind", code, lang),
    }
    return environment


def grouped(iban: str) -> str:
    """Write an IBAN in groups of four that stay on one line."""
    return written.NO_BREAK.join(iban[at : at + 4] for at in range(0, len(iban), 4))


def breakable(address: str) -> Markup:
    """Let a long e-mail address break where a reader would: after its `@`, after a dot."""
    return Markup(re.sub(r"([@.])", r"\1<wbr>", str(escape(address))))  # noqa: S704 - escaped just here


def _rate_title(line: Line, lang: str) -> str:
    return rate_title(line.rate_class, line.factor, lang)


def _is_dense(buyer: Buyer) -> bool:
    """Tell whether the address needs small type to stay inside the window of the envelope."""
    parts = (buyer.name, *buyer.address.lines, f"{buyer.address.postcode} {buyer.address.city}", buyer.address.country)
    return sum(1 + len(part) // _ADDRESS_CHARACTERS for part in parts) > _ADDRESS_LINES


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


def _intro(document: Document) -> str:
    lang = document.language
    contract = document.contract_number
    if document.contract_signed_on:
        signed = written.day(document.contract_signed_on, lang)
        contract = wording("label.contract_of", lang, number=contract, date=signed)
    fields = {"contract": contract, "period": written.span(document.period_from, document.period_to, lang)}
    if document.preceding:
        fields |= {"number": document.preceding.number, "date": written.day(document.preceding.issue_date, lang)}
    return wording(f"label.intro_{document.kind}", lang, **fields)


def _closing(document: Document) -> str:
    """Say what becomes of the money where nothing is to be paid."""
    key = {Kind.CANCELLATION: "cancelled_payment", Kind.CORRECTION: "corrected_payment"}.get(document.kind)
    fields = {"number": document.preceding.number} if document.preceding else {}
    return wording(f"label.{key or 'nothing_to_pay'}", document.language, **fields)


def _transfer(document: Document) -> list[tuple[str, str]]:
    bank = document.seller.bank
    return [
        ("payee", bank.holder),
        ("amount", written.money(document.gross_cents, document.language)),
        ("iban", grouped(bank.iban)),
        ("purpose", document.number),
        ("bank", bank.name),
        ("bic", bank.bic),
    ]


def _vat_title(group: VatGroup, document: Document) -> str:
    """Name a VAT row; with its base where there are several."""
    lang = document.language
    name = "vat" if group.category is VatCategory.STANDARD else "no_vat"
    fields: dict[str, Any] = {"rate": written.percent(group.rate, lang)}
    if len(document.vat_groups) > 1:
        name, fields["net"] = f"{name}_on", written.money(group.net_cents, lang)
    return wording(f"label.{name}", lang, **fields)


def _girocode_alt(document: Document) -> str:
    bank = document.seller.bank
    amount = written.money(document.gross_cents, document.language)
    fields = {"amount": amount, "payee": bank.holder, "iban": grouped(bank.iban), "purpose": document.number}
    return wording("label.girocode_alt", document.language, **fields)
