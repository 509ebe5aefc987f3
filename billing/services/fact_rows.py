"""Rows of facts into the core's facts; instants become UTC minutes, ids become the people's own references."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.terms import RATE_CLASSES, RateClass
from billing.rating.facts import Audit, Case, Entry, Estimate, Expense
from billing.rating.history import CaseChange, CaseHistory, EntryVersion, EstimateApproval, ExpenseRecord
from billing.timespan import Instant, instant_of


def _instant(moment: datetime | None) -> Instant | None:
    return None if moment is None else instant_of(moment)


def case_histories(cases: Sequence[Any], changes: Sequence[Any]) -> list[CaseHistory]:
    """Give each case as opened, and its changes in the order they take effect."""
    of_case: dict[int, list[Any]] = defaultdict(list)
    for row in changes:
        of_case[row.case_id].append(row)
    return [
        CaseHistory(Case(row.ref, kind=row.kind), _case_changes(of_case[row.id]), instant_of(row.recorded_at))
        for row in cases
    ]


def _case_changes(rows: Sequence[Any]) -> tuple[CaseChange, ...]:
    """NULL changes nothing; where an audit is stated anew without a finding, what was found before still holds."""
    changes, finding, extra_agreed = [], "pending", False
    for row in rows:
        finding = finding if row.audit_finding is None else str(row.audit_finding)
        extra_agreed = extra_agreed if row.audit_extra_agreed is None else row.audit_extra_agreed
        audit = None
        if row.audit_site is not None:
            audit = Audit(row.audit_site, row.audit_mode == "onsite", row.audit_date, finding, extra_agreed)
        changes.append(
            CaseChange(
                instant_of(row.recorded_at),
                cause=None if row.cause is None else str(row.cause),
                finding=None if row.audit_finding is None else finding,
                extra_agreed=row.audit_extra_agreed,
                urgent_notice_at=_instant(row.urgent_notice_at),
                onsite_agreed_at=_instant(row.onsite_agreed_at),
                controller_misconduct=row.controller_misconduct,
                audit=audit,
            )
        )
    return tuple(changes)


def entry_versions(rows: Sequence[Any], case_refs: Mapping[int, str]) -> list[EntryVersion]:
    """Give every version of every entry, and when it was given up; one that takes it back only ends the one before."""
    return [
        EntryVersion(
            Entry(
                row.ref,
                case_refs[row.case_id],
                row.service,
                instant_of(row.start_at),
                instant_of(row.end_at),
                row.document,
                row.travel,
                row.onsite,
                row.urgent,
                row.remedies_processor_defect,
            ),
            instant_of(row.recorded_at),
            _instant(row.superseded_at),
            _instant(row.written_off_at),
        )
        for row in rows
        if not row.deleted
    ]


def estimate_approvals(
    rows: Sequence[Any], lines: Sequence[Any], case_refs: Mapping[int, str]
) -> list[EstimateApproval]:
    """Give every approval with the minutes it released."""
    of_version: dict[int, list[tuple[RateClass, int]]] = defaultdict(list)
    for line in lines:
        of_version[line.estimate_version_id].append((RATE_CLASSES[line.rate_class], line.minutes))
    return [
        EstimateApproval(
            Estimate(
                row.ref,
                case_refs[row.case_id],
                tuple(of_version[row.estimate_version_id]),
                instant_of(row.covers_from or row.approved_at),
                instant_of(row.approved_at),
            ),
            instant_of(row.recorded_at),
        )
        for row in rows
    ]


def expense_records(
    rows: Sequence[Any], case_refs: Mapping[int, str], zone: ZoneInfo, as_of: int | None
) -> list[ExpenseRecord]:
    """Give every expense that was not withdrawn by `as_of`; its approval counts by the local day (13(4)d)."""
    return [
        ExpenseRecord(
            Expense(
                row.ref,
                case_refs[row.case_id],
                str(row.kind),
                row.incurred_on,
                row.net_cents,
                row.receipt or row.receipt_file_id is not None,
                None if row.approved_at is None else row.approved_at.astimezone(zone).date(),
                row.remedies_processor_defect,
                row.in_name_of_client,
            ),
            _instant(row.approved_at),
            instant_of(row.recorded_at),
        )
        for row in rows
        if row.withdrawn_at is None or (as_of is not None and instant_of(row.withdrawn_at) > as_of)
    ]
