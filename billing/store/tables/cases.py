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
    maybe_to,
    recorded,
    ref,
    sealed,
    table,
    to,
    unique,
    whole_minutes,
)
from billing.store.tables.kinds import AuditMode, Cause, Channel, Finding


class Case(Recorded, table=True):
    """One matter of one contract; minimum units and the urgent minutes count per case (13(4)a, 13(5)b)."""

    __tablename__ = "case"
    __table_args__ = table(
        unique("ref", "contract_id"),
        agreeing("contract_id", "controller_id"),
        link("contract", "contract_id", "controller_id"),
        link("person", "responsible_id"),
        index("contract_id"),
        *recorded(),
        may_change="title legal_deadline_at controller_reference responsible_id closed_at",
    )

    contract_id: int = to()
    controller_id: int = to()
    ref: str = ref()
    kind: str
    title: str
    opened_at: datetime
    legal_deadline_at: datetime | None = None
    controller_reference: str | None = None
    responsible_id: int | None = maybe_to()
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


class CaseFile(Recorded, table=True):
    """A file that belongs to a case: what the controller handed in, or what we keep of it."""

    __tablename__ = "case_file"
    __table_args__ = table(
        link("case", "case_id"), link("stored_file", "stored_file_id"), index("case_id"), *recorded()
    )

    case_id: int = to()
    stored_file_id: int = to()
    note: str | None = sealed("case_file.note")


class IncidentVersion(Recorded, table=True):
    """What became known of a data breach (17(3)), as for `CaseVersion`: NULL changes nothing, the rows stay in order.

    `known_at` is the knowledge of the processor, from which the 48 hours of 17(2)a run. `not_yet_known` lists, as
    canonical JSON, the fields of 17(3) that the first notice leaves open (17(4)a); each new list replaces the last.
    """

    __tablename__ = "incident_version"
    __table_args__ = table(
        link("case", "case_id"),
        index("case_id"),
        check("people_not_negative", "people_count >= 0"),
        check("records_not_negative", "record_count >= 0"),
        *whole_minutes("known_at", "first_notice_at", "contained_at", "final_report_at"),
        *recorded(),
    )

    case_id: int = to()
    known_at: datetime | None = None
    nature: str | None = sealed("incident_version.nature")
    occurred: str | None = sealed("incident_version.occurred")
    systems: str | None = sealed("incident_version.systems")
    people_categories: str | None = sealed("incident_version.people_categories")
    people_count: int | None = None
    data_categories: str | None = sealed("incident_version.data_categories")
    record_count: int | None = None
    consequences: str | None = sealed("incident_version.consequences")
    measures: str | None = sealed("incident_version.measures")
    contact_point: str | None = sealed("incident_version.contact_point")
    not_yet_known: str | None = None
    root_cause: str | None = sealed("incident_version.root_cause")
    prevention: str | None = sealed("incident_version.prevention")
    first_notice_at: datetime | None = None
    contained_at: datetime | None = None
    final_report_at: datetime | None = None


class DeadlineMark(Recorded, table=True):
    """That a tracked deadline of a case (`D-01` ...) was met, or its matter done once more; never taken back."""

    __tablename__ = "deadline_mark"
    __table_args__ = table(link("case", "case_id"), index("case_id"), *whole_minutes("met_at"), *recorded())

    case_id: int = to()
    code: str = Field(max_length=10)
    met_at: datetime
    note: str | None = sealed("deadline_mark.note")


class Instruction(Recorded, table=True):
    """An instruction of the controller (Weisung, 4(1)): who gave it, how and what; confirmed, and carried out.

    `objection` is why the processor holds it to be unlawful: told at once, and a right to wait (4(5)).
    """

    __tablename__ = "instruction"
    __table_args__ = table(
        unique("ref"),
        agreeing("controller_id"),
        link("contract", "contract_id", "controller_id"),
        link("case", "case_id"),
        link("person", "carried_out_by_id"),
        index("contract_id"),
        check("objection_whole", "(objected_at IS NULL) = (objection IS NULL)"),
        *whole_minutes("given_at", "confirmed_at", "objected_at", "carried_out_at"),
        *recorded(),
        set_once="case_id confirmed_at objected_at objection carried_out_at carried_out_by_id outcome",
    )

    ref: str = ref()
    contract_id: int = to()
    controller_id: int = to()
    case_id: int | None = maybe_to()
    given_at: datetime
    given_by: str | None = sealed("instruction.given_by")
    channel: Channel = Field(sa_type=choice(Channel, "channel"))
    content: str | None = sealed("instruction.content")
    confirmed_at: datetime | None = None
    objected_at: datetime | None = None
    objection: str | None = sealed("instruction.objection")
    carried_out_at: datetime | None = None
    carried_out_by_id: int | None = maybe_to()
    outcome: str | None = sealed("instruction.outcome")


class SupportRequest(Recorded, table=True):
    """What a controller asked for in the portal: it opens a case, and its receipt is confirmed at once (13(2)b)."""

    __tablename__ = "support_request"
    __table_args__ = table(
        unique("ref"),
        link("contract", "contract_id", "controller_id"),
        link("contact", "contact_id", "controller_id"),
        link("case", "case_id", "contract_id", "controller_id"),
        index("controller_id"),
        *recorded(),
        set_once="confirmed_at",
    )

    ref: str = ref()
    contract_id: int = to()
    controller_id: int = to()
    contact_id: int = to()
    case_id: int = to()
    kind: str
    description: str | None = sealed("support_request.description")
    wanted_by: datetime | None = None
    received_at: datetime
    confirmed_at: datetime | None = None
