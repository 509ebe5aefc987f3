"""What controllers asked for in the portal, as staff see it; each opened a case."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.case_files import CaseFileOut, show_files
from api.v1.routing import get
from billing.clause.reading import Reader, one_of
from billing.services.access.rights import Right
from billing.services.fields import read_line
from billing.services.support_requests import KINDS, list_requests, request_files, request_row

_QUERY: dict[str, Reader] = {"contract?": read_line, "kind?": one_of(*KINDS), **PAGING}


class SupportRequestRowOut(BaseModel):
    """A request of a controller as lists show it."""

    id: int
    ref: str
    kind: str = Field(examples=["data_subject_request"])
    description: str
    contract_id: int
    contract: str
    controller_id: int
    controller: str
    contact: str = Field(description="Who asked.")
    case_id: int
    case: str
    controller_reference: str | None = Field(description="The controller's own file number.")
    wanted_by: AwareDatetime | None
    received_at: AwareDatetime
    confirmed_at: AwareDatetime | None = Field(description="When the receipt was confirmed (13(2)b).")


class SupportRequestOut(SupportRequestRowOut):
    """A request with the files that came along."""

    files: list[CaseFileOut]


def _fields(row: Any) -> dict[str, Any]:
    same = (
        *("id", "ref", "kind", "contract_id", "controller_id", "case_id", "controller_reference"),
        *("wanted_by", "received_at", "confirmed_at"),
    )
    return {name: getattr(row, name) for name in same} | {
        "description": row.description or "",
        "contract": row.contract_ref,
        "controller": row.controller_ref,
        "contact": row.contact_name or "",
        "case": row.case_ref,
    }


@get("/support-requests", right=Right.READ_CASES, query=_QUERY, gives=Page[SupportRequestRowOut])
def list_support_requests(call: Call) -> Reply:
    """List requests by number: all, those under a contract, those of a kind."""
    chosen = {name: value for name, value in call.query.items() if name not in ("cursor", "limit")}
    return call.page(
        lambda after, most: list_requests(call.session, after, most, chosen),
        lambda row: SupportRequestRowOut(**_fields(row)),
    )


@get("/support-requests/{request_id:int}", right=Right.READ_CASES, gives=SupportRequestOut)
def get_support_request(call: Call) -> Reply:
    """Give a request with its files."""
    row = request_row(call.session, call.path["request_id"])
    return Reply(SupportRequestOut(**_fields(row), files=show_files(request_files(call.session, row))))
