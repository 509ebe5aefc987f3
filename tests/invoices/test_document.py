"""The frozen document: read back to the letter, and impossible to make when it does not add up."""

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.canonical import NotCanonical, to_json
from invoices.document import Document, DoesNotAddUp, Kind, VatCategory, VatGroup
from tests.invoices.records import record
from tests.invoices.samples import cancellation, document, expense, line

LINES = (line(1, 5), line(2, 3, "night_weekend"), line(3, 2, "travel"))

DOCUMENTS = {
    "one line": document(),
    "three classes and an expense": document(LINES, (expense(4),)),
    "cancellation": cancellation(document(LINES)),
    "correction with negative units": replace(document((line(1, -5), line(2, -1, "travel"))), kind=Kind.CORRECTION),
    "two VAT rates": document((line(1), line(2, vat_rate=Fraction(16, 100)))),
    "nothing but a line of zero": document((line(1, 0),)),
    "price that is no whole cent": document(
        (line(1, 3, unit_price=Fraction("41.40625"), hourly_price=Fraction("165.625"), net_cents=12422),)
    ),
}


@pytest.mark.parametrize("original", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_stored_document_reads_back_to_the_letter(original: Document) -> None:
    again = Document.from_json(original.to_json())
    assert again == original
    assert again.to_json() == original.to_json()
    assert again.sha256 == original.sha256


@given(title=st.text(max_size=70), name=st.text(max_size=70), units=st.integers(0, 10_000))
def test_any_text_and_quantity_reads_back(title: str, name: str, units: int) -> None:
    original = document((line(1, units, case_title=title),), notes=(name,))
    assert Document.from_json(original.to_json()) == original


def test_the_canonical_form_is_sorted_exact_text() -> None:
    text = document((line(1, 3, "out_of_hours"),)).to_json()
    assert text == json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert '"unit_price":"125/4"' in text
    assert '"issue_date":"2026-11-02"' in text
    assert "Weiß" in text


def test_the_fingerprint_does_not_move() -> None:
    # A change here changes every document made from now on: what was stored before must still read (`later`).
    made = document((line(services=("Auskunft",)),), payment_terms="sofort")
    assert made.sha256 == "c65b356cca8d6c7b69a0993a53a04b122dbcb16514962b64222d26949293fb54"


SPOILT = [
    ("an unknown key", lambda raw: raw | {"discount": 0}),
    ("a missing key", lambda raw: {key: value for key, value in raw.items() if key != "gross_cents"}),
    ("a float", lambda raw: raw | {"gross_cents": 148.75}),
    ("a bool for a number", lambda raw: raw | {"payment_days": True}),
    ("an amount as text", lambda raw: raw | {"gross_cents": "14875"}),
    ("another schema", lambda raw: raw | {"schema": 2}),
    ("no date", lambda raw: raw | {"issue_date": "2026-02-30"}),
    ("an unknown kind", lambda raw: raw | {"kind": "credit_note"}),
    ("a list for a text", lambda raw: raw | {"number": ["RE-1"]}),
    ("null where a value must be", lambda raw: raw | {"number": None}),
]


@pytest.mark.parametrize("spoil", [row[1] for row in SPOILT], ids=[row[0] for row in SPOILT])
def test_stored_text_that_does_not_fit_is_refused(spoil) -> None:
    with pytest.raises(NotCanonical):
        Document.from_json(json.dumps(spoil(json.loads(document().to_json()))))


def test_a_document_from_before_there_were_formats_still_reads() -> None:
    stored = json.loads(document().to_json())
    del stored["buyer"]["invoice_format"]
    assert Document.from_json(json.dumps(stored)) == document()


def test_a_fraction_that_is_not_in_lowest_terms_is_refused() -> None:
    with pytest.raises(NotCanonical, match="vat_rate"):
        Document.from_json(document().to_json().replace('"vat_rate":"19/100"', '"vat_rate":"38/200"'))


def test_stored_text_that_was_tampered_with_no_longer_adds_up() -> None:
    with pytest.raises(DoesNotAddUp):
        Document.from_json(document().to_json().replace('"gross_cents":14875', '"gross_cents":14876'))


CONTRADICTIONS = [
    ("line net off by a cent", lambda: line(1, 5, net_cents=12_501)),
    ("line net of the wrong sign", lambda: line(1, -5, net_cents=12_500)),
    ("hours that are not the units", lambda: line(1, 5, hours=Fraction(6, 4))),
    ("hourly price that is not the unit price", lambda: line(1, 5, hourly_price=Fraction(125))),
    ("net that is not the sum of lines", lambda: document(net_cents=12_501)),
    ("gross that is not net plus VAT", lambda: document(gross_cents=14_876)),
    ("VAT total off by a cent", lambda: document(vat_cents=2_376)),
    ("a line without its VAT group", lambda: document((line(1, vat_rate=Fraction(7, 100)),), vat_groups=())),
    ("VAT of a group off by a cent", lambda: replaced_group(vat_cents=2_376)),
    ("net of a group off by a cent", lambda: replaced_group(net_cents=12_501)),
    ("one VAT group twice", lambda: document(vat_groups=(*document().vat_groups, *document().vat_groups))),
]


def replaced_group(**changes: Any) -> Document:
    return document(vat_groups=(replace(document().vat_groups[0], **changes),))


@pytest.mark.parametrize("make", [row[1] for row in CONTRADICTIONS], ids=[row[0] for row in CONTRADICTIONS])
def test_amounts_that_contradict_each_other_can_not_be_put_in_a_document(make) -> None:
    with pytest.raises(DoesNotAddUp):
        make()


def test_half_a_cent_of_vat_rounds_up_once_over_all_lines() -> None:
    # 2 x 12.50 + 1 x 6.25 = 31.25 -> VAT 5.9375 -> 5.94; by line it would be 2 x 2.38 + 1.19 = 5.95.
    six = line(3, 1, unit_price=Fraction("6.25"), hourly_price=Fraction(25), net_cents=625)
    made = document((line(1, 1, "travel"), line(2, 1, "travel"), six))
    assert (made.net_cents, made.vat_cents, made.gross_cents) == (3_125, 594, 3_719)


PAYABLE = [
    ("an invoice", document(), True),
    ("an invoice of nothing", document((line(1, 0),)), False),
    ("a cancellation", cancellation(document()), False),
    ("a correction", replace(document((line(1, -1),)), kind=Kind.CORRECTION), False),
]


@pytest.mark.parametrize(("made", "payable"), [row[1:] for row in PAYABLE], ids=[row[0] for row in PAYABLE])
def test_only_an_invoice_of_something_asks_for_money(made: Document, payable: bool) -> None:  # noqa: FBT001
    assert made.is_payable is payable


def test_a_value_without_exact_text_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        to_json(VatGroup(category=VatCategory.STANDARD, rate=0.19, net_cents=0, vat_cents=0))  # type: ignore[arg-type]


def test_an_activity_record_reads_back_to_the_letter() -> None:
    original = record()
    again = type(original).from_json(original.to_json())
    assert again == original
    assert again.sha256 == original.sha256
