"""What earlier runs decided and still holds: the other half of a run's input.

Free minutes are final, also when their run was cancelled; billed minutes, units and expenses live until then
(settlement, "Cancellation"). A ledger is built by adding what lives; a run only reads it.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from billing.clause.terms import RATE_CLASSES, Price
from billing.rating.decisions import ExpenseDecision, Settlement, Stretch, Verdict
from billing.timespan import Interval, year_of

ALLOWANCE = "allowance"
URGENT = "urgent"


def estimate_source(estimate: str, rate_class_code: str) -> str:
    """Name the line of an estimate that approved minutes are taken from."""
    return f"estimate:{rate_class_code}:{estimate}"


def document_source(document: str) -> str:
    """Name the document type that a free provision took."""
    return f"document:{document}"


def group_of(scope: str, case: str, month: int, entry: str) -> str:
    """Name the rounding group of a minute (13(4)a "je Vorgang"; term `rounding_scope`)."""
    if scope == "case":
        return case
    return f"{case}\n{month}" if scope == "case_month" else f"{case}\n{entry}"


@dataclass
class Group:
    """One rounding group: living minutes and units by price."""

    case: str
    minutes: dict[Price, int] = field(default_factory=dict)
    units: dict[Price, int] = field(default_factory=dict)


@dataclass
class Ledger:
    """Everything decided so far that later minutes depend on.

    `estimate_used` counts approved minutes by source, `allowance_used` free minutes by local month, `urgent_used`
    unapproved urgent minutes by case, `documents_taken` (year, type, case) in the order taken.
    """

    scope: str
    decided: dict[str, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    allowance_used: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    estimate_used: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    urgent_used: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    documents_taken: list[tuple[int, str, str]] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    expenses: set[str] = field(default_factory=set)

    def add(self, settlement: Settlement, *, living: bool = True) -> None:
        """Take over a closed run; of a cancelled one (`living=False`) only what was free."""
        for stretch in settlement.stretches:
            if stretch.answer.verdict is Verdict.FREE or (living and stretch.answer.verdict is Verdict.BILLED):
                self.add_stretch(stretch)
        for decision in settlement.expenses:
            if decision.answer.verdict is Verdict.FREE or (living and decision.answer.verdict is Verdict.BILLED):
                self.add_expense(decision)
        if living:
            for group in settlement.groups:
                for allotment in group.allotted:
                    self.add_units(group.group, group.case, allotment.price, allotment.units)

    def add_stretch(self, stretch: Stretch) -> None:
        """Take over one free or living billed stretch."""
        self.decided[stretch.entry].append(Interval(stretch.start, stretch.end))
        minutes, source = stretch.end - stretch.start, stretch.source
        if source is not None:
            self._use(source, stretch, minutes)
        if stretch.price is not None:
            key = group_of(self.scope, stretch.case, stretch.month, stretch.entry)
            group = self.groups.setdefault(key, Group(stretch.case))
            group.minutes[stretch.price] = group.minutes.get(stretch.price, 0) + minutes

    def _use(self, source: str, stretch: Stretch, minutes: int) -> None:
        kind, _, name = source.partition(":")
        if source == ALLOWANCE:
            self.allowance_used[stretch.month] += minutes
        elif source == URGENT:
            self.urgent_used[stretch.case] += minutes
        elif kind == "document":
            self.documents_taken.append((year_of(stretch.month), name, stretch.case))
        else:
            self.estimate_used[source] += minutes

    def add_units(self, group: str, case: str, price: Price, units: int) -> None:
        """Take over living units of a group."""
        known = self.groups.setdefault(group, Group(case))
        known.units[price] = known.units.get(price, 0) + units

    def add_expense(self, decision: ExpenseDecision) -> None:
        """Take over a free or living billed expense."""
        self.expenses.add(decision.expense)

    def add_opening_approval(self, estimate: str, rate_class_code: str, minutes: int) -> None:
        """Take over approved minutes that were used before this product kept the record."""
        if rate_class_code not in RATE_CLASSES:
            message = f"no rate class: {rate_class_code}"
            raise ValueError(message)
        self.estimate_used[estimate_source(estimate, rate_class_code)] += minutes
