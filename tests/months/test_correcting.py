"""A correction takes named cases of an invoice back and leaves the rest; a later run bills them once more.

October                correction of V-1         November
######## V-1           -------- V-1              ######## V-1 again, once
######## V-2                                              V-2 stays with October's invoice
"""

from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from billing.errors import Conflict, InvalidInput, NotFound
from invoices.activity_record import Outcome
from invoices.completeness import missing_fields
from invoices.document import Document, Kind
from invoices.run.explaining import explain_invoice
from invoices.taking_back import build_correction, cases_on
from tests.invoices.samples import document, expense, line
from tests.months.story import Story

INVOICE = "RE-2026-0001"


@pytest.fixture
def two_cases(story: Story) -> Story:
    """October with two cases on one invoice: V-1 with 90 minutes and a ticket, V-2 with 60 minutes."""
    story.contract()
    for ref in ("V-1", "V-2"):
        story.case(ref)
        story.estimate(f"Q-{ref}", ref, regular=600)
    story.work("E1", "V-1", "2026-10-06 09:00", 90)
    story.work("E2", "V-2", "2026-10-07 09:00", 60)
    story.expense("X1", "V-1", "2026-10-06", "42.00")
    story.bill("2026-10", "2026-11-02 09:00")
    return story


def test_a_correction_shows_the_lines_of_its_cases_with_negative_quantities_and_names_the_invoice(
    two_cases: Story,
) -> None:
    done = two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00", reason="Vorgang war kostenfrei")
    assert (done.number, done.corrects, done.cases, done.gross_cents) == ("ST-2026-0001", INVOICE, ("V-1",), -22848)
    made = two_cases.invoice("ST-2026-0001")
    assert (made.kind, made.reason) == (Kind.CORRECTION, "Vorgang war kostenfrei")
    assert made.preceding is not None
    assert (made.preceding.number, made.preceding.issue_date.isoformat()) == (INVOICE, "2026-11-02")
    assert two_cases.lines("ST-2026-0001") == ["V-1 regular -6 × 25 = -150.00", "V-1 X1.pdf -42.00"]
    (time,), (ticket,) = made.lines, made.expenses
    assert (time.hours, time.unit_price) == (Fraction(-3, 2), Fraction(25))
    assert (ticket.quantity, ticket.price_cents) == (-1, 4200)
    (group,) = made.vat_groups
    assert (group.net_cents, group.vat_cents, made.gross_cents) == (-19200, -3648, -22848)
    assert not made.is_payable
    assert missing_fields(made) == []


def test_what_was_taken_back_is_billed_once_more_by_a_later_run(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    assert two_cases.changes("2026-10", "2026-11-05 10:00") == {"AVV-1": "closed"}
    two_cases.bill("2026-11", "2026-12-01 09:00")
    assert two_cases.lines("RE-2026-0002") == ["V-1 regular 6 × 25 = 150.00", "V-1 X1.pdf 42.00"]
    assert two_cases.bill("2026-12", "2027-01-04 09:00") == {"AVV-1": None}


def test_what_became_known_since_decides_anew(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    two_cases.fact("V-1", "2026-11-05 10:00", cause="processor", cause_reason="eigener Fehler")
    assert two_cases.bill("2026-11", "2026-12-01 09:00") == {"AVV-1": None}
    assert [row["item"] for row in two_cases.settlement("AVV-1", "2026-11")["free"]] == ["E1", "X1"]


def test_released_work_can_be_corrected_and_is_billed_as_it_is_then(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    two_cases.correct("E1", "2026-11-05 10:00", "2026-10-06 09:00", 30)
    two_cases.bill("2026-11", "2026-12-01 09:00")
    assert two_cases.lines("RE-2026-0002")[0] == "V-1 regular 2 × 25 = 50.00"


def test_what_was_free_stays_free_and_keeps_its_share_of_the_allowance(story: Story) -> None:
    story.contract()
    story.case("V-1", kind="general_query")
    story.estimate("Q1", "V-1", regular=600)
    story.work("E1", "V-1", "2026-10-06 09:00", 80, "general_query")
    story.bill("2026-10", "2026-11-02 09:00")
    story.correct_invoice(INVOICE, "V-1", when="2026-11-03 09:00")
    story.work("E2", "V-1", "2026-10-05 09:00", 10, "general_query", when="2026-11-03 10:00")
    story.bill("2026-11", "2026-12-01 09:00")
    assert story.lines("RE-2026-0002") == ["V-1 regular 2 × 25 = 50.00"]


def test_a_later_month_of_the_same_case_stays_billed(two_cases: Story) -> None:
    """V-1 has 90 minutes in October and 10 in November: the unit of November lives on when October is corrected."""
    two_cases.work("E3", "V-1", "2026-11-04 09:00", 10)
    two_cases.bill("2026-11", "2026-12-01 09:00")
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-12-02 09:00")
    two_cases.delete("E1", "2026-12-02 10:00")
    two_cases.work("E4", "V-1", "2026-12-03 09:00", 5)
    two_cases.bill("2026-12", "2027-01-04 09:00")
    assert two_cases.lines("RE-2027-0001") == ["V-1 X1.pdf 42.00"]  # 15 minutes to date, one unit lives


def test_two_corrections_take_back_two_cases(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    two_cases.correct_invoice(INVOICE, "V-2", when="2026-11-06 09:00")
    taken = [two_cases.invoice(number).gross_cents for number in ("ST-2026-0001", "ST-2026-0002")]
    assert two_cases.invoice(INVOICE).gross_cents + sum(taken) == 0


@pytest.mark.parametrize(
    ("cases", "error", "code"),
    [
        pytest.param((), InvalidInput, "no_case_named", id="no case"),
        pytest.param(("V-9",), InvalidInput, "case_not_on_invoice", id="a case that is not on the invoice"),
        pytest.param(("V-1", "V-9"), InvalidInput, "case_not_on_invoice", id="one of two that is not"),
    ],
)
def test_a_correction_names_cases_of_the_invoice(
    two_cases: Story, cases: tuple[str, ...], error: type[Exception], code: str
) -> None:
    with pytest.raises(error, match=code):
        two_cases.correct_invoice(INVOICE, *cases, when="2026-11-05 09:00")
    assert two_cases.numbers() == [INVOICE]


def test_a_case_is_taken_back_once(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    with pytest.raises(Conflict, match="case_is_corrected"):
        two_cases.correct_invoice(INVOICE, "V-2", "V-1", when="2026-11-05 10:00")
    assert two_cases.numbers() == [INVOICE, "ST-2026-0001"]


def test_only_an_invoice_that_lives_is_corrected_and_with_a_reason(two_cases: Story) -> None:
    with pytest.raises(InvalidInput, match="reason_missing"):
        two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00", reason=" ")
    with pytest.raises(NotFound, match="invoice_unknown"):
        two_cases.correct_invoice("RE-2026-0009", "V-1", when="2026-11-05 09:00")
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    with pytest.raises(Conflict, match="not_an_invoice"):
        two_cases.correct_invoice("ST-2026-0001", "V-1", when="2026-11-05 10:00")
    two_cases.cancel(INVOICE, "2026-11-06 09:00")
    with pytest.raises(Conflict, match="already_cancelled"):
        two_cases.correct_invoice(INVOICE, "V-2", when="2026-11-06 10:00")


def test_cancelling_a_corrected_invoice_takes_back_the_rest_and_opens_the_month(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    done = two_cases.cancel(INVOICE, "2026-11-06 09:00", "Falscher Auftraggeber")
    assert (done.number, done.cancels) == ("ST-2026-0002", INVOICE)
    rest = two_cases.invoice("ST-2026-0002")
    assert (rest.kind, rest.reason) == (Kind.CORRECTION, "Falscher Auftraggeber")
    assert two_cases.lines("ST-2026-0002") == ["V-2 regular -4 × 25 = -100.00"]
    two_cases.bill("2026-10", "2026-11-07 09:00")
    assert two_cases.lines("RE-2026-0002") == two_cases.lines(INVOICE)


def test_cancelling_what_corrections_took_back_needs_no_further_document(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-2", "V-1", when="2026-11-05 09:00")
    done = two_cases.cancel_month("AVV-1", "2026-10", "2026-11-06 09:00")
    assert (done.number, done.cancels) == (None, INVOICE)
    two_cases.bill("2026-10", "2026-11-07 09:00")
    assert two_cases.lines("RE-2026-0002") == two_cases.lines(INVOICE)


def test_minutes_without_a_unit_of_their_own_come_back_with_the_month(story: Story) -> None:
    """V-1 has its only unit in October; the ten minutes of November stand on no line, so no correction names them."""
    story.contract()
    for ref in ("V-1", "V-2"):
        story.case(ref)
        story.estimate(f"Q-{ref}", ref, regular=600)
    story.work("E1", "V-1", "2026-10-06 09:00", 5)
    story.bill("2026-10", "2026-11-02 09:00")
    story.work("E2", "V-1", "2026-11-05 09:00", 10)
    story.work("E3", "V-2", "2026-11-05 10:00", 15)
    story.bill("2026-11", "2026-12-01 09:00")
    with pytest.raises(InvalidInput, match="case_not_on_invoice"):
        story.correct_invoice("RE-2026-0002", "V-1", when="2026-12-02 09:00")
    story.correct_invoice("RE-2026-0002", "V-2", when="2026-12-02 09:00")
    story.cancel_month("AVV-1", "2026-11", "2026-12-03 09:00")
    story.bill("2026-11", "2026-12-04 09:00")
    assert story.lines("RE-2026-0003") == ["V-2 regular 1 × 25 = 25.00"]


def test_a_correction_is_explained_by_the_minutes_it_takes_back(two_cases: Story) -> None:
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    told = two_cases.tell(lambda session: explain_invoice(session, "ST-2026-0001"))
    assert [(row["position"], row["units"], row["stretches"][0]["entry"]) for row in told.lines[:1]] == [(1, -6, "E1")]
    assert (told.lines[1]["position"], told.lines[1]["net"], told.lines[1]["decision"]["expense"]) == (
        3,
        "-42.00",
        "X1",
    )
    answers = two_cases.tell(lambda session: explain_invoice(session, INVOICE)).answers
    assert (answers.cancelled_by, answers.corrected_by) == (None, ("ST-2026-0001",))
    two_cases.cancel(INVOICE, "2026-11-06 09:00")
    answers = two_cases.tell(lambda session: explain_invoice(session, INVOICE)).answers
    assert (answers.cancelled_by, answers.corrected_by) == ("ST-2026-0002", ("ST-2026-0001",))


def test_the_activity_record_shows_what_was_taken_back_as_on_hold(two_cases: Story) -> None:
    before = two_cases.record("2026-10")
    two_cases.correct_invoice(INVOICE, "V-1", when="2026-11-05 09:00")
    record = two_cases.record("2026-10")
    first, second = record.cases
    answers = [(row.outcome, row.code) for row in first.stretches] + [(row.outcome, row.code) for row in first.expenses]
    assert answers == [(Outcome.HELD, "taken_back")] * 2
    assert (first.billed_units, second, record.totals.held_minutes) == (0, before.cases[1], 90)


AMOUNTS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 40), st.integers(1, 99_999)), min_size=1, max_size=6
)


def of_amounts(amounts: list[tuple[str, int, int]]) -> Document:
    """An invoice with a line for time and an expense for each amount."""
    lines = tuple(
        replace(line(position, units, ["regular", "travel", "night_weekend"][units % 3]), case_ref=case)
        for position, (case, units, _) in enumerate(amounts, 1)
    )
    expenses = tuple(
        expense(len(lines) + position, net, case_ref=case) for position, (case, _, net) in enumerate(amounts, 1)
    )
    return document(lines, expenses)


@given(AMOUNTS)
def test_corrections_of_all_cases_take_back_all_that_was_billed(amounts: list[tuple[str, int, int]]) -> None:
    """Net to the cent; VAT is rounded once for each document, so of it half a cent for each may remain."""
    invoice = of_amounts(amounts)
    day = invoice.issue_date
    taken = [
        build_correction(invoice, [case], number=f"ST-{case}", issue_date=day, reason="r") for case in cases_on(invoice)
    ]
    assert invoice.net_cents + sum(one.net_cents for one in taken) == 0
    assert abs(invoice.vat_cents + sum(one.vat_cents for one in taken)) <= (len(taken) + 1) / 2
    assert [
        replace(row, units=-row.units, hours=-row.hours, net_cents=-row.net_cents) for one in taken for row in one.lines
    ] == (sorted(invoice.lines, key=lambda row: (cases_on(invoice).index(row.case_ref), row.position)))
    assert Document.from_json(taken[0].to_json()) == taken[0]
