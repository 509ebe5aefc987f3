"""The official rules and our own as referee: nothing against what we write, and a word against whatever is spoilt."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from invoices.document import Document, Kind
from invoices.einvoice.findings import Finding, Level, fields_of
from invoices.parties import InvoiceFormat
from tests.invoices.einvoice.made_up import made_up
from tests.invoices.einvoice.reading import (
    AGREEMENT,
    LINES,
    SETTLEMENT,
    Spoil,
    as_format,
    drop,
    mark,
    spoilt,
    write,
    xrechnung,
)
from tests.invoices.papers import PAPERS
from tests.invoices.samples import document, expense, line

FIVE_LINES = document(
    (line(1, 3), line(2, 6, "out_of_hours"), line(3, 4, "travel"), line(4, 1, "night_weekend")), (expense(5, 6_437),)
)
SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
MEANS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
ACCOUNT = f"{MEANS}/ram:PayeePartyCreditorFinancialAccount"
ERROR, WARNING = "error", "warning"


@pytest.mark.parametrize("invoice_format", InvoiceFormat)
@pytest.mark.parametrize("name", PAPERS)
def test_nothing_is_said_against_any_paper(
    name: str, invoice_format: InvoiceFormat, referee: Callable[[Document], list[Finding]]
) -> None:
    assert referee(as_format(PAPERS[name], invoice_format)) == []


def test_nothing_is_said_against_two_hundred_made_up_documents(referee: Callable[[Document], list[Finding]]) -> None:
    made = list(made_up(200))
    assert {one.kind for one in made} == set(Kind)
    assert {group.category for one in made for group in one.vat_groups} == {"S", "AE", "O", "E"}
    spoken = {one.number: found for one in made if (found := referee(one))}
    assert spoken == {}


SPOILT: list[tuple[str, Spoil, dict[str, str]]] = [
    (
        "b1 the net total is wrong",
        write(f"{SUMS}/ram:TaxBasisTotalAmount", "300.00"),
        {"BR-CO-13": ERROR, "BR-CO-15": ERROR, "own.total": ERROR},
    ),
    ("b2 no buyer reference", drop(f"{AGREEMENT}/ram:BuyerReference"), {"BR-DE-15": ERROR}),
    (
        "b3 the VAT total is wrong",
        write(f"{SUMS}/ram:TaxTotalAmount", "60.00"),
        {"BR-CO-14": ERROR, "BR-CO-15": ERROR, "own.total": ERROR},
    ),
    ("b4 nobody to ask", drop("//ram:DefinedTradeContact"), {"BR-DE-2": ERROR}),
    (
        "b5a the IBAN has a wrong digit",
        write(f"{ACCOUNT}/ram:IBANID", "DE02120300000000202052"),
        {"BR-DE-19": WARNING, "own.iban": ERROR},
    ),
    (
        "b5b a transfer without account",
        drop(ACCOUNT),
        {"BR-DE-23-a": ERROR, "BR-DE-19": WARNING, "CII-SR-470": ERROR, "own.iban": ERROR},
    ),
    ("b5c a means of payment that there is not", write(f"{MEANS}/ram:TypeCode", "99"), {"BR-CL-16": ERROR}),
    (
        "b6 a line is off by a cent",
        write(f"{LINES}[1]//ram:LineTotalAmount", "75.01"),
        {"BR-CO-10": ERROR, "BR-S-08": ERROR, "own.line": ERROR, "own.group_net": ERROR, "own.total": ERROR},
    ),
    (
        "b6 a price is off by less than a cent of its line",
        write(f"{LINES}[1]//ram:ChargeAmount", "100.01"),
        {"own.line": ERROR},
    ),
    (
        "b7 a unit of our own",
        mark(f"{LINES}[1]//ram:BilledQuantity", "unitCode", "STD"),
        {"BR-CL-23": ERROR, "own.unit": ERROR},
    ),
    ("b7 a unit that is none of ours", mark(f"{LINES}[1]//ram:BilledQuantity", "unitCode", "KGM"), {"own.unit": ERROR}),
    (
        "b8 the VAT of a group is wrong",
        write(f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount", "59.75"),
        {"BR-CO-14": ERROR, "BR-CO-17": ERROR, "BR-S-09": ERROR, "own.vat": ERROR, "own.total": ERROR},
    ),
    (
        "a line of a VAT rate that is not summed up",
        write(f"{LINES}[1]//ram:RateApplicablePercent", "7.00"),
        {"BR-S-08": ERROR, "own.group_net": ERROR, "own.group_missing": ERROR},
    ),
    (
        "nothing about when to pay",
        drop(f"{SETTLEMENT}/ram:SpecifiedTradePaymentTerms"),
        {"own.payment_terms": ERROR},
    ),
    ("no phone number", drop("//ram:TelephoneUniversalCommunication"), {"BR-DE-6": ERROR, "BR-DE-27": WARNING}),
    (
        "no electronic address of the buyer",
        drop("//ram:BuyerTradeParty/ram:URIUniversalCommunication"),
        {"PEPPOL-EN16931-R010": ERROR},
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), [row[1:] for row in SPOILT], ids=[row[0] for row in SPOILT])
def test_what_is_spoilt_is_found(
    spoil: Spoil, expected: dict[str, str], found: Callable[[bytes], dict[str, str]]
) -> None:
    assert found(spoilt(xrechnung(FIVE_LINES), spoil)) == expected


def test_a_due_date_is_found(found: Callable[[bytes], dict[str, str]]) -> None:
    date = (
        b"<ram:DueDateDateTime><udt:DateTimeString format='102'>20261116</udt:DateTimeString></ram:DueDateDateTime>"
        b"</ram:SpecifiedTradePaymentTerms>"
    )
    xml = xrechnung(FIVE_LINES).replace(b"</ram:SpecifiedTradePaymentTerms>", date)
    assert found(xml) == {"own.due_date": ERROR}


def test_a_broken_rule_says_where_and_in_its_own_words(referee: Callable[[Document], list[Finding]]) -> None:
    nobody = replace(FIVE_LINES.seller.contact, phone="")
    finding, warning = referee(replace(FIVE_LINES, seller=replace(FIVE_LINES.seller, contact=nobody)))
    assert (finding.rule, finding.level) == ("BR-DE-6", Level.ERROR)
    assert (warning.rule, warning.level) == ("BR-DE-27", Level.WARNING)
    assert "BT-42" in finding.text
    assert finding.place.endswith("DefinedTradeContact[1]")
    assert fields_of([finding, warning]) == ["seller.contact_phone"]
