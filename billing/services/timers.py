"""The running clock: one a person, kept in the database, so that no restart and no closed browser stops it.

What it measured is logged as any other work. A clock that somebody forgot is never cut silently: whoever let it run
for more than four hours, or past eight in the evening, says when the work really ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.reading import Reader, read_object
from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.changing import changes_of, read_changes
from billing.services.contracts import contract_by_id
from billing.services.discarding import throw_away
from billing.services.fields import read_line, read_note
from billing.services.moments import processor_zone, read_datetime
from billing.services.notices import Notice
from billing.services.parties import find_person
from billing.services.text_notices import about_text
from billing.services.work import LoggedWork, Place, log_work_at
from billing.services.work_done import WORK_CLASS, WorkDone, require_document
from billing.store.queries.timers import held_timer, timer_row
from billing.store.session import TenantSession
from billing.store.tables import Case, Timer
from billing.timespan import datetime_of, instant_of

LONGEST_RUN = timedelta(hours=4)
END_OF_DAY = time(20)

_CLASS = {name: reader for name, reader in WORK_CLASS.items() if name != "remedies_processor_defect?"}
_TIMER: dict[str, Reader] = {"case": read_line, "contract?": read_line, **_CLASS, "note?": read_note}
NEW_TIMER: dict[str, Reader] = _TIMER
TIMER_CHANGES = changes_of(_TIMER, may_be_empty=("note", "document", "contract"))
TIMER_END: dict[str, Reader] = {"end?": read_datetime}
_FACTS = ("service", "document", "travel", "onsite", "urgent", "note")


@dataclass(frozen=True, slots=True)
class RunningTimer:
    """A clock after it was started or changed, with its case, contract and person, and what to know about it."""

    row: Any
    notices: list[Notice]


def start_timer(session: TenantSession, act: Act, person: str, raw: Mapping[str, Any]) -> RunningTimer:
    """Start a person's clock at the minute it is. Conflict `timer_is_running` names the one that runs already."""
    values = read_object(raw, "", NEW_TIMER)
    owner = find_person(session, person)
    running = timer_of(session, id_of(owner))
    if running is not None:
        start = running.started_at.astimezone(processor_zone(session))
        raise Conflict("timer_is_running", path="case", value=running.case_ref, start=start)
    case = find_case(session, values.pop("case"), values.pop("contract", None))
    require_document(values["service"], values.get("document"))
    started_at = datetime_of(instant_of(act.at))
    put(session, Timer(person_id=id_of(owner), case_id=id_of(case), started_at=started_at, **values))
    audit(session, act, "timer_started", f"person:{person}", case=case.ref)
    return RunningTimer(timer_of(session, id_of(owner)), about_text(values.get("note")))


def change_timer(session: TenantSession, act: Act, person: str, raw: Mapping[str, Any]) -> RunningTimer:
    """Change what a running clock is for; since when it runs stays, and null takes note or document away.

    Conflict `timer_not_running` when none does.
    """
    changes = read_changes(raw, TIMER_CHANGES)
    contract = changes.pop("contract", None)
    if not changes:
        raise InvalidInput("nothing_said", path="service", value=None)
    timer = _held(session, person)
    if "case" in changes:
        timer.case_id = id_of(find_case(session, changes.pop("case"), contract))
    for name, value in changes.items():
        setattr(timer, name, value)
    require_document(timer.service, timer.document)
    put(session, timer)
    audit(session, act, "timer_changed", f"person:{person}", changed=sorted(raw))
    return RunningTimer(timer_of(session, timer.person_id), about_text(changes.get("note")))


def stop_timer(session: TenantSession, act: Act, person: str, raw: Mapping[str, Any]) -> LoggedWork:
    """Stop a person's clock and log its minutes, up to now or to the `end` that is said.

    Conflict: `timer_needs_end` after four hours or past eight in the evening, `timer_under_a_minute`, or what refuses
    the work (`work_overlaps`); the clock runs on then, nothing is lost.
    """
    said = read_object(raw, "", TIMER_END).get("end")
    timer = _held(session, person)
    zone, now = processor_zone(session), datetime_of(instant_of(act.at))
    case = session.get(Case, timer.case_id)
    assert case is not None  # noqa: S101 - a foreign key holds it
    limit = limit_of(timer.started_at, zone)
    if said is None and now > limit:
        start, at_most = timer.started_at.astimezone(zone), limit.astimezone(zone)
        raise Conflict("timer_needs_end", path="end", value=case.ref, start=start, limit=at_most)
    if said is None and now <= timer.started_at:
        raise Conflict("timer_under_a_minute", path="end", value=case.ref)
    facts = {name: getattr(timer, name) for name in _FACTS}
    done = WorkDone(start=timer.started_at, end=said or now, **facts)
    contract = contract_by_id(session, case.contract_id)
    belongs = (id_of(case), case.ref, case.contract_id, case.controller_id, contract.ref, timer.person_id, person)
    place = Place(*belongs, case.closed_at, contract.starts_on, contract.ended_on)
    session.delete(timer)
    session.flush()
    return log_work_at(session, act, place, done, zone=zone, timer=True)


def discard_timer(session: TenantSession, act: Act, person: str) -> None:
    """Throw a running clock away: nothing is logged. Conflict `timer_not_running` when none runs."""
    throw_away(session, act, person, _held(session, person))


def timer_of(session: TenantSession, person_id: int) -> Any | None:
    """Give a person's running clock with the references of its case, contract and person, or None."""
    return timer_row(session, session.processor_id, person_id)


def limit_of(started_at: datetime, zone: ZoneInfo) -> datetime:
    """Give until when a clock may run without a question: four hours, but not past eight of the evening it began in.

    By the processor's clock; what begins at eight or later has its four hours.
    """
    start = started_at.astimezone(zone)
    evening = datetime.combine(start.date(), END_OF_DAY, zone).astimezone(UTC)
    by_length = started_at + LONGEST_RUN
    return by_length if instant_of(started_at) >= instant_of(evening) else min(by_length, evening)


def _held(session: TenantSession, person: str) -> Timer:
    timer = held_timer(session, session.processor_id, id_of(find_person(session, person)))
    if timer is None:
        raise Conflict("timer_not_running", path="person", value=person)
    return timer
