"""What becomes of a cost estimate: sent, revised, taken back, answered, and decisions that came by other ways."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.estimate import AT, estimate_address, of_estimate
from api.web.staff.lookup import address, case_of, estimate_of
from api.web.staff.typed import moment, proof, said, texts
from billing.clause.reading import Reader, one_of, refuse
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.approvals import (
    approve_estimate,
    decline_estimate,
    missing_proof,
    read_approval,
    read_question,
    read_refusal,
    record_question,
)
from billing.services.by_name import Named
from billing.services.estimate_decisions import answer_question
from billing.services.estimate_lists import approvers, last_question
from billing.services.estimate_states import send_estimate, version_with_controller, withdraw_estimate
from billing.services.estimate_versions import add_version
from billing.services.fields import read_email, read_line, read_note
from billing.services.moments import read_datetime
from billing.services.notices import Notice
from billing.services.proofs import ProofFile
from billing.services.supplements import propose_supplement

CHANNELS = ("mail", "phone", "letter", "in_person")
_RECORDED = {"approved": "estimate_approved", "declined": "estimate_declined", "questioned": "estimate_questioned"}
"""What may be put on record, and what is said of it then."""
_DECISION: dict[str, Reader] = {
    "decision": one_of(*_RECORDED),
    "channel": one_of(*CHANNELS),
    "contact?": read_email,
    "approver_name?": read_line,
    "message?": read_note,
}


@page(f"{AT}/senden", right=Right.ESTIMATE)
def send_page(call: PageCall) -> View | Done:
    """Show what is about to be sent, to whom, and that it can't be changed afterwards."""
    record = estimate_of(call)
    if record.version.state != "draft" and not call.told.problems:
        return Done(estimate_address(call))
    return View("staff/estimates/send.html", of_estimate(call, approvers=approvers(call.session, record)))


@deed(f"{AT}/senden", right=Right.ESTIMATE, back=send_page)
def send_deed(call: PageCall) -> Done:
    """Send a draft: it is final, and who may approve gets a link; what went out by other ways is only recorded."""
    text = moment(call, "sent_at", optional=True)
    call.form.require_good()
    sent_at = None if text is None else read_datetime(text, "sent_at")
    sent = send_estimate(call.session, call.act, estimate_of(call), sent_at)
    fields = {"estimate": sent.record.estimate.ref, "notices": sentences(call, sent.notices)}
    return Done(estimate_address(call), "estimate_sent", fields)


@page(f"{AT}/neue-fassung", right=Right.ESTIMATE)
def revise_page(call: PageCall) -> View:
    """Say what a new version means for the one that is out."""
    return View("staff/estimates/revise.html", of_estimate(call))


@deed(f"{AT}/neue-fassung", right=Right.ESTIMATE, back=revise_page)
def revise_deed(call: PageCall) -> Done:
    """Draft a new version; the old one, if still open, can't be approved any more."""
    record = add_version(call.session, call.act, estimate_of(call), {})
    fields = {"estimate": record.estimate.ref, "version": str(record.version.version_no)}
    return Done(estimate_address(call), "estimate_revised", fields)


@page(f"{AT}/zurueckziehen", right=Right.ESTIMATE)
def withdraw_page(call: PageCall) -> View:
    """Ask why an estimate is taken back."""
    his = version_with_controller(call.session, estimate_of(call))
    return View("staff/estimates/withdraw.html", of_estimate(call, his=his and his.version))


@deed(f"{AT}/zurueckziehen", right=Right.ESTIMATE, back=withdraw_page)
def withdraw_deed(call: PageCall) -> Done:
    """Take back what nobody decided yet; the controller is told if he has it."""
    raw = texts(call, {"reason?": read_note})
    call.form.require_good()
    record = estimate_of(call)
    notices = withdraw_estimate(call.session, call.act, record, raw)
    fields = {"estimate": record.estimate.ref, "notices": sentences(call, notices)}
    return Done(estimate_address(call), "estimate_withdrawn", fields)


@page(f"{AT}/antwort", right=Right.ESTIMATE)
def answer_page(call: PageCall) -> View:
    """Show the question and ask for its answer."""
    return View(
        "staff/estimates/answer.html", of_estimate(call, question=last_question(call.session, estimate_of(call)))
    )


@deed(f"{AT}/antwort", right=Right.ESTIMATE, back=answer_page)
def answer_deed(call: PageCall) -> Done:
    """Answer the controller's question; he gets it by mail, with a link to decide."""
    raw = texts(call, {"message": read_note})
    call.form.require_good()
    record = estimate_of(call)
    notices = answer_question(call.session, call.act, record, raw)
    fields = {"estimate": record.estimate.ref, "notices": sentences(call, notices)}
    return Done(estimate_address(call), "estimate_answered", fields)


@page(f"{AT}/freigabe", right=Right.ESTIMATE)
def decision_page(call: PageCall) -> View:
    """Ask how the controller decided by mail, phone or letter, and for what proves it."""
    record = estimate_of(call)
    context = of_estimate(call, approvers=approvers(call.session, record), channels=CHANNELS)
    return View("staff/estimates/decision.html", context)


@deed(f"{AT}/freigabe", right=Right.ESTIMATE, back=decision_page, fields={"evidence": "evidence_file"})
def decision_deed(call: PageCall) -> Done:
    """Put on record how the controller decided, with the mail that says so, or a note of the call."""
    typed, at = texts(call, _DECISION), moment(call, "decided_at")
    since, file = moment(call, "covers_from", optional=True), proof(call, "evidence_file")
    if "approver_name" in typed:
        typed.pop("contact", None)  # whoever is named is meant, not who was chosen beforehand
    elif "contact" not in typed:
        call.form.note(refuse("field_empty", "contact"))
    lacking = missing_proof(file, typed.get("message"))
    if lacking is not None:
        call.form.note(lacking)
    call.form.require_good()
    record, decision = estimate_of(call), typed.pop("decision")
    notices = _decide(call, decision, typed | said(at=at, covers_from=since), file)
    fields = {"estimate": record.estimate.ref, "notices": sentences(call, notices)}
    return Done(estimate_address(call), _RECORDED[decision], fields)


def _decide(call: PageCall, decision: str, typed: dict[str, Any], file: ProofFile | None) -> list[Notice]:
    """Put a decision on record; gives what to know about it."""
    record, act = estimate_of(call), call.act
    at, since, message = typed.pop("at"), typed.pop("covers_from", None), typed.pop("message", None)
    if decision == "approved":
        new = read_approval({**typed, "approved_at": at, **said(covers_from=since, evidence_note=message)})
        return approve_estimate(call.session, act, record, new, file).notices
    if decision == "declined":
        refusal = read_refusal({**typed, "declined_at": at, **said(reason=message)})
        decline_estimate(call.session, act, record, refusal, file)
    else:
        question = read_question({**typed, "asked_at": at, "message": message or ""})
        record_question(call.session, act, record, question, file)
    return []


@deed("/vorgaenge/{nr:str}/nachfreigabe", right=Right.ESTIMATE)
def supplement_deed(call: PageCall) -> Done:
    """Draft a supplement of just the minutes that wait beyond the approved ones; it still is to be sent."""
    record = propose_supplement(call.session, call.act, case_of(call))
    to = address(call, Named.ESTIMATE, record.estimate.ref, id_of(record.estimate))
    return Done(to, "supplement_drafted", {"estimate": record.estimate.ref})
