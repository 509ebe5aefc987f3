"""Days, months, times and durations as people type them, `heute`, `5.6.`, `830`, `8-9.15`, `1,5h`; never guessed.

A time that the clocks skipped is refused, one that they showed twice is asked back: `2:30A` is the first, `2:30B` the
second, as the hours stand above the week. Errors are `InvalidInput` with the name of the field as path.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.reading import FIRST_YEAR, LAST_YEAR, shaped
from billing.errors import InvalidInput
from billing.timespan import MINUTES_PER_DAY, datetime_of, instant_of, month_index
from invoices.format import weekday

_HOUR = 60
_MONTHS_A_YEAR = 12
_HALF_DAY = MINUTES_PER_DAY // 2
_CENTURY = 2000
_WEEKDAYS = {
    name: number
    for names in ("mo di mi do fr sa so", "mo tu we th fr sa su", "mon tue wed thu fri sat sun",
                  "montag dienstag mittwoch donnerstag freitag samstag sonntag",
                  "monday tuesday wednesday thursday friday saturday sunday")
    for number, name in enumerate(names.split())
}  # fmt: skip
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS_AGO = {"heute": 0, "today": 0, "gestern": 1, "yesterday": 1, "vorgestern": 2}
_WEEKDAY = re.compile(r"([a-z]{2,10})[.,]?\s+(?=[0-9])")
_DAY = re.compile(r"([0-9]{1,2})[.]\s?([0-9]{1,2})[.]?(?:\s?([0-9]{4}|[0-9]{2}))?")
_ENGLISH_DAY = re.compile(r"([0-9]{1,2}) ([a-z]{3})[a-z]{0,6}[.]?(?: ([0-9]{4}))?")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{1,2})\s?[./]\s?([0-9]{4})|([0-9]{4})-([0-9]{2})")
_WEEK = re.compile(r"([0-9]{4})-([0-9]{2})")
_CLOCK = re.compile(r"([0-9]{1,2})(?:[.:]?([0-9]{2}))?\s?(?:uhr|h)?\s?([ab])?")
_MINUTES = re.compile(r"([0-9]{1,4})\s?(?:m|min|minuten|minutes)?")
_HOURS_AND_MINUTES = re.compile(r"([0-9]{1,2}):([0-5][0-9])(?:\s?h)?")
_HOURS = re.compile(
    r"([0-9]{1,2})(?:[.,]([0-9]{1,4}))?\s?(?:h|std[.]?|stunden?|hours?)(?:\s?([0-5]?[0-9])\s?(?:m|min)?)?"
)


@dataclass(frozen=True, slots=True)
class Worked:
    """When work was, `[start, end)`, as moments in UTC."""

    start: datetime
    end: datetime


def read_day(text: str, today: date, path: str = "date") -> date:
    """Read a day: a date with or without its year and weekday, a weekday (the last one, today counts), or a word.

    Without a year it is the date next to today. `day_not_understood`, or `weekday_differs` when both are named and
    don't go together.
    """
    said = _plain(text)
    if said in _DAYS_AGO:
        return today - timedelta(days=_DAYS_AGO[said])
    if said in _WEEKDAYS:
        return today - timedelta(days=(today.weekday() - _WEEKDAYS[said]) % 7)
    weekday = _WEEKDAY.match(said)
    day = _date(said[weekday.end() :] if weekday else said, today)
    if day is None or (weekday and weekday[1] not in _WEEKDAYS):
        raise InvalidInput("day_not_understood", path=path, value=text)
    if weekday and day.weekday() != _WEEKDAYS[weekday[1]]:
        raise InvalidInput("weekday_differs", path=path, value=text, day=day)
    return day


@shaped(type="string", examples=["06.2026", "2026-06"])
def read_month(value: Any, path: str) -> int:
    """Read a month: `06.2026`, `6/2026`, or `2026-06` as addresses name it. InvalidInput `month_not_understood`."""
    match = _MONTH.fullmatch(_plain(str(value)))
    if not match:
        raise InvalidInput("month_not_understood", path=path, value=value)
    year, month = (match[2], match[1]) if match[1] else (match[3], match[4])
    if not 1 <= int(month) <= _MONTHS_A_YEAR or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise InvalidInput("month_not_understood", path=path, value=value)
    return month_index(int(year), int(month))


def write_month(month: str) -> str:
    """Write the month `2026-06` so that `read_month` reads it back: `06.2026`."""
    year, _, number = month.partition("-")
    return f"{number}.{year}"


@shaped(type="string", pattern="^[0-9]{4}-[0-9]{2}$")
def read_week(value: Any, path: str) -> date:
    """Take a week as addresses name it, `2026-23` (ISO 8601), as its Monday. InvalidInput `week_not_understood`."""
    match = _WEEK.fullmatch(str(value))
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        monday = None
    if monday is None or not FIRST_YEAR <= monday.year <= LAST_YEAR:
        raise InvalidInput("week_not_understood", path=path, value=value)
    return monday


def write_week(day: date) -> str:
    """Write the week of a day as addresses name it."""
    year, week, _ = day.isocalendar()
    return f"{year}-{week:02d}"


def read_duration(text: str, path: str = "duration") -> int:
    """Read a duration of up to 24 hours in whole minutes: `90`, `90 min`, `1:30`, `1,5h`, `1h30`."""
    minutes = _duration(_plain(text))
    if minutes is None or minutes > MINUTES_PER_DAY:
        raise InvalidInput("duration_not_understood", path=path, value=text)
    return minutes


def read_worked(day: date, start: str, end: str, zone: ZoneInfo, paths: Mapping[str, str] | None = None) -> Worked:
    """Read from when to when somebody worked on a day; `8-9.15` as start says both, `+45` as end how long it took.

    An end before the start means the next day if that is not more than twelve hours later. `paths` renames the
    fields `start` and `end`. Errors: `clock_not_understood`, `clock_skipped`, `clock_twice`, `end_said_twice`,
    `end_before_start`, `entry_is_empty`.
    """
    at = {"start": "start", "end": "end", **(paths or {})}
    first, dash, second = _plain(start).replace("–", "-").partition("-")
    if dash and end.strip() and _plain(end) != second.strip():
        raise InvalidInput("end_said_twice", path=at["end"], value=end, start=start)
    begin = read_clock(day, first if dash else start, zone, at["start"])
    return Worked(begin, _end(day, begin, second if dash else end, zone, at["end"]))


def read_clock(day: date, text: str, zone: ZoneInfo, path: str) -> datetime:
    """Read a time of a day by the zone's clock, as a moment in UTC; `24:00` is the day's end."""
    minutes, which = _clock(text, path)
    midnight = day + timedelta(days=minutes // MINUTES_PER_DAY)
    shown = datetime.combine(midnight, time(minutes % MINUTES_PER_DAY // _HOUR, minutes % _HOUR))
    first, second = shown.replace(tzinfo=zone, fold=0), shown.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    if before < after:
        raise InvalidInput("clock_skipped", path=path, value=text, day=day)
    if before > after and not which:
        raise InvalidInput("clock_twice", path=path, value=text, day=day, clock=f"{shown:%H:%M}")
    if before == after and which:
        raise InvalidInput("clock_not_twice", path=path, value=text, day=day)
    return datetime_of(instant_of(second if which == "b" else first))


def write_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment's time so that `read_clock` reads it back: `08:30`, a doubled one as `02:30B`."""
    local = moment.astimezone(zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M}{'AB'[local.fold] if is_twice else ''}"


def write_day(day: date, lang: str) -> str:
    """Write a day with its weekday so that `read_day` reads it back: `Fr 05.06.2026` or `Fr 5 Jun 2026`."""
    return weekday(day, lang).replace(". ", " ", 1)


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()


def _date(said: str, today: date) -> date | None:
    iso, german, english = _ISO_DAY.fullmatch(said), _DAY.fullmatch(said), _ENGLISH_DAY.fullmatch(said)
    if iso:
        return _existing(int(iso[1]), int(iso[2]), int(iso[3]))
    if german:
        return _of_year(german[3], int(german[2]), int(german[1]), today)
    if english and english[2] in _MONTHS:
        return _of_year(english[3], _MONTHS.index(english[2]) + 1, int(english[1]), today)
    return None


def _of_year(year: str | None, month: int, day: int, today: date) -> date | None:
    """Give the date of a year of two or four digits, or of the year that brings it next to today."""
    if year:
        return _existing(int(year) + (_CENTURY if len(year) == 2 else 0), month, day)  # noqa: PLR2004
    around = [_existing(today.year + years, month, day) for years in (0, -1, 1)]
    # A day that this year lacks (29.2.) is not looked for in another.
    known = [one for one in around if one] if around[0] else []
    return min(known, key=lambda one: abs((one - today).days), default=None)


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_YEAR <= year <= LAST_YEAR else None


def _clock(text: str, path: str) -> tuple[int, str | None]:
    """Give minutes since midnight by the clock shown, up to 24:00, and which of two such times is meant."""
    match = _CLOCK.fullmatch(_plain(text))
    hours, minutes = (int(match[1]), int(match[2] or 0)) if match else (0, _HOUR)
    if not match or minutes >= _HOUR or hours * _HOUR + minutes > MINUTES_PER_DAY:
        raise InvalidInput("clock_not_understood", path=path, value=text)
    return hours * _HOUR + minutes, match[3]


def _duration(said: str) -> int | None:
    if match := _MINUTES.fullmatch(said):
        return int(match[1])
    if match := _HOURS_AND_MINUTES.fullmatch(said):
        return int(match[1]) * _HOUR + int(match[2])
    match = _HOURS.fullmatch(said)
    if not match or (match[2] and match[3]):
        return None
    exact = Fraction(f"{match[1]}.{match[2] or 0}") * _HOUR + int(match[3] or 0)
    return int(exact) if exact.denominator == 1 else None


def _end(day: date, begin: datetime, text: str, zone: ZoneInfo, path: str) -> datetime:
    said = _plain(text)
    if said.startswith("+"):
        end = begin + timedelta(minutes=read_duration(said[1:], path))
    else:
        end = read_clock(day, text, zone, path)
        if end < begin and _is_over_midnight(begin, end):
            end = read_clock(day + timedelta(days=1), text, zone, path)
    if end == begin:
        raise InvalidInput("entry_is_empty", path=path, value=text)
    if end < begin:
        raise InvalidInput("end_before_start", path=path, value=text)
    return end


def _is_over_midnight(begin: datetime, end: datetime) -> bool:
    return instant_of(begin) - instant_of(end) >= _HALF_DAY
