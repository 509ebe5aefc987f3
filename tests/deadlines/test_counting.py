"""Periods to their end: the law's own examples, Christmas, clock changes, and what always holds."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.deadlines.counting import Length, Unit, due
from billing.timespan import Instant, instant_of
from tests.deadlines.berlin import calendar_of, moment, shown


def ends(start: str, length: Length, land: str = "DE-BW") -> tuple[str, str]:
    found = due(moment(start), length, calendar_of(land))
    return shown(found.strict), shown(found.latest)


def last_days(start: str, length: Length, land: str = "DE-BW") -> tuple[str, str]:
    strict, latest = ends(start, length, land)
    assert strict.endswith("23:59"), "a day ends with its last minute"
    assert latest.endswith("23:59")
    return strict[:10], latest[:10]


@pytest.mark.parametrize(
    ("start", "length", "strict", "latest"),
    [
        # Saturday noon + 48 hours: the clocks go back in the night to Sunday, so it is 11 o'clock on Monday.
        pytest.param(
            "2026-10-24 12:00",
            Length(48, Unit.HOURS),
            "2026-10-26 11:00",
            "2026-10-26 11:00",
            id="hours run on over the change to winter time",
        ),
        pytest.param(
            "2026-03-28 12:00",
            Length(48, Unit.HOURS),
            "2026-03-30 13:00",
            "2026-03-30 13:00",
            id="hours run on over the change to summer time",
        ),
        pytest.param(
            "2026-12-24 15:00",
            Length(48, Unit.HOURS),
            "2026-12-26 15:00",
            "2026-12-26 15:00",
            id="no holiday and no weekend stops an hour",
        ),
        pytest.param(
            "2026-10-05 09:20",
            Length(72, Unit.EU_HOURS),
            "2026-10-08 09:20",
            "2026-10-08 10:00",
            id="hours of EU law begin with the next full hour at the latest",
        ),
        pytest.param(
            "2026-10-05 09:00",
            Length(72, Unit.EU_HOURS),
            "2026-10-08 09:00",
            "2026-10-08 10:00",
            id="the hour that begins with the event does not count either",
        ),
    ],
)
def test_hours(start, length, strict, latest):
    assert ends(start, length) == (strict, latest)


@pytest.mark.parametrize(
    ("start", "length", "strict", "latest"),
    [
        pytest.param(
            "2026-12-18 16:00",
            Length(10, Unit.WORKING_DAYS),
            "2027-01-02",
            "2027-01-04",
            id="ten Werktage over Christmas end on a Saturday, lawfully on Monday",
        ),
        pytest.param(
            "2026-05-29 08:00",
            Length(10, Unit.WORKING_DAYS),
            "2026-06-11",
            "2026-06-11",
            id="ten Werktage leave Corpus Christi out",
        ),
        pytest.param(
            "2026-12-18 16:00",
            Length(7, Unit.BUSINESS_DAYS),
            "2026-12-30",
            "2026-12-30",
            id="seven Arbeitstage leave Christmas and the weekends out",
        ),
        pytest.param("2026-10-01 23:59", Length(1, Unit.BUSINESS_DAYS), "2026-10-02", "2026-10-02", id="the next day"),
        pytest.param(
            "2026-10-02 00:00",
            Length(1, Unit.BUSINESS_DAYS),
            "2026-10-05",
            "2026-10-05",
            id="Friday to Monday, over the holiday of 3 October",
        ),
        pytest.param(
            "2026-07-03 12:00", Length(14, Unit.DAYS), "2026-07-17", "2026-07-17", id="fourteen days to a Friday"
        ),
        pytest.param(
            "2026-12-11 12:00",
            Length(14, Unit.DAYS),
            "2026-12-25",
            "2026-12-28",
            id="fourteen days to Christmas move to the Monday after",
        ),
        pytest.param(
            "2026-05-21 12:00",
            Length(14, Unit.DAYS),
            "2026-06-04",
            "2026-06-05",
            id="fourteen days to Corpus Christi move to Friday",
        ),
        pytest.param("2026-10-19 12:00", Length(14, Unit.DAYS), "2026-11-02", "2026-11-02", id="to a Monday"),
        pytest.param(
            "2026-09-30 12:00", Length(2, Unit.WEEKS), "2026-10-14", "2026-10-14", id="weeks end on a day of one name"
        ),
        pytest.param(
            "2026-01-31 12:00",
            Length(1, Unit.MONTHS),
            "2026-02-28",
            "2026-03-02",
            id="a month without a 31st ends with its last day, a Saturday",
        ),
        pytest.param("2028-01-31 12:00", Length(1, Unit.MONTHS), "2028-02-29", "2028-02-29", id="in a leap year"),
        pytest.param("2026-11-30 12:00", Length(3, Unit.MONTHS), "2027-02-28", "2027-03-01", id="into the next year"),
        pytest.param("2024-02-29 12:00", Length(12, Unit.MONTHS), "2025-02-28", "2025-02-28", id="a year from 29 Feb"),
        pytest.param(
            "2026-10-31 12:00",
            Length(1, Unit.MONTHS_TO_MONTH_END, moves=False),
            "2026-11-30",
            "2026-11-30",
            id="a month, to the end of the month",
        ),
        pytest.param(
            "2026-11-06 12:00",
            Length(7, Unit.DAYS, moves=False),
            "2026-11-13",
            "2026-11-13",
            id="seven days of a notice of termination",
        ),
        pytest.param(
            "2026-11-07 12:00",
            Length(7, Unit.DAYS, moves=False),
            "2026-11-14",
            "2026-11-14",
            id="a notice of termination ends on a Saturday too",
        ),
        pytest.param(
            "2026-03-10 12:00",
            Length(3, Unit.YEARS_FROM_YEAR_END, moves=False),
            "2029-12-31",
            "2029-12-31",
            id="three years after the end of the year",
        ),
        pytest.param(
            "2026-10-14 10:00",
            Length(2, Unit.WEEKS, ahead=True),
            "2026-09-29",
            "2026-09-30",
            id="two weeks ahead: fourteen whole days between, or the day two weeks before",
        ),
        pytest.param(
            "2026-10-19 00:00",
            Length(14, Unit.DAYS, ahead=True),
            "2026-10-04",
            "2026-10-05",
            id="days ahead end on a Sunday too: § 193 does not shorten the other side's time",
        ),
    ],
)
def test_days(start, length, strict, latest):
    assert last_days(start, length) == (strict, latest)


@pytest.mark.parametrize(
    ("land", "latest"),
    [
        pytest.param("DE-BW", "2026-06-05", id="Corpus Christi is a holiday in Baden-Württemberg"),
        pytest.param("DE-SH", "2026-06-04", id="and a working day in Schleswig-Holstein"),
    ],
)
def test_the_holidays_are_those_of_the_seat(land, latest):
    assert last_days("2026-05-21 12:00", Length(14, Unit.DAYS), land) == ("2026-06-04", latest)


def test_the_day_is_the_one_of_the_processors_clock():
    # 22:30 UTC is half past midnight in Berlin: the event is of the next day.
    start = instant_of(datetime(2026, 7, 2, 22, 30, tzinfo=UTC))
    assert shown(due(start, Length(14, Unit.DAYS), calendar_of()).strict) == "2026-07-17 23:59"


STARTS = st.integers(instant_of(datetime(2024, 1, 1, tzinfo=UTC)), instant_of(datetime(2034, 1, 1, tzinfo=UTC)))
UNITS = st.sampled_from([unit for unit in Unit if unit is not Unit.YEARS_FROM_YEAR_END])


@given(start=STARTS, count=st.integers(1, 30), unit=UNITS)
def test_the_strict_end_is_never_after_the_lawful_one_and_both_are_after_the_start(start, count, unit):
    found = due(Instant(start), Length(count, unit), calendar_of())
    assert start < found.strict <= found.latest


@given(start=STARTS, later=st.integers(0, 3000), count=st.integers(1, 30), unit=UNITS)
def test_what_starts_later_never_ends_earlier(start, later, count, unit):
    length, calendar = Length(count, unit), calendar_of()
    first, second = due(Instant(start), length, calendar), due(Instant(start + later), length, calendar)
    assert first.strict <= second.strict
    assert first.latest <= second.latest


@given(start=STARTS, count=st.integers(1, 30), unit=st.sampled_from([Unit.WORKING_DAYS, Unit.BUSINESS_DAYS]))
def test_counting_days_one_by_one_comes_to_the_same_day(start, count, unit):
    calendar = calendar_of()
    counts = calendar.is_working_day if unit is Unit.WORKING_DAYS else calendar.is_business_day
    first = calendar.day_of(Instant(start))
    last = calendar.day_of(due(Instant(start), Length(count, unit), calendar).strict)
    between = [date.fromordinal(day) for day in range(first.toordinal() + 1, last.toordinal() + 1)]
    assert sum(map(counts, between)) == count
    assert counts(last)


@given(start=STARTS, count=st.integers(0, 12))
def test_a_lawful_end_in_days_is_a_business_day(start, count):
    calendar = calendar_of()
    for unit in (Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.WORKING_DAYS):
        found = due(Instant(start), Length(count, unit), calendar)
        assert calendar.is_business_day(calendar.day_of(found.latest))
