"""13(4)d: third-party costs are borne by the controller after approval in advance."""

import pytest

from tests.support.settling import all_settled, case, expense, run, settled


def third_party(**more):
    return expense("480.00", kind="third_party", on="2026-10-08", **more)


@pytest.mark.parametrize(
    ("approved_at", "verdict"),
    [
        pytest.param("2026-10-07T16:00+02:00", "billed third_party", id="the day before"),
        pytest.param("2026-10-08T23:59+02:00", "billed third_party", id="late on the very day"),
        pytest.param("2026-10-08T22:30Z", "held third_party_not_approved", id="half past midnight by the local clock"),
        pytest.param("2026-10-09T00:00+02:00", "held third_party_not_approved", id="the day after"),
        pytest.param(None, "held third_party_not_approved", id="never"),
    ],
)
def test_the_approval_counts_by_its_local_day(approved_at, verdict):
    assert settled(third_party(approved_at=approved_at)).expenses == [f"X1 {verdict} 13(4)d"]


def test_it_is_passed_on_at_cost_and_needs_no_receipt_of_a_journey():
    month = settled(third_party(approved_at="2026-10-07T16:00+02:00", receipt=False))
    assert month.lines == ["C1 X1 = 480.00"]


def test_a_receipt_does_not_stand_in_for_the_approval():
    assert settled(third_party(receipt=True)).expenses == ["X1 held third_party_not_approved 13(4)d"]


def test_an_approval_after_the_as_of_is_not_seen_yet():
    # Approved on the day it was incurred, but only after the run of a month that had just begun.
    early = {"kind_of_row": "runs", "month": "2026-10", "as_of": "2026-10-08T10:00+02:00"}
    months = all_settled(third_party(approved_at="2026-10-08T10:01+02:00"), early, run("2026-11"))
    assert [month.expenses for month in months] == [
        ["X1 held third_party_not_approved 13(4)d"],
        ["X1 billed third_party 13(4)d"],
    ]


@pytest.mark.parametrize(
    ("cause", "answer"),
    [
        pytest.param("processor", "free 13.7 13(7)", id="the processor caused it"),
        pytest.param("undecided", "held cause_undecided 13(7)", id="the cause is undecided"),
    ],
)
def test_the_cause_is_asked_first(cause, answer):
    month = settled(case(cause=cause), third_party(approved_at="2026-10-07T16:00+02:00"))
    assert month.expenses == [f"X1 {answer}"]
