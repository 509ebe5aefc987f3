"""`mehraufwand estimate`: Kostenvoranschläge, from the draft to the release."""

import json
from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command, to_change
from api.inputs import lines_of
from billing.services.budgets import budget_of
from billing.services.cases import find_case
from billing.services.estimate_content import planned_minutes
from billing.services.estimate_states import send_estimate, state_at, withdraw_estimate
from billing.services.estimate_versions import CHANGES, add_version, change_estimate
from billing.services.estimates import EstimateRecord, add_estimate, find_estimate, list_estimates, read_estimate
from billing.services.moments import read_datetime
from billing.services.supplements import propose_supplement

estimates = typer.Typer(
    help="Kostenvoranschläge: anlegen, ändern, senden, Entscheidungen eintragen.", no_args_is_help=True
)

REF = Field("ref", "Kürzel des Kostenvoranschlags.", Kind.ARGUMENT)
_CASE = Field("case", "Kürzel des Vorgangs.", Kind.ARGUMENT)
CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")
_CLASSES = "regular, out_of_hours, night_weekend, travel"
_LINE = Field(
    "line", f"Veranschlagte Minuten je Satzklasse, etwa regular=120; mehrfach. Klassen: {_CLASSES}.", Kind.MANY
)
_VALID_UNTIL = Field("valid_until", "Bis wann er freigegeben werden kann.", Kind.MOMENT)
_COVERS_FROM = Field(
    "covers_from", "Ab wann auch schon geleistete Arbeit freigegeben werden soll (Nachfreigabe).", Kind.MOMENT
)
_CONTENT = to_change((Field("description", "Was getan werden soll."), _LINE, _VALID_UNTIL, _COVERS_FROM), CHANGES)


def found(call: Call) -> EstimateRecord:
    """Give the estimate that a command names."""
    return find_estimate(call.session, call.take("ref"), call.take("contract"), "ref")


def _content(call: Call) -> dict[str, Any]:
    lines = lines_of(call.take("line"))
    return call.raw if lines is None else {**call.raw, "lines": lines}


@command(
    estimates,
    "add",
    (
        Field("case", "Kürzel des Vorgangs. Pflicht."),
        Field("description", "Was getan werden soll. Pflicht."),
        _LINE,
        Field("ref", "Kürzel; sonst das nächste freie (KVA-2026-001)."),
        Field("supplements", "Kürzel des Kostenvoranschlags, den dieser ergänzt (Nachfreigabe, 13(5)c)."),
        _VALID_UNTIL,
        _COVERS_FROM,
        CONTRACT,
    ),
)
def add_one_estimate(call: Call) -> Answer:
    """Einen Kostenvoranschlag als Entwurf anlegen.

    mehraufwand estimate add --case V-2026-001 --description "Recherche und Export" --line regular=240
    """
    record = add_estimate(call.session, call.act, read_estimate(_content(call)))
    return Done("estimate_added", {"ref": record.estimate.ref, "case": record.case.ref, "lines": record.lines})


@command(estimates, "supplement", (_CASE, CONTRACT))
def draft_supplement(call: Call) -> Answer:
    """Eine Nachfreigabe über alles anlegen, was an einem Vorgang über das Freigegebene hinaus geleistet ist."""
    case = find_case(call.session, call.take("case"), call.take("contract"))
    record = propose_supplement(call.session, call.act, case)
    return Done("supplement_added", {"ref": record.estimate.ref, "case": record.case.ref, "lines": record.lines})


@command(estimates, "change", (REF, *_CONTENT, CONTRACT))
def change_one_estimate(call: Call) -> Answer:
    """Einen Entwurf ändern; was nicht genannt ist, bleibt."""
    record = change_estimate(call.session, call.act, found(call), _content(call))
    return Done("estimate_changed", {"ref": record.estimate.ref, "lines": record.lines})


@command(estimates, "revise", (REF, *_CONTENT, CONTRACT))
def revise_estimate(call: Call) -> Answer:
    """Eine neue Fassung eines gesendeten Kostenvoranschlags anlegen; die alte ist damit ersetzt."""
    record = add_version(call.session, call.act, found(call), _content(call))
    answer = {"ref": record.estimate.ref, "version": record.version.version_no, "lines": record.lines}
    return Done("estimate_version_added", answer)


@command(
    estimates,
    "send",
    (REF, Field("sent_at", "Wann er auf anderem Weg gesendet wurde.", Kind.MOMENT), CONTRACT),
)
def send_one_estimate(call: Call) -> Answer:
    """Einen Kostenvoranschlag an alle mit Freigaberecht senden, oder festhalten, wann er gesendet wurde.

    Sein Inhalt steht damit fest.
    """
    record, sent_at = found(call), call.take("sent_at")
    sent = send_estimate(call.session, call.act, record, sent_at and read_datetime(sent_at, "sent_at"))
    answer = {"ref": record.estimate.ref, "sent_at": record.version.sent_at, "sha256": record.version.sha256}
    return Done("estimate_sent", answer, sent.notices)


@command(estimates, "withdraw", (REF, Field("reason", "Grund, wie er dem Auftraggeber mitgeteilt wird."), CONTRACT))
def withdraw_one_estimate(call: Call) -> Answer:
    """Einen Kostenvoranschlag zurückziehen, über den noch nicht entschieden ist."""
    record = found(call)
    notices = withdraw_estimate(call.session, call.act, record, call.raw)
    return Done("estimate_withdrawn", {"ref": record.estimate.ref}, notices)


@command(estimates, "list", (Field("contract", "Nur die dieses Vertrags."),), read_only=True)
def list_all_estimates(call: Call) -> Answer:
    """Kostenvoranschläge auflisten."""
    rows = [_row(call, row) for row in list_estimates(call.session, call.take("contract"))]
    return Listing("estimates", rows, "case ref state minutes approved_at")


def _row(call: Call, row: Any) -> dict[str, Any]:
    return {
        "contract": row.contract_ref,
        "case": row.case_ref,
        "ref": row.ref,
        "version": row.version_no,
        "state": str(state_at(row, call.act.at)),
        "lines": json.loads(row.lines),
        "minutes": planned_minutes(row),
        "sent_at": row.sent_at,
        "valid_until": row.valid_until,
        "approved_at": row.approved_at,
        "covers_from": row.covers_from,
    }


@command(estimates, "show", (REF, CONTRACT), read_only=True)
def show_estimate(call: Call) -> Answer:
    """Einen Kostenvoranschlag zeigen."""
    record = found(call)
    version = record.version
    details = {
        "ref": record.estimate.ref,
        "case": record.case.ref,
        "version": version.version_no,
        "state": str(state_at(version, call.act.at)),
        "description": version.description,
        "sent_at": version.sent_at,
        "valid_until": version.valid_until,
        "covers_from": version.covers_from,
        "sha256": version.sha256,
    }
    return Details(details, {"lines": (record.lines, "rate_class minutes")})


@command(estimates, "budget", (_CASE, CONTRACT), read_only=True)
def show_budget(call: Call) -> Answer:
    """Zeigen, was an einem Vorgang freigegeben, verbraucht und in Klärung ist, laufende Monate eingerechnet."""
    budget = budget_of(call.session, call.act, find_case(call.session, call.take("case"), call.take("contract")))
    lines = [
        {
            "estimate": line.estimate,
            "rate_class": line.rate_class,
            "approved": line.approved,
            "used": line.used,
            "left": line.left,
        }
        for line in budget.lines
    ]
    held = [{"reason": held.code, "rate_class": held.rate_class, "minutes": held.minutes} for held in budget.held]
    details = {"case": budget.case, "urgent_used": budget.urgent_used, "urgent_cap": budget.urgent_cap}
    lists = {"budget": (lines, "estimate rate_class approved used left"), "held": (held, "reason rate_class minutes")}
    return Details(details, lists)
