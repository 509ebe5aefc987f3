"""Contracts: with whom, since when, and how much of the month's free minutes is used."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, patch, post
from billing.clause.reading import Reader, read_month, read_object
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.contracts import (
    CONTRACT,
    CONTRACT_CHANGES,
    add_contract,
    contract_by_id,
    contracts_after,
    end_contract,
    read_contract,
)
from billing.services.fields import read_line
from billing.services.parties import find_controller
from billing.services.party_changes import controller_by_id
from billing.services.standing import allowance_of
from billing.timespan import MonthIndex, format_month

MONTH: dict[str, Reader] = {"month": read_month}
_QUERY: dict[str, Reader] = {"controller?": read_line, **PAGING}
_EXAMPLE: dict[str, Any] = {
    "controller": "K-101",
    "number": "AVV-2026-7",
    "starts_on": "2026-01-01",
    "terms": {"hourly_rate": "110.00"},
}


class ContractOut(BaseModel):
    """A data-processing agreement with one controller; `number` is what invoices print."""

    id: int
    ref: str
    number: str
    controller_id: int
    controller: str = Field(description="Reference of the controller.")
    controller_name: str
    term_set: str = Field(examples=["immoinvent-2026"])
    signed_on: date | None
    starts_on: date
    ended_on: date | None


class AllowanceOut(BaseModel):
    """The free minutes for general queries of one month, as a run would count them now (13(2)d)."""

    month: str = Field(examples=["2026-10"])
    clause: str
    agreed_minutes: int
    used_minutes: int
    left_minutes: int


def show_contract(call: Call, contract: Any) -> ContractOut:
    """Give a contract as the API shows it."""
    controller = controller_by_id(call.session, contract.controller_id)
    return ContractOut(
        id=id_of(contract),
        ref=contract.ref,
        number=contract.number,
        controller_id=contract.controller_id,
        controller=controller.ref,
        controller_name=controller.name,
        term_set=contract.term_set,
        signed_on=contract.signed_on,
        starts_on=contract.starts_on,
        ended_on=contract.ended_on,
    )


def show_row(row: Any) -> ContractOut:
    """Give a row of a list of contracts as the API shows it."""
    return ContractOut.model_validate({**row._mapping, "controller": row.controller_ref})  # noqa: SLF001 - public in SQLAlchemy


def contract_of(call: Call) -> Any:
    """Give the contract that the path names; in the portal, one of the asking controller."""
    return contract_by_id(call.session, call.path["contract_id"], call.who.controller_id)


@get("/contracts", right=Right.READ_MASTER_DATA, query=_QUERY, gives=Page[ContractOut])
def list_contracts(call: Call) -> Reply:
    """List contracts by number, or those of one controller."""
    ref = call.query.get("controller")
    owner = None if ref is None else id_of(find_controller(call.session, ref))
    return call.page(lambda after, most: contracts_after(call.session, owner, after, most), show_row)


@post("/contracts", right=Right.MASTER_DATA, reads=CONTRACT, gives=ContractOut, example=_EXAMPLE)
def add_contract_(call: Call) -> Reply:
    """Take in a contract; what is not agreed otherwise holds as in its term set."""
    contract = add_contract(call.session, call.act, read_contract(call.raw))
    return Reply(show_contract(call, contract), etag=True, location=f"/contracts/{contract.id}")


@get("/contracts/{contract_id:int}", right=Right.READ_MASTER_DATA, gives=ContractOut)
def get_contract(call: Call) -> Reply:
    """Give a contract."""
    return Reply(show_contract(call, contract_of(call)), etag=True)


@patch(
    "/contracts/{contract_id:int}",
    right=Right.MASTER_DATA,
    reads=CONTRACT_CHANGES,
    gives=ContractOut,
    example={"ended_on": "2026-12-31"},
)
def end_contract_(call: Call) -> Reply:
    """Record the last day of a contract; what was agreed and billed stays as it is."""
    contract = contract_of(call)
    call.require_match(show_contract(call, contract))
    ended_on = read_object(call.raw, "", CONTRACT_CHANGES)["ended_on"]
    return Reply(show_contract(call, end_contract(call.session, call.act, contract, ended_on)), etag=True)


@get("/contracts/{contract_id:int}/allowance", right=Right.READ_CASES, query=MONTH, gives=AllowanceOut)
def get_allowance(call: Call) -> Reply:
    """Give how many of a month's free minutes for general queries are used and left."""
    return Reply(show_allowance(call, call.query["month"]))


def show_allowance(call: Call, month: MonthIndex) -> AllowanceOut:
    """Give the allowance of the path's contract as the API shows it."""
    use = allowance_of(call.session, id_of(contract_of(call)), month, call.act.at)
    return AllowanceOut(
        month=format_month(month),
        clause=use.clause,
        agreed_minutes=use.agreed_minutes,
        used_minutes=use.used_minutes,
        left_minutes=use.left_minutes,
    )
