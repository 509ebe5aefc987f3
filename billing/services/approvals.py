"""Releases of cost estimates: what the controller agreed to, when, how, and by whom (13(5)a, c)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause import refs
from billing.clause.reading import Reader, one_of, read_object
from billing.errors import InvalidInput, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.estimates import EstimateRecord, event_of
from billing.services.fields import read_email, read_line, read_note
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.parties import find_contact
from billing.services.proofs import ProofFile, keep_proof
from billing.store.session import TenantSession
from billing.store.tables import Approval
from billing.store.tables.kinds import Channel, EstimateState, RetentionClass

_OPEN = (EstimateState.SENT, EstimateState.QUESTIONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    """A release by the controller: who, when, how; `covers_from` reaches back when that was agreed."""

    approved_at: datetime
    channel: str
    covers_from: datetime | None = None
    contact: str | None = None
    approver_name: str | None = None
    evidence_note: str | None = None


_APPROVAL: dict[str, Reader] = {
    "approved_at": read_datetime,
    "channel": one_of(*Channel),
    "covers_from?": read_datetime,
    "contact?": read_email,
    "approver_name?": read_line,
    "evidence_note?": read_note,
}


def read_approval(raw: Mapping[str, Any]) -> NewApproval:
    """Read a release out of a JSON object."""
    return NewApproval(**read_object(raw, "", _APPROVAL))


def approve_estimate(
    session: TenantSession, act: Act, record: EstimateRecord, new: NewApproval, evidence: ProofFile | None = None
) -> Approval:
    """Record that the controller released an estimate, as it was sent; its minutes count from `covers_from`, else then.

    Refused: not sent, decided already, expired, or a contact who may not approve. InvalidInput: nobody named.
    """
    version, ref = record.version, record.estimate.ref
    _check_approval(act, record, new, processor_zone(session))
    contact = None if new.contact is None else find_contact(session, record.estimate.controller_id, new.contact)
    if contact is not None and not contact.may_approve:
        raise Refused("contact_may_not_approve", clause=refs.ESTIMATE_AND_APPROVAL.number, value=new.contact)
    approval = Approval(
        estimate_version_id=id_of(version),
        controller_id=version.controller_id,
        approved_at=new.approved_at,
        covers_from=new.covers_from,
        contact_id=None if contact is None else contact.id,
        approver_name=new.approver_name,
        channel=Channel(new.channel),
        evidence_note=new.evidence_note,
        **act.record(),
    )
    if evidence is not None:
        approval.evidence_file_id = keep_proof(session, act, evidence, RetentionClass.LETTER, "evidence_file").id
    put(session, approval)
    version.state = EstimateState.APPROVED
    put(session, version, event_of(act, record, EstimateState.APPROVED, new.approved_at))
    audit(
        session,
        act,
        "estimate_approved",
        f"estimate:{ref}",
        sha256=version.sha256,
        approved_at=new.approved_at.isoformat(),
        covers_from=None if new.covers_from is None else new.covers_from.isoformat(),
        channel=new.channel,
    )
    return approval


def _check_approval(act: Act, record: EstimateRecord, new: NewApproval, zone: ZoneInfo) -> None:
    version, ref, clause = record.version, record.estimate.ref, refs.ESTIMATE_AND_APPROVAL.number
    if (new.contact is None) == (new.approver_name is None):
        raise InvalidInput("approver_missing", path="contact", value=new.contact)
    require_past(act, new.approved_at, "approved_at")
    if version.state is EstimateState.DRAFT:
        raise Refused("estimate_not_sent", clause=clause, value=ref)
    if version.state not in _OPEN:
        raise Refused("estimate_is_decided", clause=clause, value=ref, state=version.state)
    if version.sent_at is not None and new.approved_at < version.sent_at.replace(second=0, microsecond=0):
        said, sent = new.approved_at.astimezone(zone), version.sent_at.astimezone(zone)
        raise InvalidInput("approved_before_sent", path="approved_at", value=said, sent_at=sent)
    if version.valid_until is not None and new.approved_at > version.valid_until:
        until = version.valid_until.astimezone(zone)
        raise Refused("estimate_expired", clause=clause, value=ref, valid_until=until)
