"""Money in whole cents, and exact prices. Each rounding has a name; no float and no binary fraction anywhere."""

import re
from fractions import Fraction
from typing import NewType

Cents = NewType("Cents", int)

_AMOUNT = re.compile(r"(-?)([0-9]{1,12})(?:[.]([0-9]{1,2}))?")
_PRICE_DECIMALS = 6


def round_half_up(amount: Fraction) -> int:
    """Round a non-negative exact amount to the nearest whole, a half upwards (commercial rounding)."""
    return _times(1, amount)


def _times(factor: int, amount: Fraction) -> int:
    """Give `round_half_up(factor * amount)` without making that fraction, which takes longer than all the rest."""
    numerator, denominator = factor * amount.numerator, amount.denominator
    if numerator < 0:
        message = f"round_half_up takes no negative amount: {factor * amount}"
        raise ValueError(message)
    return (2 * numerator + denominator) // (2 * denominator)


def cents_of(text: str) -> Cents:
    """Read `"1234.5"` or `"1234.50"` as whole cents; ValueError when it is no amount of whole cents."""
    match = _AMOUNT.fullmatch(text)
    if not match:
        raise ValueError(text)
    sign, euros, decimals = match.groups()
    amount = int(euros) * 100 + int((decimals or "").ljust(2, "0"))
    return Cents(-amount if sign else amount)


def format_cents(cents: int) -> str:
    """Write cents as euros with a decimal point and two decimals: `1234.50`."""
    sign, rest = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{rest // 100}.{rest % 100:02d}"


def format_price(euros: Fraction) -> str:
    """Write an exact, non-negative price in euros with two to six decimals: `31.25`, `41.40625`."""
    scaled = _times(10**_PRICE_DECIMALS, euros)
    whole, part = divmod(scaled, 10**_PRICE_DECIMALS)
    decimals = f"{part:0{_PRICE_DECIMALS}d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals}"


def line_net(units: int, unit_price: Fraction) -> Cents:
    """Net of one invoice line: units x unit price in euros, rounded half up to the cent once."""
    return Cents(_times(100 * units, unit_price))


def vat_on(net: int, rate: Fraction) -> Cents:
    """VAT on the sum of nets of one rate, rounded half up to the cent once (13(4)a; § 14 Abs. 4 Nr. 8 UStG)."""
    return Cents(_times(net, rate))
