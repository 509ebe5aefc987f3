"""Goodwill for invoices over HTTP (T-09): part of a claim is given up when a second person confirms."""

from http import HTTPStatus
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, post
from billing.clause.reading import read_object
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.claims import claim_by_id
from billing.services.proposals import CONFIRMATION, REFUSAL
from billing.services.write_offs import (
    WRITE_OFF,
    confirm_write_off,
    list_write_offs,
    propose_write_off,
    refuse_write_off,
    write_off_row,
)


class WriteOffOut(BaseModel):
    """A wish to give up part of an invoice, and what became of it."""

    id: int
    invoice_id: int
    number: str = Field(examples=["RE-2026-0118"])
    amount: str
    state: Literal["open", "confirmed", "refused"]
    reason: str
    proposed_at: AwareDatetime
    proposed_by: str | None
    decided_at: AwareDatetime | None
    decided_by: str | None
    decision_reason: str | None


@get("/write-offs", right=Right.READ_MONTHS, query=PAGING, gives=Page[WriteOffOut])
def list_write_offs_(call: Call) -> Reply:
    """List proposals to give up part of an invoice, by number."""
    return call.page(lambda after, most: list_write_offs(call.session, after, most), _show)


@post(
    "/invoices/{invoice_id:int}/write-offs",
    right=Right.RUN_MONTHS,
    reads=WRITE_OFF,
    gives=WriteOffOut,
    example={"amount": "0.50", "reason": "Kulanz nach Gespräch"},
)
def propose_write_off_(call: Call) -> Reply:
    """Propose to give up part of what is open of an invoice. 409: another proposal about it waits."""
    said = read_object(call.raw, "", WRITE_OFF)
    invoice = claim_by_id(call.session, call.path["invoice_id"])
    proposal = propose_write_off(call.session, call.act, invoice, said["amount"], said["reason"])
    return Reply(_show(write_off_row(call.session, id_of(proposal))), location="/write-offs")


@post(
    "/write-offs/{write_off_id:int}/confirmation",
    right=Right.CONFIRM,
    reads=CONFIRMATION,
    gives=WriteOffOut,
    status=HTTPStatus.OK,
    example={"reason": "Mit dem Auftraggeber besprochen"},
)
def confirm_write_off_(call: Call) -> Reply:
    """Confirm a proposal as a second person; so much less is open at once.

    403 `second_person_missing` for who proposed it. 409: decided already, or less is open by now.
    """
    number, reason = call.path["write_off_id"], read_object(call.raw, "", CONFIRMATION).get("reason")
    confirm_write_off(call.session, call.act, number, reason)
    return Reply(_show(write_off_row(call.session, number)))


@post(
    "/write-offs/{write_off_id:int}/refusal",
    right=Right.CONFIRM,
    reads=REFUSAL,
    gives=WriteOffOut,
    status=HTTPStatus.OK,
    example={"reason": "Die Rechnung stimmt."},
)
def refuse_write_off_(call: Call) -> Reply:
    """Refuse a proposal with a reason; the claim stays as it is."""
    number, reason = call.path["write_off_id"], read_object(call.raw, "", REFUSAL)["reason"]
    refuse_write_off(call.session, call.act, number, reason)
    return Reply(_show(write_off_row(call.session, number)))


def _show(row: Any) -> WriteOffOut:
    decided: Literal["confirmed", "refused"] = "confirmed" if row.accepted else "refused"
    return WriteOffOut(
        id=row.id,
        invoice_id=row.invoice_id,
        number=row.number,
        amount=format_cents(row.amount_cents),
        state="open" if row.decided_at is None else decided,
        reason=row.reason or "",
        proposed_at=row.recorded_at,
        proposed_by=row.recorded_by_name,
        decided_at=row.decided_at,
        decided_by=row.decided_by_name,
        decision_reason=row.decision_reason,
    )
