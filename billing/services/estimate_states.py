"""How a version of a cost estimate moves on: sent, withdrawn, expired, decided (13(5)a).

Every move leaves an event on the version and a row in the audit log. Who moves one holds it first, so that of many who
decide at the same time the first one does, and the others see what he decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from billing.clause import refs
from billing.clause.reading import Reader, read_object
from billing.errors import InvalidInput, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.estimate_content import estimate_content
from billing.services.estimate_mails import mail_estimate, mail_withdrawal
from billing.services.estimates import EstimateRecord, version_by_id
from billing.services.fields import read_note
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.notices import Notice
from billing.store.queries.estimates import events_of, overdue_versions
from billing.store.session import TenantSession
from billing.store.tables import EstimateEvent, EstimateVersion
from billing.store.tables.kinds import EstimateState
from billing.timespan import instant_of

OPEN = (EstimateState.SENT, EstimateState.QUESTIONED)
"""A controller may decide."""
_WITH_CONTROLLER = (*OPEN, EstimateState.DECLINED)
"""What a controller got, or said of it."""
_CLAUSE = refs.ESTIMATE_AND_APPROVAL.number

SENDING: dict[str, Reader] = {"sent_at?": read_datetime}
WITHDRAWAL: dict[str, Reader] = {"reason?": read_note}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where a version goes, when that happened, and who of the controller's people said what about it."""

    state: EstimateState
    at: datetime
    contact_id: int | None = None
    message: str | None = None
    evidence_file_id: int | None = None


def hold_version(session: TenantSession, record: EstimateRecord) -> EstimateVersion:
    """Let one transaction at a time move a version on, and see it as the last one left it."""
    query = select(EstimateVersion).where(col(EstimateVersion.id) == id_of(record.version)).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one()


def move_on(session: TenantSession, act: Act, record: EstimateRecord, move: Move, action: str, **details: Any) -> None:
    """Bring a held version into a state, with its event and its audit row (`details`: references, codes, hashes)."""
    record.version.state = move.state
    event = EstimateEvent(
        estimate_version_id=id_of(record.version),
        controller_id=record.version.controller_id,
        state=move.state,
        happened_at=move.at,
        contact_id=move.contact_id,
        message=move.message,
        **act.record() | {"evidence_file_id": move.evidence_file_id},
    )
    put(session, record.version, event)
    audit(session, act, action, record.subject, version=record.version.version_no, **details)


def state_at(version: EstimateVersion, now: datetime) -> EstimateState:
    """Give the state as it is to be read at a moment: who did not decide in time finds it expired, marked or not."""
    return EstimateState.EXPIRED if version.state in OPEN and _is_past(version.valid_until, now) else version.state


def _is_past(end: datetime | None, now: datetime) -> bool:
    return end is not None and instant_of(end) < instant_of(now)


def require_open(record: EstimateRecord, decided_at: datetime, zone: ZoneInfo, *, late_record: bool = False) -> None:
    """Refuse a decision on what is no open version: a draft, a superseded one, one that is decided or has expired.

    With `late_record` an expired one is open to a decision made in time that only now is put on record.
    """
    version, ref = record.version, record.estimate.ref
    if version.state is EstimateState.DRAFT:
        raise Refused("estimate_not_sent", clause=_CLAUSE, value=ref)
    if version.state is EstimateState.SUPERSEDED:
        raise Refused("estimate_superseded", clause=_CLAUSE, value=ref, version=version.version_no)
    in_time = late_record and version.state is EstimateState.EXPIRED
    expired = version.state is EstimateState.EXPIRED and not late_record
    if expired or ((version.state in OPEN or in_time) and _is_past(version.valid_until, decided_at)):
        until = None if version.valid_until is None else version.valid_until.astimezone(zone)
        raise Refused("estimate_expired", clause=_CLAUSE, value=ref, valid_until=until)
    if version.state not in OPEN and not in_time:
        raise Refused("estimate_is_decided", clause=_CLAUSE, value=ref, state=version.state)


@dataclass(frozen=True, slots=True)
class SentEstimate:
    """An estimate that was just sent, and what to know about it: that nobody may decide it."""

    record: EstimateRecord
    notices: list[Notice]


def send_estimate(
    session: TenantSession, act: Act, record: EstimateRecord, sent_at: datetime | None = None
) -> SentEstimate:
    """Freeze an estimate and mail it to who may approve; Refused when it is no draft any more, or would expire at once.

    With `sent_at` it went out by other ways at that moment, and nobody is mailed. InvalidInput `sent_before_earlier`
    for a moment at which an earlier version was not sent yet, or not questioned or declined yet.
    """
    version, ref, moment = hold_version(session, record), record.estimate.ref, sent_at or act.at
    require_past(act, moment, "sent_at")
    if version.state is not EstimateState.DRAFT:
        raise Refused("estimate_already_sent", clause=_CLAUSE, value=ref, state=version.state)
    _require_after_earlier(session, record, moment)
    if _is_past(version.valid_until, moment):
        until = version.valid_until.astimezone(processor_zone(session)) if version.valid_until else None
        raise Refused("estimate_ends_before_sent", clause=_CLAUSE, value=ref, valid_until=until)
    content = (ref, version.version_no, version.description, record.lines, version.covers_from)
    version.sha256, version.sent_at = estimate_content(*content)[1], moment
    move_on(session, act, record, Move(state=EstimateState.SENT, at=moment), "estimate_sent", sha256=version.sha256)
    return SentEstimate(record, [] if sent_at else mail_estimate(session, act, record))


def _require_after_earlier(session: TenantSession, record: EstimateRecord, moment: datetime) -> None:
    """Refuse to have sent a version before what the controller got and said of those that it takes the place of."""
    happened = events_of(session, session.processor_id, id_of(record.estimate))
    known = [event for event in happened if event.state in _WITH_CONTROLLER]
    last = max(known, key=lambda event: instant_of(event.happened_at), default=None)
    if last is not None and instant_of(moment) < instant_of(last.happened_at):
        zone, fields = processor_zone(session), {"version": last.version_no}
        at, said = last.happened_at.astimezone(zone), moment.astimezone(zone)
        raise InvalidInput("sent_before_earlier", path="sent_at", value=said, at=at, **fields)


def version_with_controller(session: TenantSession, record: EstimateRecord) -> EstimateRecord | None:
    """Give an estimate in the version that the controller waits over, None where he has none.

    It is the newest, or the one before it that a draft took the place of: he hears of that when the draft is sent.
    """
    if record.version.state is not EstimateState.DRAFT:
        return record
    query = select(EstimateVersion).where(
        EstimateVersion.processor_id == session.processor_id,
        EstimateVersion.estimate_id == id_of(record.estimate),
        EstimateVersion.version_no == record.version.version_no - 1,
        EstimateVersion.state == EstimateState.SUPERSEDED,
    )
    before = session.exec(query).one_or_none()
    return None if before is None else replace(record, version=before)


def withdraw_estimate(session: TenantSession, act: Act, record: EstimateRecord, raw: Mapping[str, Any]) -> list[Notice]:
    """Take an estimate back before it was decided; the controller is told, with the `reason`, of what he has of it.

    Of a draft he knows nothing: nobody is mailed. Gives what to know about it.
    """
    reason = read_object(raw, "", WITHDRAWAL).get("reason")
    version = hold_version(session, record)
    with_controller = version_with_controller(session, record)
    if version.state not in (EstimateState.DRAFT, *OPEN):
        raise Refused("estimate_is_decided", clause=_CLAUSE, value=record.estimate.ref, state=version.state)
    move = Move(state=EstimateState.WITHDRAWN, at=act.at, message=reason)
    move_on(session, act, record, move, "estimate_withdrawn", was_sent=with_controller is not None)
    return mail_withdrawal(session, act, with_controller, reason) if with_controller else []


def supersede(session: TenantSession, act: Act, record: EstimateRecord) -> None:
    """Let an open version end because a new one takes its place."""
    move_on(session, act, record, Move(state=EstimateState.SUPERSEDED, at=act.at), "estimate_superseded")


def expire_estimates(session: TenantSession, act: Act) -> int:
    """Mark as expired what nobody decided by its `valid_until`; a duty to do from time to time. Gives how many."""
    expired = 0
    for version_id in overdue_versions(session, session.processor_id, act.at):
        record = version_by_id(session, version_id)
        version = hold_version(session, record)
        if version.state in OPEN and version.valid_until is not None:
            move = Move(state=EstimateState.EXPIRED, at=version.valid_until)
            move_on(session, act, record, move, "estimate_expired")
            expired += 1
    return expired
