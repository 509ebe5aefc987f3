"""An invoice that lacks what the law asks for names all of it at once."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from billing.errors import IncompleteInvoice
from billing.texts import has_sentence, problem_sentence
from invoices.completeness import missing_fields, require_complete
from invoices.document import Document, Kind, Preceding, VatCategory
from invoices.parties import Address, Contact, ElectronicAddress, Registration
from tests.invoices.samples import BUYER, SELLER, cancellation, document, expense, line

NOWHERE = Address(lines=(" ",), postcode="", city="", country="Germany")
NO_ADDRESS = ElectronicAddress(scheme="EM", address=" ")
NOBODY = Contact(name="", phone="", email="")
UNREGISTERED = Registration(seat="", court="", number="", managing_directors=())


def seller(**changes: object) -> Document:
    return document(seller=replace(SELLER, **changes))  # type: ignore[arg-type]


def buyer(**changes: object) -> Document:
    return document(buyer=replace(BUYER, **changes))  # type: ignore[arg-type]


def abroad(**changes: Any) -> Document:
    reverse = line(1, vat_category=VatCategory.REVERSE_CHARGE, vat_rate=Fraction(0))
    return document((reverse,), buyer=replace(BUYER, vat_id="NL123456789B01"), **changes)


REGISTER = ["seller.seat", "seller.register_court", "seller.register_number", "seller.managing_directors"]

ROWS: list[tuple[str, Document, list[str]]] = [
    ("a complete invoice", document(), []),
    ("a complete cancellation", cancellation(document()), []),
    ("a complete invoice of expenses alone", document((), (expense(1),)), []),
    ("a complete invoice abroad", abroad(), []),
    ("no seller's name", seller(name=" "), ["seller.name"]),
    (
        "no seller's address",
        seller(address=NOWHERE),
        ["seller.street", "seller.postcode", "seller.city", "seller.country"],
    ),
    ("neither VAT id nor tax number", seller(vat_id="", tax_number=" "), ["seller.tax_id"]),
    ("a tax number alone is enough", seller(vat_id="", tax_number="99/815/08150"), []),
    (
        "no contact",
        seller(contact=NOBODY),
        ["seller.contact_name", "seller.contact_phone", "seller.contact_email"],
    ),
    ("no electronic address of the seller", seller(electronic_address=NO_ADDRESS), ["seller.electronic_address"]),
    ("an IBAN with a wrong digit", seller(bank=replace(SELLER.bank, iban="DE02120300000000202052")), ["seller.iban"]),
    ("no IBAN", seller(bank=replace(SELLER.bank, iban="")), ["seller.iban"]),
    ("no account holder", seller(bank=replace(SELLER.bank, holder="")), ["seller.account_holder"]),
    ("a GmbH without its register data", seller(registration=None), REGISTER),
    ("a GmbH with empty register data", seller(registration=UNREGISTERED), REGISTER),
    ("a GmbH written out", seller(name="Muster Gesellschaft mit beschränkter Haftung", registration=None), REGISTER),
    ("a UG", seller(name="Muster UG (haftungsbeschränkt)", registration=None), REGISTER),
    ("a sole trader is in no register", seller(name="Jana Vogt Datenschutz", registration=None), []),
    ("a name that only looks like a company's", seller(name="AGentur Vogt", registration=None), []),
    (
        "one director without a name",
        seller(registration=replace(UNREGISTERED, seat="A", court="B", number="C", managing_directors=("D", " "))),
        ["seller.managing_directors"],
    ),
    ("no buyer's name", buyer(name=""), ["buyer.name"]),
    ("no buyer's address", buyer(address=NOWHERE), ["buyer.street", "buyer.postcode", "buyer.city", "buyer.country"]),
    ("no buyer reference", buyer(reference=" "), ["buyer.reference"]),
    ("no electronic address of the buyer", buyer(electronic_address=NO_ADDRESS), ["buyer.electronic_address"]),
    ("no number", document(number=""), ["document.number"]),
    ("no contract number", document(contract_number=""), ["document.contract_number"]),
    ("a period that ends before it begins", document(period_to=date(2026, 9, 30)), ["document.period"]),
    ("no line at all", document(()), ["document.lines"]),
    ("a line without a service", document((line(1, services=()),)), ["document.services"]),
    ("a line without a case", document((line(1, case_ref=""),)), ["document.services"]),
    (
        "an expense without a description",
        document((), (expense(1, description=""),)),
        ["document.expense_descriptions"],
    ),
    ("no payment terms", document(payment_terms=""), ["document.payment_terms"]),
    ("a cancellation of nothing", replace(cancellation(document()), preceding=None), ["document.preceding"]),
    (
        "a cancellation of a nameless invoice",
        replace(cancellation(document()), preceding=Preceding(number="", issue_date=date(2026, 11, 2))),
        ["document.preceding"],
    ),
    ("a cancellation without a reason", cancellation(document(), reason=" "), ["document.reason"]),
    (
        "a correction without reference and reason",
        replace(document((line(1, -1),)), kind=Kind.CORRECTION),
        ["document.preceding", "document.reason"],
    ),
    (
        "no VAT and no word why",
        abroad(vat_groups=tuple(replace(group, exemption_reason="") for group in abroad().vat_groups)),
        ["document.exemption_reason"],
    ),
    ("reverse charge without the buyer's VAT id", replace(abroad(), buyer=BUYER), ["buyer.vat_id"]),
    (
        "reverse charge without the seller's VAT id",
        abroad(seller=replace(SELLER, vat_id="", tax_number="1")),
        ["seller.vat_id"],
    ),
]


@pytest.mark.parametrize("name", sorted({name for _, _, missing in ROWS for name in missing}))
def test_whatever_is_missing_has_a_name_people_know(name: str) -> None:
    assert has_sentence(f"field.{name}")


@pytest.mark.parametrize(("made", "missing"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_what_is_missing_is_named(made: Document, missing: list[str]) -> None:
    assert missing_fields(made) == missing


def test_everything_missing_is_named_at_once_in_words() -> None:
    empty = document(
        (),
        seller=replace(SELLER, address=NOWHERE, contact=NOBODY, vat_id=""),
        buyer=replace(BUYER, reference="", electronic_address=NO_ADDRESS),
    )
    with pytest.raises(IncompleteInvoice) as refusal:
        require_complete(empty)
    missing = refusal.value.fields["missing"]
    assert len(missing) == 11  # 4 of the address, tax id, 3 of the contact, 2 of the buyer, lines
    text = problem_sentence(refusal.value)
    assert text.startswith("Die Rechnung an Klinikum Filder gGmbH kann noch nicht ausgestellt werden")
    assert "Telefonnummer des Ansprechpartners" in text
    assert text.endswith("mindestens eine Position.")


def test_a_complete_invoice_may_be_issued() -> None:
    require_complete(document())
