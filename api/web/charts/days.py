"""A local day as the week draws it: its real length, its rate bands and its hours, by the splitter that bills."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from billing.rating.bands import BandReason, Timeline
from billing.timespan import MINUTES_PER_DAY, datetime_of, instant_of

_HOUR = 60
_LABELLED_HOURS = 3


class Band(NamedTuple):
    """A stretch of a day with one reason for its rate class, in UTC minutes."""

    start: int
    end: int
    reason: BandReason


class Hour(NamedTuple):
    """A full hour of the clock shown, `elapsed` minutes after the day began; `2A` and `2B` are a doubled one."""

    elapsed: int
    label: str


@dataclass(frozen=True, slots=True)
class Day:
    """A local day `[start, end)` in UTC minutes: 1440 of them, or 1380 or 1500 when the clocks change."""

    day: date
    start: int
    end: int
    bands: tuple[Band, ...]
    hours: tuple[Hour, ...]
    shift: tuple[int, int] | None = None
    """From which minute of the day on the clock shows how many minutes more (or less, below zero) than have passed."""

    @property
    def minutes(self) -> int:
        """How long it is."""
        return self.end - self.start

    @property
    def is_odd(self) -> bool:
        """Tell whether the clocks change on it."""
        return self.minutes != MINUTES_PER_DAY


def day_of(timeline: Timeline, zone: ZoneInfo, day: date) -> Day:
    """Give a local day with the bands under the timeline's agreement."""
    start, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    bands, shift = tuple(_bands(timeline, start, end)), _shift(start, end, zone)
    return Day(day, start, end, bands, _hours(start, end, zone), shift)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=zone))


def _bands(timeline: Timeline, start: int, end: int) -> list[Band]:
    bands: list[Band] = []
    while start < end:
        piece = timeline.piece_at(start)
        stop = min(piece.end, end)
        if bands and bands[-1].reason is piece.reason:
            bands[-1] = bands[-1]._replace(end=stop)
        else:
            bands.append(Band(start, stop, piece.reason))
        start = stop
    return bands


def _shift(start: int, end: int, zone: ZoneInfo) -> tuple[int, int] | None:
    offsets = [(at - start, datetime_of(at).astimezone(zone).utcoffset()) for at in range(start, end, _HOUR)]
    before, after = offsets[0][1] or timedelta(), offsets[-1][1] or timedelta()
    if before == after:
        return None
    return next(elapsed for elapsed, offset in offsets if offset == after), (after - before) // timedelta(minutes=1)


def _hours(start: int, end: int, zone: ZoneInfo) -> tuple[Hour, ...]:
    """Give every third hour, both of a doubled one, and the end of the day."""
    shown = [(at - start, datetime_of(at).astimezone(zone)) for at in range(start, end, _HOUR)]
    times = Counter(local.hour for _, local in shown)
    hours = [
        Hour(elapsed, f"{local.hour}{'AB'[local.fold]}" if times[local.hour] > 1 else f"{local.hour:02d}")
        for elapsed, local in shown
        if local.hour % _LABELLED_HOURS == 0 or times[local.hour] > 1
    ]
    return (*hours, Hour(end - start, "24"))
