"""13(7): nothing for what the processor alone caused, nor for remedying a defect it answers for."""

import pytest

from tests.support.settling import all_settled, approved, cancelled, case, run, settled, work


@pytest.mark.parametrize(
    ("cause", "answer"),
    [
        pytest.param("processor", "free 13.7 13(7) regular", id="the processor alone"),
        pytest.param("undecided", "held cause_undecided 13(7) regular", id="not settled yet"),
        pytest.param("mixed", "billed approved 13(5)a regular", id="both: not exclusively the processor"),
        pytest.param("third_party", "billed approved 13(5)a regular", id="a third party"),
        pytest.param("controller", "billed approved 13(5)a regular", id="the controller"),
        pytest.param(None, "billed approved 13(5)a regular", id="nothing said: the controller"),
    ],
)
def test_the_cause_of_the_case_decides(cause, answer):
    (given,) = settled(case(cause=cause), work("2026-10-06 09:00", 60), approved()).answers
    assert given.startswith(f"E1 09:00-10:00 {answer}")


@pytest.mark.parametrize("cause", ["mixed", "undecided", "controller"])
def test_remedying_a_defect_of_the_processor_is_free_whatever_caused_the_case(cause):
    work_on_it = work("2026-10-06 09:00", 60, remedies_processor_defect=True)
    assert settled(case(cause=cause), work_on_it, approved()).codes == ["60 free 13.7"]


def test_it_is_free_with_travel_and_surcharges():
    rows = [work("2026-10-10 09:00", 60, travel=True, onsite=True, urgent=True)]
    assert settled(case(cause="processor"), *rows).codes == ["60 free 13.7"]


def test_a_cause_settled_later_decides_held_work():
    updates = [{"at": "2026-11-20T09:00+01:00", "cause": "mixed"}]
    months = all_settled(
        case(cause="undecided", updates=updates),
        work("2026-10-06 09:00", 60),
        approved(),
        run("2026-10"),
        run("2026-11"),
    )
    assert [month.codes for month in months] == [["60 held cause_undecided"], ["60 billed approved"]]


def test_changes_apply_by_their_time_then_as_listed_and_null_changes_nothing():
    when = "2026-10-20T09:00+02:00"
    updates = [
        {"at": "2026-10-21T09:00+02:00", "cause": None},
        {"at": when, "cause": "processor"},
        {"at": when + "", "cause": "undecided"},
        {"at": "2026-10-19T09:00+02:00", "cause": "mixed"},
    ]
    assert settled(case(updates=updates), work("2026-10-06 09:00", 60)).codes == ["60 held cause_undecided"]


def test_billed_work_stays_billed_until_it_is_cancelled_and_is_free_then():
    updates = [{"at": "2026-11-20T09:00+01:00", "cause": "processor"}]
    months = all_settled(
        case(updates=updates),
        work("2026-10-06 09:00", 60),
        approved(),
        run("2026-10"),
        run("2026-11"),
        cancelled("2026-10", "2026-12-10 09:00"),
        run("2026-12"),
    )
    assert [month.codes for month in months] == [["60 billed approved"], [], ["60 free 13.7"]]


def test_what_was_found_free_is_never_billed_later():
    updates = [{"at": "2026-11-20T09:00+01:00", "cause": "controller"}]
    months = all_settled(
        case(cause="processor", updates=updates),
        work("2026-10-06 09:00", 60),
        approved(),
        run("2026-10"),
        cancelled("2026-10", "2026-12-01 09:00"),
        run("2026-11"),
    )
    assert [month.codes for month in months] == [["60 free 13.7"], []]
