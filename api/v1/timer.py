"""The caller's own running clock over HTTP: started, looked at, changed, stopped into an entry, or thrown away."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.entries import LoggedEntryOut, logged_reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import delete, get, patch, post
from billing.clause.reading import read_object
from billing.errors import NotAllowed
from billing.services.access.rights import Right
from billing.services.timers import (
    NEW_TIMER,
    TIMER_CHANGES,
    TIMER_END,
    change_timer,
    discard_timer,
    limit_of,
    start_timer,
    stop_timer,
    timer_of,
)


class RunningTimerOut(BaseModel):
    """What a clock runs for, and since when."""

    id: int
    case: str = Field(examples=["V-101"])
    case_id: int
    contract: str
    contract_id: int
    person: str
    person_id: int
    started_at: AwareDatetime
    asks_after: AwareDatetime = Field(description="Stopped later than this, the clock asks for the real end.")
    service: str
    document: str | None
    travel: bool
    onsite: bool
    urgent: bool
    note: str | None


class TimerOut(BaseModel):
    """The caller's clock, null when none runs."""

    timer: RunningTimerOut | None


class ChangedTimerOut(TimerOut):
    """A clock that was just started or changed, and what to know about it."""

    notices: list[NoticeOut]


@get("/timer", right=Right.WORK, gives=TimerOut)
def get_timer(call: Call) -> Reply:
    """Give the caller's running clock; it runs on whatever becomes of the browser."""
    return Reply(_timer(call), etag=True)


@post(
    "/timer",
    right=Right.WORK,
    reads=NEW_TIMER,
    gives=ChangedTimerOut,
    example={"case": "V-101", "service": "request_processing"},
)
def start_timer_(call: Call) -> Reply:
    """Start a clock at the minute it is. 409 `timer_is_running` names the one that runs already."""
    started = start_timer(call.session, call.act, _me(call), call.raw)
    return Reply(ChangedTimerOut(timer=_shown(call, started.row), notices=told(call, started.notices)))


@patch("/timer", right=Right.WORK, reads=TIMER_CHANGES, gives=ChangedTimerOut, example={"urgent": True})
def change_timer_(call: Call) -> Reply:
    """Change what the running clock is for; since when it runs stays."""
    person = _me(call)
    read_object(call.raw, "", TIMER_CHANGES)  # what can't be read is told first
    call.require_match(_timer(call))
    changed = change_timer(call.session, call.act, person, call.raw)
    return Reply(ChangedTimerOut(timer=_shown(call, changed.row), notices=told(call, changed.notices)))


@post(
    "/timer/stop",
    right=Right.WORK,
    reads=TIMER_END,
    gives=LoggedEntryOut,
    example={"end": "2026-10-05T17:30:00+02:00"},
)
def stop_timer_(call: Call) -> Reply:
    """Stop the clock and log its minutes.

    409 `timer_needs_end` after four hours or past eight in the evening: say the real `end`, nothing is cut silently.
    Whatever refuses the work leaves the clock running.
    """
    return logged_reply(call, stop_timer(call.session, call.act, _me(call), call.raw))


@delete("/timer", right=Right.WORK)
def discard_timer_(call: Call) -> Reply:
    """Throw the running clock away; nothing is logged."""
    discard_timer(call.session, call.act, _me(call))
    return Reply()


def _me(call: Call) -> str:
    """Give the caller as a member of staff; NotAllowed for an account that is of nobody whose work is logged."""
    if call.who.person_ref is None:
        raise NotAllowed("right_missing", right=Right.WORK)
    return call.who.person_ref


def _timer(call: Call) -> TimerOut:
    row = None if call.who.person_id is None else timer_of(call.session, call.who.person_id)
    return TimerOut(timer=None if row is None else _shown(call, row))


def _shown(call: Call, row: Any) -> RunningTimerOut:
    return RunningTimerOut(
        id=row.id,
        case=row.case_ref,
        case_id=row.case_id,
        contract=row.contract_ref,
        contract_id=row.contract_id,
        person=row.person_ref,
        person_id=row.person_id,
        started_at=row.started_at,
        asks_after=limit_of(row.started_at, call.zone),
        service=row.service,
        document=row.document,
        travel=row.travel,
        onsite=row.onsite,
        urgent=row.urgent,
        note=row.note,
    )
