"""Default interest between businesses (§ 288 Abs. 2 BGB): base rate + 9 points a year, by days, exact to the end.

A year has 365 days, leap years too. What is owed changes with each payment, the rate with each half-year; nothing is
rounded before the sum.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from billing.money import Cents, round_half_up
from billing.receivables.account import Account
from billing.receivables.base_rates import BaseRates, next_half_year

POINTS = 900
"""Hundredths of a per cent above the base rate where no consumer takes part (§ 288 Abs. 2 BGB)."""
FLAT_FEE = Cents(4000)
"""Once for each claim whose debtor is in default and no consumer (§ 288 Abs. 5 BGB)."""
_DAYS_PER_YEAR = 365
_HUNDREDTHS_OF_ALL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days over which the same amount is owed at the same rate; `first` and `last` both count."""

    first: date
    last: date
    owed_cents: int
    rate_hundredths: int
    """Interest a year in hundredths of a per cent: the base rate and 9 points."""
    is_confirmed: bool
    """Whether the base rate of the half-year is known; else the last known one was taken."""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def exact_cents(self) -> Fraction:
        """Its interest, not rounded."""
        return exact_interest(self.owed_cents, self.rate_hundredths, self.days)


def exact_interest(owed_cents: int, rate_hundredths: int, days: int) -> Fraction:
    """Give the interest of some days in cents, not rounded; the rate is that of a year, in hundredths of a per cent."""
    return Fraction(owed_cents * rate_hundredths * days, _HUNDREDTHS_OF_ALL * _DAYS_PER_YEAR)


def stretches(account: Account, rates: BaseRates, first: date, last: date) -> tuple[Stretch, ...]:
    """Cut the days from `first` to `last`, both included, where amount or rate change.

    Days that owe nothing are in none of them.
    """
    turns = {first, last + timedelta(days=1)}
    turns |= {day for day in account.turning_days if first < day <= last}
    day = next_half_year(first)
    while day <= last:
        turns.add(day)
        day = next_half_year(day)
    ordered = sorted(turn for turn in turns if turn >= first)
    found = []
    for start, end in pairwise(ordered):
        owed, rate = account.owed_on(start), rates.on(start)
        if owed:
            found.append(
                Stretch(
                    first=start,
                    last=end - timedelta(days=1),
                    owed_cents=owed,
                    rate_hundredths=rate.hundredths + POINTS,
                    is_confirmed=rate.is_confirmed,
                )
            )
    return tuple(found)


def interest(parts: tuple[Stretch, ...]) -> Cents:
    """Give the interest of stretches together, rounded half up to the cent once."""
    return Cents(round_half_up(sum((part.exact_cents for part in parts), Fraction(0))))
