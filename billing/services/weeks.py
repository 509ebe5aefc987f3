"""The days of a member of staff: what was worked, and what becomes of each minute as the settlement stands now."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from billing.clause.term_sets import DEFAULT, term_set
from billing.clause.terms import Price, RateClass
from billing.errors import NotFound
from billing.public_holidays import public_holidays
from billing.rating.agreement import Agreement
from billing.rating.bands import BandReason, is_holiday
from billing.rating.decisions import Stretch, Verdict
from billing.services.acting import Act
from billing.services.calendars import agreement_of
from billing.services.held_about import Abouts, HeldAbout
from billing.services.ledger_rows import decided_stretches
from billing.services.standing import Stand, stand_of
from billing.store.queries import weeks
from billing.store.session import TenantSession
from billing.timespan import instant_of, month_of

_DAYS = 7
_WRITTEN_OFF = "written_off"


class Fate(StrEnum):
    """What becomes of a stretch of work: may be billed, is free, waits, or is done with (billed, or given up)."""

    BILLABLE = "billable"
    FREE = "free"
    HELD = "held"
    DONE = "done"


class Part(NamedTuple):
    """A stretch of an entry, `[start, end)` in UTC minutes, with what decided it.

    `surcharge` is on the hourly rate, 1/4 for 25 %; below zero for travel. It is 0 where nothing is billed.
    """

    start: int
    end: int
    fate: Fate
    code: str
    clause: str
    band: BandReason
    rate_class: RateClass
    surcharge: Fraction
    price: Price | None
    about: HeldAbout | None = None
    """The figures behind its reason, where it waits."""

    @property
    def minutes(self) -> int:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Worked:
    """One entry: its row with case, contract and controller, and its parts in order."""

    row: Any
    parts: tuple[Part, ...]

    @property
    def start(self) -> int:
        """When it began, in UTC minutes."""
        return instant_of(self.row.start_at)

    @property
    def end(self) -> int:
        """When it ended, in UTC minutes."""
        return instant_of(self.row.end_at)

    @property
    def fates(self) -> list[Fate]:
        """What becomes of its minutes, each answer once, in their order."""
        return list(dict.fromkeys(part.fate for part in self.parts))

    def minutes(self, fate: Fate | None = None) -> int:
        """Add up its minutes, or those with one fate."""
        return sum(part.minutes for part in self.parts if fate in (None, part.fate))


def week_of(session: TenantSession, act: Act, person_id: int, monday: date, zone: ZoneInfo) -> list[Worked]:
    """Give a person's work of the seven days from a Monday, by start; what reaches over midnight is whole."""
    since, until = (datetime.combine(day, time(), zone) for day in (monday, monday + timedelta(days=_DAYS)))
    return _settled(session, act, weeks.work_between(session, session.processor_id, person_id, since, until))


def work_settled(session: TenantSession, act: Act, entry_id: int) -> Worked:
    """Give one entry with its parts. NotFound when there is none, or it was taken back."""
    return _settled(session, act, [work_row(session, entry_id)])[0]


def work_row(session: TenantSession, entry_id: int) -> Any:
    """Give what an entry says now with case, contract and controller. NotFound as for `work_settled`."""
    row = weeks.work_of_entry(session, session.processor_id, entry_id)
    if row is None:
        raise NotFound("entry_not_found", value=entry_id)
    return row


def entry_at(session: TenantSession, person_id: int, start: datetime, end: datetime) -> Any | None:
    """Give the row of a person's entry that fills `[start, end)`, or None."""
    rows = weeks.work_between(session, session.processor_id, person_id, start, end)
    return rows[0] if rows else None


def last_work_of(session: TenantSession, person_id: int) -> Any | None:
    """Give the row of the work a person logged last, or None."""
    return weeks.last_work(session, session.processor_id, person_id)


def cases_to_choose(session: TenantSession, besides: int | None = None) -> Sequence[Any]:
    """Give the open cases with their controllers, newest first, and one more by its id."""
    return weeks.cases_to_work_on(session, session.processor_id, besides)


def agreement_of_days(session: TenantSession, worked: Sequence[Worked], last: Any | None, zone: ZoneInfo) -> Agreement:
    """Give the agreement that a picture of these days shows: of the contract most was worked for, else the last one.

    Where nothing was ever worked it is the usual fee clause.
    """
    minutes: Counter[int] = Counter()
    for one in worked:
        minutes[one.row.contract_id] += one.minutes()
    contract_id = minutes.most_common(1)[0][0] if minutes else None if last is None else last.contract_id
    if contract_id is not None:
        return agreement_of(session, contract_id)
    usual = term_set(DEFAULT)
    return Agreement((usual.terms,), usual.catalogue, public_holidays, usual.expenses_agreed, zone, usual.clauses)


def holidays_of(agreement: Agreement, days: Iterable[date]) -> set[date]:
    """Give those of the days that are holidays under the terms of their month."""
    return {
        day
        for day in days
        for terms in [agreement.terms_at(month_of(day))]
        if is_holiday(terms, agreement.holidays(terms.holiday_calendar, day.year), day)
    }


def parts_of(agreement: Agreement, stretches: Iterable[Stretch]) -> list[Part]:
    """Give the stretches of one entry that no month has decided yet as parts."""
    return _joined([_part(agreement, stretch, closed=False) for stretch in stretches])


def _settled(session: TenantSession, act: Act, rows: Sequence[Any]) -> list[Worked]:
    """Settle each contract once, whole, as its month's run would now: nothing less says what becomes of a minute."""
    wanted: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        wanted[row.contract_id].add(row.ref)
    found: dict[tuple[int, str], list[Part]] = defaultdict(list)
    for contract_id, refs in wanted.items():
        for ref, part in _parts(stand_of(session, contract_id, act.at), refs):
            found[contract_id, ref].append(part)
    return [Worked(row, tuple(_joined(sorted(found[row.contract_id, row.ref])))) for row in rows]


def _parts(stand: Stand, refs: set[str]) -> Iterator[tuple[str, Part]]:
    agreement, abouts = stand.loaded.agreement, Abouts(stand.loaded, stand.facts, stand.settlement)
    for stretch in stand.settlement.stretches:
        if stretch.entry in refs:
            part = _part(agreement, stretch, closed=False)
            yield stretch.entry, part._replace(about=abouts.of(stretch)) if part.fate is Fate.HELD else part
    for stretch in decided_stretches(stand.loaded.decided, refs):
        yield stretch.entry, _part(agreement, stretch, closed=True)


def _part(agreement: Agreement, stretch: Stretch, *, closed: bool) -> Part:
    answer, terms = stretch.answer, agreement.terms_at(stretch.month)
    is_free = answer.verdict is Verdict.FREE
    surcharge = Fraction(0) if is_free else terms.factors[stretch.rate_class] / terms.factors[RateClass.REGULAR] - 1
    return Part(
        stretch.start,
        stretch.end,
        _fate(stretch, closed=closed),
        answer.code,
        answer.clause,
        stretch.band,
        RateClass.REGULAR if is_free else stretch.rate_class,
        surcharge,
        stretch.price,
    )


def _fate(stretch: Stretch, *, closed: bool) -> Fate:
    if stretch.answer.code == _WRITTEN_OFF or (closed and stretch.answer.verdict is Verdict.BILLED):
        return Fate.DONE
    return {Verdict.BILLED: Fate.BILLABLE, Verdict.FREE: Fate.FREE, Verdict.HELD: Fate.HELD}[stretch.answer.verdict]


def _joined(parts: list[Part]) -> list[Part]:
    """Join neighbours that a reader would call the same: free work is free in every band."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        same_band = last is not None and (part.fate is Fate.FREE or last.band is part.band)
        if last is not None and same_band and last.end == part.start and last[2:5] == part[2:5]:
            joined[-1] = last._replace(end=part.end)
        else:
            joined.append(part)
    return joined
