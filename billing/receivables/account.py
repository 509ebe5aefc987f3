"""The account of one invoice: what it asked for, what took that away, and what is left on any day. Whole cents.

open = gross - corrections - payments - written off, never below zero; what was paid too much is a credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Movement(NamedTuple):
    """So many cents less are open from a day on; a negative amount is money that was paid back."""

    on: date
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Where an account stands on a day, in cents; one of `open_cents` and `credit_cents` is zero."""

    gross_cents: int
    corrected_cents: int
    paid_cents: int
    written_off_cents: int

    @property
    def left_cents(self) -> int:
        """What is left of the claim: below zero when more was paid than it asks for."""
        return self.gross_cents - self.corrected_cents - self.paid_cents - self.written_off_cents

    @property
    def open_cents(self) -> int:
        """What is still to be paid."""
        return max(self.left_cents, 0)

    @property
    def credit_cents(self) -> int:
        """What was paid too much, to be paid back or set off."""
        return max(-self.left_cents, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One invoice with all that happened to its amount; days may come in any order.

    A correction of parts takes off what it says, the cancellation of an invoice all that is left of it.
    """

    gross_cents: int
    corrections: tuple[Movement, ...] = ()
    payments: tuple[Movement, ...] = ()
    written_off: tuple[Movement, ...] = ()
    cancelled_on: date | None = None

    def on(self, day: date) -> Balance:
        """Give the balance at the end of a day: what happened on it counts."""
        corrected = _sum(self.corrections, day)
        if self.cancelled_on is not None and self.cancelled_on <= day:
            corrected = self.gross_cents
        return Balance(
            gross_cents=self.gross_cents,
            corrected_cents=corrected,
            paid_cents=_sum(self.payments, day),
            written_off_cents=_sum(self.written_off, day),
        )

    @property
    def latest(self) -> Balance:
        """The balance once all that is known has happened."""
        return self.on(date.max)

    def owed_on(self, day: date) -> int:
        """Give the cents that bear interest on a day.

        A correction says that the claim was too high from the beginning, so it counts from the first day on, whenever
        it was written; a payment counts from its own day on.
        """
        if self.cancelled_on is not None:
            return 0
        claimed = self.gross_cents - sum(one.cents for one in self.corrections)
        return max(claimed - _sum(self.payments, day) - _sum(self.written_off, day), 0)

    @property
    def turning_days(self) -> list[date]:
        """The days from which on another amount is owed, in order."""
        return sorted({one.on for one in (*self.payments, *self.written_off)})


def _sum(movements: Iterable[Movement], day: date) -> int:
    return sum(one.cents for one in movements if one.on <= day)
