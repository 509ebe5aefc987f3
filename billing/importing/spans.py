"""Start, end and stated duration of a row into its time: an interval, or a day with minutes, or a refusal.

The clock times count; a stated duration is a check on them. More than a minute apart, nobody knows which is right, so
the row is refused with both values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from billing.importing.clock import SECONDS_PER_DAY, Written, has_day, read_moment, to_utc
from billing.importing.date_order import DateOrder, parse_date
from billing.importing.durations import Stated, as_clock
from billing.importing.rows import RowError, UnclockedTime, WorkTime
from billing.timespan import Interval, instant_of

TOLERANCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class FileClock:
    """What is settled once per file: the time zone of its local times and the order of its dates."""

    zone: ZoneInfo | None
    order: DateOrder | None


@dataclass(frozen=True, slots=True)
class TimeCells:
    """The cells of a row that speak of time, as written; "" where the file has none. `stated` are its durations."""

    day: str
    start: str
    end: str
    end_day: str
    stated: tuple[Stated, ...]


def read_time(cells: TimeCells, clock: FileClock) -> tuple[WorkTime, tuple[str, ...]]:
    """Give the time of a row and the codes of what was changed (`seconds_cut` ...); RowError when it can't be taken."""
    day = parse_date(cells.day, clock.order) if cells.day else None
    if not cells.start and not cells.end:
        return _unclocked(day, cells.stated)
    if not cells.start:
        raise RowError("row_start_missing", value=cells.end)
    if not cells.end:
        raise RowError("row_end_missing", value=cells.start)
    start = read_moment(cells.start, day, clock.order)
    end, over_midnight = _end(cells, start, clock)
    interval, cut = _interval(to_utc(start, clock.zone), to_utc(end, clock.zone), cells)
    return interval, over_midnight + cut


def _unclocked(day: date | None, stated: Sequence[Stated]) -> tuple[UnclockedTime, tuple[str, ...]]:
    if day is None:
        raise RowError("row_day_missing", value=stated[0].text if stated else "")
    if not stated:
        raise RowError("row_time_missing", value=day)
    first = stated[0]
    for other in stated[1:]:
        if abs(first.readings[0] - other.readings[0]) > TOLERANCE_SECONDS:
            raise RowError("row_durations_differ", value=first.text, other=other.text)
    if first.readings[0] > SECONDS_PER_DAY:
        raise RowError("row_longer_than_a_day", value=first.text)
    if first.whole_minutes == 0:
        raise RowError("row_without_a_minute", value=first.text)
    return UnclockedTime(day, first.whole_minutes), ((first.notice,) if first.notice else ())


def _end(cells: TimeCells, start: Written, clock: FileClock) -> tuple[Written, tuple[str, ...]]:
    """Give the end of a row; over midnight only when the file says so, by a date of the end or by the duration."""
    if cells.end_day or has_day(cells.end):
        day = parse_date(cells.end_day, clock.order) if cells.end_day else None
        return read_moment(cells.end, day, clock.order), ()
    end = read_moment(cells.end, start.day, clock.order)
    if end.clock >= start.clock:
        return end, ()
    later = end.next_day()
    elapsed = _seconds(to_utc(start, clock.zone), to_utc(later, clock.zone))
    if cells.stated and all(_agrees(one, elapsed) for one in cells.stated):
        return later, ("over_midnight",)
    raise RowError("row_end_before_start_of_day", value=cells.end, start=cells.start)


def _interval(start: datetime, end: datetime, cells: TimeCells) -> tuple[Interval, tuple[str, ...]]:
    elapsed = _seconds(start, end)
    if elapsed < 0:
        raise RowError("row_end_before_start", value=cells.end, start=cells.start)
    if elapsed > SECONDS_PER_DAY:
        raise RowError("row_longer_than_a_day", value=as_clock(elapsed))
    interval = Interval(instant_of(start), instant_of(end))
    if interval.start == interval.end:
        raise RowError("row_without_a_minute", value=as_clock(elapsed))
    for stated in cells.stated:
        if not _agrees(stated, elapsed):
            raise RowError("row_duration_contradicts", value=stated.text, counted=as_clock(elapsed))
    return interval, (("seconds_cut",) if start.second or end.second else ())


def _agrees(stated: Stated, elapsed: int) -> bool:
    return any(abs(reading - elapsed) <= TOLERANCE_SECONDS for reading in stated.readings)


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
