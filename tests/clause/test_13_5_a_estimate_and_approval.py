"""13(5)a: billable work starts after a cost estimate the controller has approved."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, run, settled, work


def test_without_an_approved_estimate_nothing_is_billed_and_nothing_is_lost():
    month = settled(work("2026-10-06 09:00", 60))
    assert month.answers == ["E1 09:00-10:00 held no_approved_estimate 13(5)a regular"]
    assert month.settlement["held"] == [{"item": "E1", "minutes": 60, "reason": "no_approved_estimate"}]
    assert month.lines == []


# 09:00          10:00               11:00
# |-- held -------|--- billed --------|        approved at 10:00:59
def test_an_approval_reaches_from_its_very_minute():
    estimate = {**approved(), "approved_at": "2026-10-06T10:00:59+02:00"}
    month = settled(work("2026-10-06 09:00", 120), estimate)
    assert month.answers == [
        "E1 09:00-10:00 held no_approved_estimate 13(5)a regular",
        "E1 10:00-11:00 billed approved 13(5)a regular estimate:night_weekend:Q1 0->60",
    ]


@pytest.mark.parametrize(
    ("covers_from", "codes"),
    [
        pytest.param("2026-10-06 09:00", ["120 billed approved"], id="from the start"),
        pytest.param("2026-10-01 00:00", ["120 billed approved"], id="from before the start"),
        pytest.param(
            "2026-10-06 09:30", ["30 held no_approved_estimate", "90 billed approved"], id="from within the work"
        ),
        pytest.param("2026-10-06 11:00", ["120 held no_approved_estimate"], id="from its end"),
    ],
)
def test_an_approval_may_say_from_when_it_covers(covers_from, codes):
    month = settled(work("2026-10-06 09:00", 120), approved(on="2026-10-20 09:00", covers_from=covers_from))
    assert month.codes == codes


def test_an_approval_may_begin_after_it_was_given():
    estimate = approved(on="2026-10-01 09:00", covers_from="2026-10-06 10:00")
    assert settled(work("2026-10-06 09:00", 120), estimate).codes == [
        "60 held no_approved_estimate",
        "60 billed approved",
    ]


def test_an_approval_after_the_as_of_is_not_seen_until_the_next_run():
    rows = [work("2026-10-06 09:00", 60), approved(on="2026-11-05 09:01", covers_from="2026-10-01 00:00")]
    october, november = all_settled(*rows, run("2026-10", "2026-11-05 09:00"), run("2026-11"))
    assert (october.codes, november.codes) == (["60 held no_approved_estimate"], ["60 billed approved"])


def test_an_approval_at_the_very_as_of_is_seen():
    rows = [work("2026-10-06 09:00", 60), approved(on="2026-11-05 09:00", covers_from="2026-10-01 00:00")]
    assert settled(*rows, run("2026-10", "2026-11-05 09:00")).codes == ["60 billed approved"]


def test_an_estimate_that_was_never_approved_reaches_nothing():
    assert settled(work("2026-10-06 09:00", 60), approved(on=None)).codes == ["60 held no_approved_estimate"]


def test_an_approval_is_of_one_case():
    month = settled(work("2026-10-06 09:00", 60, of="C2"), approved(of="C1"))
    assert month.codes == ["60 held no_approved_estimate"]


# --- Which line pays --------------------------------------------------------------------------------------------------

CHEAP, DEAR = approved(30, "regular", "Q2", on="2026-01-02 09:00"), approved(30, "night_weekend", "Q1")


def test_the_cheapest_line_that_is_dear_enough_is_used_first():
    month = settled(work("2026-10-06 09:00", 60), CHEAP, DEAR)
    assert month.answers == [
        "E1 09:00-09:30 billed approved 13(5)a regular estimate:regular:Q2 0->30",
        "E1 09:30-10:00 billed approved 13(5)a regular estimate:night_weekend:Q1 0->30",
    ]


def test_a_dearer_line_pays_at_the_price_of_the_work():
    month = settled(work("2026-10-06 09:00", 30), DEAR)
    assert month.lines == ["C1 regular 2 x 25.00 = 50.00"]


# 15:30          16:00        16:30
# |-- regular ----|--- out ----|        30 regular and 30 night minutes are approved
def test_each_stretch_looks_for_its_own_line():
    month = settled(work("2026-10-06 15:30", 60), CHEAP, DEAR)
    assert [answer.split()[-2] for answer in month.answers] == ["estimate:regular:Q2", "estimate:night_weekend:Q1"]


def test_equal_lines_are_used_in_the_order_of_approval_then_of_ids():
    rows = [
        approved(20, "regular", "Q1", on="2026-03-01 09:00"),
        approved(20, "regular", "Q3", on="2026-02-01 09:00"),
        approved(20, "regular", "Q2", on="2026-03-01 09:00"),
    ]
    month = settled(work("2026-10-06 09:00", 60), *rows)
    assert [answer.split()[-2][-2:] for answer in month.answers] == ["Q3", "Q1", "Q2"]


def test_lines_of_one_class_in_an_estimate_add_up():
    lines = [{"rate_class": "regular", "minutes": 10}, {"rate_class": "regular", "minutes": 20}]
    month = settled(work("2026-10-06 09:00", 60), {**approved(), "lines": lines})
    assert month.answers == [
        "E1 09:00-09:30 billed approved 13(5)a regular estimate:regular:Q1 0->30",
        "E1 09:30-10:00 held estimate_exceeded 13(5)c regular",
    ]


def test_where_classes_cost_the_same_any_of_them_pays_for_the_other():
    factors = dict.fromkeys(("travel", "regular", "out_of_hours", "night_weekend"), "1")
    month = settled(work("2026-10-06 09:00", 30), approved(30, "travel"), terms={"factors": factors})
    assert month.codes == ["30 billed approved"]


def test_the_minutes_are_used_in_the_order_of_the_work():
    rows = [work("2026-10-07 09:00", 30, name="E1"), work("2026-10-06 09:00", 30, name="E2"), approved(40)]
    assert settled(*rows).answers == [
        "E2 09:00-09:30 billed approved 13(5)a regular estimate:night_weekend:Q1 0->30",
        "E1 09:00-09:10 billed approved 13(5)a regular estimate:night_weekend:Q1 30->40",
        "E1 09:10-09:30 held estimate_exceeded 13(5)c regular",
    ]


def test_work_logged_after_a_run_takes_what_is_left():
    late = work("2026-10-01 09:00", 30, name="E0", logged_at="2026-11-20T09:00+01:00")
    _, november = all_settled(work("2026-10-06 09:00", 30), late, approved(40), run("2026-10"), run("2026-11"))
    assert november.answers == [
        "E0 09:00-09:10 billed approved 13(5)a regular estimate:night_weekend:Q1 30->40",
        "E0 09:10-09:30 held estimate_exceeded 13(5)c regular",
    ]


def test_a_cancelled_month_gives_its_approved_minutes_back():
    months = all_settled(
        work("2026-10-06 09:00", 30),
        work("2026-11-06 09:00", 30, name="E2"),
        approved(40),
        run("2026-10"),
        run("2026-11"),
        cancelled("2026-10", "2026-12-10 09:00"),
        run("2026-12"),
    )
    assert months[1].codes == ["10 billed approved", "20 held estimate_exceeded"]
    # Released and held minutes form one list in the order of the work: October's 30 minutes come first.
    assert months[2].codes == ["30 billed approved", "20 held estimate_exceeded"]


def test_minutes_approved_are_minutes_whatever_they_cost_later():
    versions = [{"valid_from": "2026-10"}, {"valid_from": "2026-11", "hourly_rate": "150.00"}]
    rows = [work("2026-10-06 09:00", 30), work("2026-11-06 09:00", 30, name="E2"), approved(60)]
    assert settled(*rows, run("2026-11"), terms=versions).lines == [
        "C1 regular 2 x 25.00 = 50.00",
        "C1 regular 2 x 37.50 = 75.00",
    ]
