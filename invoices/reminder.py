"""The reminder of an open invoice as it is frozen: every amount is final, the PDF only prints it.

Interest and the flat fee are damages (§ 288 BGB): no VAT, on the reminder only, never on an invoice.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.receivables.interest import exact_interest
from invoices import canonical
from invoices.parties import Buyer, Seller

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestDays:
    """Days over which the same amount bore interest at the same rate, in hundredths of a per cent a year."""

    first: date
    last: date
    days: int
    owed_cents: int
    rate_hundredths: int

    @property
    def exact_cents(self) -> Fraction:
        """Their interest, not rounded: only the sum of all is."""
        return exact_interest(self.owed_cents, self.rate_hundredths, self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A reminder that was sent before."""

    level: int
    sent_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderLetter:
    """A reminder; `flat_fee_cents` is asked for in all letters from the first one that does, until it is paid."""

    level: int
    written_on: date
    pay_by: date
    language: str
    seller: Seller
    buyer: Buyer
    contract_number: str
    number: str
    issue_date: date
    received_on: date
    due_on: date
    payment_days: int
    gross_cents: int
    corrected_cents: int
    paid_cents: int
    written_off_cents: int
    open_cents: int
    default_since: date | None
    interest: tuple[InterestDays, ...]
    interest_cents: int
    flat_fee_cents: int
    earlier: tuple[Earlier, ...]
    currency: str = "EUR"
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        """Check that what is open is what is left, and that costs are asked for in default only."""
        left = self.gross_cents - self.corrected_cents - self.paid_cents - self.written_off_cents
        in_default = self.default_since is not None
        if left != self.open_cents or (self.costs_cents and not in_default):
            message = f"reminder of {self.number} does not add up"
            raise ValueError(message)

    @property
    def costs_cents(self) -> int:
        """Interest and flat fee."""
        return self.interest_cents + self.flat_fee_cents

    @property
    def total_cents(self) -> int:
        """All that is asked for."""
        return self.open_cents + self.costs_cents

    def to_json(self) -> str:
        """Write it as canonical JSON, the form in which it is stored and hashed."""
        return canonical.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "ReminderLetter":
        """Read a stored letter; NotCanonical when it is of a schema this version does not know."""
        return canonical.from_json(cls, text, SCHEMA)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON in hexadecimal."""
        return canonical.fingerprint(self)
