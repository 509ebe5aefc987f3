"""The answer to each minute, as data: verdict, rule, clause, and the numbers that decided it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from billing.clause.terms import Price, RateClass
from billing.rating.bands import BandReason


class Verdict(StrEnum):
    """What happens to a minute or an expense."""

    FREE = "free"
    HELD = "held"
    BILLED = "billed"


class Answer(NamedTuple):
    """One row of the question table: its number, verdict, code and the clause that decides.

    The number is 0 for what the table of minutes does not count: expenses, and work given up as goodwill.
    """

    question: int
    verdict: Verdict
    code: str
    clause: str


class Stretch(NamedTuple):
    """A stretch of one entry, `[start, end)`, with one answer for all its minutes.

    `source` names what it was taken from (`estimate:regular:Q1`, `urgent`, `document:toms`, `allowance`), `before` and
    `after` are the minutes that source had given before and after this stretch.
    """

    entry: str
    case: str
    start: int
    end: int
    month: int
    answer: Answer
    rate_class: RateClass
    band: BandReason
    price: Price | None = None
    source: str | None = None
    before: int | None = None
    after: int | None = None

    @property
    def minutes(self) -> int:
        """How long it is."""
        return self.end - self.start


class ExpenseDecision(NamedTuple):
    """The answer to one expense; `net` in cents."""

    expense: str
    case: str
    net: int
    answer: Answer


class Allotment(NamedTuple):
    """New units of one class and price in a group, and the minutes and units that class had to date."""

    price: Price
    units: int
    minutes_to_date: int
    units_to_date: int


class GroupUnits(NamedTuple):
    """How many units a rounding group owes: `due` for all its minutes, `before` billed already, the rest allotted.

    `surplus` is what living units exceed `due` by, after a cancellation; it counts against later minutes.
    """

    group: str
    case: str
    minutes_to_date: int
    due: int
    before: int
    allotted: tuple[Allotment, ...]

    @property
    def surplus(self) -> int:
        """Units billed beyond what is due."""
        return max(0, self.before - self.due)


class Line(NamedTuple):
    """One invoice line of time: whole units of one case, class and price; `net` in cents."""

    case: str
    price: Price
    units: int
    net: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one run decides for one contract; amounts in cents."""

    month: int
    stretches: list[Stretch]
    groups: list[GroupUnits]
    expenses: list[ExpenseDecision]
    lines: list[Line]
    net: int
    vat: int
    unit_minutes: int = 15
    billed_expenses: list[ExpenseDecision] = field(default_factory=list)
    passed_through: list[ExpenseDecision] = field(default_factory=list)
    """Billed, but apart: what was paid in the controller's name is no part of net and VAT."""

    @property
    def gross(self) -> int:
        """Net plus VAT."""
        return self.net + self.vat
