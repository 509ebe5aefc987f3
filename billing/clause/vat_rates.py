"""The statutory VAT on top (13(4)a "zzgl. gesetzlicher Umsatzsteuer"): a dated table, for no contract can agree it.

Rates change with a month, so that every stretch of work, which lies in one local month, has one rate.
"""

import tomllib
from bisect import bisect_right
from fractions import Fraction
from functools import cache
from importlib.resources import files

from billing.clause.reading import read_month
from billing.clause.reading_terms import read_share


@cache
def vat_rate(month: int) -> Fraction:
    """Give the standard rate in force in a local month (index), as a share of the net: the date of service decides."""
    months, shares = _table()
    return shares[max(0, bisect_right(months, month) - 1)]


@cache
def _table() -> tuple[list[int], list[Fraction]]:
    rows = tomllib.loads(files(__package__).joinpath("vat_rates.toml").read_text(encoding="utf-8"))["rate"]
    table = sorted((read_month(row["from"], "rate.from"), read_share(row["share"], "rate.share")) for row in rows)
    return [month for month, _ in table], [share for _, share in table]
