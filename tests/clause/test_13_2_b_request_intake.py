"""13(2)b: receiving, confirming and assigning a data-subject request is free, without limit."""

import pytest

from tests.support.settling import approved, case, settled, work


@pytest.mark.parametrize(
    ("start", "rate_class"),
    [
        pytest.param("2026-10-06 09:00", "regular", id="in business hours"),
        pytest.param("2026-10-06 18:00", "out_of_hours", id="in the evening"),
        pytest.param("2026-10-10 09:00", "night_weekend", id="on a Saturday"),
    ],
)
def test_intake_is_free_at_any_hour(start, rate_class):
    month = settled(work(start, 60, "request_intake"), approved())
    assert [answer.split(" ", 2)[2] for answer in month.answers] == [f"free 13.2.b 13(2)b {rate_class}"]


def test_intake_is_free_without_limit():
    month = settled(*(work(f"2026-10-0{day} 08:00", 480, "request_intake", f"E{day}") for day in (5, 6, 7)))
    assert month.codes == ["480 free 13.2.b"] * 3


def test_intake_is_free_while_the_cause_is_undecided():
    assert settled(case(cause="undecided"), work("2026-10-06 09:00", 20, "request_intake")).codes == ["20 free 13.2.b"]


def test_where_base_services_are_billable_outside_hours_only_the_hours_are_free():
    # 07:30    08:00                     16:00    16:30
    # |- held -|---------- free ----------|- held -|
    month = settled(work("2026-10-06 07:30", 540, "request_intake"), terms={"base_services_out_of_hours": "billable"})
    assert month.answers == [
        "E1 07:30-08:00 held no_approved_estimate 13(5)a out_of_hours",
        "E1 08:00-16:00 free 13.2.b 13(2)b regular",
        "E1 16:00-16:30 held no_approved_estimate 13(5)a out_of_hours",
    ]


def test_the_clock_counts_also_on_a_journey():
    month = settled(
        work("2026-10-06 15:30", 60, "request_intake", travel=True), terms={"base_services_out_of_hours": "billable"}
    )
    assert month.answers == [
        "E1 15:30-16:00 free 13.2.b 13(2)b travel",
        "E1 16:00-16:30 held no_approved_estimate 13(5)a travel",
    ]


@pytest.mark.parametrize("day", ["2026-10-10", "2026-10-13"], ids=["a Saturday", "a holiday"])
def test_days_without_business_hours_have_none(day):
    terms = {"base_services_out_of_hours": "billable", "extra_holidays": ["2026-10-13"]}
    assert settled(work(f"{day} 09:00", 30, "request_intake"), terms=terms).codes == ["30 held no_approved_estimate"]
