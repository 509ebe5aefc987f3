"""The activity record of a contract's month (13(10)): kind, extent and duration of all work, billed, free and on hold.

It shows who worked by initials only (data minimisation). Like the invoice it is frozen: the totals it prints were
checked when it was made.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from invoices import canonical
from invoices.parties import Buyer, Seller

SCHEMA = 1
TAKEN_BACK = "taken_back"
"""Code of what an invoice billed and a correction of parts took off it."""
_MINUTE = timedelta(minutes=1)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Outcome(StrEnum):
    """What became of a stretch of work or an expense."""

    BILLED = "billed"
    FREE = "free"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkStretch:
    """A stretch of one entry with one outcome; times are local, with their offset, so that a doubled hour is clear.

    `code` decides the outcome: `approved` or `urgent` for billed work, else the settlement's code (`13.2.a`,
    `estimate_exceeded`). It names the sentence `verdict.<code>` or, on hold, `reason.<code>` and `next_step.<code>`.
    """

    entry_ref: str
    start: datetime
    end: datetime
    minutes: int
    service: str
    """Code of the kind of work."""
    rate_class: str
    outcome: Outcome
    code: str
    clause: str
    """Printed clause that decided, `13(2)a`."""
    estimate_ref: str
    """The estimate that covers billed work; empty otherwise."""
    initials: str
    note: str = ""

    def __post_init__(self) -> None:
        """Check that the minutes are the elapsed time."""
        if (self.end - self.start) // _MINUTE != self.minutes or self.start.tzinfo is None:
            message = f"{self.entry_ref}: {self.minutes} minutes from {self.start} to {self.end}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseRecord:
    """An expense or third-party cost with its outcome; the codes as for work, `expense` or `third_party` if billed."""

    expense_ref: str
    incurred_on: date
    kind: str
    description: str
    receipt_ref: str
    net_cents: int
    outcome: Outcome
    code: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Minutes by outcome."""

    billed_minutes: int
    free_minutes: int
    held_minutes: int

    @property
    def minutes(self) -> int:
        """All recorded minutes."""
        return self.billed_minutes + self.free_minutes + self.held_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """All of one case in this record, in order of the work."""

    ref: str
    title: str
    kind: str
    stretches: tuple[WorkStretch, ...]
    expenses: tuple[ExpenseRecord, ...]
    totals: Totals
    billed_units: int
    """Units of this month's invoice; they differ from the minutes by the rounding of the case."""

    @property
    def expenses_by_day(self) -> list[ExpenseRecord]:
        """The expenses in order of their days; they are frozen as the settlement answered them."""
        return sorted(self.expenses, key=lambda expense: expense.incurred_on)

    def __post_init__(self) -> None:
        """Check the subtotals."""
        if self.totals != totals_of(self.stretches):
            message = f"totals of case {self.ref} do not fit its stretches"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRecord:
    """The record of one contract for one month."""

    language: str
    seller: Seller
    buyer: Buyer
    contract_number: str
    month: str
    """`YYYY-MM`."""
    time_zone: str
    as_of: datetime
    """What was known then (local time with offset)."""
    issue_date: date
    invoice_number: str
    """Empty when nothing was billed."""
    unit_minutes: int
    allowance_minutes: int
    allowance_used_minutes: int
    cases: tuple[CaseRecord, ...]
    totals: Totals
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        """Check month and totals."""
        if self.totals != totals_of(stretch for case in self.cases for stretch in case.stretches):
            message = f"totals of the activity record {self.month} do not fit its cases"
            raise ValueError(message)
        if not _MONTH.fullmatch(self.month):
            raise ValueError(self.month)

    @property
    def billed_units(self) -> int:
        """All units of this month's invoice."""
        return sum(case.billed_units for case in self.cases)

    def to_json(self) -> str:
        """Write it as canonical JSON, the form in which it is stored and hashed."""
        return canonical.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "ActivityRecord":
        """Read a stored record; NotCanonical when it is none of this schema."""
        return canonical.from_json(cls, text, SCHEMA)

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON in hexadecimal."""
        return canonical.fingerprint(self)


def without_taken_back(record: ActivityRecord, cases: Collection[str]) -> ActivityRecord:
    """Give the record as it stands after corrections took these cases off its invoice: their work waits again."""
    changed = tuple(_taken_back(case) if case.ref in cases else case for case in record.cases)
    return replace(record, cases=changed, totals=totals_of(stretch for case in changed for stretch in case.stretches))


def _taken_back(case: CaseRecord) -> CaseRecord:
    waits: dict[str, Any] = {"outcome": Outcome.HELD, "code": TAKEN_BACK}
    stretches = tuple(replace(s, **waits) if s.outcome is Outcome.BILLED else s for s in case.stretches)
    expenses = tuple(replace(e, **waits) if e.outcome is Outcome.BILLED else e for e in case.expenses)
    return replace(case, stretches=stretches, expenses=expenses, totals=totals_of(stretches), billed_units=0)


def totals_of(stretches: Iterable[WorkStretch]) -> Totals:
    """Sum minutes by outcome."""
    minutes = dict.fromkeys(Outcome, 0)
    for stretch in stretches:
        minutes[stretch.outcome] += stretch.minutes
    return Totals(
        billed_minutes=minutes[Outcome.BILLED],
        free_minutes=minutes[Outcome.FREE],
        held_minutes=minutes[Outcome.HELD],
    )
