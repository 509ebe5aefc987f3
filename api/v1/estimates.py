"""Cost estimates (Kostenvoranschläge) as our own people keep them: drafted, sent, revised, decisions put on record."""

from typing import Any

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.estimate_out import (
    EXAMPLE,
    EstimateDoneOut,
    EstimateOut,
    EstimateRowOut,
    show_done,
    show_estimate,
    show_row,
)
from api.v1.routing import get, patch, post
from billing.clause.reading import Reader, read_object
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.approvals import (
    APPROVAL,
    QUESTION,
    REFUSAL,
    approve_estimate,
    decline_estimate,
    read_approval,
    read_question,
    read_refusal,
    record_question,
)
from billing.services.estimate_decisions import ANSWER, answer_question
from billing.services.estimate_lists import WANTED_ESTIMATES, estimates_after
from billing.services.estimate_states import SENDING, WITHDRAWAL, send_estimate, withdraw_estimate
from billing.services.estimate_versions import CHANGES, add_version, change_estimate
from billing.services.estimates import ESTIMATE, EstimateRecord, add_estimate, estimate_by_id, read_estimate
from billing.services.proofs import ProofFile, read_upload

_EVIDENCE: dict[str, Reader] = {"evidence?": read_upload}
_WHO = {"channel": "mail", "contact": "kern@wohnbau-filderland.example"}


def _record(call: Call) -> EstimateRecord:
    """Give the estimate that the path names; NotFound when this processor has none of this number."""
    return estimate_by_id(call.session, call.path["estimate_id"])


def _with_proof(call: Call) -> tuple[dict[str, Any], ProofFile | None]:
    """Give what was said of a decision, and the file that proves it."""
    said = dict(call.raw)
    evidence = said.pop("evidence", None)
    return said, None if evidence is None else read_upload(evidence, "evidence")


@get("/estimates", right=Right.READ_CASES, query={**WANTED_ESTIMATES, **PAGING}, gives=Page[EstimateRowOut])
def list_estimates_(call: Call) -> Reply:
    """List cost estimates with their newest version, of a case, contract or state only if one is named."""
    return call.page(
        lambda after, most: estimates_after(call.session, call.query, call.act.at, after, most),
        lambda row: show_row(call, row),
    )


@post("/estimates", right=Right.ESTIMATE, reads=ESTIMATE, gives=EstimateDoneOut, example=EXAMPLE)
def add_estimate_(call: Call) -> Reply:
    """Draft a cost estimate; it releases nothing before it was sent and approved."""
    record = add_estimate(call.session, call.act, read_estimate(call.raw))
    return Reply(show_done(call, record), location=f"/estimates/{id_of(record.estimate)}")


@get("/estimates/{estimate_id:int}", right=Right.READ_CASES, gives=EstimateOut)
def get_estimate(call: Call) -> Reply:
    """Give a cost estimate with its price, versions and history."""
    return Reply(show_estimate(call, _record(call)), etag=True)


@patch(
    "/estimates/{estimate_id:int}",
    right=Right.ESTIMATE,
    reads=CHANGES,
    gives=EstimateOut,
    example={"lines": [{"rate_class": "regular", "minutes": 300}]},
)
def change_estimate_(call: Call) -> Reply:
    """Change a draft; `lines` replaces all of them. 409 `estimate_already_sent` once the controller has it."""
    record = _record(call)
    call.require_match(show_estimate(call, record))
    return Reply(show_estimate(call, change_estimate(call.session, call.act, record, call.raw)), etag=True)


@post(
    "/estimates/{estimate_id:int}/versions",
    right=Right.ESTIMATE,
    reads=CHANGES,
    gives=EstimateDoneOut,
    example={"lines": [{"rate_class": "regular", "minutes": 180}]},
)
def revise_estimate(call: Call) -> Reply:
    """Draft a new version of what was sent; the old one, if still open, can't be approved any more."""
    record = add_version(call.session, call.act, _record(call), call.raw)
    return Reply(show_done(call, record), location=f"/estimates/{id_of(record.estimate)}")


@post(
    "/estimates/{estimate_id:int}/sending",
    right=Right.ESTIMATE,
    reads=SENDING,
    gives=EstimateDoneOut,
    status=200,
    example={},
)
def send_estimate_(call: Call) -> Reply:
    """Send a draft: it is final, and who may approve gets a link by mail.

    With `sent_at` it went out by other ways at that moment, and nobody is mailed.
    """
    sent_at = read_object(call.raw, "", SENDING).get("sent_at")
    sent = send_estimate(call.session, call.act, _record(call), sent_at)
    return Reply(show_done(call, sent.record, sent.notices))


@post(
    "/estimates/{estimate_id:int}/withdrawal",
    right=Right.ESTIMATE,
    reads=WITHDRAWAL,
    gives=EstimateDoneOut,
    status=200,
    example={"reason": "Die Anfrage hat sich erledigt."},
)
def withdraw_estimate_(call: Call) -> Reply:
    """Take back what nobody decided yet; the controller is told, with the `reason`, if he has it."""
    record = _record(call)
    notices = withdraw_estimate(call.session, call.act, record, call.raw)
    return Reply(show_done(call, record, notices))


@post(
    "/estimates/{estimate_id:int}/question",
    right=Right.ESTIMATE,
    reads={**QUESTION, **_EVIDENCE},
    gives=EstimateDoneOut,
    status=200,
    example={"asked_at": "2026-11-02T09:00:00+01:00", **_WHO, "message": "Warum vier Stunden?"},
)
def record_question_(call: Call) -> Reply:
    """Put on record what the controller asked by mail, letter or phone."""
    record, (said, evidence) = _record(call), _with_proof(call)
    return Reply(show_done(call, record_question(call.session, call.act, record, read_question(said), evidence)))


@post(
    "/estimates/{estimate_id:int}/answer",
    right=Right.ESTIMATE,
    reads=ANSWER,
    gives=EstimateDoneOut,
    status=200,
    example={"message": "Die Daten liegen in drei Archiven."},
)
def answer_question_(call: Call) -> Reply:
    """Answer the controller's question; he gets it by mail, with a link to decide."""
    record = _record(call)
    return Reply(show_done(call, record, answer_question(call.session, call.act, record, call.raw)))


@post(
    "/estimates/{estimate_id:int}/approval",
    right=Right.ESTIMATE,
    reads={**APPROVAL, **_EVIDENCE},
    gives=EstimateDoneOut,
    example={"approved_at": "2026-11-02T09:30:00+01:00", **_WHO, "evidence_note": "Freigegeben. Kern"},
)
def approve_estimate_(call: Call) -> Reply:
    """Put on record a release that came by mail, letter or phone.

    `evidence` is the file that proves it; without one `evidence_note` gives its words.
    """
    record, (said, evidence) = _record(call), _with_proof(call)
    released = approve_estimate(call.session, call.act, record, read_approval(said), evidence)
    return Reply(show_done(call, record, released.notices))


@post(
    "/estimates/{estimate_id:int}/refusal",
    right=Right.ESTIMATE,
    reads={**REFUSAL, **_EVIDENCE},
    gives=EstimateDoneOut,
    example={"declined_at": "2026-11-02T09:30:00+01:00", **_WHO, "reason": "Zu teuer"},
)
def decline_estimate_(call: Call) -> Reply:
    """Put on record that the controller declined by mail, letter or phone; with `evidence`, or at least a `reason`."""
    record, (said, evidence) = _record(call), _with_proof(call)
    return Reply(show_done(call, decline_estimate(call.session, call.act, record, read_refusal(said), evidence)))
