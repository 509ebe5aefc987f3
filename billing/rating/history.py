"""All facts of one contract with when each became known, and what of them a run sees at its `as_of`.

Every fact keeps when it happened (that is for the rules) and when it was recorded (from then on a run sees it).
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from billing.rating.facts import Audit, Case, Entry, Estimate, Expense, Facts

ALWAYS = -(10**12)
"""An instant before every other: recorded from the beginning."""


class CaseChange(NamedTuple):
    """A change of a case's facts, seen from `recorded_at` on; None changes nothing."""

    recorded_at: int
    cause: str | None = None
    finding: str | None = None
    extra_agreed: bool | None = None
    urgent_notice_at: int | None = None
    onsite_agreed_at: int | None = None
    controller_misconduct: bool | None = None
    audit: Audit | None = None


class CaseHistory(NamedTuple):
    """A case as first recorded and its changes in the order they were written down."""

    case: Case
    changes: tuple[CaseChange, ...] = ()
    recorded_at: int = ALWAYS


class EntryVersion(NamedTuple):
    """One version of an entry: seen from `recorded_at` until it was `superseded_at` by a correction or deletion.

    `written_off_at` is when the entry was given up; a run sees that from then on, whatever version it sees.
    """

    entry: Entry
    recorded_at: int
    superseded_at: int | None = None
    written_off_at: int | None = None


class EstimateApproval(NamedTuple):
    """An approved estimate: seen once both the approval happened and it was recorded."""

    estimate: Estimate
    recorded_at: int = ALWAYS


class ExpenseRecord(NamedTuple):
    """An expense; its approval is seen once it happened (`approved_at`)."""

    expense: Expense
    approved_at: int | None = None
    recorded_at: int = ALWAYS


@dataclass(slots=True)
class History:
    """Everything ever recorded for one contract."""

    cases: list[CaseHistory]
    entries: list[EntryVersion]
    approvals: list[EstimateApproval] = field(default_factory=list)
    expenses: list[ExpenseRecord] = field(default_factory=list)
    audits_given: tuple[tuple[str, date], ...] = ()

    def seen_at(self, as_of: int) -> Facts:
        """Give the facts a run at `as_of` sees; "at" counts as "not later than" (settlement, "Fine print")."""
        return Facts(
            cases={known.case.id: _case_at(known, as_of) for known in self.cases if known.recorded_at <= as_of},
            entries=[
                _entry_at(version, as_of)
                for version in self.entries
                if version.recorded_at <= as_of and (version.superseded_at is None or as_of < version.superseded_at)
            ],
            estimates=[
                approval.estimate
                for approval in self.approvals
                if max(approval.estimate.approved_at, approval.recorded_at) <= as_of
            ],
            expenses=[_expense_at(record, as_of) for record in self.expenses if record.recorded_at <= as_of],
            audits_given=self.audits_given,
        )

    def entries_now(self) -> set[Entry]:
        """Give what all entries say today, whenever that was recorded: what a run froze must still be among it."""
        return {
            version.entry._replace(written_off=version.written_off_at is not None)
            for version in self.entries
            if version.superseded_at is None
        }


def _case_at(known: CaseHistory, as_of: int) -> Case:
    """Apply the changes recorded by `as_of`, by time and then in the order written (sorted() is stable)."""
    case = known.case
    for change in sorted(known.changes, key=lambda change: change.recorded_at):
        if change.recorded_at <= as_of:
            case = _changed(case, change)
    if case.urgent_notice_at is not None and case.urgent_notice_at > as_of:
        return case._replace(urgent_notice_at=None)
    return case


def _changed(case: Case, change: CaseChange) -> Case:
    audit = case.audit if change.audit is None else change.audit
    if audit is not None:
        audit = audit._replace(
            finding=audit.finding if change.finding is None else change.finding,
            extra_agreed=audit.extra_agreed if change.extra_agreed is None else change.extra_agreed,
        )
    names = ("cause", "urgent_notice_at", "onsite_agreed_at", "controller_misconduct")
    changed = {name: getattr(change, name) for name in names if getattr(change, name) is not None}
    return case._replace(audit=audit, **changed)


def _entry_at(version: EntryVersion, as_of: int) -> Entry:
    if version.written_off_at is not None and version.written_off_at <= as_of:
        return version.entry._replace(written_off=True)
    return version.entry


def _expense_at(record: ExpenseRecord, as_of: int) -> Expense:
    if record.approved_at is not None and record.approved_at > as_of:
        return record.expense._replace(approved_on=None)
    return record.expense
