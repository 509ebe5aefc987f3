"""The base rate by half-years (§ 247 BGB): it changes on 1 January and 1 July, and is known only once announced."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from billing.clause.reading import read_date, refuse, shaped

JULY = 7
_PERCENT = re.compile(r"(-?)([0-9]{1,2})[.]([0-9]{2})")


class BaseRate(NamedTuple):
    """The rate that holds from the beginning of a half-year, in hundredths of a per cent; it may be below zero."""

    valid_from: date
    hundredths: int
    source: str


class RateOfDay(NamedTuple):
    """The rate that is taken for a day; `is_confirmed` is false where that of its own half-year is not known."""

    hundredths: int
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class BaseRates:
    """All rates that are known, one for each half-year, by rising day."""

    rates: tuple[BaseRate, ...]

    @classmethod
    def of(cls, *sources: Iterable[BaseRate]) -> "BaseRates":
        """Put tables together; of two rates of one half-year the later named one counts."""
        known = {rate.valid_from: rate for table in sources for rate in table}
        return cls(tuple(known[day] for day in sorted(known)))

    def on(self, day: date) -> RateOfDay:
        """Give the rate of a day: that of its half-year, else the last known before it, else the first of all."""
        begun = [rate for rate in self.rates if rate.valid_from <= day]
        rate = begun[-1] if begun else self.rates[0]
        return RateOfDay(rate.hundredths, rate.valid_from == half_year_of(day))


def half_year_of(day: date) -> date:
    """Give the first day of the half-year a day is in."""
    return day.replace(month=JULY if day.month >= JULY else 1, day=1)


def next_half_year(day: date) -> date:
    """Give the first day of the half-year after the one a day is in."""
    start = half_year_of(day)
    return start.replace(month=JULY) if start.month == 1 else date(start.year + 1, 1, 1)


@cache
def announced() -> tuple[BaseRate, ...]:
    """Give the rates that come with the product, each with its source."""
    data = tomllib.loads(files(__package__).joinpath("base_rates.toml").read_text(encoding="utf-8"))
    return tuple(
        BaseRate(row["valid_from"], read_percent(row["percent"], "percent"), row["source"]) for row in data["rates"]
    )


@shaped(type="string", pattern=f"^{_PERCENT.pattern}$")
def read_percent(value: Any, path: str) -> int:
    """Take a rate in per cent with two decimals, `"1.27"` or `"-0.88"`, as hundredths of a per cent."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refuse("not_a_percentage", path, value)
    hundredths = int(match[2] + match[3])
    return -hundredths if match[1] else hundredths


@shaped(type="string", format="date")
def read_half_year(value: Any, path: str) -> date:
    """Take the first day of a half-year, 1 January or 1 July (§ 247 Abs. 1 BGB)."""
    day = read_date(value, path)
    if day != half_year_of(day):
        raise refuse("not_a_half_year", path, value)
    return day


def format_hundredths(hundredths: int) -> str:
    """Write hundredths of a per cent with two decimals: `1.27`, `-0.88`."""
    sign, rest = ("-" if hundredths < 0 else ""), abs(hundredths)
    return f"{sign}{rest // 100}.{rest % 100:02d}"
