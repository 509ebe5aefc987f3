"""What a bank statement says, in our own words."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

EURO = "EUR"


class Obstacle(StrEnum):
    """Why a line can be no payment of an invoice, whatever stands in it."""

    FOREIGN_CURRENCY = "foreign_currency"
    REVERSAL = "reversal"
    """A credit that takes back a debit of ours: money we had sent came back."""
    RETURNED = "returned"
    """A debit that takes back a credit: a payment was recalled."""
    BATCH_UNSPLIT = "batch_unsplit"
    """One sum for several transfers, without their parts or with parts that add up to another sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """One transfer to (or, when `RETURNED`, from) an account, booked by the bank; of a batch each part is one.

    `valued_on` is the day the money counts from. `identity` tells the line from every other one, also in another file
    that holds it as well: the account, its day and amount, and the bank's own reference or, without one, its content.
    """

    position: int
    iban: str
    booked_on: date
    valued_on: date
    cents: int
    currency: str
    debtor: str
    debtor_iban: str
    end_to_end: str
    remittance: str
    bank_reference: str
    identity: tuple[str, ...]
    obstacle: Obstacle | None = None

    @property
    def texts(self) -> tuple[str, str]:
        """Where a number of an invoice may stand."""
        return self.end_to_end, self.remittance


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file of statements: its lines, the accounts they are of, and how many entries are no business of ours."""

    version: str
    accounts: frozenset[str]
    lines: tuple[BankLine, ...]
    debits: int
    """Entries by which we paid others."""
    pending: int
    """Entries that the bank has announced but not booked."""
