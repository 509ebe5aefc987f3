"""How a period is counted to its end: hours run on, days by §§ 187, 188 BGB, and a last day may move (§ 193 BGB).

Pure: holidays and the clock are passed in. Moments are UTC minutes; an end is the last minute that is still in time, of
a day its last one by the processor's clock. Each answer has two ends: the strict one, and the latest lawful one.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from billing.timespan import Instant, datetime_of, instant_of

_ONE_DAY = timedelta(days=1)
_MINUTES_PER_HOUR = 60
_DAYS_PER_WEEK = 7
_MONTHS_PER_YEAR = 12
_SATURDAY, _SUNDAY = 5, 6


class Unit(StrEnum):
    """What a period is counted in."""

    HOURS = "hours"
    """Running hours, over nights, weekends and holidays; § 193 BGB does not speak of hours."""
    EU_HOURS = "eu_hours"
    """Hours of EU law: that of the event does not count (Regulation 1182/71 art. 3(1)); strictly they run at once."""
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    MONTHS_TO_MONTH_END = "months_to_month_end"
    """So many months, and then to the end of the month, as notices of termination run."""
    YEARS_FROM_YEAR_END = "years_from_year_end"
    """Calendar years after the year of the event, as records are kept."""
    WORKING_DAYS = "working_days"
    """Werktage: all days but Sundays and public holidays; Saturdays count (§ 3 Abs. 2 BUrlG)."""
    BUSINESS_DAYS = "business_days"
    """Arbeitstage: Monday to Friday without public holidays."""


@dataclass(frozen=True, slots=True)
class Length:
    """A period. `ahead`: it ends before the event, as a notice in advance does.

    `moves`: its last day is for a declaration or performance, so that § 193 BGB spares Saturdays, Sundays and holidays.
    """

    count: int
    unit: Unit
    ahead: bool = False
    moves: bool = True


class Due(NamedTuple):
    """The last minute in time: read strictly, and the latest that the law still allows."""

    strict: Instant
    latest: Instant


@dataclass(frozen=True, slots=True)
class Calendar:
    """The clock and the public holidays of the processor's seat, with what the contract adds and removes."""

    zone: ZoneInfo
    is_holiday: Callable[[date], bool]

    def day_of(self, moment: Instant) -> date:
        """Give the local day of a moment."""
        return datetime_of(moment).astimezone(self.zone).date()

    def end_of(self, day: date) -> Instant:
        """Give the last minute of a local day."""
        next_day = day + _ONE_DAY
        return Instant(instant_of(datetime(next_day.year, next_day.month, next_day.day, tzinfo=self.zone)) - 1)

    def is_working_day(self, day: date) -> bool:
        """Tell whether a day is a Werktag."""
        return day.weekday() != _SUNDAY and not self.is_holiday(day)

    def is_business_day(self, day: date) -> bool:
        """Tell whether a day is an Arbeitstag; § 193 BGB moves an end to one."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)


def due(start: Instant, length: Length, calendar: Calendar) -> Due:
    """Give the end of a period that an event at `start` sets going (or, `ahead` of the event, the end for a notice)."""
    if length.unit in (Unit.HOURS, Unit.EU_HOURS):
        return _due_in_hours(start, length, calendar)
    day = calendar.day_of(start)
    if length.ahead:
        return _due_ahead(day, length, calendar)
    last = _last_day(day, length, calendar)
    return Due(calendar.end_of(last), calendar.end_of(next_business_day(last, calendar) if length.moves else last))


def _due_in_hours(start: Instant, length: Length, calendar: Calendar) -> Due:
    strict = Instant(start + length.count * _MINUTES_PER_HOUR)
    if length.unit is Unit.HOURS:
        return Due(strict, strict)
    past_the_hour = datetime_of(start).astimezone(calendar.zone).minute
    return Due(strict, Instant(strict - past_the_hour + _MINUTES_PER_HOUR))


def _due_ahead(event: date, length: Length, calendar: Calendar) -> Due:
    """Count backwards: strictly whole days lie between notice and event; at the latest it is so many days before.

    The event's own day never counts (§ 187 Abs. 1); whether the day of the notice does is read both ways. § 193 BGB
    would shorten the other side's time and does not apply.
    """
    days = length.count * (_DAYS_PER_WEEK if length.unit is Unit.WEEKS else 1)
    latest = event - timedelta(days=days)
    return Due(calendar.end_of(latest - _ONE_DAY), calendar.end_of(latest))


def _last_day(first: date, length: Length, calendar: Calendar) -> date:
    """Give the last day of a period; the day of the event does not count (§ 187 Abs. 1, § 188 Abs. 1-3)."""
    return _LAST_DAYS[length.unit](first, length.count, calendar)


def _months_later(first: date, count: int) -> date:
    """Give the day of the same number, or the last of a month that has none such (§ 188 Abs. 2, 3)."""
    index = first.year * _MONTHS_PER_YEAR + first.month - 1 + count
    year, month = index // _MONTHS_PER_YEAR, index % _MONTHS_PER_YEAR + 1
    last = _end_of_month(date(year, month, 1))
    return last.replace(day=min(first.day, last.day))


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _counted(day: date, count: int, counts: Callable[[date], bool]) -> date:
    left = count
    while left:
        day += _ONE_DAY
        left -= counts(day)
    return day


def next_business_day(day: date, calendar: Calendar) -> date:
    """Give the day itself or, off Saturdays, Sundays and holidays, the next Arbeitstag (§ 193 BGB).

    Regulation 1182/71 art. 3(4) says the same.
    """
    while not calendar.is_business_day(day):
        day += _ONE_DAY
    return day


_LAST_DAYS: Mapping[Unit, Callable[[date, int, Calendar], date]] = {
    Unit.DAYS: lambda first, count, _: first + timedelta(days=count),
    Unit.WEEKS: lambda first, count, _: first + timedelta(days=count * _DAYS_PER_WEEK),
    Unit.MONTHS: lambda first, count, _: _months_later(first, count),
    Unit.MONTHS_TO_MONTH_END: lambda first, count, _: _end_of_month(_months_later(first, count)),
    Unit.YEARS_FROM_YEAR_END: lambda first, count, _: date(first.year + count, 12, 31),
    Unit.WORKING_DAYS: lambda first, count, calendar: _counted(first, count, calendar.is_working_day),
    Unit.BUSINESS_DAYS: lambda first, count, calendar: _counted(first, count, calendar.is_business_day),
}
