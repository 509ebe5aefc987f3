"""May an expense be billed? Against a receipt (13(4)c), or after approval in advance for third-party costs (13(4)d)."""

from billing.clause import refs
from billing.rating.decisions import Answer, ExpenseDecision, Verdict
from billing.rating.facts import Case, Expense

EXPENSE_KINDS = ("travel", "accommodation", "per_diem", "ancillary", "third_party")

FREE = Answer(1, Verdict.FREE, refs.OWN_BREACH.code, refs.OWN_BREACH.number)
CAUSE_UNDECIDED = Answer(6, Verdict.HELD, "cause_undecided", refs.OWN_BREACH.number)
EXPENSES_NOT_AGREED = Answer(11, Verdict.HELD, "rate_not_agreed", refs.HOURLY_RATE.number)
THIRD_PARTY_NOT_APPROVED = Answer(0, Verdict.HELD, "third_party_not_approved", refs.THIRD_PARTY_COSTS.number)
THIRD_PARTY = Answer(0, Verdict.BILLED, "third_party", refs.THIRD_PARTY_COSTS.number)
RECEIPT_MISSING = Answer(0, Verdict.HELD, "receipt_missing", refs.TRAVEL.number)
PASSED_THROUGH = "pass_through"
"""Code of what was paid in the controller's name (§ 10 Abs. 1 Satz 5 UStG): asked back, but apart from the invoice."""
AGAINST_RECEIPT = Answer(0, Verdict.BILLED, "expense", refs.TRAVEL.number)


def ask_expense(expense: Expense, case: Case, *, agreed: bool = True) -> ExpenseDecision:
    """Give the answer to one expense; approval counts by the local day, not later than the day it was incurred.

    `agreed` tells whether the contract bears expenses at all; if not they wait, like work without a rate.
    """
    return ExpenseDecision(expense.id, expense.case, expense.net, _answer(expense, case, agreed=agreed))


def _answer(expense: Expense, case: Case, *, agreed: bool) -> Answer:
    if case.cause == "processor" or expense.remedies_processor_defect:
        return FREE
    if case.cause == "undecided":
        return CAUSE_UNDECIDED
    if not agreed:
        return EXPENSES_NOT_AGREED
    answer = _proven(expense)
    if expense.in_name_of_client and answer.verdict is Verdict.BILLED:
        # Only a receipt that names the controller shows in whose name it was paid.
        return answer._replace(code=PASSED_THROUGH) if expense.receipt else RECEIPT_MISSING
    return answer


def _proven(expense: Expense) -> Answer:
    if expense.kind == "third_party":
        approved = expense.approved_on is not None and expense.approved_on <= expense.incurred_on
        return THIRD_PARTY if approved else THIRD_PARTY_NOT_APPROVED
    return AGAINST_RECEIPT if expense.receipt else RECEIPT_MISSING
