"""Instants as whole UTC minutes since 1970, half-open intervals of them, and what is counted in them.

The core computes in these integers alone; local time is asked only to find the rate class (`rating.bands`).
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, NewType

Minutes = NewType("Minutes", int)
Units = NewType("Units", int)
Instant = NewType("Instant", int)
MonthIndex = NewType("MonthIndex", int)

MINUTES_PER_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_MINUTE = timedelta(minutes=1)


class Interval(NamedTuple):
    """The half-open stretch `[start, end)` in UTC whole minutes."""

    start: int
    end: int


def instant_of(moment: datetime) -> Instant:
    """Cut an aware moment down to its UTC minute (settlement 1.1); a naive one is a bug of the caller."""
    if moment.tzinfo is None:
        message = f"moment without an offset: {moment}"
        raise ValueError(message)
    return Instant((moment - _EPOCH) // _ONE_MINUTE)


def datetime_of(instant: int) -> datetime:
    """Give the aware UTC datetime of an instant."""
    return _EPOCH + timedelta(minutes=instant)


def month_index(year: int, month: int) -> MonthIndex:
    """Give a calendar month as an integer that compares and counts: year x 12 + month - 1."""
    return MonthIndex(year * 12 + month - 1)


def month_of(day: date) -> MonthIndex:
    """Give the month of a local date."""
    return month_index(day.year, day.month)


def format_month(month: int) -> str:
    """Write a month index as `2026-10`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def year_of(month: int) -> int:
    """Give the calendar year of a month index."""
    return month // 12


def without(whole: Interval, taken: list[Interval]) -> list[Interval]:
    """Give what is left of `whole` once the sorted, disjoint `taken` intervals are cut out."""
    left, start = [], whole.start
    for piece in taken:
        if piece.end <= start or piece.start >= whole.end:
            continue
        if piece.start > start:
            left.append(Interval(start, piece.start))
        start = piece.end
    if start < whole.end:
        left.append(Interval(start, whole.end))
    return left
