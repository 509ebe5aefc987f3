"""A cost estimate as the controller sees it, logged in or by the link of a mail: nothing internal, no names of ours."""

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.estimate_prices import EstimatePriceOut, StateName, show_price
from billing.services.acting import id_of
from billing.services.estimate_content import planned_minutes
from billing.services.estimate_lists import Decided, Said, SeenEstimate, may_decide
from billing.services.estimate_states import state_at


class PortalEstimateRowOut(BaseModel):
    """An estimate in the list of a controller; `state` is as it is to be read now."""

    id: int
    ref: str
    case: str
    case_title: str
    contract: str
    version: int
    state: StateName
    minutes: int
    sent_at: AwareDatetime
    valid_until: AwareDatetime | None
    can_decide: bool


class PortalMessageOut(BaseModel):
    """Something said about this version: by the controller (`name` is who) or by the processor."""

    side: Literal["controller", "processor"]
    name: str | None
    state: StateName = Field(description="What came of it: `questioned` is a question, `sent` its answer.")
    at: AwareDatetime
    text: str


class PortalDecisionOut(BaseModel):
    """How this version was decided, when, and by whom of the controller's people if that is known."""

    decision: Literal["approved", "declined"]
    at: AwareDatetime
    name: str | None


class PortalEstimateOut(BaseModel):
    """The version of an estimate that was sent last: what is decided is exactly this, as its `sha256` shows."""

    id: int
    ref: str
    case: str
    case_title: str
    contract: str
    supplements: str | None = Field(description="The estimate whose effort this one adds to (13(5)c).")
    version: int
    state: StateName
    description: str
    price: EstimatePriceOut
    sent_at: AwareDatetime
    valid_until: AwareDatetime | None
    covers_from: AwareDatetime | None = Field(description="Work already done since then is approved as well.")
    sha256: str
    messages: list[PortalMessageOut]
    decision: PortalDecisionOut | None
    can_decide: bool


def show_portal_row(row: Any, now: datetime) -> PortalEstimateRowOut:
    """Give an estimate as a controller's list shows it."""
    state = state_at(row, now)
    return PortalEstimateRowOut(
        id=row.id,
        ref=row.ref,
        case=row.case_ref,
        case_title=row.case_title,
        contract=row.contract_ref,
        version=row.version_no,
        state=state.value,
        minutes=planned_minutes(row),
        sent_at=row.sent_at,
        valid_until=row.valid_until,
        can_decide=may_decide(state),
    )


def show_portal_estimate(seen: SeenEstimate) -> PortalEstimateOut:
    """Give one version of an estimate that was sent."""
    estimate, version, case = seen.record.estimate, seen.record.version, seen.record.case
    return PortalEstimateOut(
        id=id_of(estimate),
        ref=estimate.ref,
        case=case.ref,
        case_title=case.title,
        contract=seen.contract,
        supplements=seen.supplements,
        version=version.version_no,
        state=seen.state.value,
        description=version.description or "",
        price=show_price(seen.price),
        sent_at=seen.sent_at,
        valid_until=version.valid_until,
        covers_from=version.covers_from,
        sha256=version.sha256 or "",
        messages=[_message(said) for said in seen.said],
        decision=None if seen.decided is None else _decision(seen.decided),
        can_decide=seen.can_decide,
    )


def _message(said: Said) -> PortalMessageOut:
    side: Literal["controller", "processor"] = "processor" if said.is_ours else "controller"
    return PortalMessageOut(side=side, name=said.name, state=said.state.value, at=said.at, text=said.text)


def _decision(decided: Decided) -> PortalDecisionOut:
    decision: Literal["approved", "declined"] = "approved" if decided.state == "approved" else "declined"
    return PortalDecisionOut(decision=decision, at=decided.at, name=decided.name)
