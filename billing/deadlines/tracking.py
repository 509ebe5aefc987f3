"""Which deadlines a case has from what it is and what happened in it, and where each stands. Pure, like the counting.

A passed deadline never blocks anything (13(9)): trackers tell, people act.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from billing.deadlines.counting import Calendar, Due, due
from billing.deadlines.rules import GIVEN, DeadlineRule, rules_of
from billing.timespan import Instant

AUDIT = "audit"
DATA_BREACH_KINDS = frozenset({"breach", "data_breach"})
DATA_SUBJECT_KINDS = frozenset({"data_subject_request", "data_portability"})
PORTABILITY = "data_portability"


class State(StrEnum):
    """Where a deadline stands."""

    NOT_STARTED = "not_started"
    OPEN = "open"
    OVERDUE = "overdue"
    MET = "met"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionEvents:
    """An instruction of the case: when it was given and when it was confirmed in text form."""

    ref: str
    given_at: Instant
    confirmed_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvents:
    """What deadlines ask of a case; moments are UTC minutes, None for what did not happen or is not known.

    `asked_at` is when the controller asked for it in the portal, `wanted_at` the term it set there. `left_open_at` is
    when a first notice went out that left fields of 17(3) open, `completed_at` when all of them were known. `marks` are
    the times a deadline was marked as met, by code, in their order.
    """

    kind: str
    term_set: str
    opened_at: Instant
    legal_deadline_at: Instant | None = None
    asked_at: Instant | None = None
    wanted_at: Instant | None = None
    audit_at: Instant | None = None
    known_at: Instant | None = None
    first_notice_at: Instant | None = None
    left_open_at: Instant | None = None
    completed_at: Instant | None = None
    contained_at: Instant | None = None
    final_report_at: Instant | None = None
    is_incident: bool = False
    instructions: tuple[InstructionEvents, ...] = ()
    marks: Mapping[str, tuple[Instant, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Clock:
    """One deadline of a case before it is counted: from when, until what happened."""

    code: str
    started_at: Instant | None
    met_at: Instant | None = None
    repeats: bool = False
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Tracked:
    """One deadline of a case; `about` names the instruction where a case has several.

    `last_done_at` of one that repeats is when it was done last: its next end is counted from there.
    """

    rule: DeadlineRule
    source: str
    about: str | None
    started_at: Instant | None
    last_done_at: Instant | None
    due: Due | None
    met_at: Instant | None

    @property
    def code(self) -> str:
        """The code of its rule, `D-01`."""
        return self.rule.code

    @property
    def was_late(self) -> bool:
        """Whether it was met after its latest lawful end."""
        return self.met_at is not None and self.due is not None and self.met_at > self.due.latest

    def state(self, now: Instant) -> State:
        """Tell where it stands; up to its very last minute it is open."""
        if self.met_at is not None:
            return State.MET
        if self.due is None:
            return State.NOT_STARTED
        return State.OVERDUE if now > self.due.latest else State.OPEN


def track(case: CaseEvents, calendar: Calendar) -> list[Tracked]:
    """Give all deadlines of a case under its contract, in the order of their codes, those met long ago too."""
    rules = rules_of(case.term_set)
    return [_tracked(clock, rules[clock.code], case, calendar) for clock in _clocks(case) if clock.code in rules]


def _tracked(clock: _Clock, rule: DeadlineRule, case: CaseEvents, calendar: Calendar) -> Tracked:
    marks = case.marks.get(clock.code, ())
    last_done = marks[-1] if clock.repeats and marks else None
    met = clock.met_at
    if not clock.repeats and clock.started_at is not None:
        # What was done before it was asked for counts as done in time; an instruction's mark must come after it.
        since = clock.started_at if clock.about is not None else None
        met = min((moment for moment in (met, *marks) if moment is not None and moment >= (since or 0)), default=None)
    return Tracked(
        rule=rule,
        source=rule.source(case.term_set) or "",
        about=clock.about,
        started_at=clock.started_at,
        last_done_at=last_done,
        due=_due(clock, rule, last_done, case, calendar),
        met_at=met,
    )


def _due(
    clock: _Clock, rule: DeadlineRule, last_done: Instant | None, case: CaseEvents, calendar: Calendar
) -> Due | None:
    if rule.code == GIVEN:
        given = case.legal_deadline_at
        return None if given is None else Due(given, given)
    if clock.started_at is None or rule.length is None:
        return None
    if rule.code == "D-09" and case.wanted_at is not None:
        # The days of the contract are for who sets no term (002 § 7(2)a).
        return Due(case.wanted_at, case.wanted_at)
    return due(max(clock.started_at, last_done or clock.started_at), rule.length, calendar)


def _clocks(case: CaseEvents) -> Iterator[_Clock]:
    if case.kind in DATA_BREACH_KINDS or case.is_incident:
        yield from _breach_clocks(case)
    if case.kind in DATA_SUBJECT_KINDS:
        yield from _request_clocks(case)
    if case.kind == AUDIT or case.audit_at is not None:
        yield _Clock("D-14", case.audit_at)
    for instruction in case.instructions:
        yield _Clock("D-26", instruction.given_at, instruction.confirmed_at, about=instruction.ref)
    if case.legal_deadline_at is not None:
        yield _Clock(GIVEN, case.opened_at)


def _breach_clocks(case: CaseEvents) -> Iterator[_Clock]:
    """Follow section 17; a controller who told us of the breach need not be told by us."""
    told_us = case.asked_at is not None and (case.known_at is None or case.asked_at <= case.known_at)
    if not told_us:
        yield _Clock("D-01", case.known_at, case.first_notice_at)
    yield _Clock("D-02", case.asked_at if told_us else case.first_notice_at)
    yield _Clock("D-03", case.first_notice_at, case.contained_at, repeats=True)
    if case.left_open_at is not None:
        yield _Clock("D-04", case.left_open_at, case.completed_at, repeats=True)
    yield _Clock("D-05", case.contained_at, case.final_report_at)


def _request_clocks(case: CaseEvents) -> Iterator[_Clock]:
    """Follow section 11: what the controller asks for in the portal is an instruction in text form already."""
    instructed = [moment for moment in (case.asked_at, *(one.given_at for one in case.instructions)) if moment]
    first = min(instructed, default=None)
    yield _Clock("D-06", first)
    if first is None or first > case.opened_at:
        # It reached the processor first and must be passed on: only then does the controller have it.
        yield _Clock("D-07", case.opened_at)
        passed_on = min(case.marks.get("D-07", ()), default=None)
        known = [moment for moment in (passed_on, first) if moment is not None]
        yield _Clock("D-08", min(known, default=None))
    else:
        yield _Clock("D-08", first)
    if case.kind == PORTABILITY:
        yield _Clock("D-09", first)
