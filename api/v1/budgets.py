"""What of a case's approved effort is used, left and exceeded, and the supplement that asks for more (13(5)c)."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.estimate_out import EstimateDoneOut, show_done
from api.v1.estimate_prices import RateClassName
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, post
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.budgets import Budget, budget_of
from billing.services.cases import case_by_id
from billing.services.overruns import notices_of
from billing.services.supplements import propose_supplement
from billing.texts import sentence


class BudgetLineOut(BaseModel):
    """Minutes of one class that one approved estimate gives."""

    estimate: str
    estimate_id: int
    rate_class: RateClassName
    approved_minutes: int
    used_minutes: int
    left_minutes: int
    approved_at: AwareDatetime


class HeldMinutesOut(BaseModel):
    """Minutes of one class that wait: why, by which clause, and what would settle it."""

    reason: str
    clause: str
    rate_class: RateClassName
    minutes: int
    since: AwareDatetime
    sentence: str
    next_step: str


class UrgentClockOut(BaseModel):
    """The minutes a case may take without approval while it is urgent (13(5)b)."""

    used_minutes: int
    most_minutes: int
    left_minutes: int


class BudgetOut(BaseModel):
    """A case's approved effort, settled as the month's run would settle it now; nothing of it is stored."""

    case: str
    case_id: int
    as_of: AwareDatetime
    lines: list[BudgetLineOut]
    held: list[HeldMinutesOut]
    urgent: UrgentClockOut
    notices: list[NoticeOut] = Field(description="Approved effort that is nearly or wholly used.")


@get("/cases/{case_id:int}/budget", right=Right.READ_CASES, gives=BudgetOut)
def get_budget(call: Call) -> Reply:
    """Give what of a case is approved, used, left and held, running months included."""
    case = case_by_id(call.session, call.path["case_id"])
    budget = budget_of(call.session, call.act, case)
    return Reply(_shown(call, budget, told(call, notices_of(budget))))


@post("/cases/{case_id:int}/supplement", right=Right.ESTIMATE, gives=EstimateDoneOut)
def propose_supplement_(call: Call) -> Reply:
    """Draft a supplement of just the minutes that wait beyond the approved ones; it still is to be sent.

    409 `nothing_to_supplement` when none do, 409 `supplement_is_open` while an earlier one is undecided.
    """
    record = propose_supplement(call.session, call.act, case_by_id(call.session, call.path["case_id"]))
    return Reply(show_done(call, record), location=f"/estimates/{id_of(record.estimate)}")


def _shown(call: Call, budget: Budget, notices: list[NoticeOut]) -> BudgetOut:
    return BudgetOut(
        case=budget.case,
        case_id=call.path["case_id"],
        as_of=budget.as_of,
        lines=[BudgetLineOut(**_line(line)) for line in budget.lines],
        held=[HeldMinutesOut(**_held(call, held)) for held in budget.held],
        urgent=UrgentClockOut(
            used_minutes=budget.urgent_used,
            most_minutes=budget.urgent_cap,
            left_minutes=max(0, budget.urgent_cap - budget.urgent_used),
        ),
        notices=notices,
    )


def _line(line: Any) -> dict[str, Any]:
    return {
        "estimate": line.estimate,
        "estimate_id": line.estimate_id,
        "rate_class": line.rate_class,
        "approved_minutes": line.approved,
        "used_minutes": line.used,
        "left_minutes": line.left,
        "approved_at": line.approved_at,
    }


def _held(call: Call, held: Any) -> dict[str, Any]:
    return {
        "reason": held.code,
        "clause": held.clause,
        "rate_class": held.rate_class,
        "minutes": held.minutes,
        "since": held.since,
        "sentence": sentence(f"reason.{held.code}", call.lang),
        "next_step": sentence(f"next_step.{held.code}", call.lang),
    }
