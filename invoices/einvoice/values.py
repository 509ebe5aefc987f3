"""How EN 16931 writes values: amounts with two decimals, prices and quantities exactly, no empty and no unsayable text.

Nothing is rounded: what has no exact decimal is said with a base quantity (BT-149) or another unit.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from billing.money import format_cents

HOUR, MINUTE, PIECE = "HUR", "MIN", "C62"
UNITS = frozenset({HOUR, MINUTE, PIECE})
"""All units of UN/ECE Recommendation 20 that our documents use; C62 is a piece."""

_MINUTES_PER_HOUR = 60
# What XML 1.0 can't hold (production 2, Char), half characters included.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Quantity(NamedTuple):
    """A billed quantity (BT-129) in its unit (BT-130)."""

    amount: Decimal
    unit: str


class Price(NamedTuple):
    """A net price (BT-146) for a number of units (BT-149); 1 is not said."""

    amount: Decimal
    base: int


def amount(cents: int) -> Decimal:
    """Give cents as euros with exactly two decimals."""
    return Decimal(format_cents(cents))


def percent(rate: Fraction) -> Decimal:
    """Give a rate in per cent (BT-119, BT-152): `19.00`."""
    return _padded(rate * 100)


def quantity_of(hours: Fraction) -> Quantity:
    """Give a billed time in hours; in minutes where that has no exact decimal (a contract may bill single ones)."""
    if _is_decimal(hours):
        return Quantity(_padded(hours), HOUR)
    return Quantity(_padded(hours * _MINUTES_PER_HOUR), MINUTE)


def price_of(hourly: Fraction, unit: str) -> Price:
    """Give the price of an hour as the price of so many units that it has an exact decimal."""
    base = _without_2_and_5(hourly.denominator)
    return Price(_padded(hourly * base), base * (_MINUTES_PER_HOUR if unit == MINUTE else 1))


def sayable(text: str) -> str:
    """Give the text without what XML can't hold: control characters, which show nowhere anyway."""
    return _UNSAYABLE.sub("", text).strip()


def _padded(value: Fraction) -> Decimal:
    """Give the exact decimal with at least two decimals; ValueError when there is none."""
    if not _is_decimal(value):
        message = f"no exact decimal: {value}"
        raise ValueError(message)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    exponent = exact.normalize().as_tuple().exponent
    return exact.quantize(Decimal(1).scaleb(min(-2, int(exponent))))


def _is_decimal(value: Fraction) -> bool:
    return _without_2_and_5(value.denominator) == 1


def _without_2_and_5(number: int) -> int:
    for prime in (2, 5):
        while number % prime == 0:
            number //= prime
    return number
