"""A week as its page shows it: days to draw, work to list, sums; nothing is decided here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from api.web.charts.band import Block, Clock, Drag, Piece, axis, block_id, row
from api.web.charts.days import Day, day_of
from api.web.charts.samples import Tone
from api.web.times import write_clock, write_day, write_week
from billing.clause.terms import RateClass, Terms
from billing.public_holidays import holiday_name
from billing.rating.agreement import Agreement
from billing.rating.bands import BandReason, Timeline
from billing.services.weeks import Fate, Part, Worked, holidays_of
from billing.timespan import month_of

FORM = "erfassen"
"""The id of the form that dragging on a day fills."""
_DAYS = 7
_PER_CENT = 100
_SATURDAY = 5


class Rate(NamedTuple):
    """One band of the legend: its hourly rate in euros (None while none is agreed) and its surcharge."""

    band: BandReason
    hourly: Fraction | None
    surcharge: Fraction


@dataclass(frozen=True, slots=True)
class Sums:
    """Minutes of a week by what becomes of them; `done` is billed already, `travel` is among the billable."""

    logged: int
    billable: int
    free: int
    held: int
    travel: int
    held_entries: int


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the list: when it was by the clock, and the ids of its blocks in the picture."""

    worked: Worked
    day: date
    start: str
    end: str
    blocks: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of the picture."""

    shown: Day
    holiday: str | None
    is_holiday: bool
    is_weekend: bool
    is_today: bool
    surcharge: Fraction
    """What a weekend costs above the hourly rate; 0 on other days."""
    work: Sequence[tuple[Row, int]]
    """What was worked on it, and for how many minutes of this day."""
    blocks: Sequence[Block]
    clock: Clock | None
    lang: str

    @property
    def date(self) -> date:
        """The local date."""
        return self.shown.day

    @property
    def minutes(self) -> int:
        """All minutes worked on it."""
        return sum(minutes for _, minutes in self.work)

    def picture(self, label: str) -> Markup:
        """Draw it; the label says the same in words."""
        drag = Drag(FORM, write_day(self.shown.day, self.lang))
        return row(self.shown, self.blocks, label=label.strip(), clock=self.clock, drag=drag, lang=self.lang)

    def axis(self) -> Markup:
        """Draw its hours."""
        return axis(self.shown)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday."""

    monday: date
    days: Sequence[DayRow]
    rows: Sequence[Row]
    sums: Sums
    legend: Sequence[Rate]

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=_DAYS - 1)

    @property
    def number(self) -> int:
        """The number of the week in its year (ISO 8601)."""
        return self.monday.isocalendar().week

    def key(self, weeks: int = 0) -> str:
        """Give how addresses name it, or one so many weeks away."""
        return write_week(self.monday + timedelta(weeks=weeks))

    def number_of(self, weeks: int) -> int:
        """Give the number of a week so many weeks away."""
        return (self.monday + timedelta(weeks=weeks)).isocalendar().week


@dataclass(frozen=True, slots=True)
class Asked:
    """What a week is drawn by: whose clock and language, the minute it is, and a running timer's start."""

    zone: ZoneInfo
    lang: str
    today: date
    clock: Clock


def week_view(asked: Asked, monday: date, worked: Sequence[Worked], agreement: Agreement) -> Week:
    """Give a week as its page shows it."""
    timeline, dates = Timeline(agreement), [monday + timedelta(days=number) for number in range(_DAYS)]
    shown = [day_of(timeline, asked.zone, day) for day in dates]
    rows = [_row(one, shown, asked.zone) for one in worked]
    holidays = holidays_of(agreement, dates)
    days = [_day(asked, day, rows, agreement, is_holiday=day.day in holidays) for day in shown]
    terms = agreement.terms_at(month_of(dates[-1]))
    return Week(monday, days, rows, _sums(shown, worked), legend_of(terms))


def legend_of(terms: Terms) -> list[Rate]:
    """Give what each band costs under some terms, in the order of the picture's legend."""
    classes = {
        BandReason.BUSINESS_HOURS: RateClass.REGULAR,
        BandReason.OUTSIDE_HOURS: RateClass.OUT_OF_HOURS,
        BandReason.PUBLIC_HOLIDAY: RateClass.OUT_OF_HOURS,
        BandReason.NIGHT: RateClass.NIGHT_WEEKEND,
        BandReason.WEEKEND: RateClass.NIGHT_WEEKEND,
        BandReason.TRAVEL: RateClass.TRAVEL,
    }
    regular = terms.factors[RateClass.REGULAR]
    hourly = None if terms.hourly_rate is None else Fraction(terms.hourly_rate, _PER_CENT)
    return [
        Rate(band, None if hourly is None else hourly * terms.factors[of], terms.factors[of] / regular - 1)
        for band, of in classes.items()
    ]


def _row(worked: Worked, shown: Sequence[Day], zone: ZoneInfo) -> Row:
    start, end = worked.row.start_at, worked.row.end_at
    touched = [day for day in shown if worked.start < day.end and worked.end > day.start]
    ids = " ".join(block_id(_key(worked), day.day) for day in touched)
    return Row(worked, start.astimezone(zone).date(), write_clock(start, zone), write_clock(end, zone), ids)


def _key(worked: Worked) -> str:
    return f"z{worked.row.id}"


def _day(asked: Asked, day: Day, rows: Sequence[Row], agreement: Agreement, *, is_holiday: bool) -> DayRow:
    work = [(one, minutes) for one in rows if (minutes := _within(one.worked.start, one.worked.end, day)) > 0]
    terms, is_weekend = agreement.terms_at(month_of(day.day)), day.day.weekday() >= _SATURDAY
    dearest = terms.factors[RateClass.NIGHT_WEEKEND] / terms.factors[RateClass.REGULAR] - 1
    return DayRow(
        shown=day,
        holiday=holiday_name(terms.holiday_calendar, day.day, asked.lang) if is_holiday else None,
        is_holiday=is_holiday,
        is_weekend=is_weekend,
        is_today=day.day == asked.today,
        surcharge=dearest if is_weekend else Fraction(0),
        work=work,
        blocks=[_block(one.worked) for one, _ in work if one.worked.parts],
        clock=asked.clock if day.day == asked.today else None,
        lang=asked.lang,
    )


def _block(worked: Worked) -> Block:
    pieces = [
        Piece(part.start, part.end, _tone(worked, part), max(Fraction(0), part.surcharge) * _PER_CENT)
        for part in worked.parts
    ]
    sign = "✓ " if worked.fates == [Fate.DONE] else ""
    return Block(_key(worked), f"{sign}{worked.row.case_ref}", pieces)


def _tone(worked: Worked, part: Part) -> Tone:
    return Tone.TRAVEL if worked.row.travel and part.fate is Fate.BILLABLE else Tone(part.fate)


def _within(start: int, end: int, day: Day) -> int:
    return min(end, day.end) - max(start, day.start)


def _sums(shown: Sequence[Day], worked: Sequence[Worked]) -> Sums:
    """Add up what lies in the week; work over its midnights counts with the part that is in it."""
    week = Day(shown[0].day, shown[0].start, shown[-1].end, (), ())
    inside = list(_inside(week, worked))
    minutes = {fate: sum(count for _, part, count in inside if part.fate is fate) for fate in Fate}
    return Sums(
        logged=sum(max(0, _within(one.start, one.end, week)) for one in worked),
        billable=minutes[Fate.BILLABLE] + minutes[Fate.DONE],
        free=minutes[Fate.FREE],
        held=minutes[Fate.HELD],
        travel=sum(count for one, part, count in inside if one.row.travel and part.fate is Fate.BILLABLE),
        held_entries=len({one.row.id for one, part, _ in inside if part.fate is Fate.HELD}),
    )


def _inside(week: Day, worked: Sequence[Worked]) -> Iterator[tuple[Worked, Part, int]]:
    for one in worked:
        for part in one.parts:
            count = _within(part.start, part.end, week)
            if count > 0:
                yield one, part, count
