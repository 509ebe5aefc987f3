"""Which ledger account takes what: the accounts of the standard charts, and those a tax adviser said instead.

Where VAT is due the defaults are automatic accounts (Automatikkonten): DATEV takes the tax out of the gross amount.
"""

import re
from collections.abc import Mapping
from typing import Any

from billing.clause.reading import read_text, refuse, shaped
from billing.errors import InvalidInput
from billing.store.tables.kinds import Chart

SHORTEST = 4
"""Digits of a ledger account in the charts as they are printed; longer accounts have zeros behind."""

_DIGITS = re.compile(r"[0-9]{4,8}")
_DEFAULTS: Mapping[Chart, Mapping[str, str]] = {
    Chart.SKR03: {
        "revenue_19": "8400",
        "revenue_7": "8300",
        "revenue_eu": "8336",
        "revenue_third_country": "8338",
        "revenue_small_business": "8195",
        "pass_through": "1590",
    },
    Chart.SKR04: {
        "revenue_19": "4400",
        "revenue_7": "4300",
        "revenue_eu": "4336",
        "revenue_third_country": "4338",
        "revenue_small_business": "4185",
        "pass_through": "1370",
    },
}
PURPOSES = tuple(_DEFAULTS[Chart.SKR03])
"""What accounts are for: revenue by its VAT, and amounts passed through (§ 10 Abs. 1 UStG)."""


@shaped(type="string", pattern=f"^{_DIGITS.pattern}$")
def read_account(value: Any, path: str) -> str:
    """Take the number of a ledger account: digits, as many as the accounts of the books have."""
    text = read_text(value, path)
    if not _DIGITS.fullmatch(text) or not text.strip("0"):
        raise refuse("account_invalid", path, value)
    return text


def accounts_of(chart: Chart, length: int, own: Mapping[str, str]) -> dict[str, str]:
    """Give the account of each purpose: that of the chart, filled up with zeros, unless another was said."""
    zeros = "0" * (length - SHORTEST)
    return {purpose: number + zeros for purpose, number in _DEFAULTS[chart].items()} | dict(own)


def require_length(own: Mapping[str, str], length: int) -> None:
    """Refuse accounts of another length than the books have; InvalidInput names the first."""
    for purpose, number in own.items():
        if len(number) != length:
            raise InvalidInput("account_length_differs", path=purpose, value=number, digits=length)
