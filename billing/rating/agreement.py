"""What one contract agreed: the versions of its terms, its catalogue of services, and the calendar it is read by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from billing.clause.services import Service
from billing.clause.terms import Terms

Holidays = Callable[[str, int], frozenset[date]]
"""Land (`DE-BW`) and year -> the public holidays there: the package's facts, before a contract's own changes."""

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True)
class Agreement:
    """Terms in force over time. `versions` are sorted by month and never empty; contracts may share one agreement."""

    versions: tuple[Terms, ...]
    catalogue: Mapping[str, Service]
    holidays: Holidays
    expenses_agreed: bool = True
    zone: ZoneInfo = BERLIN
    _by_month: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

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
