"""What the fee clause asks of a case, and what must come with each fact so that it can be proved later."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from billing.clause.reading import Reader, one_of, read_date, read_flag, read_object
from billing.errors import InvalidInput
from billing.services.acting import Act
from billing.services.fields import read_line, read_note
from billing.services.moments import read_datetime, require_past
from billing.store.tables.kinds import AuditMode, Cause, Finding

URGENT_REASONS = ("urgent_deadline_reason", "urgent_action_reason", "urgent_approval_reason")
"""13(5)b: a statutory deadline, action needed at once, an approval that can't be had in time."""

_AUDIT = ("audit_site", "audit_mode", "audit_date")
_CLOSED_SETS = {"cause": Cause, "audit_mode": AuditMode, "audit_finding": Finding}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What is newly known of a case; None changes nothing."""

    cause: str | None = None
    cause_reason: str | None = None
    controller_misconduct: bool | None = None
    misconduct_reason: str | None = None
    urgent_notice_at: datetime | None = None
    urgent_deadline_reason: str | None = None
    urgent_action_reason: str | None = None
    urgent_approval_reason: str | None = None
    onsite_agreed_at: datetime | None = None
    audit_site: str | None = None
    audit_mode: str | None = None
    audit_date: date | None = None
    audit_finding: str | None = None
    audit_extra_agreed: bool | None = None
    evidence_note: str | None = None

    @property
    def said(self) -> dict[str, Any]:
        """Everything that is not None, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


CASE_FACTS: dict[str, Reader] = {
    "cause?": one_of(*Cause),
    "cause_reason?": read_note,
    "controller_misconduct?": read_flag,
    "misconduct_reason?": read_note,
    "urgent_notice_at?": read_datetime,
    "urgent_deadline_reason?": read_note,
    "urgent_action_reason?": read_note,
    "urgent_approval_reason?": read_note,
    "onsite_agreed_at?": read_datetime,
    "audit_site?": read_line,
    "audit_mode?": one_of(*AuditMode),
    "audit_date?": read_date,
    "audit_finding?": one_of(*Finding),
    "audit_extra_agreed?": read_flag,
    "evidence_note?": read_note,
}

FACT_NAMES = tuple(name.removesuffix("?") for name in CASE_FACTS)


def read_case_facts(raw: Mapping[str, Any]) -> CaseFacts:
    """Read what is newly known of a case out of a JSON object."""
    return CaseFacts(**read_object(raw, "", CASE_FACTS))


def columns_of(act: Act, facts: CaseFacts, known: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns of the row that records these facts; `known` is what rows before it say.

    InvalidInput: nothing said, a cause or misconduct without its reason, an emergency without its three reasons, a
    finding without an audit, half an audit, a moment still to come.
    """
    said = facts.said
    if not said:
        raise InvalidInput("nothing_said", path="cause", value=None)
    _require_reason(said, "cause", "cause_reason")
    _require_reason(said, "controller_misconduct", "misconduct_reason")
    for name in ("urgent_notice_at", "onsite_agreed_at"):
        if name in said:
            require_past(act, said[name], name)
    _require_urgent_reasons(said, known)
    columns = said | _whole_audit(said, known)
    return {name: _CLOSED_SETS[name](value) if name in _CLOSED_SETS else value for name, value in columns.items()}


def _require_reason(said: Mapping[str, Any], fact: str, reason: str) -> None:
    """Ask for the reason of whoever takes a decision about money (13(10)); a reason alone decides nothing."""
    if fact in said and reason not in said:
        raise InvalidInput("fact_reason_missing", path=reason, value=None, fact=fact)
    if reason in said and fact not in said:
        raise InvalidInput("reason_without_fact", path=reason, value=said[reason], fact=fact)


def _require_urgent_reasons(said: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    given = [name for name in URGENT_REASONS if name in said]
    needed = bool(given) or ("urgent_notice_at" in said and URGENT_REASONS[0] not in known)
    for name in URGENT_REASONS:
        if needed and name not in said:
            raise InvalidInput("urgent_reason_missing", path=name, value=None)


def _whole_audit(said: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Site, mode and date of an audit always stand together: complete what is said from what is known."""
    if not any(name in said for name in _AUDIT):
        for name in ("audit_finding", "audit_extra_agreed"):
            if name in said and "audit_site" not in known:
                raise InvalidInput("update_without_audit", path=name, value=said[name])
        return {}
    whole = {name: said.get(name, known.get(name)) for name in _AUDIT}
    for name, value in whole.items():
        if value is None:
            raise InvalidInput("audit_incomplete", path=name, value=None)
    return whole
