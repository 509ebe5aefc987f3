"""A cost estimate as the controller sees it, logged in or by the link of a mail: nothing internal, no names of ours."""

import json
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.estimate_prices import EstimatePriceOut, StateName, show_price
from billing.services.acting import Act, id_of
from billing.services.estimate_lists import events_of
from billing.services.estimate_prices import price_of
from billing.services.estimate_states import OPEN, state_at
from billing.services.estimates import EstimateRecord
from billing.store.session import TenantSession
from billing.store.tables import Contract, Estimate
from billing.store.tables.kinds import EstimateState

_SAID = (EstimateState.QUESTIONED, EstimateState.SENT, EstimateState.DECLINED, EstimateState.WITHDRAWN)
"""States whose event may carry words: a question, its answer, why it was declined, why it was taken back."""
_DECIDED = (EstimateState.APPROVED, EstimateState.DECLINED)


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


def show_portal_row(row: Any, act: Act) -> PortalEstimateRowOut:
    """Give an estimate as a controller's list shows it."""
    state = state_at(row, act.at)
    return PortalEstimateRowOut(
        id=row.id,
        ref=row.ref,
        case=row.case_ref,
        case_title=row.case_title,
        contract=row.contract_ref,
        version=row.version_no,
        state=state.value,
        minutes=sum(line["minutes"] for line in json.loads(row.lines)),
        sent_at=row.sent_at,
        valid_until=row.valid_until,
        can_decide=state in OPEN,
    )


def show_portal_estimate(session: TenantSession, act: Act, record: EstimateRecord) -> PortalEstimateOut:
    """Give one version of an estimate that was sent."""
    estimate, version, case = record.estimate, record.version, record.case
    events = [row for row in events_of(session, record) if row.version_no == version.version_no]
    older = None if estimate.supplements_id is None else session.get_one(Estimate, estimate.supplements_id)
    state = state_at(version, act.at)
    assert version.sent_at is not None  # noqa: S101 - nothing else is shown to a controller
    return PortalEstimateOut(
        id=id_of(estimate),
        ref=estimate.ref,
        case=case.ref,
        case_title=case.title,
        contract=session.get_one(Contract, estimate.contract_id).ref,
        supplements=None if older is None else older.ref,
        version=version.version_no,
        state=state.value,
        description=version.description or "",
        price=show_price(price_of(session, act, record)),
        sent_at=version.sent_at,
        valid_until=version.valid_until,
        covers_from=version.covers_from,
        sha256=version.sha256 or "",
        messages=[_message(row) for row in events if row.state in _SAID and row.message],
        decision=next((_decision(row) for row in events if row.state in _DECIDED), None),
        can_decide=state in OPEN,
    )


def _message(row: Any) -> PortalMessageOut:
    ours = row.state in (EstimateState.SENT, EstimateState.WITHDRAWN)
    return PortalMessageOut(
        side="processor" if ours else "controller",
        name=None if ours else row.contact_name,
        state=row.state.value,
        at=row.happened_at,
        text=row.message,
    )


def _decision(row: Any) -> PortalDecisionOut:
    decision: Literal["approved", "declined"] = "approved" if row.state is EstimateState.APPROVED else "declined"
    return PortalDecisionOut(decision=decision, at=row.happened_at, name=row.contact_name)
