"""Expenses against receipts and third-party costs after approval in advance, at their net amount (13(4)c, d)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from billing.clause import refs
from billing.clause.reading import (
    Reader,
    one_of,
    read_date,
    read_flag,
    read_money,
    read_object,
    refuse,
    shape_of,
    shaped,
)
from billing.errors import Conflict, NotFound, Refused
from billing.rating.expenses import EXPENSE_KINDS
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.expense_notices import about_approval, about_day
from billing.services.fields import read_line, read_note
from billing.services.moments import processor_zone, require_past
from billing.services.notices import Notice
from billing.services.parties import find_person
from billing.services.proofs import ProofFile, keep_proof
from billing.services.references import References, one_of_ref, row_of_id, rows_of_ref
from billing.store.queries.expenses import billing_invoice, expense_page, expense_row, expense_rows
from billing.store.session import TenantSession
from billing.store.tables import Expense
from billing.store.tables.kinds import ExpenseKind, RetentionClass

_LARGEST_NET = 10**11


@shaped(**shape_of(read_money))
def _read_net(value: Any, path: str) -> int:
    cents = read_money(value, path)
    if cents > _LARGEST_NET:
        raise refuse("number_out_of_range", path, value, least=0, most=_LARGEST_NET // 100)
    return cents


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExpense:
    """A cost of a case; `net_cents` without any VAT that can be deducted.

    `in_name_of_client`: paid in the controller's name and on its account, as a receipt addressed to it shows; then
    nothing can be deducted, and `net_cents` is the whole amount.
    """

    case: str
    kind: str
    incurred_on: date
    net_cents: int
    description: str
    contract: str | None = None
    ref: str | None = None
    person: str | None = None
    remedies_processor_defect: bool = False
    in_name_of_client: bool = False


EXPENSE: dict[str, Reader] = {
    "case": read_line,
    "kind": one_of(*EXPENSE_KINDS),
    "incurred_on": read_date,
    "net": _read_net,
    "description": read_note,
    "contract?": read_line,
    "ref?": read_line,
    "person?": read_line,
    "remedies_processor_defect?": read_flag,
    "in_name_of_client?": read_flag,
}


def read_expense(raw: Mapping[str, Any]) -> NewExpense:
    """Read an expense out of a JSON object; `net` is money as a string, `"120.00"`."""
    values = read_object(raw, "", EXPENSE)
    return NewExpense(net_cents=values.pop("net"), **values)


@dataclass(frozen=True, slots=True)
class RecordedExpense:
    """A cost that was just taken in, or its approval, and what to know about it."""

    expense: Expense
    notices: list[Notice]


def add_expense(
    session: TenantSession, act: Act, new: NewExpense, receipt_file: ProofFile | None = None
) -> RecordedExpense:
    """Take in an expense with its receipt; it is never refused for a fee reason, only held while a proof is missing.

    Only a file is a receipt here; that one exists is believed of an imported scenario alone (`Expense.receipt`).
    """
    case = find_case(session, new.case, new.contract)
    zone = processor_zone(session)
    if new.incurred_on > act.at.astimezone(zone).date():
        raise refuse("date_in_future", "incurred_on", new.incurred_on)
    ref = new.ref or References(session, Expense, f"A-{new.incurred_on.year}-").next()
    if new.ref and rows_of_ref(session, Expense, ref, case.contract_id):
        raise Conflict("expense_exists", path="ref", value=ref)
    expense = Expense(
        ref=ref,
        case_id=id_of(case),
        contract_id=case.contract_id,
        controller_id=case.controller_id,
        person_id=None if new.person is None else find_person(session, new.person).id,
        kind=ExpenseKind(new.kind),
        incurred_on=new.incurred_on,
        net_cents=new.net_cents,
        remedies_processor_defect=new.remedies_processor_defect,
        in_name_of_client=new.in_name_of_client,
        description=new.description,
        **act.record(),
    )
    if receipt_file is not None:
        kept = keep_proof(session, act, receipt_file, RetentionClass.VOUCHER, "receipt_file", name=ref)
        expense.receipt_file_id = kept.id
    put(session, expense)
    audit(session, act, "expense_added", f"expense:{ref}", case=case.ref, kind=new.kind, net_cents=new.net_cents)
    return RecordedExpense(expense, about_day(session, expense))


def add_receipt(session: TenantSession, act: Act, expense: Expense, file: ProofFile) -> Expense:
    """Attach a receipt that came later; Refused when there is one: receipts are never exchanged."""
    _require_living(expense)
    if expense.receipt_file_id is not None:
        raise Refused("receipt_is_there", clause=refs.TRAVEL.number, value=expense.ref)
    kept = keep_proof(session, act, file, RetentionClass.VOUCHER, "receipt_file", name=expense.ref)
    expense.receipt_file_id = kept.id
    put(session, expense)
    audit(session, act, "receipt_added", f"expense:{expense.ref}", sha256=kept.sha256)
    return expense


def approve_expense(
    session: TenantSession, act: Act, expense: Expense, approved_at: datetime, evidence: ProofFile | None
) -> RecordedExpense:
    """Record when the controller approved a cost, with the file that proves it; it counts if not after its day.

    InvalidInput: a moment still to come, or no file. Refused: approved already (13(4)d).
    """
    _require_living(expense)
    require_past(act, approved_at, "approved_at")
    if expense.approved_at is not None:
        raise Refused("expense_already_approved", clause=refs.THIRD_PARTY_COSTS.number, value=expense.ref)
    if evidence is None:
        raise refuse("missing_key", "evidence_file")
    kept = keep_proof(session, act, evidence, RetentionClass.LETTER, "evidence_file", name=f"{expense.ref}-approval")
    expense.evidence_file_id, expense.approved_at = kept.id, approved_at
    put(session, expense)
    said = {"approved_at": approved_at.isoformat(), "sha256": kept.sha256}
    audit(session, act, "expense_approved", f"expense:{expense.ref}", **said)
    return RecordedExpense(expense, about_approval(session, expense))


def withdraw_expense(session: TenantSession, act: Act, expense: Expense) -> Expense:
    """Take an expense back before it was settled; Refused once an invoice bills it, or it was found free."""
    _require_living(expense)
    settled = billing_invoice(session, session.processor_id, id_of(expense))
    if settled is not None:
        raise Refused("expense_is_settled", clause=refs.INVOICING.number, value=expense.ref, **settled)
    expense.withdrawn_at = act.at
    put(session, expense)
    audit(session, act, "expense_withdrawn", f"expense:{expense.ref}")
    return expense


def _require_living(expense: Expense) -> None:
    if expense.withdrawn_at is not None:
        raise Conflict("expense_is_withdrawn", value=expense.ref)


def expense_by_id(session: TenantSession, number: int) -> Expense:
    """Give the expense of an id; NotFound when there is none."""
    expense: Expense = row_of_id(session, Expense, "expense_not_found", number)
    return expense


def show_expense(session: TenantSession, number: int) -> Any:
    """Give an expense as lists show it; NotFound when there is none."""
    row = expense_row(session, session.processor_id, number)
    if row is None:
        raise NotFound("expense_not_found", value=number)
    return row


def expenses_after(session: TenantSession, within: Mapping[str, int | None], after: int, most: int) -> list[Any]:
    """Give a part of all expenses, or of a `contract_id` or `case_id`, by id, with what a closing said of each."""
    chosen = {name: number for name, number in within.items() if number is not None}
    return list(expense_page(session, session.processor_id, chosen, after, most))


def find_expense(session: TenantSession, ref: str, contract: str | None = None, path: str = "expense") -> Expense:
    """Give the expense of a reference; Conflict when several contracts have one and none is named."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    expense: Expense = one_of_ref(rows_of_ref(session, Expense, ref, contract_id), "unknown_expense", ref, path)
    return expense


def list_expenses(session: TenantSession, contract: str | None = None) -> list[Any]:
    """Give all expenses, or those of one contract, with case and contract, by contract and reference."""
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    return list(expense_rows(session, session.processor_id, contract_id))
