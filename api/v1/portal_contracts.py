"""The controller's own contracts in the portal, with what they came to and what is left of the approved effort."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.contracts import MONTH, AllowanceOut, contract_of, show_allowance
from api.v1.routing import get
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.contracts import contracts_after
from billing.services.standing import totals_of


class PortalContractOut(BaseModel):
    """A contract as its controller sees it, as of now: billed, and approved effort in minutes, used and left."""

    id: int
    ref: str
    number: str
    starts_on: date
    ended_on: date | None
    billed_net: str = Field(description="Net, invoices less cancellations.", examples=["1250.00"])
    approved_minutes: int
    used_minutes: int = Field(description="Billed, and logged in months not billed yet.")
    left_minutes: int
    held_minutes: int = Field(description="Logged work that waits, for an approval above all.")


def _show(call: Call, contract: Any) -> PortalContractOut:
    totals = totals_of(call.session, contract.id, call.act.at)
    return PortalContractOut(
        id=contract.id,
        ref=contract.ref,
        number=contract.number,
        starts_on=contract.starts_on,
        ended_on=contract.ended_on,
        billed_net=format_cents(totals.billed_net_cents),
        approved_minutes=totals.approved_minutes,
        used_minutes=totals.used_minutes,
        left_minutes=totals.left_minutes,
        held_minutes=totals.held_minutes,
    )


@get("/portal/contracts", right=Right.PORTAL_READ, query=PAGING, gives=Page[PortalContractOut])
def list_portal_contracts(call: Call) -> Reply:
    """List the own contracts by number."""
    owner = call.who.controller_id
    return call.page(
        lambda after, most: contracts_after(call.session, owner, after, most), lambda row: _show(call, row)
    )


@get("/portal/contracts/{contract_id:int}", right=Right.PORTAL_READ, gives=PortalContractOut)
def get_portal_contract(call: Call) -> Reply:
    """Give an own contract."""
    return Reply(_show(call, contract_of(call)))


@get("/portal/contracts/{contract_id:int}/allowance", right=Right.PORTAL_READ, query=MONTH, gives=AllowanceOut)
def get_portal_allowance(call: Call) -> Reply:
    """Give how many of a month's free minutes for general queries are used and left."""
    return Reply(show_allowance(call, call.query["month"]))
