"""Urgent work (Eilfall): a little may go unapproved, once its three reasons are told to the controller (13(5)b)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause import refs
from billing.clause.reading import Reader, read_object
from billing.errors import Conflict
from billing.services.acting import Act, audit, id_of
from billing.services.calendars import agreement_of
from billing.services.case_facts import CaseFacts
from billing.services.case_mails import tell_controller
from billing.services.cases import CaseRecord, record_case_fact
from billing.services.fields import read_note
from billing.services.moments import local_day, processor_zone, read_datetime, require_past
from billing.services.notices import Notice
from billing.services.overruns import overrun_notices
from billing.store.queries.cases import known_facts, living_contacts
from billing.store.session import TenantSession, hold
from billing.store.tables import Case
from billing.timespan import datetime_of, instant_of, month_of

_MAIL = "urgent_notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """Why work can't wait: all three must be there. `informed_at`: the controller was told by other means, then."""

    deadline_reason: str
    action_reason: str
    approval_reason: str
    informed_at: datetime | None = None


URGENCY: dict[str, Reader] = {
    "deadline_reason": read_note,
    "action_reason": read_note,
    "approval_reason": read_note,
    "informed_at?": read_datetime,
}


def read_urgency(raw: Mapping[str, Any]) -> Urgency:
    """Read the reasons out of a JSON object: the legal deadline, the need to act at once, why nobody could approve."""
    return Urgency(**read_object(raw, "", URGENCY))


@dataclass(frozen=True, slots=True)
class Declared:
    """An emergency on record: when the controller was told, how many minutes it covers, and what to know about it."""

    case: Case
    notice_at: datetime
    cap_minutes: int
    mails: int
    notices: list[Notice]


def declare_urgent(session: TenantSession, act: Act, case: Case, urgency: Urgency) -> Declared:
    """Record that work on a case is urgent, and tell the controller at once; with that the urgent minutes count.

    A mail goes to all its contacts, also when it was told by other means before. Conflict: declared already (the
    minutes count once a case), or nobody to write to and no `informed_at`. Logging work never waits for this (13(9)).
    """
    hold(session, f"case:{id_of(case)}")
    known = known_facts(session, session.processor_id, id_of(case))
    if "urgent_notice_at" in known:
        zone = processor_zone(session)
        raise Conflict("urgent_already_declared", value=case.ref, since=known["urgent_notice_at"].astimezone(zone))
    notice_at = urgency.informed_at or datetime_of(instant_of(act.at))
    require_past(act, notice_at, "informed_at")
    record = record_case_fact(session, act, case, _facts(urgency, notice_at))
    cap = _cap_minutes(session, act, case)
    reasons = {
        "deadline_reason": urgency.deadline_reason,
        "action_reason": urgency.action_reason,
        "approval_reason": urgency.approval_reason,
    }
    said = {**reasons, "minutes": cap, "informed_at": urgency.informed_at or ""}
    mails = tell_controller(
        session, act, case, kind=_MAIL, fields=said, version="notice", must_reach=urgency.informed_at is None
    )
    audit(session, act, "urgent_declared", f"case:{case.ref}", clause=refs.URGENT_WORK.number, mails=len(mails))
    used_up = overrun_notices(session, act, id_of(case), urgent=True)
    return Declared(case, notice_at, cap, len(mails), [*_notices(record, cap), *used_up])


def is_declared(session: TenantSession, case: Case) -> bool:
    """Tell whether a case is on record as urgent: then its reasons are not asked again."""
    return "urgent_notice_at" in known_facts(session, session.processor_id, id_of(case))


def can_be_told(session: TenantSession, case: Case) -> bool:
    """Tell whether the controller of a case has anybody a message could go to."""
    return bool(living_contacts(session, session.processor_id, case.controller_id))


def _facts(urgency: Urgency, notice_at: datetime) -> CaseFacts:
    return CaseFacts(
        urgent_notice_at=notice_at,
        urgent_deadline_reason=urgency.deadline_reason,
        urgent_action_reason=urgency.action_reason,
        urgent_approval_reason=urgency.approval_reason,
    )


def _cap_minutes(session: TenantSession, act: Act, case: Case) -> int:
    """Give how many urgent minutes the contract lets a case use unapproved, as agreed for this month."""
    month = month_of(local_day(act.at, processor_zone(session)))
    return agreement_of(session, case.contract_id).terms_at(month).urgent_cap_minutes


def _notices(record: CaseRecord, cap: int) -> list[Notice]:
    without = [] if cap else [Notice("no_urgent_minutes_agreed", {"value": record.case.ref})]
    return [*record.notices, *without]
