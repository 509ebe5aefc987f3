"""13(4)c: travel at half rate, expenses against receipts, work on site only by agreement."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, case, expense, run, settled, work

# --- Travel -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("2026-10-06 09:00", id="in business hours"),
        pytest.param("2026-10-06 18:00", id="in the evening"),
        pytest.param("2026-10-07 02:00", id="at night"),
        pytest.param("2026-10-10 09:00", id="on a Saturday"),
    ],
)
def test_travel_is_half_rate_at_any_hour(start):
    month = settled(work(start, 60, travel=True), approved())
    assert month.lines == ["C1 travel 4 x 12.50 = 50.00"]
    assert [stretch["band"] for stretch in month.trace["stretches"]] == ["travel"]


def test_a_journey_is_one_class_over_all_bounds_of_the_clock():
    # Fri 15:00   16:00     23:00  Sat     one class, cut where the clock is another
    month = settled(work("2026-10-09 15:00", 600, travel=True), approved())
    assert month.lines == ["C1 travel 40 x 12.50 = 500.00"]
    assert {stretch["rate_class"] for stretch in month.trace["stretches"]} == {"travel"}


def test_travel_may_use_minutes_approved_for_travel():
    month = settled(work("2026-10-06 18:00", 60, travel=True), approved(60, "travel"))
    assert month.answers[0].endswith("travel estimate:travel:Q1 0->60")


# --- Work on site -----------------------------------------------------------------------------------------------------


# 09:00          10:00               11:00
# |-- held -------|--- billed --------|        agreed at 10:00
def test_work_on_site_counts_from_the_very_minute_of_the_agreement():
    month = settled(
        case(onsite_agreed_at="2026-10-06T10:00:59+02:00"), work("2026-10-06 09:00", 120, onsite=True), approved()
    )
    assert month.answers == [
        "E1 09:00-10:00 held onsite_not_agreed 13(4)c regular",
        "E1 10:00-11:00 billed approved 13(5)a regular estimate:night_weekend:Q1 0->60",
    ]


@pytest.mark.parametrize(
    ("agreed", "held"),
    [
        pytest.param(None, 60, id="never agreed"),
        pytest.param("2026-10-06T10:00+02:00", 60, id="agreed at the end"),
        pytest.param("2026-10-06T09:59+02:00", 59, id="a minute before the end"),
        pytest.param("2026-10-06T09:00+02:00", 0, id="agreed at the start"),
        pytest.param("2026-01-01T00:00Z", 0, id="agreed long before"),
    ],
)
def test_the_agreement_must_be_there_before_the_work(agreed, held):
    month = settled(case(onsite_agreed_at=agreed), work("2026-10-06 09:00", 60, onsite=True), approved())
    assert sum(row["minutes"] for row in month.settlement["held"] if row["reason"] == "onsite_not_agreed") == held
    assert sum(int(code.split()[0]) for code in month.codes if code.endswith(" billed approved")) == 60 - held


def test_an_agreement_written_down_later_counts_from_when_it_was_made():
    agreed = {"at": "2026-11-20T09:00+01:00", "onsite_agreed_at": "2026-10-01T09:00+02:00"}
    months = all_settled(
        case(updates=[agreed]), work("2026-10-06 09:00", 60, onsite=True), approved(), run("2026-10"), run("2026-11")
    )
    assert [month.codes for month in months] == [["60 held onsite_not_agreed"], ["60 billed approved"]]


def test_the_agreement_is_asked_before_urgency():
    month = settled(
        case(urgent_notice_at="2026-10-06T08:00+02:00"), work("2026-10-06 09:00", 60, onsite=True, urgent=True)
    )
    assert month.codes == ["60 held onsite_not_agreed"]


def test_work_elsewhere_needs_no_agreement():
    assert settled(work("2026-10-06 09:00", 60, onsite=False), approved()).codes == ["60 billed approved"]


# --- Expenses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["travel", "accommodation", "per_diem", "ancillary"])
def test_an_expense_is_billed_against_its_receipt(kind):
    month = settled(expense("48.20", kind=kind, receipt=True))
    assert month.expenses == ["X1 billed expense 13(4)c"]
    assert month.lines == ["C1 X1 = 48.20"]
    assert (month.net, month.vat, month.gross) == ("48.20", "9.16", "57.36")


@pytest.mark.parametrize("receipt", [{}, {"receipt": False}, {"receipt": None}], ids=["nothing said", "none", "null"])
def test_an_expense_without_a_receipt_waits(receipt):
    month = settled(expense("48.20", **receipt))
    assert month.expenses == ["X1 held receipt_missing 13(4)c"]
    assert month.settlement["held"] == [{"item": "X1", "minutes": 0, "reason": "receipt_missing"}]


@pytest.mark.parametrize(
    ("facts", "more", "answer"),
    [
        pytest.param({"cause": "processor"}, {}, "free 13.7 13(7)", id="the processor caused the case"),
        pytest.param({}, {"remedies_processor_defect": True}, "free 13.7 13(7)", id="it remedies a defect"),
        pytest.param({"cause": "undecided"}, {}, "held cause_undecided 13(7)", id="the cause is undecided"),
        pytest.param({"cause": "mixed"}, {}, "billed expense 13(4)c", id="a cause that is mixed"),
    ],
)
def test_the_cause_is_asked_first(facts, more, answer):
    assert settled(case(**facts), expense("48.20", receipt=True, **more)).expenses == [f"X1 {answer}"]


def test_the_agreement_on_site_and_the_estimate_gate_work_not_the_expenses_of_the_trip():
    month = settled(work("2026-10-06 09:00", 60, onsite=True), expense("48.20", receipt=True))
    assert month.codes == ["60 held onsite_not_agreed"]
    assert month.lines == ["C1 X1 = 48.20"]


def test_expenses_are_billed_also_where_no_hourly_rate_is_agreed():
    assert settled(expense("12.40", receipt=True), terms={"hourly_rate": None}).lines == ["C1 X1 = 12.40"]


def test_expenses_follow_the_time_sorted_by_their_ids():
    month = settled(
        expense("1.00", "X2", receipt=True),
        expense("2.00", "X10", "C0", receipt=True),
        work("2026-10-06 09:00", 15),
        approved(),
    )
    assert month.lines == ["C1 regular 1 x 25.00 = 25.00", "C0 X10 = 2.00", "C1 X2 = 1.00"]


def test_an_expense_belongs_to_the_month_it_was_incurred_in():
    rows = [expense("1.00", "X1", on="2026-10-31", receipt=True), expense("2.00", "X2", on="2026-11-01", receipt=True)]
    months = all_settled(*rows, run("2026-10"), run("2026-11"))
    assert [month.lines for month in months] == [["C1 X1 = 1.00"], ["C1 X2 = 2.00"]]


def test_a_billed_expense_is_billed_once_and_again_only_after_a_cancellation():
    months = all_settled(
        expense("1.00", receipt=True),
        run("2026-10"),
        run("2026-11"),
        cancelled("2026-10", "2026-12-10 09:00"),
        run("2026-12"),
    )
    assert [month.net for month in months] == ["1.00", "0.00", "1.00"]


def test_a_free_expense_stays_free():
    changed = {"at": "2026-11-20T09:00+01:00", "cause": "controller"}
    months = all_settled(
        case(cause="processor", updates=[changed]),
        expense("1.00", receipt=True),
        run("2026-10"),
        cancelled("2026-10", "2026-11-21 09:00"),
        run("2026-11"),
    )
    assert [month.expenses for month in months] == [["X1 free 13.7 13(7)"], []]
