"""The tracker: which deadlines cases have, where each stands, and that one was met. None blocks anything (13(9))."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.reading import Reader, read_object
from billing.deadlines.counting import Calendar
from billing.deadlines.rules import Nature
from billing.deadlines.tracking import CaseEvents, InstructionEvents, State, Tracked, track
from billing.errors import Conflict, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.calendars import calendar_of
from billing.services.fields import read_note
from billing.services.incident_steps import IncidentSteps, steps_of
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.store.queries import deadlines as rows
from billing.store.queries.incidents import incident_steps
from billing.store.session import TenantSession, hold
from billing.store.tables import Case, DeadlineMark
from billing.timespan import Instant, datetime_of, instant_of

_MINUTES_PER_HOUR = 60

MARK: dict[str, Reader] = {"met_at?": read_datetime, "note?": read_note}


@dataclass(frozen=True, slots=True)
class CaseDeadlines:
    """A case with all its deadlines; `case` is a row with its references and its contract."""

    case: Any
    tracked: list[Tracked]


def deadlines_of(session: TenantSession, case: Case) -> CaseDeadlines:
    """Give all deadlines of one case, those met long ago too."""
    (found,) = _track(session, rows.one_case(session.processor_id, id_of(case)))
    return found


def deadlines_of_cases(session: TenantSession, ids: Sequence[int]) -> list[CaseDeadlines]:
    """Give all deadlines of some cases at once, by the cases' ids."""
    return _track(session, rows.these_cases(session.processor_id, ids)) if ids else []


def marks_of(session: TenantSession, case: Case) -> Sequence[Any]:
    """Give the marks of a case by the moment they tell of: which deadline, and who put it down."""
    return rows.marks_set(session, session.processor_id, rows.one_case(session.processor_id, id_of(case)))


def deadlines_due(session: TenantSession, act: Act, within_hours: int) -> list[tuple[Any, Tracked]]:
    """Give, over all open cases, what is overdue or ends (read strictly) within so many hours, the earliest first.

    A passed term of the other side is left out: nothing can be done about it here any more.
    """
    now = instant_of(act.at)
    horizon = now + within_hours * _MINUTES_PER_HOUR
    found = [
        (of.case, one)
        for of in _track(session, rows.open_cases(session.processor_id))
        for one in of.tracked
        if one.due is not None and one.due.strict <= horizon and _asks_for_something(one, now)
    ]
    return sorted(found, key=place_of)


def place_of(due: tuple[Any, Tracked]) -> tuple[str, ...]:
    """Give where a deadline that ends stands among all of them: the earliest first."""
    case, one = due
    assert one.due is not None  # noqa: S101 - only those that end are listed
    return (*(f"{number:020}" for number in (*one.due, case.id)), one.code, one.about or "")


def _asks_for_something(one: Tracked, now: Instant) -> bool:
    state = one.state(now)
    return state is State.OPEN or (state is State.OVERDUE and one.rule.nature is not Nature.INFORMATION)


def mark_deadline(session: TenantSession, act: Act, case: Case, code: str, raw: Mapping[str, Any]) -> DeadlineMark:
    """Record that a deadline was met, or its matter done once more: `met_at` (else now), and a note.

    NotFound: the case has no such deadline. Conflict: not started yet, or met already. InvalidInput: still to come.
    """
    said = read_object(raw, "", MARK)
    met_at = said.get("met_at") or datetime_of(instant_of(act.at))
    require_past(act, met_at, "met_at")
    hold(session, f"case:{id_of(case)}")
    tracked = [one for one in deadlines_of(session, case).tracked if one.code == code]
    if not tracked:
        raise NotFound("deadline_unknown", value=code, case=case.ref)
    _require_open(tracked, code, case)
    return put_mark(session, act, case, code, met_at, said.get("note"))


def put_mark(
    session: TenantSession, act: Act, case: Case, code: str, met_at: datetime, note: str | None = None
) -> DeadlineMark:
    """Write a mark that another deed brings along."""
    mark = DeadlineMark(case_id=id_of(case), code=code, met_at=met_at, note=note, **act.record())
    put(session, mark)
    audit(session, act, "deadline_marked", f"case:{case.ref}", code=code, met_at=met_at.isoformat())
    return mark


def _require_open(tracked: Sequence[Tracked], code: str, case: Case) -> None:
    waiting = [one for one in tracked if one.met_at is None]
    if not waiting:
        raise Conflict("deadline_is_met", value=code, case=case.ref)
    if all(one.started_at is None for one in waiting):
        raise Conflict("deadline_not_started", value=code, case=case.ref)


def _track(session: TenantSession, chosen: rows.Chosen) -> list[CaseDeadlines]:
    """Track chosen cases; the queries are as many for one case as for all."""
    known = _Known(session, chosen)
    return [CaseDeadlines(case, track(known.events(case), known.calendar(case))) for case in known.cases]


@dataclass
class _Known:
    """The rows that deadlines are tracked by, of all chosen cases, each table read once."""

    session: TenantSession
    chosen: rows.Chosen
    zone: ZoneInfo = field(init=False)
    cases: Sequence[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.zone = processor_zone(self.session)
        self.cases = self._ask(rows.tracked_cases)
        self._terms = _by(self._ask(rows.terms_of_cases), "contract_id")
        self._calendars: dict[int, Calendar] = {}
        self._audits: dict[int, date] = {row.case_id: row.audit_date for row in self._ask(rows.audit_dates)}
        self._asked = _by(self._ask(rows.requests_received), "case_id")
        self._instructions = _by(self._ask(rows.instructions_given), "case_id")
        self._marks = _by(self._ask(rows.marks_set), "case_id")
        self._steps = _by(self._ask(incident_steps), "case_id")

    def _ask(self, query: Callable[..., Sequence[Any]]) -> Sequence[Any]:
        return query(self.session, self.session.processor_id, self.chosen)

    def calendar(self, case: Any) -> Calendar:
        """Give the calendar of the case's contract."""
        if case.contract_id not in self._calendars:
            terms = self._terms[case.contract_id]
            self._calendars[case.contract_id] = calendar_of(case.term_set, terms, self.zone)
        return self._calendars[case.contract_id]

    def events(self, case: Any) -> CaseEvents:
        """Give what deadlines ask of a case."""
        asked = [row.received_at for row in self._asked[case.id]]
        wanted = [row.wanted_by for row in self._asked[case.id] if row.wanted_by is not None]
        incident: IncidentSteps = steps_of(self._steps[case.id])
        marks: dict[str, tuple[Instant, ...]] = {}
        for row in self._marks[case.id]:
            marks[row.code] = (*marks.get(row.code, ()), instant_of(row.met_at))
        return CaseEvents(
            kind=case.kind,
            term_set=case.term_set,
            opened_at=instant_of(case.opened_at),
            legal_deadline_at=_maybe(case.legal_deadline_at),
            asked_at=_maybe(min(asked, default=None)),
            wanted_at=_maybe(min(wanted, default=None)),
            audit_at=self._audit_at(case.id),
            known_at=_maybe(incident.known_at),
            first_notice_at=_maybe(incident.first_notice_at),
            left_open_at=_maybe(incident.first_notice_at if incident.left_open else None),
            completed_at=_maybe(incident.completed_at),
            contained_at=_maybe(incident.contained_at),
            final_report_at=_maybe(incident.final_report_at),
            is_incident=bool(self._steps[case.id]),
            instructions=tuple(map(_instruction, self._instructions[case.id])),
            marks=marks,
        )

    def _audit_at(self, case_id: int) -> Instant | None:
        day = self._audits.get(case_id)
        return None if day is None else instant_of(datetime(day.year, day.month, day.day, tzinfo=self.zone))


def _by(found: Iterable[Any], column: str) -> Mapping[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    key = attrgetter(column)
    for row in found:
        groups[key(row)].append(row)
    return groups


def _maybe(moment: datetime | None) -> Instant | None:
    return None if moment is None else instant_of(moment)


def _instruction(row: Any) -> InstructionEvents:
    return InstructionEvents(ref=row.ref, given_at=instant_of(row.given_at), confirmed_at=_maybe(row.confirmed_at))
