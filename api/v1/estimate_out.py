"""A cost estimate as our own people see it: its newest version, all earlier ones, and what was said and done."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call
from api.v1.estimate_prices import EstimatePriceOut, StateName, show_price
from api.v1.notices import NoticeOut, told
from billing.services.acting import id_of
from billing.services.estimate_content import planned_minutes
from billing.services.estimate_lists import contract_of, events_of, supplemented_by, versions_of
from billing.services.estimate_prices import price_of
from billing.services.estimate_states import state_at
from billing.services.estimates import EstimateRecord
from billing.services.notices import Notice

ChannelName = Literal["portal", "mail", "letter", "phone", "in_person", "import"]
EXAMPLE: dict[str, Any] = {
    "case": "V-101",
    "description": "Recherche und Export zur Auskunft nach Art. 15",
    "lines": [{"rate_class": "regular", "minutes": 240}],
    "valid_until": "2027-11-30T18:00:00+01:00",
}


class EstimateRowOut(BaseModel):
    """An estimate in a list; `state` is as it is to be read now: what nobody decided in time is expired."""

    id: int
    ref: str
    case: str
    case_id: int
    contract: str
    version: int
    state: StateName
    minutes: int
    sent_at: AwareDatetime | None
    valid_until: AwareDatetime | None
    approved_at: AwareDatetime | None


class EstimateApprovalOut(BaseModel):
    """The release of a version: when, from when on it covers work, and how it reached us."""

    approved_at: AwareDatetime
    covers_from: AwareDatetime
    channel: ChannelName
    contact_id: int | None
    approver_name: str | None = Field(description="Who has no contact of his own.")
    evidence_file_id: int | None
    evidence_note: str | None


class EstimateVersionOut(BaseModel):
    """One version; `sha256` covers all that the controller is asked to agree to, once it was sent."""

    version: int
    state: StateName
    minutes: int
    sent_at: AwareDatetime | None
    valid_until: AwareDatetime | None
    sha256: str | None
    approval: EstimateApprovalOut | None


class EstimateEventOut(BaseModel):
    """A version came into a state: when, through whom, and what was said about it."""

    version: int
    state: StateName
    happened_at: AwareDatetime
    contact_id: int | None
    contact_name: str | None
    recorded_by: str | None
    message: str | None
    evidence_file_id: int | None


class EstimateOut(BaseModel):
    """A cost estimate with its newest version, what it costs, its earlier versions and all that happened."""

    id: int
    ref: str
    case: str
    case_id: int
    contract: str
    contract_id: int
    controller_id: int
    supplements: str | None = Field(description="The estimate whose effort this one adds to (13(5)c).")
    version: int
    state: StateName
    description: str
    price: EstimatePriceOut
    sent_at: AwareDatetime | None
    valid_until: AwareDatetime | None
    covers_from: AwareDatetime | None = Field(description="Work already done that an approval is to cover as well.")
    sha256: str | None
    versions: list[EstimateVersionOut]
    events: list[EstimateEventOut]


class EstimateDoneOut(EstimateOut):
    """An estimate after something was done about it, and what to know about that."""

    notices: list[NoticeOut]


def show_row(call: Call, row: Any) -> EstimateRowOut:
    """Give an estimate as a list shows it."""
    return EstimateRowOut(
        id=row.id,
        ref=row.ref,
        case=row.case_ref,
        case_id=row.case_id,
        contract=row.contract_ref,
        version=row.version_no,
        state=state_at(row, call.act.at).value,
        minutes=planned_minutes(row),
        sent_at=row.sent_at,
        valid_until=row.valid_until,
        approved_at=row.approved_at,
    )


def show_estimate(call: Call, record: EstimateRecord) -> EstimateOut:
    """Give an estimate with its whole history."""
    return EstimateOut(**_fields(call, record))


def show_done(call: Call, record: EstimateRecord, notices: list[Notice] | None = None) -> EstimateDoneOut:
    """Give an estimate after a deed, with what to know about it."""
    return EstimateDoneOut(**_fields(call, record), notices=told(call, notices or []))


def _fields(call: Call, record: EstimateRecord) -> dict[str, Any]:
    estimate, version = record.estimate, record.version
    return {
        "id": id_of(estimate),
        "ref": estimate.ref,
        "case": record.case.ref,
        "case_id": estimate.case_id,
        "contract": contract_of(call.session, record),
        "contract_id": estimate.contract_id,
        "controller_id": estimate.controller_id,
        "supplements": supplemented_by(call.session, record),
        "version": version.version_no,
        "state": state_at(version, call.act.at).value,
        "description": version.description or "",
        "price": show_price(price_of(call.session, call.act, record)),
        "sent_at": version.sent_at,
        "valid_until": version.valid_until,
        "covers_from": version.covers_from,
        "sha256": version.sha256,
        "versions": [_version(call, row) for row in versions_of(call.session, record)],
        "events": [_event(row) for row in events_of(call.session, record)],
    }


def _version(call: Call, row: Any) -> EstimateVersionOut:
    return EstimateVersionOut(
        version=row.version_no,
        state=state_at(row, call.act.at).value,
        minutes=planned_minutes(row),
        sent_at=row.sent_at,
        valid_until=row.valid_until,
        sha256=row.sha256,
        approval=None if row.approval_id is None else _approval(row),
    )


def _approval(row: Any) -> EstimateApprovalOut:
    return EstimateApprovalOut(
        approved_at=row.approved_at,
        covers_from=row.covers_from or row.approved_at,
        channel=row.channel.value,
        contact_id=row.contact_id,
        approver_name=row.approver_name,
        evidence_file_id=row.evidence_file_id,
        evidence_note=row.evidence_note,
    )


def _event(row: Any) -> EstimateEventOut:
    return EstimateEventOut(
        version=row.version_no,
        state=row.state.value,
        happened_at=row.happened_at,
        contact_id=row.contact_id,
        contact_name=row.contact_name,
        recorded_by=row.recorded_by_name,
        message=row.message,
        evidence_file_id=row.evidence_file_id,
    )
