"""`mehraufwand estimate approve|decline|question|answer`: what the controller said by mail, letter or phone."""

from api.answers import Answer, Done
from api.commanding import Call, Field, Kind, command
from api.commands.estimates import CONTRACT, REF, estimates, found
from billing.services.approvals import (
    approve_estimate,
    decline_estimate,
    read_approval,
    read_question,
    read_refusal,
    record_question,
)
from billing.services.estimate_decisions import answer_question

__all__ = ["estimates"]  # the group, with these commands too

_WHO = (
    Field("channel", "Weg: mail, letter, phone oder in_person. Pflicht."),
    Field("contact", "E-Mail-Adresse des Ansprechpartners, der entschieden hat."),
    Field("approver_name", "Sonst der Name."),
    Field("evidence_file", "Nachweis als Datei, etwa die E-Mail; ohne sie braucht es den Wortlaut.", Kind.FILE),
)


@command(
    estimates,
    "approve",
    (
        REF,
        Field("approved_at", "Wann freigegeben. Pflicht.", Kind.MOMENT),
        *_WHO,
        Field("covers_from", "Ab wann die Freigabe gilt, wenn Rückwirkung vereinbart ist.", Kind.MOMENT),
        Field("evidence_note", "Der Wortlaut der Freigabe, wenn es keine Datei gibt."),
        CONTRACT,
    ),
)
def approve_one_estimate(call: Call) -> Answer:
    """Die Freigabe eines Kostenvoranschlags eintragen: wer, wann, auf welchem Weg.

    mehraufwand estimate approve KVA-2026-001 --approved-at "2026-10-05 09:30" --channel mail
    --contact kern@wohnbau.example --evidence-file freigabe.eml
    """
    record = found(call)
    released = approve_estimate(call.session, call.act, record, read_approval(call.raw), call.proof("evidence_file"))
    approval = released.approval
    answer = {
        "ref": record.estimate.ref,
        "approved_at": approval.approved_at,
        "covers_from": approval.covers_from or approval.approved_at,
    }
    return Done("estimate_approved", answer, released.notices)


@command(
    estimates,
    "decline",
    (
        REF,
        Field("declined_at", "Wann abgelehnt. Pflicht.", Kind.MOMENT),
        *_WHO,
        Field("reason", "Begründung des Auftraggebers."),
        CONTRACT,
    ),
)
def decline_one_estimate(call: Call) -> Answer:
    """Die Ablehnung eines Kostenvoranschlags eintragen: wer, wann, auf welchem Weg."""
    record, new = found(call), read_refusal(call.raw)
    decline_estimate(call.session, call.act, record, new, call.proof("evidence_file"))
    return Done("estimate_declined", {"ref": record.estimate.ref, "declined_at": new.declined_at})


@command(
    estimates,
    "question",
    (
        REF,
        Field("asked_at", "Wann gefragt wurde. Pflicht.", Kind.MOMENT),
        *_WHO,
        Field("message", "Die Frage. Pflicht."),
        CONTRACT,
    ),
)
def record_one_question(call: Call) -> Answer:
    """Eine Rückfrage des Auftraggebers eintragen, die auf anderem Weg kam."""
    record = found(call)
    record_question(call.session, call.act, record, read_question(call.raw), call.proof("evidence_file"))
    return Done("estimate_question_recorded", {"ref": record.estimate.ref})


@command(estimates, "answer", (REF, Field("message", "Die Antwort. Pflicht."), CONTRACT))
def answer_one_question(call: Call) -> Answer:
    """Eine Rückfrage beantworten; der Auftraggeber erhält die Antwort per E-Mail und kann wieder entscheiden."""
    record = found(call)
    notices = answer_question(call.session, call.act, record, call.raw)
    return Done("estimate_answered", {"ref": record.estimate.ref}, notices)
