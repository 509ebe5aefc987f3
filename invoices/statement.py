"""Pass-through money (durchlaufende Posten, § 10 Abs. 1 Satz 5 UStG): paid in the controller's name and on its account.

It is no part of the consideration, so it stands on no invoice and in no VAT base, but on a statement of its own, which
is no invoice: no VAT, no number of a gapless series, no e-invoice. Frozen like one, with every amount final.
"""

from dataclasses import dataclass
from datetime import date

from billing.rating.decisions import Settlement
from billing.rating.facts import Facts
from billing.timespan import format_month
from invoices import canonical
from invoices.document import DoesNotAddUp
from invoices.letter import Letter
from invoices.parties import Buyer, Seller

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """One amount that was paid for the controller, as its receipt says it: with the VAT that the controller deducts."""

    position: int
    case_ref: str
    case_title: str
    kind: str
    """Code of the kind: travel, accommodation, per_diem, ancillary, third_party."""
    description: str
    incurred_on: date
    receipt_ref: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassThroughStatement:
    """All pass-through money of one contract that a month's run found, to be paid back by the controller."""

    number: str
    issue_date: date
    language: str
    seller: Seller
    buyer: Buyer
    contract_number: str
    month: str
    """`YYYY-MM`."""
    items: tuple[PassedOn, ...]
    total_cents: int
    payment_days: int
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        """Check that the items add up; DoesNotAddUp otherwise."""
        total = sum(item.amount_cents for item in self.items)
        if total != self.total_cents:
            message = f"total of {self.number}: {self.total_cents} instead of {total}"
            raise DoesNotAddUp(message)

    def to_json(self) -> str:
        """Write it as canonical JSON, the form in which it is stored and hashed."""
        return canonical.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "PassThroughStatement":
        """Read a stored statement; NotCanonical when it is of a schema this version does not know."""
        return canonical.from_json(cls, text, SCHEMA)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON in hexadecimal."""
        return canonical.fingerprint(self)


def build_statement(
    settlement: Settlement, facts: Facts, letter: Letter, *, number: str, issue_date: date, payment_days: int
) -> PassThroughStatement | None:
    """Build the statement of a settled month, or None when nothing was paid in the controller's name."""
    expenses = {expense.id: expense for expense in facts.expenses}
    items = tuple(
        PassedOn(
            position=position,
            case_ref=decision.case,
            case_title=letter.case_titles.get(decision.case, ""),
            kind=expenses[decision.expense].kind,
            description=letter.expense_texts[decision.expense].description,
            incurred_on=expenses[decision.expense].incurred_on,
            receipt_ref=letter.expense_texts[decision.expense].receipt_ref,
            amount_cents=decision.net,
        )
        for position, decision in enumerate(settlement.passed_through, 1)
    )
    total = sum(item.amount_cents for item in items)
    if not total:
        return None
    return PassThroughStatement(
        number=number,
        issue_date=issue_date,
        language=letter.buyer.language,
        seller=letter.seller,
        buyer=letter.buyer,
        contract_number=letter.contract_number,
        month=format_month(settlement.month),
        items=items,
        total_cents=total,
        payment_days=payment_days,
    )
