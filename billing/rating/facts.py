"""What happened, as plain values: the facts of one contract that a run sees at its `as_of`.

Instants are UTC minutes (`billing.timespan`), already cut down; ids are the people's own (`ref`), sorted by code point.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from billing.clause.terms import RateClass


class Entry(NamedTuple):
    """One logged piece of work of one person, `[start, end)`; raw, never rounded.

    `written_off`: the processor gave it up (Kulanz), a second person confirmed.
    """

    id: str
    case: str
    service: str
    start: int
    end: int
    document: str | None = None
    travel: bool = False
    onsite: bool = False
    urgent: bool = False
    remedies_processor_defect: bool = False
    written_off: bool = False


class Audit(NamedTuple):
    """The audit a case is about (13(6)b)."""

    site: str
    onsite: bool
    date: date
    finding: str
    extra_agreed: bool = False


class Case(NamedTuple):
    """One matter (Vorgang) with the facts the clause asks of it, as known at the run's `as_of`.

    `controller_misconduct` matters to contracts that bill nothing else (Immosolve, "Mitteilung bei Verstößen" Abs. 2).
    """

    id: str
    cause: str = "controller"
    urgent_notice_at: int | None = None
    onsite_agreed_at: int | None = None
    audit: Audit | None = None
    controller_misconduct: bool = False
    kind: str = ""


class Estimate(NamedTuple):
    """An approved cost estimate: minutes per class, and the first minute it reaches."""

    id: str
    case: str
    lines: tuple[tuple[RateClass, int], ...]
    reaches_from: int
    approved_at: int


class Expense(NamedTuple):
    """One expense or third-party cost at its net amount in cents.

    `in_name_of_client`: paid in the controller's name and on its account, so it is no price of ours; the amount is then
    the whole of the receipt.
    """

    id: str
    case: str
    kind: str
    incurred_on: date
    net: int
    receipt: bool = False
    approved_on: date | None = None
    remedies_processor_defect: bool = False
    in_name_of_client: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one contract that are visible to one run; `audits_given` are those from before we kept records."""

    cases: dict[str, Case]
    entries: list[Entry]
    estimates: list[Estimate] = field(default_factory=list)
    expenses: list[Expense] = field(default_factory=list)
    audits_given: tuple[tuple[str, date], ...] = ()
