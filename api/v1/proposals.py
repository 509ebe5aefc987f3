"""Four eyes over HTTP (T-09): proposals to class work anew or to give it up, and the second person's word."""

import json
from http import HTTPStatus
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, post
from billing.clause.reading import Reader, one_of, read_object
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.proposals import (
    CONFIRMATION,
    PROPOSAL,
    REFUSAL,
    confirm_proposal,
    list_proposals,
    proposal_row,
    propose,
    read_proposal,
    refuse_proposal,
    was_alone,
)

State = Literal["open", "confirmed", "refused"]
_WANTED: dict[str, Reader] = {"state?": one_of("open", "decided"), **PAGING}


class ProposalOut(BaseModel):
    """A wish about an entry and what became of it.

    `changes` is what of the work's class is to be another; a write-off has none. `alone` says that no second person
    decided: it was taken back by who made it, or four eyes are switched off.
    """

    id: int
    kind: Literal["reclassify", "write_off"]
    state: State
    entry: str = Field(examples=["Z-2026-0001"])
    entry_id: int
    entry_version: int = Field(description="The version of the entry that it was made about.")
    case: str
    case_id: int
    contract: str
    contract_id: int
    person: str
    changes: dict[str, str | bool]
    reason: str
    proposed_at: AwareDatetime
    proposed_by: str | None
    decided_at: AwareDatetime | None
    decided_by: str | None
    decision_reason: str | None
    alone: bool


class ConfirmedProposalOut(ProposalOut):
    """A proposal that was just confirmed, and what to know about the work as it stands now."""

    notices: list[NoticeOut]


@post(
    "/proposals",
    right=Right.WORK,
    reads=PROPOSAL,
    gives=ProposalOut,
    example={
        "entry": "Z-2026-0001",
        "kind": "reclassify",
        "changes": {"service": "general_query"},
        "reason": "Es war eine allgemeine Anfrage.",
    },
)
def propose_change(call: Call) -> Reply:
    """Propose to class an entry anew, or to give it up (Kulanz).

    409: an invoice bills it, a closing found all of it free, or another proposal about it waits.
    """
    proposal = propose(call.session, call.act, read_proposal(call.raw))
    return Reply(_shown(proposal_row(call.session, id_of(proposal))), location=f"/proposals/{proposal.id}")


@get("/proposals", right=Right.READ_CASES, query=_WANTED, gives=Page[ProposalOut])
def list_proposals_(call: Call) -> Reply:
    """List proposals, the open or the decided ones only if asked for."""
    state = call.query.get("state")
    is_open = None if state is None else state == "open"
    return call.page(lambda after, most: list_proposals(call.session, is_open=is_open, after=after, most=most), _shown)


@get("/proposals/{proposal_id:int}", right=Right.READ_CASES, gives=ProposalOut)
def get_proposal(call: Call) -> Reply:
    """Give a proposal and what became of it."""
    return Reply(_shown(proposal_row(call.session, call.path["proposal_id"])))


@post(
    "/proposals/{proposal_id:int}/confirmation",
    right=Right.CONFIRM,
    reads=CONFIRMATION,
    gives=ConfirmedProposalOut,
    status=HTTPStatus.OK,
    example={"reason": "Mit dem Auftraggeber besprochen"},
)
def confirm_proposal_(call: Call) -> Reply:
    """Confirm a proposal as a second person; what it says happens at once.

    403 `second_person_missing` for who proposed it, did the work or logged it. 409: decided already, or the entry was
    corrected since.
    """
    number, reason = call.path["proposal_id"], read_object(call.raw, "", CONFIRMATION).get("reason")
    notices = told(call, confirm_proposal(call.session, call.act, number, reason).notices)
    shown = _shown(proposal_row(call.session, number))
    return Reply(ConfirmedProposalOut(**shown.model_dump(), notices=notices))


@post(
    "/proposals/{proposal_id:int}/refusal",
    right=Right.CONFIRM,
    reads=REFUSAL,
    gives=ProposalOut,
    status=HTTPStatus.OK,
    example={"reason": "Die Einordnung stimmt."},
)
def refuse_proposal_(call: Call) -> Reply:
    """Refuse a proposal with a reason; the entry stays as it is."""
    number, reason = call.path["proposal_id"], read_object(call.raw, "", REFUSAL)["reason"]
    refuse_proposal(call.session, call.act, number, reason)
    return Reply(_shown(proposal_row(call.session, number)))


def _shown(row: Any) -> ProposalOut:
    content = json.loads(row.content)
    decided: State = "confirmed" if row.accepted else "refused"
    return ProposalOut(
        id=row.id,
        kind=row.kind.value,
        state="open" if row.decided_at is None else decided,
        entry=row.entry_ref,
        entry_id=row.entry_id,
        entry_version=content["version_no"],
        case=row.case_ref,
        case_id=row.case_id,
        contract=row.contract_ref,
        contract_id=row.contract_id,
        person=row.person_ref,
        changes=content["changes"],
        reason=row.reason or "",
        proposed_at=row.recorded_at,
        proposed_by=row.recorded_by_name,
        decided_at=row.decided_at,
        decided_by=row.decided_by_name,
        decision_reason=row.decision_reason,
        alone=was_alone(row),
    )
