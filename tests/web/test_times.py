"""Days, times and durations as people type them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.web.times import (
    Worked,
    read_clock,
    read_day,
    read_duration,
    read_month,
    read_worked,
    write_clock,
    write_month,
)
from billing.errors import InvalidInput
from billing.timespan import format_month

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = date(2026, 6, 5)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
SLOW = settings(deadline=None, derandomize=True)


def local(day: date, text: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=BERLIN).astimezone(UTC)


def refused(code: str, read, *said) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read(*said)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("8", "08:00"),
        ("08", "08:00"),
        ("830", "08:30"),
        ("0830", "08:30"),
        ("8.30", "08:30"),
        ("8:30", "08:30"),
        (" 8:30 Uhr ", "08:30"),
        ("14 h", "14:00"),
        ("123", "01:23"),
        ("0", "00:00"),
        ("2359", "23:59"),
    ],
)
def test_a_time_may_be_typed_as_people_write_it(typed, shown):
    assert read_clock(FRIDAY, typed, BERLIN, "start") == local(FRIDAY, shown)


@pytest.mark.parametrize(
    "typed", ["", "25", "860", "8.5", "8:3", "24:01", "-1", "8:30:00", "acht", "８", "8..30", "12345"]
)
def test_a_time_that_is_none_is_refused_and_shown(typed):
    problem = refused("clock_not_understood", read_clock, FRIDAY, typed, BERLIN, "start")
    assert (problem.path, problem.fields["value"]) == ("start", typed)


def test_midnight_at_the_end_of_a_day_is_the_next_day():
    assert read_clock(FRIDAY, "24:00", BERLIN, "end") == local(date(2026, 6, 6), "00:00")


def test_a_time_that_the_clocks_skipped_is_refused():
    refused("clock_skipped", read_clock, SPRING, "2:30", BERLIN, "start")
    assert read_clock(SPRING, "3", BERLIN, "start") == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_time_that_was_twice_is_asked_back_and_answered_by_a_letter():
    assert refused("clock_twice", read_clock, AUTUMN, "230", BERLIN, "start").fields["clock"] == "02:30"
    assert read_clock(AUTUMN, "02:30A", BERLIN, "start") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read_clock(AUTUMN, "2:30 b", BERLIN, "start") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_letter_where_no_time_was_twice_is_refused():
    refused("clock_not_twice", read_clock, FRIDAY, "2:30A", BERLIN, "start")
    refused("clock_not_twice", read_clock, AUTUMN, "3:00B", BERLIN, "start")


@SLOW
@given(st.integers(0, 2_000_000))
def test_every_minute_is_read_back_as_it_is_written(minute):
    moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    day = moment.astimezone(BERLIN).date()
    assert read_clock(day, write_clock(moment, BERLIN), BERLIN, "start") == moment


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("5.6.", FRIDAY),
        ("5.6", FRIDAY),
        ("05.06.2026", FRIDAY),
        ("5.6.26", FRIDAY),
        ("5. 6. 2026", FRIDAY),
        ("2026-06-05", FRIDAY),
        ("Fr 05.06.2026", FRIDAY),
        ("Fr. 5.6.", FRIDAY),
        ("Freitag, 5.6.", FRIDAY),
        ("heute", FRIDAY),
        ("Heute", FRIDAY),
        ("today", FRIDAY),
        ("gestern", date(2026, 6, 4)),
        ("vorgestern", date(2026, 6, 3)),
        ("mo", date(2026, 6, 1)),
        ("Montag", date(2026, 6, 1)),
        ("fr", FRIDAY),
        ("sa", date(2026, 5, 30)),
        ("sun", date(2026, 5, 31)),
        ("29.02.2024", date(2024, 2, 29)),
    ],
)
def test_a_day_may_be_typed_as_people_write_it(typed, day):
    assert read_day(typed, FRIDAY) == day


def test_a_day_without_its_year_is_the_one_next_to_today():
    new_year = date(2027, 1, 2)
    assert read_day("30.12.", new_year) == date(2026, 12, 30)
    assert read_day("3.1.", new_year) == date(2027, 1, 3)
    assert read_day("2.1.", date(2026, 12, 30)) == date(2027, 1, 2)


@pytest.mark.parametrize(
    "typed", ["", "31.6.", "29.2.", "0.1.", "5", "5.13.", "morgen", "xx 5.6.", "1.1.1989", "٥.٦.", "5.6.026"]
)
def test_a_day_that_is_none_is_refused_and_shown(typed):
    assert refused("day_not_understood", read_day, typed, FRIDAY).fields["value"] == typed


def test_a_weekday_that_belongs_to_another_date_is_refused():
    assert refused("weekday_differs", read_day, "Mo 5.6.2026", FRIDAY).fields["day"] == FRIDAY


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90),
        ("90 min", 90),
        ("1:30", 90),
        ("1:30 h", 90),
        ("1,5h", 90),
        ("1.5 h", 90),
        ("1h30", 90),
        ("1 h 30 min", 90),
        ("2 Std.", 120),
        ("0,25h", 15),
        ("24h", 1440),
        ("0", 0),
    ],
)
def test_a_duration_may_be_typed_as_people_write_it(typed, minutes):
    assert read_duration(typed) == minutes


@pytest.mark.parametrize("typed", ["", "1:60", "1,333h", "25h", "1441", "-5", "1,5h30", "eine", "1:5", "1,5"])
def test_a_duration_that_is_none_is_refused_and_shown(typed):
    assert refused("duration_not_understood", read_duration, typed).fields["value"] == typed


@pytest.mark.parametrize(
    ("start", "end", "until"),
    [
        ("8-9.15", "", "09:15"),
        ("8 – 9:15", "", "09:15"),
        ("8-9.15", "9.15", "09:15"),
        ("8", "+75", "09:15"),
        ("8", "+1:15", "09:15"),
        ("8", "+1,25h", "09:15"),
        ("8-+75", "", "09:15"),
    ],
)
def test_start_and_end_may_be_said_together_or_by_how_long_it_took(start, end, until):
    assert read_worked(FRIDAY, start, end, BERLIN) == Worked(local(FRIDAY, "08:00"), local(FRIDAY, until))


def test_an_end_soon_after_midnight_is_on_the_next_day():
    worked = read_worked(FRIDAY, "23:30", "0:30", BERLIN)
    assert worked == Worked(local(FRIDAY, "23:30"), local(date(2026, 6, 6), "00:30"))


def test_an_end_before_the_start_that_no_night_explains_is_refused():
    refused("end_before_start", read_worked, FRIDAY, "14:30", "13:10", BERLIN)


def test_no_time_at_all_is_refused():
    refused("entry_is_empty", read_worked, FRIDAY, "8", "8:00", BERLIN)
    refused("entry_is_empty", read_worked, FRIDAY, "8", "+0", BERLIN)


def test_two_different_ends_are_refused():
    assert refused("end_said_twice", read_worked, FRIDAY, "8-9", "10", BERLIN).path == "end"


def test_fields_are_named_as_the_form_names_them():
    paths = {"start": "von", "end": "bis"}
    with pytest.raises(InvalidInput) as caught:
        read_worked(FRIDAY, "8", "x", BERLIN, paths)
    assert caught.value.path == "bis"


def test_how_long_it_took_is_elapsed_time_when_the_clocks_change():
    worked = read_worked(AUTUMN, "1:30", "3:30", BERLIN)
    assert worked.end - worked.start == timedelta(hours=3)
    assert read_worked(AUTUMN, "1:30", "+180", BERLIN) == worked
    assert read_worked(SPRING, "1:30", "+60", BERLIN).end == local(SPRING, "03:30")


@SLOW
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_whatever_is_typed_is_read_or_refused_by_name(day, start, end):
    try:
        worked = read_worked(read_day(day, FRIDAY), start, end, BERLIN)
    except InvalidInput as problem:
        assert problem.path in {"date", "start", "end"}  # noqa: PT017 - either outcome is right, this one names the field
    else:
        assert worked.start < worked.end


@SLOW
@given(st.from_regex(r"[0-9]{1,4}[:.]?[0-9]{0,2} ?[ABab]?", fullmatch=True), st.sampled_from([FRIDAY, SPRING, AUTUMN]))
def test_whatever_looks_like_a_time_lies_in_its_day_or_is_refused(typed, day):
    try:
        moment = read_clock(day, typed, BERLIN, "start")
    except InvalidInput:
        return
    assert local(day, "00:00") <= moment <= local(day + timedelta(days=1), "00:00")


@SLOW
@given(st.integers(0, 1440))
def test_every_whole_number_of_minutes_is_a_duration(minutes):
    assert read_duration(str(minutes)) == read_duration(f"{minutes // 60}:{minutes % 60:02d}") == minutes


@pytest.mark.parametrize("typed", ["06.2026", "6.2026", "6/2026", "06 . 2026", "2026-06"])
def test_a_month_may_be_typed_as_people_write_it(typed):
    assert format_month(read_month(typed, "month")) == "2026-06"
    assert write_month("2026-06") == "06.2026"


@pytest.mark.parametrize("typed", ["", "Juni", "13.2026", "2026-00", "06.26", "06.9999"])
def test_a_month_that_is_none_is_refused_and_shown(typed):
    assert refused("month_not_understood", read_month, typed, "month").fields["value"] == typed
