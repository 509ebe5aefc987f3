"""Decisions that reached us by mail, letter or phone, on record with their proof: releases and refusals (13(5)a, c).

The proof is the file that says so, or at least its words; whoever puts a decision on record gives one of the two.

What a controller decides by himself, in the portal or by the link of a mail, is in `estimate_decisions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, one_of, read_object, refuse
from billing.errors import InvalidInput
from billing.services.acting import Act, id_of, put
from billing.services.approvers import decider_of
from billing.services.estimate_states import Move, hold_version, move_on, require_open
from billing.services.estimates import EstimateRecord
from billing.services.fields import read_email, read_line, read_note
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.notices import Notice
from billing.services.overruns import release_notices
from billing.services.proofs import ProofFile, keep_proof
from billing.store.session import TenantSession
from billing.store.tables import Approval, Contact
from billing.store.tables.kinds import Channel, EstimateState, RetentionClass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    """A release by the controller: who, when, how; `covers_from` reaches back when that was agreed."""

    approved_at: datetime
    channel: str
    covers_from: datetime | None = None
    contact: str | None = None
    approver_name: str | None = None
    evidence_note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefusal:
    """That the controller declined: who, when, how, and why if he said so."""

    declined_at: datetime
    channel: str
    contact: str | None = None
    approver_name: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuestion:
    """What the controller asks before he decides: who, when, how."""

    asked_at: datetime
    channel: str
    message: str
    contact: str | None = None
    approver_name: str | None = None


_CHANNELS = [channel for channel in Channel if channel is not Channel.PORTAL]
"""How a decision reached us that others put on record; what was decided in the portal is on record by itself."""
_WHO: dict[str, Reader] = {"channel": one_of(*_CHANNELS), "contact?": read_email, "approver_name?": read_line}
APPROVAL: dict[str, Reader] = {
    "approved_at": read_datetime,
    **_WHO,
    "covers_from?": read_datetime,
    "evidence_note?": read_note,
}
REFUSAL: dict[str, Reader] = {"declined_at": read_datetime, **_WHO, "reason?": read_note}
QUESTION: dict[str, Reader] = {"asked_at": read_datetime, **_WHO, "message": read_note}


def read_approval(raw: Mapping[str, Any]) -> NewApproval:
    """Read a release out of a JSON object."""
    return NewApproval(**read_object(raw, "", APPROVAL))


def read_refusal(raw: Mapping[str, Any]) -> NewRefusal:
    """Read a refusal out of a JSON object."""
    return NewRefusal(**read_object(raw, "", REFUSAL))


def read_question(raw: Mapping[str, Any]) -> NewQuestion:
    """Read a question out of a JSON object."""
    return NewQuestion(**read_object(raw, "", QUESTION))


@dataclass(frozen=True, slots=True)
class Released:
    """A release on record, and what to know about it: that it begins later, or that more was worked than it covers."""

    approval: Approval
    notices: list[Notice]


def approve_estimate(
    session: TenantSession, act: Act, record: EstimateRecord, new: NewApproval, evidence: ProofFile | None = None
) -> Released:
    """Record that the controller released an estimate, as it was sent; its minutes count from `covers_from`, else then.

    An estimate that asks to cover earlier work does so without its being said again. Refused: not sent, superseded,
    decided already, expired before the release, or a contact who may not approve. InvalidInput: nobody named, no proof.
    """
    hold_version(session, record)
    contact = _decider(session, act, record, new, new.approved_at, "approved_at")
    require_open(record, new.approved_at, processor_zone(session), late_record=True)
    approval = Approval(
        estimate_version_id=id_of(record.version),
        controller_id=record.version.controller_id,
        approved_at=new.approved_at,
        covers_from=new.covers_from or record.version.covers_from,
        contact_id=None if contact is None else contact.id,
        approver_name=new.approver_name,
        channel=Channel(new.channel),
        evidence_note=new.evidence_note,
        **act.record(),
    )
    approval.evidence_file_id = _proof(session, act, evidence, new.evidence_note)
    return release(session, act, record, approval)


def release(session: TenantSession, act: Act, record: EstimateRecord, approval: Approval, **details: Any) -> Released:
    """Write an approval of a held, open version, and let that be approved by it.

    Where more was worked already than it covers, the controller is told at once (13(5)c).
    """
    put(session, approval)
    move = Move(state=EstimateState.APPROVED, at=approval.approved_at, contact_id=approval.contact_id)
    move_on(
        session,
        act,
        record,
        move,
        "estimate_approved",
        sha256=record.version.sha256,
        approved_at=approval.approved_at.isoformat(),
        covers_from=None if approval.covers_from is None else approval.covers_from.isoformat(),
        channel=str(approval.channel),
        **details,
    )
    return Released(approval, [*_begins_later(record, approval), *release_notices(session, act, id_of(record.case))])


def _begins_later(record: EstimateRecord, approval: Approval) -> list[Notice]:
    """Say that a release counts only from some time after it was given: that may be agreed, or a slip of the pen."""
    if approval.covers_from is None or approval.covers_from <= approval.approved_at:
        return []
    return [Notice("release_begins_later", {"value": record.estimate.ref, "covers_from": approval.covers_from})]


def decline_estimate(
    session: TenantSession, act: Act, record: EstimateRecord, new: NewRefusal, evidence: ProofFile | None = None
) -> EstimateRecord:
    """Record that the controller declined an estimate; refused as a release would be."""
    return _said(session, act, record, (new, new.declined_at, "declined_at", new.reason), evidence)


def record_question(
    session: TenantSession, act: Act, record: EstimateRecord, new: NewQuestion, evidence: ProofFile | None = None
) -> EstimateRecord:
    """Record what the controller asks; the estimate waits for `answer_question`, and may be decided all the same."""
    return _said(session, act, record, (new, new.asked_at, "asked_at", new.message), evidence)


def _said(
    session: TenantSession,
    act: Act,
    record: EstimateRecord,
    word: tuple[NewRefusal | NewQuestion, datetime, str, str | None],
    evidence: ProofFile | None,
) -> EstimateRecord:
    """Move an open estimate on by a word that releases nothing; who is known by name only is named with the word."""
    new, at, path, text = word
    hold_version(session, record)
    contact = _decider(session, act, record, new, at, path)
    require_open(record, at, processor_zone(session))
    state = EstimateState.DECLINED if isinstance(new, NewRefusal) else EstimateState.QUESTIONED
    move = Move(
        state=state,
        at=at,
        contact_id=None if contact is None else contact.id,
        message=": ".join(said for said in (new.approver_name, text) if said) or None,
        evidence_file_id=_proof(session, act, evidence, text),
    )
    move_on(session, act, record, move, f"estimate_{state}", said_at=at.isoformat(), channel=new.channel)
    return record


def missing_proof(evidence: ProofFile | None, words: str | None) -> InvalidInput | None:
    """Give the refusal of a decision that neither a file nor words prove, None for one that is proved."""
    return None if evidence or words else refuse("proof_missing", "evidence")


def _proof(session: TenantSession, act: Act, evidence: ProofFile | None, words: str | None) -> int | None:
    """Keep the file that proves a decision; gives its id, None where the words do."""
    problem = missing_proof(evidence, words)
    if problem is not None:
        raise problem
    return None if evidence is None else keep_proof(session, act, evidence, RetentionClass.LETTER, "evidence_file").id


def _decider(
    session: TenantSession,
    act: Act,
    record: EstimateRecord,
    new: NewApproval | NewRefusal | NewQuestion,
    at: datetime,
    path: str,
) -> Contact | None:
    """Give the contact who decided, None for one known by name only; refuse who may not, and an impossible moment."""
    require_past(act, at, path)
    sent_at = record.version.sent_at
    if sent_at is not None and at < sent_at.replace(second=0, microsecond=0):
        zone = processor_zone(session)
        said, sent = at.astimezone(zone), sent_at.astimezone(zone)
        raise InvalidInput("approved_before_sent", path=path, value=said, sent_at=sent)
    return decider_of(session, record, new.contact, new.approver_name, at)
