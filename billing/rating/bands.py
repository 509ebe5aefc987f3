"""Which rate class a minute falls in: by the processor's wall clock and holidays (13(4)b; settlement 1.2 and 1.3).

Work is cut where the class changes, at local midnight of a new month and where the clock changes; within such a piece
every minute is alike. Pieces are made once a UTC day and kept, and the cuts of a day once for each kind of day.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from billing.clause.terms import RateClass, Terms
from billing.rating.agreement import Agreement
from billing.timespan import MINUTES_PER_DAY, month_of

SATURDAY = 5
_SECONDS = 60
_EPOCH_DAY = date(1970, 1, 1)
_MOST_DAYS = 400
"""So many days are kept: a year's, for a timeline stays as long as its agreement is known."""


class BandReason(StrEnum):
    """Why a minute has its rate class."""

    WEEKEND = "weekend"
    NIGHT = "night"
    PUBLIC_HOLIDAY = "public_holiday"
    OUTSIDE_HOURS = "outside_hours"
    BUSINESS_HOURS = "business_hours"
    TRAVEL = "travel"


_CLASS_OF = {
    BandReason.WEEKEND: RateClass.NIGHT_WEEKEND,
    BandReason.NIGHT: RateClass.NIGHT_WEEKEND,
    BandReason.PUBLIC_HOLIDAY: RateClass.OUT_OF_HOURS,
    BandReason.OUTSIDE_HOURS: RateClass.OUT_OF_HOURS,
    BandReason.BUSINESS_HOURS: RateClass.REGULAR,
}


class Piece(NamedTuple):
    """A stretch of time in which every minute has one class, one local month and one version of the terms."""

    end: int
    rate_class: RateClass
    reason: BandReason
    month: int
    version: int


class Timeline:
    """The rate classes of all time under one agreement; one may serve every contract with equal terms."""

    def __init__(self, agreement: Agreement) -> None:
        """Read classes by the agreement's zone, holidays and versions."""
        self._agreement = agreement
        self._days: dict[int, tuple[list[int], list[Piece]]] = {}
        self._cuts: dict[tuple[int, int, bool], list[tuple[int, int, BandReason]]] = {}

    def piece_at(self, minute: int) -> Piece:
        """Give the piece that holds this UTC minute; `end` is the first minute after it."""
        day = minute // MINUTES_PER_DAY
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            pieces = self._pieces_of_utc_day(day)
            starts = [day * MINUTES_PER_DAY, *(piece.end for piece in pieces[:-1])]
            found = self._days[day] = (starts, pieces)
        starts, pieces = found
        return pieces[bisect_right(starts, minute) - 1]

    def month_at(self, minute: int) -> int:
        """Give the local month index of a UTC minute."""
        return self.piece_at(minute).month

    def month_start(self, month: int) -> int:
        """Give the first UTC minute of a local month."""
        local = datetime(month // 12, month % 12 + 1, 1, tzinfo=self._agreement.zone)
        return int(local.timestamp()) // _SECONDS

    def _pieces_of_utc_day(self, day: int) -> list[Piece]:
        first = day * MINUTES_PER_DAY
        pieces: list[Piece] = []
        for start, end, offset in self._steady(first, first + MINUTES_PER_DAY):
            while start < end:
                local_day, clock = divmod(start + offset, MINUTES_PER_DAY)
                stop = min(end, start + MINUTES_PER_DAY - clock)
                pieces += self._pieces_of_local_day(local_day, start + offset, stop + offset, offset)
                start = stop  # noqa: PLW2901 - walks over the local midnights of this steady stretch
        return _joined(pieces)

    def _pieces_of_local_day(self, local_day: int, start: int, end: int, offset: int) -> list[Piece]:
        """Cut `[start, end)`, given in local minutes since 1970 on one local date, by that date's kind of day."""
        day = _EPOCH_DAY + timedelta(days=local_day)
        month = month_of(day)
        version = self._agreement.version_at(month)
        midnight = local_day * MINUTES_PER_DAY
        return [
            Piece(min(end, midnight + to) - offset, _CLASS_OF[reason], reason, month, version)
            for since, to, reason in self._cuts_of(version, day)
            if midnight + to > start and midnight + since < end
        ]

    def _cuts_of(self, version: int, day: date) -> list[tuple[int, int, BandReason]]:
        terms = self._agreement.versions[version]
        holiday = is_holiday(terms, self._agreement.holidays(terms.holiday_calendar, day.year), day)
        kind = (version, day.weekday(), holiday)
        if kind not in self._cuts:
            self._cuts[kind] = _cuts_of_kind(terms, day.weekday(), holiday=holiday)
        return self._cuts[kind]

    def _steady(self, first: int, last: int) -> list[tuple[int, int, int]]:
        """Split a UTC day where the clock changes: (start, end, offset of local time in minutes)."""
        stretches, start = [], first
        while start < last:
            offset, low, high = self._offset(start), start, last
            if self._offset(last - 1) != offset:
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
            stretches.append((start, high, offset))
            start = high
        return stretches

    def _offset(self, minute: int) -> int:
        shown = datetime.fromtimestamp(minute * _SECONDS, UTC).astimezone(self._agreement.zone)
        offset = shown.utcoffset()
        assert offset is not None  # noqa: S101 - a zone always has one
        return int(offset.total_seconds()) // _SECONDS


def is_holiday(terms: Terms, public: frozenset[date], day: date) -> bool:
    """Tell whether a date is a holiday under these terms: the Land's, plus and minus the contract's own."""
    return (day in public or day in terms.extra_holidays) and day not in terms.removed_holidays


def _cuts_of_kind(terms: Terms, weekday: int, *, holiday: bool) -> list[tuple[int, int, BandReason]]:
    """Give the day's stretches as (from, to, reason) in minutes of the clock shown."""
    night = terms.night.spans()
    business = terms.business_hours.window.spans() if weekday + 1 in terms.business_hours.days else []
    bounds = sorted({0, MINUTES_PER_DAY, *(bound for span in [*night, *business] for bound in span)})
    reasons = [
        _reason(start, weekday=weekday, holiday=holiday, night=night, business=business) for start in bounds[:-1]
    ]
    return list(zip(bounds[:-1], bounds[1:], reasons, strict=True))


def _reason(
    minute: int, *, weekday: int, holiday: bool, night: list[tuple[int, int]], business: list[tuple[int, int]]
) -> BandReason:
    """Ask in the order of settlement 1.3; the first answer counts, the classes never add up."""
    if weekday >= SATURDAY:
        return BandReason.WEEKEND
    if any(start <= minute < end for start, end in night):
        return BandReason.NIGHT
    if holiday:
        return BandReason.PUBLIC_HOLIDAY
    if any(start <= minute < end for start, end in business):
        return BandReason.BUSINESS_HOURS
    return BandReason.OUTSIDE_HOURS


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join neighbours that differ in nothing but where they end."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1][1:] == piece[1:]:
            joined.pop()
        joined.append(piece)
    return joined
