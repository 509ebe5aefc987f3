"""The rate classes of all time, cut where they change: the same as asking every minute, on every kind of calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.clause.term_sets import term_set
from billing.clause.terms import RateClass, changed_terms, versions_in_order
from billing.public_holidays import public_holidays
from billing.rating.agreement import Agreement
from billing.rating.bands import BandReason, Timeline, is_holiday
from billing.timespan import instant_of, month_index

DEFAULT = term_set("immoinvent-2026")
BERLIN = ZoneInfo("Europe/Berlin")


def agreement(*changes: dict[str, Any], zone=BERLIN):
    versions = [
        changed_terms(
            DEFAULT.terms,
            {name: value for name, value in change.items() if name != "valid_from"},
            "terms",
            change.get("valid_from"),
        )
        for change in changes or [{}]
    ]
    return Agreement(versions_in_order(versions, "terms"), DEFAULT.catalogue, public_holidays, zone=zone)


def in_window(window, minute):
    return (
        window.start <= minute < window.end
        if window.start < window.end
        else minute >= window.start or minute < window.end
    )


def asked(agreed, minute):
    """The class, reason, month and version of one minute, straight from the clock."""
    moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(agreed.zone)
    day, clock, month = moment.date(), moment.hour * 60 + moment.minute, month_index(moment.year, moment.month)
    version = agreed.version_at(month)
    terms = agreed.versions[version]
    if moment.isoweekday() > 5:
        return RateClass.NIGHT_WEEKEND, BandReason.WEEKEND, month, version
    if in_window(terms.night, clock):
        return RateClass.NIGHT_WEEKEND, BandReason.NIGHT, month, version
    if is_holiday(terms, public_holidays(terms.holiday_calendar, day.year), day):
        return RateClass.OUT_OF_HOURS, BandReason.PUBLIC_HOLIDAY, month, version
    hours = terms.business_hours
    if moment.isoweekday() in hours.days and in_window(hours.window, clock):
        return RateClass.REGULAR, BandReason.BUSINESS_HOURS, month, version
    return RateClass.OUT_OF_HOURS, BandReason.OUTSIDE_HOURS, month, version


def first_minute(year, month=1, day=1):
    return instant_of(datetime(year, month, day, tzinfo=UTC))


def assert_same_as_asking_every_minute(agreed, start, end):
    timeline = Timeline(agreed)
    since = start
    while since < end:
        piece = timeline.piece_at(since)
        assert piece.end > since
        for minute in range(since, min(piece.end, end)):
            assert piece[1:] == asked(agreed, minute), datetime.fromtimestamp(minute * 60, agreed.zone)
        since = piece.end


WORKING_DAYS, ALL_DAYS = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7]


def hours(since, to, days=WORKING_DAYS):
    return {"business_hours": {"days": days, "from": since, "to": to}}


def night(since, to):
    return {"night": {"from": since, "to": to}}


SAXONY = {
    "holiday_calendar": "DE-SN",
    "extra_holidays": ["2026-07-01"],
    "removed_holidays": ["2026-10-31", "2026-11-18"],
}
CALENDARS = {
    "another Land and days of its own": [SAXONY],
    "a night that overlaps business hours": [night("15:00", "09:30")],
    "windows over midnight": [hours("21:00", "05:00") | night("02:00", "04:30")],
    "windows up to 24:00": [hours("12:00", "24:00") | night("00:00", "01:00")],
    "open at all hours of all days": [hours("00:00", "24:00", ALL_DAYS)],
    "open on no day": [hours("08:00", "16:00", [])],
    "versions that change hours": [
        {"valid_from": month_index(2026, 3), **night("02:30", "03:30")},
        {"valid_from": month_index(2026, 4)},
        {"valid_from": month_index(2026, 11), **hours("08:00", "17:30")},
    ],
}


def test_a_year_of_pieces_is_a_year_of_minutes():
    assert_same_as_asking_every_minute(agreement(), first_minute(2026), first_minute(2027))


@pytest.mark.parametrize("changes", CALENDARS.values(), ids=CALENDARS)
def test_other_calendars_agree_around_clock_changes_holidays_and_the_new_year(changes):
    agreed = agreement(*changes)
    assert_same_as_asking_every_minute(agreed, first_minute(2026, 3, 27), first_minute(2026, 4, 8))
    assert_same_as_asking_every_minute(agreed, first_minute(2026, 10, 23), first_minute(2026, 11, 3))
    assert_same_as_asking_every_minute(agreed, first_minute(2026, 12, 23), first_minute(2027, 1, 7))


@pytest.mark.slow
@pytest.mark.parametrize("changes", CALENDARS.values(), ids=CALENDARS)
def test_three_whole_years_of_pieces_are_their_minutes(changes):
    assert_same_as_asking_every_minute(agreement(*changes), first_minute(2024), first_minute(2027))


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])
def test_any_zone_will_do(zone):
    # Lord Howe changes its clock by half an hour; Apia once left out a day.
    agreed = agreement(zone=ZoneInfo(zone))
    for start, end in (
        (first_minute(2026, 3, 6), first_minute(2026, 3, 10)),
        (first_minute(2026, 10, 2), first_minute(2026, 10, 6)),
    ):
        assert_same_as_asking_every_minute(agreed, start, end)
    assert_same_as_asking_every_minute(agreed, first_minute(2011, 12, 29), first_minute(2012, 1, 1))


# Weekdays on which Berlin's clock changed, long ago: only there a doubled hour is not a weekend anyway.
# 1980-09-28 and all since are Sundays, so the zone is another one: Asia/Amman changed on Fridays.
@pytest.mark.parametrize(
    ("day", "length"),
    [
        pytest.param(date(2021, 10, 29), 25, id="an hour shown twice on a Friday"),
        pytest.param(date(2021, 3, 26), 23, id="an hour never shown on a Friday"),
    ],
)
def test_bounds_hold_by_the_clock_shown_also_on_a_working_day(day, length):
    zone = ZoneInfo("Asia/Amman")
    agreed = agreement(night("23:00", "00:30") | hours("00:15", "02:00"), zone=zone)
    midnight = instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))
    following = instant_of(datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1))
    assert following - midnight == length * 60
    assert_same_as_asking_every_minute(agreed, midnight - 120, following + 120)


def test_a_piece_tells_why():
    timeline = Timeline(agreement())
    noon = instant_of(datetime(2026, 10, 6, 10, tzinfo=UTC))
    piece = timeline.piece_at(noon)
    assert piece == (
        instant_of(datetime(2026, 10, 6, 14, tzinfo=UTC)),
        RateClass.REGULAR,
        BandReason.BUSINESS_HOURS,
        month_index(2026, 10),
        0,
    )
    assert timeline.month_at(noon) == month_index(2026, 10)
    assert timeline.month_start(month_index(2026, 10)) == instant_of(datetime(2026, 9, 30, 22, tzinfo=UTC))


def test_the_calendar_is_asked_once_a_day():
    asked_for = []

    def counted(land, year):
        asked_for.append((land, year))
        return public_holidays(land, year)

    agreed = Agreement((DEFAULT.terms,), DEFAULT.catalogue, counted)
    timeline = Timeline(agreed)
    for minute in range(first_minute(2026, 10, 6), first_minute(2026, 10, 7), 7):
        timeline.piece_at(minute)
    assert asked_for == [("DE-BW", 2026)] * 2  # the UTC day holds parts of two local days


@pytest.mark.parametrize(
    ("month", "version"),
    [
        pytest.param((2026, 9), 0, id="before the first version the first one holds"),
        pytest.param((2026, 10), 0, id="from its month on"),
        pytest.param((2026, 12), 0, id="until the next one"),
        pytest.param((2027, 1), 1, id="then the next one"),
        pytest.param((2031, 1), 1, id="and it goes on"),
    ],
)
def test_the_version_that_holds_in_a_month(month, version):
    agreed = agreement({"valid_from": month_index(2027, 1)}, {"valid_from": month_index(2026, 10)})
    assert [agreed.version_at(month_index(*month)) for _ in range(2)] == [version, version]
    assert agreed.terms_at(month_index(*month)) is agreed.versions[version]


def test_the_prices_of_a_version():
    assert [price and (price.rate_class, price.euros * 100) for price in agreement().rates_of(0).prices] == [
        (RateClass.TRAVEL, 1250),
        (RateClass.REGULAR, 2500),
        (RateClass.OUT_OF_HOURS, 3125),
        (RateClass.NIGHT_WEEKEND, 3750),
    ]
    assert agreement({"hourly_rate": None}).rates_of(0).prices == (None,) * 4


@pytest.mark.parametrize(
    ("factors", "as_dear_from"),
    [
        pytest.param(["0.5", "1", "1.25", "1.5"], [0, 1, 2, 3], id="all apart"),
        pytest.param(["1", "1", "1", "1"], [0, 0, 0, 0], id="all alike"),
        pytest.param(["0.5", "1", "1", "2"], [0, 1, 1, 3], id="two alike"),
    ],
)
def test_the_lowest_class_that_is_as_dear(factors, as_dear_from):
    names = [rate_class.code for rate_class in RateClass]
    rates = agreement({"factors": dict(zip(names, factors, strict=True))}).rates_of(0)
    assert list(rates.as_dear_from) == as_dear_from
