"""What one contract agreed: the versions of its terms, its catalogue of services, and the calendar it is read by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from billing.clause.services import Service
from billing.clause.terms import Price, RateClass, Terms

Holidays = Callable[[str, int], frozenset[date]]
"""Land (`DE-BW`) and year -> the public holidays there: the package's facts, before a contract's own changes."""

BERLIN = ZoneInfo("Europe/Berlin")


class Rates(NamedTuple):
    """What one version of the terms makes of the classes, by class; worked out once, as it is asked of every stretch.

    `prices` of one unit (None while no rate is agreed), and for each class the lowest one that is as dear: approved
    minutes of it and of all classes above pay for the class.
    """

    prices: tuple[Price | None, ...]
    as_dear_from: tuple[RateClass, ...]


@dataclass(frozen=True)
class Agreement:
    """Terms in force over time. `versions` are sorted by month and never empty; contracts may share one agreement.

    `clauses` says where another contract stands on what the questions quote by the fee clause's number (`13(4)a`).
    """

    versions: tuple[Terms, ...]
    catalogue: Mapping[str, Service]
    holidays: Holidays
    expenses_agreed: bool = True
    zone: ZoneInfo = BERLIN
    clauses: Mapping[str, str] = field(default_factory=dict)
    _by_month: dict[int, int] = field(default_factory=dict, repr=False, compare=False)
    _rates: dict[int, Rates] = field(default_factory=dict, repr=False, compare=False)

    def printed(self, clause: str) -> str:
        """Give the place in this very contract that a question means by a number of the fee clause."""
        return self.clauses.get(clause, clause)

    def version_at(self, month: int) -> int:
        """Give the index of the version that holds in a month; before the first version the first one holds."""
        index = self._by_month.get(month)
        if index is None:
            begun = [
                i for i, terms in enumerate(self.versions) if terms.valid_from is None or terms.valid_from <= month
            ]
            index = self._by_month[month] = begun[-1] if begun else 0
        return index

    def terms_at(self, month: int) -> Terms:
        """Give the terms that hold in a month (settlement, "Change of terms")."""
        return self.versions[self.version_at(month)]

    def rates_of(self, version: int) -> Rates:
        """Give prices and order of the classes under one version."""
        rates = self._rates.get(version)
        if rates is None:
            terms = self.versions[version]
            rates = self._rates[version] = Rates(
                tuple(terms.unit_price(rate_class) for rate_class in RateClass),
                tuple(RateClass(terms.factors.index(factor)) for factor in terms.factors),
            )
        return rates
