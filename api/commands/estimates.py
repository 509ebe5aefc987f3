"""`mehraufwand estimate`: Kostenvoranschläge, from the draft to the release."""

import json
from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.inputs import lines_of
from billing.services.approvals import approve_estimate, read_approval
from billing.services.estimates import add_estimate, find_estimate, list_estimates, read_estimate, send_estimate
from billing.services.moments import read_datetime

estimates = typer.Typer(help="Kostenvoranschläge: anlegen, senden, Freigabe eintragen.", no_args_is_help=True)

_REF = Field("ref", "Kürzel des Kostenvoranschlags.", Kind.ARGUMENT)
_CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")
_CLASSES = "regular, out_of_hours, night_weekend, travel"


@command(
    estimates,
    "add",
    (
        Field("case", "Kürzel des Vorgangs. Pflicht."),
        Field("description", "Was getan werden soll. Pflicht."),
        Field(
            "line", f"Veranschlagte Minuten je Satzklasse, etwa regular=120; mehrfach. Klassen: {_CLASSES}.", Kind.MANY
        ),
        Field("ref", "Kürzel; sonst das nächste freie (KVA-2026-001)."),
        Field("supplements", "Kürzel des Kostenvoranschlags, den dieser ergänzt (Nachfreigabe, 13(5)c)."),
        Field("valid_until", "Bis wann er freigegeben werden kann.", Kind.MOMENT),
        _CONTRACT,
    ),
)
def add_one_estimate(call: Call) -> Answer:
    """Einen Kostenvoranschlag als Entwurf anlegen.

    mehraufwand estimate add --case V-2026-001 --description "Recherche und Export" --line regular=240
    """
    lines = lines_of(call.take("line"))
    raw = call.raw if lines is None else {**call.raw, "lines": lines}
    record = add_estimate(call.session, call.act, read_estimate(raw))
    return Done("estimate_added", {"ref": record.estimate.ref, "case": record.case.ref, "lines": record.lines})


@command(estimates, "send", (_REF, Field("sent_at", "Wann gesendet; sonst jetzt.", Kind.MOMENT), _CONTRACT))
def send_one_estimate(call: Call) -> Answer:
    """Festhalten, dass ein Kostenvoranschlag gesendet wurde; sein Inhalt steht damit fest."""
    record = find_estimate(call.session, call.raw["ref"], call.take("contract"), "ref")
    sent_at = call.take("sent_at")
    send_estimate(call.session, call.act, record, sent_at and read_datetime(sent_at, "sent_at"))
    answer = {"ref": record.estimate.ref, "sent_at": record.version.sent_at, "sha256": record.version.sha256}
    return Done("estimate_sent", answer)


@command(
    estimates,
    "approve",
    (
        _REF,
        Field("approved_at", "Wann freigegeben. Pflicht.", Kind.MOMENT),
        Field("channel", "Weg: mail, letter, phone, in_person oder portal. Pflicht."),
        Field("contact", "E-Mail-Adresse des Ansprechpartners, der freigegeben hat."),
        Field("approver_name", "Sonst der Name."),
        Field("covers_from", "Ab wann die Freigabe gilt, wenn Rückwirkung vereinbart ist.", Kind.MOMENT),
        Field("evidence_file", "Nachweis als Datei, etwa die E-Mail.", Kind.FILE),
        Field("evidence_note", "Nachweis in Worten."),
        _CONTRACT,
    ),
)
def approve_one_estimate(call: Call) -> Answer:
    """Die Freigabe eines Kostenvoranschlags eintragen: wer, wann, auf welchem Weg.

    mehraufwand estimate approve KVA-2026-001 --approved-at "2026-10-05 09:30" --channel mail
    --contact kern@wohnbau.example
    """
    record = find_estimate(call.session, call.take("ref"), call.take("contract"), "ref")
    approval = approve_estimate(call.session, call.act, record, read_approval(call.raw), call.proof("evidence_file"))
    answer = {
        "ref": record.estimate.ref,
        "approved_at": approval.approved_at,
        "covers_from": approval.covers_from or approval.approved_at,
    }
    return Done("estimate_approved", answer)


@command(estimates, "list", (Field("contract", "Nur die dieses Vertrags."),), read_only=True)
def list_all_estimates(call: Call) -> Answer:
    """Kostenvoranschläge auflisten."""
    rows = [_row(row) for row in list_estimates(call.session, call.take("contract"))]
    return Listing("estimates", rows, "case ref state minutes approved_at")


def _row(row: Any) -> dict[str, Any]:
    lines = json.loads(row.lines)
    return {
        "contract": row.contract_ref,
        "case": row.case_ref,
        "ref": row.ref,
        "state": str(row.state),
        "lines": lines,
        "minutes": sum(line["minutes"] for line in lines),
        "sent_at": row.sent_at,
        "valid_until": row.valid_until,
        "approved_at": row.approved_at,
        "covers_from": row.covers_from,
    }


@command(estimates, "show", (_REF, _CONTRACT), read_only=True)
def show_estimate(call: Call) -> Answer:
    """Einen Kostenvoranschlag zeigen."""
    record = find_estimate(call.session, call.raw["ref"], call.take("contract"), "ref")
    version = record.version
    details = {
        "ref": record.estimate.ref,
        "case": record.case.ref,
        "version": version.version_no,
        "state": str(version.state),
        "description": version.description,
        "sent_at": version.sent_at,
        "valid_until": version.valid_until,
        "sha256": version.sha256,
    }
    return Details(details, {"lines": (record.lines, "rate_class minutes")})
