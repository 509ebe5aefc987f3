"""Expenses: all that a run asks, and what guards and lists ask."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.session import TenantSession
from billing.store.tables import Case, Closing, ClosingExpense, Contract, Expense, Invoice, PassThrough, Person
from billing.store.wording import Later, Prepared

_RULED_FACTS = (
    "id ref case_id kind incurred_on net_cents receipt receipt_file_id approved_at remedies_processor_defect"
    " in_name_of_client withdrawn_at recorded_at"
)
_EXPENSES = Prepared(
    sa.select(*columns(Expense, _RULED_FACTS))
    .where(col(Expense.processor_id) == TENANT, col(Expense.contract_id) == CONTRACT)
    .order_by(col(Expense.id))
)


def expenses_of(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for a contract's expenses, by id; withdrawn ones too."""
    return say(session, _EXPENSES, processor_id, contract=contract_id)


def billing_invoice(session: Session, processor_id: int, expense_id: int) -> dict[str, Any] | None:
    """Give month and invoice number (None: found free) of the closing that settled an expense, or None."""
    statement = (
        sa.select(*columns(Closing, "month"), *columns(Invoice, "number"))
        .select_from(ClosingExpense)
        .join(Closing, col(Closing.id) == col(ClosingExpense.closing_id))
        .join(Invoice, (col(Invoice.closing_id) == col(Closing.id)) & (col(Invoice.kind) == "invoice"), isouter=True)
        .where(
            col(ClosingExpense.processor_id) == processor_id,
            col(Closing.processor_id) == processor_id,
            col(ClosingExpense.expense_id) == expense_id,
            col(ClosingExpense.released_by_id).is_(None),
        )
    )
    row = first_row(session, statement)
    return None if row is None else {"month": row.month, "number": row.number}


def expense_rows(session: Session, processor_id: int, contract_id: int | None) -> Sequence[Any]:
    """Give expenses with case and contract, by contract and reference."""
    names = "id ref kind incurred_on net_cents receipt receipt_file_id approved_at withdrawn_at description"
    statement = (
        sa.select(*columns(Expense, names), col(Case.ref).label("case_ref"), col(Contract.ref).label("contract_ref"))
        .join(Case, col(Case.id) == col(Expense.case_id))
        .join(Contract, col(Contract.id) == col(Expense.contract_id))
        .where(
            col(Expense.processor_id) == processor_id,
            col(Case.processor_id) == processor_id,
            col(Contract.processor_id) == processor_id,
        )
        .order_by(col(Contract.ref), col(Expense.ref))
    )
    if contract_id is not None:
        statement = statement.where(col(Expense.contract_id) == contract_id)
    return all_rows(session, statement)


def expense_page(
    session: Session, processor_id: int, within: Mapping[str, int], after: int, most: int
) -> Sequence[Any]:
    """Give a part of all expenses, or of those whose columns have the values of `within`, by id."""
    statement = _whole(processor_id).where(col(Expense.id) > after).order_by(col(Expense.id)).limit(most)
    for name, value in within.items():
        statement = statement.where(col(getattr(Expense, name)) == value)
    return all_rows(session, statement)


def expense_row(session: Session, processor_id: int, expense_id: int) -> Any | None:
    """Give one expense like a row of `expense_page`, or None."""
    return first_row(session, _whole(processor_id).where(col(Expense.id) == expense_id))


def _whole(processor_id: int) -> sa.Select[Any]:
    """Ask all of an expense, where it belongs, and what a closing that still holds said of it."""
    names = (
        "id ref case_id contract_id kind incurred_on net_cents receipt receipt_file_id approved_at evidence_file_id"
        " remedies_processor_defect in_name_of_client description recorded_at withdrawn_at"
    )
    said = (col(ClosingExpense.expense_id) == col(Expense.id)) & col(ClosingExpense.released_by_id).is_(None)
    number = (col(Invoice.closing_id) == col(Closing.id)) & (col(Invoice.kind) == "invoice")
    return (
        sa.select(
            *columns(Expense, names),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
            col(Person.ref).label("person_ref"),
            *columns(ClosingExpense, "verdict clause"),
            *columns(Closing, "month"),
            *columns(Invoice, "number"),
            col(PassThrough.number).label("statement"),
        )
        .join(Case, col(Case.id) == col(Expense.case_id))
        .join(Contract, col(Contract.id) == col(Expense.contract_id))
        .join(Person, col(Person.id) == col(Expense.person_id), isouter=True)
        .join(ClosingExpense, said & (col(ClosingExpense.processor_id) == processor_id), isouter=True)
        .join(Closing, col(Closing.id) == col(ClosingExpense.closing_id), isouter=True)
        .join(Invoice, number, isouter=True)
        .join(PassThrough, col(PassThrough.closing_id) == col(Closing.id), isouter=True)
        .where(*(col(table.processor_id) == processor_id for table in (Expense, Case, Contract)))
    )
