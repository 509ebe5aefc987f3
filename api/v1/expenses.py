"""Expenses and third-party costs with their proofs (13(4)c, d)."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, post, put
from billing.clause.reading import Reader, read_object
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.expenses import (
    EXPENSE,
    RecordedExpense,
    add_expense,
    add_receipt,
    approve_expense,
    expense_by_id,
    expenses_after,
    read_expense,
    show_expense,
    withdraw_expense,
)
from billing.services.fields import read_line
from billing.services.moments import read_datetime
from billing.services.proofs import read_upload

NEW: dict[str, Reader] = {**EXPENSE, "receipt_file?": read_upload}
RECEIPT: dict[str, Reader] = {"receipt_file": read_upload}
APPROVAL: dict[str, Reader] = {"approved_at": read_datetime, "evidence_file": read_upload}
_QUERY: dict[str, Reader] = {"contract?": read_line, "case?": read_line, **PAGING}
_FILE = {
    "name": "fahrkarte.png",
    "content": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==",
}
"""The smallest picture there is."""


class ExpenseOut(BaseModel):
    """A cost of a case, net of deductible VAT; held by the run while a proof is missing, never refused."""

    id: int
    ref: str
    contract_id: int
    contract: str
    case_id: int
    case: str
    person: str | None = Field(description="Reference of who had the costs.")
    kind: Literal["travel", "accommodation", "per_diem", "ancillary", "third_party"]
    incurred_on: date
    net: str = Field(examples=["84.50"])
    description: str
    receipt: bool = Field(description="Whether its receipt is there: a file, or what an imported scenario said.")
    receipt_file_id: int | None
    approved_at: AwareDatetime | None
    approval_file_id: int | None = Field(description="What proves the approval (13(4)d).")
    remedies_processor_defect: bool
    in_name_of_client: bool = Field(description="Paid in the controller's name: stands on a statement of its own.")
    recorded_at: AwareDatetime
    withdrawn_at: AwareDatetime | None
    verdict: Literal["billed", "free"] | None = Field(description="What a closed month said of it; null: none yet.")
    clause: str | None
    month: str | None = Field(description="The month that closed it.", examples=["2026-10"])
    invoice: str | None
    pass_through: str | None = Field(description="The statement of pass-through money it stands on, by number.")


class RecordedExpenseOut(ExpenseOut):
    """A cost that was just taken in, or its approval, and what to know about it."""

    notices: list[NoticeOut]


def _show(row: Any) -> ExpenseOut:
    return ExpenseOut(
        id=row.id,
        ref=row.ref,
        contract_id=row.contract_id,
        contract=row.contract_ref,
        case_id=row.case_id,
        case=row.case_ref,
        person=row.person_ref,
        kind=row.kind.value,
        incurred_on=row.incurred_on,
        net=format_cents(row.net_cents),
        description=row.description or "",
        receipt=row.receipt or row.receipt_file_id is not None,
        receipt_file_id=row.receipt_file_id,
        approved_at=row.approved_at,
        approval_file_id=row.evidence_file_id,
        remedies_processor_defect=row.remedies_processor_defect,
        in_name_of_client=row.in_name_of_client,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        verdict=None if row.verdict is None else row.verdict.value,
        clause=row.clause,
        month=row.month,
        invoice=None if row.in_name_of_client else row.number,
        pass_through=row.statement if row.in_name_of_client else None,
    )


def _reply(call: Call, expense: Any, **more: Any) -> Reply:
    return Reply(_show(show_expense(call.session, id_of(expense))), etag=True, **more)


def _expense_of(call: Call) -> Any:
    return expense_by_id(call.session, call.path["expense_id"])


@get("/expenses", right=Right.READ_CASES, query=_QUERY, gives=Page[ExpenseOut])
def list_expenses(call: Call) -> Reply:
    """List expenses by number: all, those of a contract, or those of a case."""
    contract, case = call.query.get("contract"), call.query.get("case")
    within = {
        "contract_id": None if contract is None else id_of(find_contract(call.session, contract)),
        "case_id": None if case is None else id_of(find_case(call.session, case, contract)),
    }
    return call.page(lambda after, most: expenses_after(call.session, within, after, most), _show)


@post(
    "/expenses",
    right=Right.WORK,
    reads=NEW,
    gives=RecordedExpenseOut,
    example={
        "case": "V-101",
        "kind": "travel",
        "incurred_on": "2026-10-14",
        "net": "84.50",
        "description": "Bahnfahrt Stuttgart-Ulm",
        "receipt_file": _FILE,
    },
)
def add_expense_(call: Call) -> Reply:
    """Take in an expense, with its receipt if it is at hand; without one it is held (13(4)c)."""
    said = read_object(call.raw, "", NEW)
    raw = {name: value for name, value in call.raw.items() if name != "receipt_file"}
    recorded = add_expense(call.session, call.act, read_expense(raw), said.get("receipt_file"))
    return _recorded(call, recorded, location=f"/expenses/{recorded.expense.id}")


@get("/expenses/{expense_id:int}", right=Right.READ_CASES, gives=ExpenseOut)
def get_expense(call: Call) -> Reply:
    """Give an expense and what a closed month said of it."""
    return _reply(call, _expense_of(call))


@put(
    "/expenses/{expense_id:int}/receipt",
    right=Right.WORK,
    reads=RECEIPT,
    gives=ExpenseOut,
    example={"receipt_file": _FILE},
)
def add_receipt_(call: Call) -> Reply:
    """Attach a receipt that came later; one that is there is never exchanged."""
    file = read_object(call.raw, "", RECEIPT)["receipt_file"]
    return _reply(call, add_receipt(call.session, call.act, _expense_of(call), file))


@post(
    "/expenses/{expense_id:int}/approval",
    right=Right.ESTIMATE,
    reads=APPROVAL,
    gives=RecordedExpenseOut,
    example={"approved_at": "2026-10-05T09:00:00+02:00", "evidence_file": _FILE},
)
def approve_expense_(call: Call) -> Reply:
    """Record when the controller approved a cost, with what proves it; it counts if not after its day (13(4)d).

    A later one is recorded all the same; `notices` says that the cost stays on hold.
    """
    said = read_object(call.raw, "", APPROVAL)
    expense, moment = _expense_of(call), said["approved_at"]
    return _recorded(call, approve_expense(call.session, call.act, expense, moment, said["evidence_file"]))


def _recorded(call: Call, recorded: RecordedExpense, **more: Any) -> Reply:
    shown = _show(show_expense(call.session, id_of(recorded.expense)))
    return Reply(RecordedExpenseOut(**shown.model_dump(), notices=told(call, recorded.notices)), **more)


@post("/expenses/{expense_id:int}/withdrawal", right=Right.WORK, gives=ExpenseOut, status=200)
def withdraw_expense_(call: Call) -> Reply:
    """Take an expense back before a month closed it."""
    return _reply(call, withdraw_expense(call.session, call.act, _expense_of(call)))
