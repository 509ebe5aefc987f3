"""Made-up documents, each different and all right: every VAT case and kind, odd cents, long texts, both languages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from billing.money import line_net
from invoices.document import Document, ExpenseLine, Kind, Line, Preceding
from invoices.parties import Buyer, ElectronicAddress, InvoiceFormat, Seller
from invoices.vat import taxing
from invoices.wording import payment_terms, service_names
from tests.invoices.papers import LONG_BUYER, LONG_SELLER, LONG_WORD
from tests.invoices.samples import BUYER, FACTORS, SELLER, document, expense, line

_CASES = ("domestic", "domestic", "reverse_charge", "third_country")
_WORDS = ("Auskunft", "Löschung für Größe & Maß", "„Prüfung“ <extern>", LONG_WORD, "Žluťoučký kůň", "报告", "a\nb")
_SERVICES = ("request_processing", "special_format", "dpia_support")
_MONTHS = (2026 * 12 + 9, 2026 * 12 + 9, 2020 * 12 + 8)
"""October 2026, and one of the months in which the rate was 16 % (§ 28 Abs. 1 UStG)."""
_MINUTES = (15, 15, 15, 6, 1)


def made_up(count: int) -> Iterator[Document]:
    """Give documents, the same ones each time."""
    dice = Random(2026)  # noqa: S311 - made-up work, no secrets
    for at in range(count):
        yield _document(dice, at)


def _document(dice: Random, at: int) -> Document:
    lang = dice.choice(("de", "de", "en"))
    kind = dice.choice((Kind.INVOICE, Kind.INVOICE, Kind.CANCELLATION, Kind.CORRECTION))
    case = dice.choice(_CASES)
    small = dice.random() < 0.15
    taxed = taxing(case, small_business=small)
    sign = -1 if kind is Kind.CORRECTION else 1

    def tax() -> dict[str, Any]:
        return {"vat_category": taxed.category, "vat_rate": taxed.rate_of(dice.choice(_MONTHS))}

    lines = tuple(replace(_line(dice, position, sign, lang), **tax()) for position in range(1, dice.randint(1, 7)))
    costs = range(len(lines) + 1, len(lines) + dice.randint(1 if lines else 2, 4))
    expenses = tuple(replace(_expense(dice, position, sign), **tax()) for position in costs)
    issued = date(2026, 1, 1) + timedelta(days=dice.randint(0, 900))
    correcting = kind is not Kind.INVOICE
    return document(
        lines,
        expenses,
        kind=kind,
        number=f"RE-{issued.year}-{at:04d}",
        issue_date=issued,
        language=lang,
        seller=replace(
            _seller(dice, may_lack_vat_id=case != "reverse_charge"),
            small_business=small,
            taxed_on_receipt=dice.random() < 0.2,
        ),
        buyer=_buyer(dice, case, lang),
        contract_number=dice.choice(("AVV-1", "2026/17 (neu)", "Vertrag „Süd“")),
        payment_terms=payment_terms(dice.choice((0, 14, 30)), lang),
        preceding=Preceding(number="RE-2025-0001", issue_date=date(2025, 12, 1)) if correcting else None,
        reason=dice.choice(_WORDS) if correcting else "",
        notes=("Hinweis: a < b & c > d",) if dice.random() < 0.3 else (),
    )


def _line(dice: Random, position: int, sign: int, lang: str) -> Line:
    unit, rate_class = dice.choice(_MINUTES), dice.choice(tuple(FACTORS))
    hourly = Fraction(dice.choice((10_000, 8_750, 9_999, 12_345, 10_001)), 100) * FACTORS[rate_class]
    units = sign * dice.randint(0, 400)
    price = hourly * unit / 60
    return line(
        position,
        units,
        rate_class,
        unit_minutes=unit,
        unit_price=price,
        hourly_price=hourly,
        hours=Fraction(units * unit, 60),
        net_cents=sign * line_net(abs(units), price),
        case_title=dice.choice(_WORDS),
        services=service_names(dice.sample(_SERVICES, dice.randint(1, 3)), lang),
        urgent=dice.random() < 0.2,
    )


def _expense(dice: Random, position: int, sign: int) -> ExpenseLine:
    kind = dice.choice(("travel", "accommodation", "per_diem", "ancillary", "third_party"))
    cents = sign * dice.choice((0, 1, 99, 12_345, 1_000_000_07))
    return expense(position, cents, kind=kind, description=dice.choice(_WORDS), receipt_ref=dice.choice(("", "B-1")))


def _seller(dice: Random, *, may_lack_vat_id: bool) -> Seller:
    seller = dice.choice((SELLER, SELLER, LONG_SELLER, replace(SELLER, registration=None)))
    tax_number = dice.choice(("", "99/815/08150"))
    vat_id = "" if tax_number and may_lack_vat_id and dice.random() < 0.5 else seller.vat_id
    return replace(seller, tax_number=tax_number, vat_id=vat_id, bank=replace(seller.bank, bic=""))


def _buyer(dice: Random, case: str, lang: str) -> Buyer:
    buyer = replace(dice.choice((BUYER, LONG_BUYER)), language=lang, invoice_format=dice.choice(tuple(InvoiceFormat)))
    if case == "reverse_charge":
        return replace(buyer, vat_id="ATU13585627", address=replace(buyer.address, postcode="1010", country="AT"))
    if case == "third_country":
        return replace(buyer, vat_id="", address=replace(buyer.address, postcode="8001", country="CH"))
    authority = ElectronicAddress(scheme="0204", address="991-03730-19")
    return replace(buyer, reference="991-03730-19", electronic_address=authority) if dice.random() < 0.3 else buyer
