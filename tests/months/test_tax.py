"""How a controller's supply is taxed shows on its invoice (§§ 3a, 13b, 19 UStG); printed the same on both databases."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from billing.services.processors import add_processor_data, read_processor
from invoices.completeness import missing_fields
from invoices.document import VatCategory
from invoices.run.explaining import explain_invoice
from invoices.run.overview import month_status
from invoices.run.reports import review_report
from tests.months.conftest import work_once
from tests.months.story import Story

AUSTRIAN: dict[str, Any] = {
    "name": "Wiener Wohnbau GmbH",
    "street": "Ring 4",
    "postcode": "1010",
    "city": "Wien",
    "country": "AT",
    "vat_case": "reverse_charge",
    "vat_id": "ATU36765808",
}
SWISS: dict[str, Any] = {
    "name": "Zürcher Liegenschaften AG",
    "street": "Seeweg 2",
    "postcode": "8001",
    "city": "Zürich",
    "country": "CH",
    "vat_case": "third_country",
}
LETTER: dict[str, Any] = {
    "company_name": "Erika Beispiel",
    "street": "Sommerrain 1/1",
    "postcode": "72631",
    "city": "Aichtal",
    "iban": "DE02120300000000202051",
    "contact_person": "Erika Beispiel",
    "phone": "+49 7127 0000",
    "email": "rechnung@beispiel.example",
    "tax_number": "97/123/45678",
}


@pytest.mark.parametrize(
    ("controller", "category", "code", "vat_cents"),
    [
        pytest.param({}, VatCategory.STANDARD, "", 2850, id="at home with 19 percent"),
        pytest.param(AUSTRIAN, VatCategory.REVERSE_CHARGE, "VATEX-EU-AE", 0, id="in the EU by the receiver"),
        pytest.param(SWISS, VatCategory.OUTSIDE_SCOPE, "VATEX-EU-O", 0, id="in a third country not at all"),
    ],
)
def test_a_supply_is_taxed(
    paper_story: Story, controller: dict[str, Any], category: VatCategory, code: str, vat_cents: int
) -> None:
    paper_story.contract(**controller)
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    document = paper_story.invoice("RE-2026-0001")
    (group,) = document.vat_groups
    assert (group.category, group.exemption_code, group.vat_cents) == (category, code, vat_cents)
    assert {line.vat_category for line in document.lines} == {category}
    assert (document.net_cents, document.gross_cents) == (15000, 15000 + vat_cents)
    assert bool(group.exemption_reason) is (category is not VatCategory.STANDARD)


def test_both_vat_ids_stand_on_an_invoice_that_the_receiver_pays_the_tax_of(paper_story: Story) -> None:
    """§ 14a Abs. 1 UStG."""
    paper_story.contract(**AUSTRIAN)
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    document = paper_story.invoice("RE-2026-0001")
    assert (document.seller.vat_id, document.buyer.vat_id) == ("DE123456789", "ATU36765808")


def test_a_cancellation_takes_back_the_tax_that_was_charged(paper_story: Story) -> None:
    paper_story.contract(**AUSTRIAN)
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    paper_story.cancel("RE-2026-0001", "2026-11-03 09:00")
    assert paper_story.invoice("ST-2026-0001").vat_groups == paper_story.invoice("RE-2026-0001").vat_groups


def tell_of_a_change_of_rate(story: Story, **terms: Any) -> None:
    """One case over the New Year in which 16 percent became 19, billed in January.

    Wed 30 Dec  10:00 ----- 45 min ----- 10:45         Mon 4 Jan  09:00 ----- 50 min ----- 09:50
                three units at 16 %                               four units at 19 %
    """
    story.contract(terms=terms)
    story.case("C1", "2020-12-28 08:00")
    story.estimate("Q1", "C1", "2020-12-28 09:00", regular=600)
    story.work("E1", "C1", "2020-12-30 10:00", 45)
    story.work("E2", "C1", "2021-01-04 09:00", 50)
    story.expense("X1", "C1", "2020-12-31", "10.00")
    story.expense("X2", "C1", "2021-01-02", "20.00")
    story.bill("2021-01", "2021-02-01 09:00")


def test_the_date_of_service_decides_the_rate_and_lines_are_grouped_by_it(paper_story: Story) -> None:
    tell_of_a_change_of_rate(paper_story)
    document = paper_story.invoice("RE-2021-0001")
    lines = [(line.units, line.worked_minutes, line.vat_rate, line.first_day.isoformat()) for line in document.lines]
    assert lines == [(3, 45, Fraction(16, 100), "2020-12-30"), (4, 50, Fraction(19, 100), "2021-01-04")]
    assert [(line.receipt_ref, line.vat_rate) for line in document.expenses] == [
        ("X1.pdf", Fraction(16, 100)),
        ("X2.pdf", Fraction(19, 100)),
    ]
    groups = [(group.rate, group.net_cents, group.vat_cents) for group in document.vat_groups]
    assert groups == [(Fraction(19, 100), 12000, 2280), (Fraction(16, 100), 8500, 1360)]
    assert (document.net_cents, document.gross_cents) == (20500, 24140)
    assert missing_fields(document) == []


def test_a_cancellation_cancels_at_the_rates_that_were_charged(paper_story: Story) -> None:
    tell_of_a_change_of_rate(paper_story)
    paper_story.cancel("RE-2021-0001", "2026-11-03 09:00")
    assert paper_story.invoice("ST-2026-0001").vat_groups == paper_story.invoice("RE-2021-0001").vat_groups


def test_work_that_is_billed_in_arrears_keeps_the_rate_of_its_date(paper_story: Story) -> None:
    paper_story.contract()
    paper_story.case("C1", "2020-12-28 08:00")
    paper_story.work("E1", "C1", "2020-12-30 10:00", 45)
    assert paper_story.bill("2020-12", "2021-01-04 09:00") == {"AVV-1": None}
    paper_story.estimate("Q1", "C1", "2021-01-05 09:00", covers_from="2020-12-01 08:00", regular=600)
    paper_story.bill("2021-01", "2021-02-01 09:00")
    (group,) = paper_story.invoice("RE-2021-0001").vat_groups
    assert (group.rate, group.net_cents, group.vat_cents) == (Fraction(16, 100), 7500, 1200)


def test_a_case_that_is_rounded_by_month_is_told_apart_without_losing_a_unit(paper_story: Story) -> None:
    tell_of_a_change_of_rate(paper_story, rounding_scope="case_month", hourly_rate="33.10")
    document = paper_story.invoice("RE-2021-0001")
    assert [(line.units, line.net_cents, line.vat_rate) for line in document.lines] == [
        (3, 2483, Fraction(16, 100)),
        (4, 3310, Fraction(19, 100)),
    ]
    assert paper_story.settlement("AVV-1", "2021-01")["lines"][0]["units"] == 7


def test_each_line_is_led_back_to_the_minutes_of_its_own_rate(paper_story: Story) -> None:
    tell_of_a_change_of_rate(paper_story)
    lines = paper_story.tell(lambda session: explain_invoice(session, "RE-2021-0001")).lines
    assert [(line["vat_rate"], [row["entry"] for row in line.get("stretches", [])]) for line in lines] == [
        ("0.16", ["E1"]),
        ("0.19", ["E2"]),
        ("0.16", []),
        ("0.19", []),
    ]


def test_the_review_shows_what_each_rate_comes_to(paper_story: Story) -> None:
    tell_of_a_change_of_rate(paper_story)
    paper_story.cancel("RE-2021-0001", "2026-11-03 09:00")
    paper_story.run("2021-01", "2026-11-03 10:00")
    summary = paper_story.summary("2021-01", "2026-11-03 10:00")
    assert summary["vat_groups"] == [
        {"category": "S", "rate": "0.19", "net": "120.00", "vat": "22.80"},
        {"category": "S", "rate": "0.16", "net": "85.00", "vat": "13.60"},
    ]
    assert [(line["units"], line["net"], line["vat_rate"]) for line in summary["lines"]] == [
        (3, "75.00", "0.16"),
        (4, "100.00", "0.19"),
    ]


@pytest.mark.parametrize(
    ("today", "told"),
    [
        pytest.param("2026-11-02 09:00", "", id="there is time"),
        pytest.param("2026-11-08 09:00", "muss bis zum 15.11.2026 ausgestellt sein", id="a week before"),
        pytest.param("2026-11-15 23:59", "muss bis zum 15.11.2026 ausgestellt sein", id="on the day itself"),
        pytest.param("2026-11-16 00:00", "hätte bis zum 15.11.2026 ausgestellt sein müssen", id="the day after"),
    ],
)
def test_a_draft_that_the_receiver_pays_the_tax_of_is_due_by_the_15th(
    paper_story: Story, today: str, told: str
) -> None:
    """§ 14a Abs. 1 Satz 3 UStG."""
    paper_story.contract(**AUSTRIAN)
    work_once(paper_story)
    paper_story.run("2026-10", "2026-11-02 09:00")
    report = review_report(paper_story.review("2026-10", today), "de")
    assert report["issue_by"] == "2026-11-15"
    assert told in (report["issue_warning"] or "")
    assert bool(report["issue_warning"]) is bool(told)
    (row,) = paper_story.tell(lambda session: month_status(session, "2026-10")).contracts
    assert row.issue_by == date(2026, 11, 15)


def test_arrears_were_due_after_their_own_month_and_what_is_taxed_here_is_not_due_at_all(paper_story: Story) -> None:
    paper_story.contract(**AUSTRIAN)
    paper_story.case("C1")
    paper_story.work("E1", "C1", "2026-08-31 09:00", 30, when="2026-09-01 09:00")
    paper_story.estimate("Q1", "C1", "2026-10-02 09:00", covers_from="2026-08-01 08:00", regular=60)
    paper_story.contract("AVV-2")
    paper_story.run("2026-10", "2026-11-02 09:00")
    report = review_report(paper_story.review("2026-10", "2026-11-02 09:00"), "de")
    assert (report["issue_by"], report["issue_warning"] is None) == ("2026-09-15", False)
    report = review_report(paper_story.review("2026-10", "2026-11-02 09:00", "AVV-2"), "de")
    assert (report["issue_by"], report["issue_warning"]) == (None, None)


def test_december_is_due_in_january(paper_story: Story) -> None:
    paper_story.contract(**AUSTRIAN)
    paper_story.case("C1")
    paper_story.estimate("Q1", "C1", regular=60)
    paper_story.work("E1", "C1", "2026-12-29 09:00", 30)
    paper_story.run("2026-12", "2027-01-04 09:00")
    assert review_report(paper_story.review("2026-12", "2027-01-04 09:00"), "de")["issue_by"] == "2027-01-15"


def test_a_small_business_charges_no_tax_and_says_why(paper_story: Story) -> None:
    """§ 19 UStG; contents of § 34a UStDV."""
    small = read_processor({**LETTER, "small_business": True, "valid_from": "2026-01-01"})
    paper_story.tell(lambda session: add_processor_data(session, paper_story.act("2026-01-02 09:00"), small))
    paper_story.contract()
    work_once(paper_story)
    paper_story.bill("2026-10", "2026-11-02 09:00")
    document = paper_story.invoice("RE-2026-0001")
    (group,) = document.vat_groups
    assert (group.category, group.vat_cents, document.gross_cents) == (VatCategory.EXEMPT, 0, 15000)
    assert group.exemption_reason == "Steuerbefreit als Kleinunternehmer nach § 19 UStG"
