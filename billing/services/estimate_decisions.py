"""What a controller says to an estimate by himself, in the portal or by the link of a mail: yes, no, or a question.

He decides exactly the version he was shown. Of many decisions at once the first counts, the others are refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from billing.clause import refs
from billing.clause.reading import Reader, one_of, read_count, read_object, refuse
from billing.errors import Conflict, NotFound, Refused
from billing.services.access.visitor import Via
from billing.services.acting import Act, id_of
from billing.services.approvals import release
from billing.services.approvers import require_approver
from billing.services.estimate_mails import mail_answer, mail_author, mail_decision, order_confirmation
from billing.services.estimate_states import Move, hold_version, move_on, require_open, state_at
from billing.services.estimates import EstimateRecord
from billing.services.fields import read_line, read_note
from billing.services.moments import processor_zone
from billing.services.notices import Notice
from billing.store.session import TenantSession
from billing.store.tables import Approval, Contact
from billing.store.tables.kinds import Channel, EstimateState
from billing.texts import wording
from billing.timespan import datetime_of, instant_of

_CLAUSE = refs.ESTIMATE_AND_APPROVAL.number


class Choice(StrEnum):
    """What may be said to an estimate."""

    APPROVE = "approve"
    ASK = "ask"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A choice, and in words what is asked or why it is declined.

    Who approves may sign with name and function, and name an order of his own; it stays with the approval as proof.
    """

    decision: str
    message: str | None = None
    signed_as: str | None = None
    function: str | None = None
    order_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """The contact who decides, how he came in (`Via`, its row's id), and the network he came from."""

    contact_id: int
    via: Via
    credential_id: int
    network: str


DECISION: dict[str, Reader] = {
    "decision": one_of(*Choice),
    "message?": read_note,
    "signed_as?": read_line,
    "function?": read_line,
    "order_number?": read_line,
}
PORTAL_DECISION: dict[str, Reader] = {**DECISION, "version": read_count}
"""In the portal the version that was looked at is named: another may have been sent meanwhile."""
ANSWER: dict[str, Reader] = {"message": read_note}


def read_decision(raw: Mapping[str, Any]) -> Decision:
    """Read a decision out of a JSON object; a question must say what is asked."""
    decision = Decision(**read_object(raw, "", DECISION))
    if decision.decision == Choice.ASK and decision.message is None:
        raise refuse("missing_key", "message")
    if decision.decision == Choice.APPROVE and decision.message is not None:
        # A yes with words beside it may be no plain yes: who has something to say asks, and is answered first.
        raise refuse("approval_with_message", "message", decision.message)
    return decision


def read_portal_decision(raw: Mapping[str, Any], record: EstimateRecord) -> Decision:
    """Read a decision and its version; Conflict `estimate_version_differs` when that is not the one sent last."""
    said = read_object(raw, "", PORTAL_DECISION)
    version, newest = said.pop("version"), record.version.version_no
    if version != newest:
        raise Conflict(
            "estimate_version_differs", path="version", value=record.estimate.ref, said=version, newest=newest
        )
    return read_decision(said)


def decide_estimate(
    session: TenantSession, act: Act, record: EstimateRecord, decider: Decider, new: Decision
) -> EstimateRecord:
    """Take a controller's decision about the version he was shown.

    Refused: superseded, decided already, expired, a contact who may not approve or is of our own staff; NotFound for
    another controller's.
    """
    hold_version(session, record)
    contact = session.get(Contact, decider.contact_id)
    if contact is None or contact.controller_id != record.version.controller_id:
        raise NotFound("estimate_not_found", value=id_of(record.estimate))
    require_approver(session, contact)
    require_open(record, act.at, processor_zone(session))
    match Choice(new.decision):
        case Choice.APPROVE:
            approval = _approval(session, act, record, decider, new)
            order_confirmation(session, act, release(session, act, record, approval, **_how(decider)).approval)
        case Choice.DECLINE:
            _say(session, act, record, decider, EstimateState.DECLINED, new.message)
            mail_decision(session, act, record, contact, new.decision)
        case Choice.ASK:
            _say(session, act, record, decider, EstimateState.QUESTIONED, new.message)
            mail_decision(session, act, record, contact, new.decision)
    # A moment tells two questions apart; there is one yes or no.
    version = act.at.isoformat() if new.decision == Choice.ASK else ""
    mail_author(session, act, record, f"estimate_{record.version.state}", new.message, version)
    return record


def _approval(session: TenantSession, act: Act, record: EstimateRecord, decider: Decider, new: Decision) -> Approval:
    """Make the approval with all that shows who gave it: name, moment, way, network, and the hash of what he saw."""
    at = datetime_of(instant_of(act.at))
    zone = processor_zone(session)
    note = wording(
        "estimate.evidence_note",
        name=session.get_one(Contact, decider.contact_id).name or "",
        at=f"{act.at.astimezone(zone):%d.%m.%Y %H:%M:%S}",
        way=wording(f"estimate.way.{decider.via}"),
        network=decider.network or "–",
        estimate=f"{record.estimate.ref}/{record.version.version_no}",
        sha256=record.version.sha256 or "",
    )
    return Approval(
        estimate_version_id=id_of(record.version),
        controller_id=record.version.controller_id,
        approved_at=at,
        covers_from=record.version.covers_from,
        contact_id=decider.contact_id,
        channel=Channel.PORTAL,
        evidence_note=" ".join([note, *_signature(new)]),
        **act.record(),
    )


def _signature(new: Decision) -> list[str]:
    """Give what the approver put under it, a sentence each."""
    said = {"signed_as": new.signed_as, "function": new.function, "order_number": new.order_number}
    return [wording(f"estimate.{name}", value=value) for name, value in said.items() if value]


def _say(
    session: TenantSession,
    act: Act,
    record: EstimateRecord,
    decider: Decider,
    state: EstimateState,
    message: str | None,
) -> None:
    """Move an estimate on without a release."""
    move = Move(state=state, at=act.at, contact_id=decider.contact_id, message=message)
    move_on(session, act, record, move, f"estimate_{state}", channel=str(Channel.PORTAL), **_how(decider))


def _how(decider: Decider) -> dict[str, Any]:
    return {
        "contact": decider.contact_id,
        "via": f"{decider.via}:{decider.credential_id}",
        "network": decider.network,
    }


def answer_question(session: TenantSession, act: Act, record: EstimateRecord, raw: Mapping[str, Any]) -> list[Notice]:
    """Answer the controller's question; the estimate is open as it was sent, and he gets the answer with a new link.

    Refused `estimate_not_questioned` when nothing was asked, or it was decided or has expired meanwhile.
    """
    message = read_object(raw, "", ANSWER)["message"]
    version = hold_version(session, record)
    if state_at(version, act.at) is not EstimateState.QUESTIONED:
        state = state_at(version, act.at)
        raise Refused("estimate_not_questioned", clause=_CLAUSE, value=record.estimate.ref, state=state)
    move_on(session, act, record, Move(state=EstimateState.SENT, at=act.at, message=message), "estimate_answered")
    return mail_answer(session, act, record, message, act.at.isoformat())
