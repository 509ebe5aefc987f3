"""Deadlines: where those of a case stand, what is due soon over all cases, and what the contracts know of them."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PLACING, Call, Page, Reply
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_count, refuse, shaped
from billing.deadlines.tracking import Tracked
from billing.services.access.rights import Right
from billing.services.case_deadlines import MARK, deadlines_due, deadlines_of, mark_deadline, place_of
from billing.services.cases import case_by_id
from billing.services.deadline_rules import WHICH, CountedRule, count_rules
from billing.texts import sentence
from billing.timespan import Instant, datetime_of, instant_of

_MOST_HOURS = 24 * 366
_USUAL_HOURS = 48
_MARK = {"met_at": "2026-10-07T08:00:00+02:00", "note": "Stand telefonisch und per E-Mail mitgeteilt"}
Nature = Literal["term", "reminder", "repeating", "information", "counter", "retention"]


@shaped(type="integer", minimum=0, maximum=_MOST_HOURS)
def _read_hours(value: Any, path: str) -> int:
    hours = read_count(value, path)
    if hours > _MOST_HOURS:
        raise refuse("number_out_of_range", path, value, least=0, most=_MOST_HOURS)
    return hours


class DeadlineOut(BaseModel):
    """A deadline of a case. Passing it blocks nothing (13(9))."""

    case_id: int
    case: str
    title: str
    contract: str
    code: str = Field(examples=["D-01"])
    name: str = Field(description="What is due, in the language of Accept-Language.")
    about: str | None = Field(description="The instruction it is about, where a case has several.")
    nature: Nature
    source: str = Field(description="The clause or law.", examples=["17(2)a"])
    starts: str = Field(description="The event it runs from.", examples=["processor_knows"])
    started_at: AwareDatetime | None
    last_done_at: AwareDatetime | None = Field(description="Of one that repeats: when it was done last.")
    due_at: AwareDatetime | None = Field(description="Its last minute, read strictly.")
    latest_at: AwareDatetime | None = Field(description="The last minute that the law still allows (§ 193 BGB).")
    remaining_minutes: int | None = Field(description="Until `due_at`, below zero once it has passed; null when met.")
    met_at: AwareDatetime | None
    was_late: bool
    state: Literal["not_started", "open", "overdue", "met"]


class DeadlinesOut(BaseModel):
    """The deadlines of one case, by code."""

    items: list[DeadlineOut]


class DeadlineRuleOut(BaseModel):
    """A deadline that a contract knows; `due_at` and `latest_at` when a start was given."""

    code: str
    name: str
    nature: Nature
    source: str
    starts: str
    count: int | None
    unit: str | None = Field(description="null: the event that ends it has no date yet, or it is an amount.")
    ahead: bool = Field(description="It ends before the event.")
    due_at: AwareDatetime | None
    latest_at: AwareDatetime | None


class DeadlineRulesOut(BaseModel):
    """All deadlines under a contract, by code."""

    items: list[DeadlineRuleOut]


def _show(call: Call, case: Any, one: Tracked) -> DeadlineOut:
    now = instant_of(call.act.at)
    remaining = None if one.due is None or one.met_at is not None else one.due.strict - now
    return DeadlineOut(
        case_id=case.id,
        case=case.ref,
        title=case.title,
        contract=case.contract_ref,
        code=one.code,
        name=sentence(f"deadline.{one.code}", call.lang),
        about=one.about,
        nature=one.rule.nature.value,
        source=one.source,
        starts=one.rule.start.value,
        started_at=_moment(one.started_at),
        last_done_at=_moment(one.last_done_at),
        due_at=_moment(one.due and one.due.strict),
        latest_at=_moment(one.due and one.due.latest),
        remaining_minutes=remaining,
        met_at=_moment(one.met_at),
        was_late=one.was_late,
        state=one.state(now).value,
    )


def _moment(instant: Instant | None) -> AwareDatetime | None:
    return None if instant is None else datetime_of(instant)


def _of_case(call: Call) -> DeadlinesOut:
    found = deadlines_of(call.session, case_by_id(call.session, call.path["case_id"]))
    return DeadlinesOut(items=[_show(call, found.case, one) for one in found.tracked])


@get("/cases/{case_id:int}/deadlines", right=Right.READ_CASES, gives=DeadlinesOut)
def get_case_deadlines(call: Call) -> Reply:
    """Give all deadlines of a case, those not started and those met long ago too."""
    return Reply(_of_case(call))


@post(
    "/cases/{case_id:int}/deadlines/{code:str}/marks",
    right=Right.WORK,
    reads=MARK,
    gives=DeadlinesOut,
    example=_MARK,
)
def mark_deadline_(call: Call) -> Reply:
    """Mark a deadline as met, or its matter as done once more; one that repeats is due again from then on."""
    case = case_by_id(call.session, call.path["case_id"])
    mark_deadline(call.session, call.act, case, call.path["code"], call.raw)
    return Reply(_of_case(call))


_QUERY: dict[str, Reader] = {"within_hours?": _read_hours, **PLACING}


@get("/deadlines", right=Right.READ_CASES, query=_QUERY, gives=Page[DeadlineOut])
def list_deadlines(call: Call) -> Reply:
    """List what is overdue or due within so many hours (48 if not said) over all open cases, the earliest first."""
    found = deadlines_due(call.session, call.act, call.query.get("within_hours", _USUAL_HOURS))
    return call.page_of(found, lambda due: _show(call, *due), place_of)


@get("/deadline-rules", right=Right.READ_CASES, query=WHICH, gives=DeadlineRulesOut)
def list_deadline_rules(call: Call) -> Reply:
    """List the deadlines that a contract knows; with `start`, when each would end if its event happened then."""
    found = count_rules(call.session, call.query)
    return Reply(DeadlineRulesOut(items=[_show_rule(call, one) for one in found]))


def _show_rule(call: Call, one: CountedRule) -> DeadlineRuleOut:
    length = one.rule.length
    return DeadlineRuleOut(
        code=one.rule.code,
        name=sentence(f"deadline.{one.rule.code}", call.lang),
        nature=one.rule.nature.value,
        source=one.source,
        starts=one.rule.start.value,
        count=None if length is None else length.count,
        unit=None if length is None else length.unit.value,
        ahead=length is not None and length.ahead,
        due_at=_moment(one.due and one.due.strict),
        latest_at=_moment(one.due and one.due.latest),
    )
