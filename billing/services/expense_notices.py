"""What to tell a person who records a cost: it is of no day of its contract, or approved too late to count (13(4)d)."""

from billing.services.moments import local_day, processor_zone
from billing.services.notices import Notice
from billing.store.session import TenantSession
from billing.store.tables import Contract, Expense
from billing.store.tables.kinds import ExpenseKind


def about_day(session: TenantSession, expense: Expense) -> list[Notice]:
    """Say that a cost is of a day on which its contract did not run; it is taken all the same, as work is."""
    contract, day = session.get_one(Contract, expense.contract_id), expense.incurred_on
    fields = {"value": expense.ref, "contract": contract.ref, "incurred_on": day}
    if day < contract.starts_on:
        return [Notice("expense_before_contract", {**fields, "starts_on": contract.starts_on})]
    if contract.ended_on is not None and day > contract.ended_on:
        return [Notice("expense_after_contract", {**fields, "ended_on": contract.ended_on})]
    return []


def about_approval(session: TenantSession, expense: Expense) -> list[Notice]:
    """Say that third-party costs were approved only after their day: they stay on hold, the run asks as the core does.

    Nothing is refused: that the controller approved late is a fact, and what it is worth may be settled with him.
    """
    if expense.approved_at is None or expense.kind is not ExpenseKind.THIRD_PARTY or expense.remedies_processor_defect:
        return []
    approved_on = local_day(expense.approved_at, processor_zone(session))
    if approved_on <= expense.incurred_on:
        return []
    fields = {"value": expense.ref, "approved_on": approved_on, "incurred_on": expense.incurred_on}
    return [Notice("expense_approved_late", fields)]
