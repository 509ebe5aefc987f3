"""13(8): monthly in arrears; held work is asked again in every later run; a cancelled month is billed again once."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, expense, run, settled, work


# 2026-10-31 23:30        midnight        2026-11-01 00:30
# |------ October ----------|------ November ------|        each month bills its own half
def test_work_over_the_end_of_a_month_belongs_to_both():
    october, november = all_settled(work("2026-10-31 23:30", 60), approved(), run("2026-10"), run("2026-11"))
    assert october.answers == ["E1 23:30-00:00 billed approved 13(5)a night_weekend estimate:night_weekend:Q1 0->30"]
    assert november.answers == ["E1 00:00-00:30 billed approved 13(5)a night_weekend estimate:night_weekend:Q1 30->60"]


def test_a_run_takes_what_earlier_months_left():
    november = settled(
        work("2026-10-06 09:00", 15), work("2026-11-06 09:00", 15, name="E2"), approved(), run("2026-11")
    )
    assert november.codes == ["15 billed approved", "15 billed approved"]


def test_a_run_leaves_what_comes_later():
    october = settled(work("2026-11-06 09:00", 15), approved(), run("2026-10", "2026-12-24 09:00"))
    assert (october.codes, october.lines, october.gross) == ([], [], "0.00")


@pytest.mark.parametrize(
    ("logged_at", "october"),
    [
        pytest.param("2026-11-05T09:00:59+01:00", "25.00", id="logged at the very as-of"),
        pytest.param("2026-11-05T09:01+01:00", "0.00", id="logged a minute later"),
        pytest.param(None, "25.00", id="nothing said: logged when it ended"),
    ],
)
def test_a_run_sees_what_was_logged_by_its_as_of(logged_at, october):
    months = all_settled(
        work("2026-10-06 09:00", 15, logged_at=logged_at),
        approved(),
        run("2026-10", "2026-11-05 09:00"),
        run("2026-11"),
    )
    assert months[0].net == october
    assert sum(float(month.net) for month in months) == 25


def test_held_work_is_asked_again_and_again():
    months = all_settled(work("2026-10-06 09:00", 15), run("2026-10"), run("2026-11"), run("2026-12"))
    assert [month.codes for month in months] == [["15 held no_approved_estimate"]] * 3


def test_what_is_decided_is_not_asked_again():
    months = all_settled(
        work("2026-10-06 09:00", 15),
        work("2026-10-07 09:00", 15, "request_intake", "E2"),
        approved(),
        run("2026-10"),
        run("2026-11"),
    )
    assert [month.codes for month in months] == [["15 billed approved", "15 free 13.2.b"], []]


def test_a_month_with_nothing_to_bill_is_settled_all_the_same():
    month = settled(run("2026-10"))
    assert {key: month.settlement[key] for key in ("lines", "net", "vat", "gross", "free", "held")} == {
        "lines": [],
        "net": "0.00",
        "vat": "0.00",
        "gross": "0.00",
        "free": [],
        "held": [],
    }


def test_lines_stand_by_case_then_class_then_price_then_expenses():
    month = settled(
        work("2026-10-07 02:00", 15, name="E1", of="C2"),
        work("2026-10-07 09:00", 15, name="E2", of="C2", travel=True),
        work("2026-10-07 09:00", 15, name="E3", of="C10"),
        work("2026-10-07 18:00", 15, name="E4", of="C2"),
        expense("9.00", of="C0", receipt=True),
        approved(of="C10"),
        approved(name="Q2", of="C2"),
    )
    assert [line.rsplit(" x", 1)[0] for line in month.lines] == [
        "C10 regular 1",
        "C2 travel 1",
        "C2 out_of_hours 1",
        "C2 night_weekend 1",
        "C0 X1 = 9.00",
    ]


def test_free_and_held_work_is_listed_by_item_and_code():
    month = settled(
        work("2026-10-06 09:00", 70, "general_query", "E2"),
        work("2026-10-05 09:00", 5, "request_intake", "E10"),
        expense("1.00", "E1"),
    )
    assert month.settlement["free"] == [
        {"item": "E10", "minutes": 5, "clause": "13.2.b"},
        {"item": "E2", "minutes": 60, "clause": "13.2.d"},
    ]
    assert month.settlement["held"] == [
        {"item": "E1", "minutes": 0, "reason": "receipt_missing"},
        {"item": "E2", "minutes": 10, "reason": "no_approved_estimate"},
    ]


# --- Cancelled months -------------------------------------------------------------------------------------------------

WORK = [work("2026-10-06 09:00", 60), approved()]


def test_a_cancelled_month_is_billed_again_by_its_next_run():
    months = all_settled(
        *WORK, run("2026-10"), cancelled("2026-10", "2026-11-10 09:00"), run("2026-10", "2026-11-11 09:00")
    )
    assert [month.net for month in months] == ["100.00", "100.00"]
    assert months[1].settlement["cancelled"] == [{"id": "S1", "month": "2026-10", "net": "100.00"}]


def test_or_by_a_later_month():
    months = all_settled(
        *WORK, run("2026-10"), run("2026-11"), cancelled("2026-10", "2026-12-10 09:00"), run("2026-12")
    )
    assert [month.net for month in months] == ["100.00", "0.00", "100.00"]


def test_a_cancellation_at_the_very_as_of_comes_before_the_run():
    months = all_settled(
        *WORK, run("2026-10"), cancelled("2026-10", "2026-11-10 09:00"), run("2026-10", "2026-11-10 09:00")
    )
    assert [month.net for month in months] == ["100.00", "100.00"]


def test_a_cancellation_after_the_last_run_is_not_applied():
    (month,) = all_settled(*WORK, run("2026-10"), cancelled("2026-10", "2026-11-10 09:00"))
    assert (month.net, "cancelled" in month.settlement) == ("100.00", False)


def test_a_month_in_which_nothing_was_billed_can_be_cancelled_too():
    months = all_settled(run("2026-10"), cancelled("2026-10", "2026-11-10 09:00"), run("2026-10", "2026-11-11 09:00"))
    assert months[1].settlement["cancelled"] == [{"id": "S1", "month": "2026-10", "net": "0.00"}]


def test_cancellations_are_applied_by_time_then_id():
    rows = [*WORK, expense("5.00", on="2026-11-02", receipt=True), run("2026-10"), run("2026-11")]
    same = "2026-12-10 09:00"
    december = all_settled(
        *rows, cancelled("2026-11", same, "S2"), cancelled("2026-10", same, "S10"), run("2026-12", same)
    )[-1]
    assert december.settlement["cancelled"] == [
        {"id": "S10", "month": "2026-10", "net": "100.00"},
        {"id": "S2", "month": "2026-11", "net": "5.00"},
    ]
    assert december.net == "105.00"


# --- Change of terms --------------------------------------------------------------------------------------------------

VERSIONS = [{"valid_from": "2026-11", "hourly_rate": "120.00"}, {"valid_from": "2026-10"}]


# 2026-10-31 23:30       midnight        2026-11-01 00:30
# |---- at 37.50 ----------|---- at 45.00 ---------|
def test_a_minute_is_priced_by_the_version_of_its_local_month():
    november = settled(work("2026-10-31 23:30", 60), approved(), run("2026-11"), terms=VERSIONS)
    assert november.lines == ["C1 night_weekend 2 x 37.50 = 75.00", "C1 night_weekend 2 x 45.00 = 90.00"]


def test_before_the_first_version_the_first_one_holds():
    month = settled(work("2026-10-06 09:00", 60), approved(), terms=[{"valid_from": "2026-12", "hourly_rate": "60.00"}])
    assert month.lines == ["C1 regular 4 x 15.00 = 60.00"]


def test_held_work_is_asked_by_the_version_of_its_month_also_later():
    late = approved(on="2026-11-20 09:00", covers_from="2026-10-01 00:00")
    november = settled(work("2026-10-06 09:00", 60), late, run("2026-11"), terms=VERSIONS)
    assert november.lines == ["C1 regular 4 x 25.00 = 100.00"]
