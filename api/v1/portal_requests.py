"""Requests for support in the portal: asked for by the controller's own people, confirmed at once (13(2)b)."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, post
from billing.services.access.rights import Right
from billing.services.party_changes import contact_by_id
from billing.services.support_requests import (
    REQUEST,
    list_requests,
    read_request,
    request_files,
    request_row,
    request_support,
)

_EXAMPLE = {
    "contract": "AVV-101",
    "kind": "data_subject_request",
    "description": "Auskunft zu Mietvertrag 4711, bitte als PDF.",
    "reference": "Az. 12/26",
    "wanted_by": "2027-10-15T12:00:00+02:00",
}


class PortalRequestRowOut(BaseModel):
    """An own request as lists show it."""

    id: int
    ref: str
    kind: str
    description: str
    contract: str
    case: str = Field(description="Its reference on estimates, activity records and invoices.")
    reference: str | None = Field(description="The own file number.")
    asked_by: str
    wanted_by: AwareDatetime | None
    received_at: AwareDatetime
    confirmed_at: AwareDatetime | None
    is_open: bool = Field(description="False once the case is closed.")


class PortalRequestFileOut(BaseModel):
    """A file that was handed in with a request."""

    name: str
    media_type: str
    size: int
    sha256: str


class PortalRequestOut(PortalRequestRowOut):
    """An own request with the files that were handed in."""

    files: list[PortalRequestFileOut]


def _fields(row: Any) -> dict[str, Any]:
    same = ("id", "ref", "kind", "wanted_by", "received_at", "confirmed_at")
    return {name: getattr(row, name) for name in same} | {
        "description": row.description or "",
        "contract": row.contract_ref,
        "case": row.case_ref,
        "reference": row.controller_reference,
        "asked_by": row.contact_name or "",
        "is_open": row.case_closed_at is None,
    }


def _reply(call: Call, request_id: int, **more: Any) -> Reply:
    row = request_row(call.session, request_id, call.controller_id)
    files = [
        PortalRequestFileOut(name=file.name, media_type=file.media_type, size=file.size, sha256=file.sha256)
        for file in request_files(call.session, row)
    ]
    return Reply(PortalRequestOut(**_fields(row), files=files), **more)


@get("/portal/requests", right=Right.PORTAL_READ, query=PAGING, gives=Page[PortalRequestRowOut])
def list_portal_requests(call: Call) -> Reply:
    """List the requests of one's own controller."""
    mine = {"controller_id": call.controller_id}
    return call.page(
        lambda after, most: list_requests(call.session, after, most, mine),
        lambda row: PortalRequestRowOut(**_fields(row)),
    )


@post("/portal/requests", right=Right.PORTAL_READ, reads=REQUEST, gives=PortalRequestOut, example=_EXAMPLE)
def request_support_(call: Call) -> Reply:
    """Ask for support: it opens a case, and the receipt is confirmed by mail at once, free of charge."""
    contact = contact_by_id(call.session, call.who.contact_id or 0)
    received = request_support(call.session, call.act, contact, read_request(call.raw))
    number = received.request.id or 0
    return _reply(call, number, location=f"/portal/requests/{number}")


@get("/portal/requests/{request_id:int}", right=Right.PORTAL_READ, gives=PortalRequestOut)
def get_portal_request(call: Call) -> Reply:
    """Give an own request; 404 for those of others."""
    return _reply(call, call.path["request_id"])
