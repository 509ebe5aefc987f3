"""Cases (Vorgänge) and the facts of a case that change over time."""

from datetime import date, datetime

from sqlmodel import Field

from billing.store.tables.columns import (
    Recorded,
    agreeing,
    check,
    choice,
    index,
    link,
    recorded,
    ref,
    sealed,
    table,
    to,
    unique,
    whole_minutes,
)
from billing.store.tables.kinds import AuditMode, Cause, Finding


class Case(Recorded, table=True):
    """One matter of one contract; minimum units and the urgent minutes count per case (13(4)a, 13(5)b)."""

    __tablename__ = "case"
    __table_args__ = table(
        unique("contract_id", "ref"),
        agreeing("contract_id", "controller_id"),
        link("contract", "contract_id", "controller_id"),
        *recorded(),
        may_change="title legal_deadline_at controller_reference closed_at",
    )

    contract_id: int = to()
    controller_id: int = to()
    ref: str = ref()
    kind: str
    title: str
    opened_at: datetime
    legal_deadline_at: datetime | None = None
    controller_reference: str | None = None
    closed_at: datetime | None = None


class CaseVersion(Recorded, table=True):
    """A change of a case's facts, seen by runs from `recorded_at` on, in the order (recorded_at, id).

    NULL changes nothing, like an `updates` row of the exchange format; the first row of a case holds its first facts.
    """

    __tablename__ = "case_version"
    __table_args__ = table(
        link("case", "case_id"),
        index("case_id"),
        check(
            "urgent_reasons_whole",
            "urgent_deadline_reason IS NULL AND urgent_action_reason IS NULL AND urgent_approval_reason IS NULL"
            " OR urgent_deadline_reason IS NOT NULL AND urgent_action_reason IS NOT NULL"
            " AND urgent_approval_reason IS NOT NULL",
        ),
        check(
            "audit_whole",
            "(audit_site IS NULL) = (audit_mode IS NULL) AND (audit_site IS NULL) = (audit_date IS NULL)",
        ),
        *whole_minutes("urgent_notice_at", "onsite_agreed_at"),
        *recorded(),
    )

    case_id: int = to()
    cause: Cause | None = Field(default=None, sa_type=choice(Cause, "cause"))
    cause_reason: str | None = sealed("case_version.cause_reason")
    controller_misconduct: bool | None = None
    misconduct_reason: str | None = sealed("case_version.misconduct_reason")
    urgent_notice_at: datetime | None = None
    urgent_deadline_reason: str | None = sealed("case_version.urgent_deadline_reason")
    urgent_action_reason: str | None = sealed("case_version.urgent_action_reason")
    urgent_approval_reason: str | None = sealed("case_version.urgent_approval_reason")
    onsite_agreed_at: datetime | None = None
    audit_site: str | None = None
    audit_mode: AuditMode | None = Field(default=None, sa_type=choice(AuditMode, "audit_mode"))
    audit_date: date | None = None
    audit_finding: Finding | None = Field(default=None, sa_type=choice(Finding, "audit_finding"))
    audit_extra_agreed: bool | None = None
    evidence_note: str | None = sealed("case_version.evidence_note")
