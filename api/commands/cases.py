"""`mehraufwand case`: Vorgänge, and what became known of them."""

from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command, to_change
from billing.services.case_facts import read_case_facts
from billing.services.cases import (
    DESCRIPTION,
    case_facts,
    case_row,
    describe_case,
    find_case,
    list_cases,
    open_case,
    read_case,
)
from billing.services.newly_known import learn_fact
from billing.services.urgent_work import declare_urgent, read_urgency

cases = typer.Typer(help="Vorgänge: anlegen und festhalten, was die Vergütungsklausel fragt.", no_args_is_help=True)

_CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")
_FACTS = (
    Field("cause", "Wer den Vorgang verursacht hat: controller, third_party, mixed, processor oder undecided (13(7))."),
    Field("cause_reason", "Begründung dafür; wer sie gegeben hat, wird mit vermerkt."),
    Field("urgent_notice_at", "Eilfall: wann der Auftraggeber informiert wurde (13(5)b).", Kind.MOMENT),
    Field("urgent_deadline_reason", "Eilfall: welche gesetzliche Frist läuft."),
    Field("urgent_action_reason", "Eilfall: warum sofort gehandelt werden musste."),
    Field("urgent_approval_reason", "Eilfall: warum die Freigabe nicht rechtzeitig zu bekommen war."),
    Field("onsite_agreed_at", "Wann der Einsatz vor Ort abgestimmt wurde (13(4)c).", Kind.MOMENT),
    Field("audit_site", "Prüfung: Standort (13(6)b)."),
    Field("audit_mode", "Prüfung: onsite (vor Ort) oder remote."),
    Field("audit_date", "Prüfung: Tag, etwa 2026-10-14."),
    Field("audit_finding", "Prüfung: Ergebnis - none, pending, deviation oder material."),
    Field("audit_extra_agreed", "Prüfung: über eine weitere im selben Jahr ist man sich einig.", Kind.SWITCH),
    Field("controller_misconduct", "Fehlverhalten des Auftraggebers ist der Anlass (nur Immosolve).", Kind.SWITCH),
    Field("misconduct_reason", "Begründung dafür."),
    Field("evidence_note", "Nachweis in Worten."),
)
_DESCRIPTION = (
    Field("title", "Bezeichnung auf Rechnung und Nachweis; bitte ohne Namen Betroffener."),
    Field("legal_deadline_at", "Gesetzliche Frist.", Kind.MOMENT),
    Field("controller_reference", "Aktenzeichen des Auftraggebers."),
    Field("responsible", "Kürzel der Person, die den Vorgang betreut."),
)
_DESCRIBED = ("title", "legal_deadline_at", "controller_reference", "responsible", "closed_at")


@command(
    cases,
    "add",
    (
        Field("contract", "Kürzel des Vertrags. Pflicht."),
        Field(
            "kind",
            "Art, etwa data_subject_request, breach, audit, dpia, general_query, evidence, instruction. Pflicht.",
        ),
        *_DESCRIPTION,
        Field("ref", "Kürzel; sonst das nächste freie (V-2026-001)."),
        Field("opened_at", "Beginn; sonst jetzt.", Kind.MOMENT),
        *_FACTS,
    ),
)
def add_one_case(call: Call) -> Answer:
    """Einen Vorgang anlegen. Verursacht hat ihn der Auftraggeber, wenn nichts anderes gesagt ist.

    mehraufwand case add --contract AVV-1 --kind data_subject_request --title "Auskunft Mieterakte"
    """
    record = open_case(call.session, call.act, *read_case(call.raw))
    answer = {"ref": record.case.ref, "title": record.case.title, "contract": call.raw["contract"]}
    return Done("case_opened", answer, record.notices)


@command(cases, "list", (Field("contract", "Nur die dieses Vertrags."),), read_only=True)
def list_all_cases(call: Call) -> Answer:
    """Vorgänge auflisten."""
    rows = [_row(row) for row in list_cases(call.session, call.take("contract"))]
    return Listing("cases", rows, "contract ref kind title opened_at entries")


def _row(row: Any) -> dict[str, Any]:
    return {
        "contract": row.contract_ref,
        "ref": row.ref,
        "kind": row.kind,
        "title": row.title,
        "opened_at": row.opened_at,
        "legal_deadline_at": row.legal_deadline_at,
        "closed_at": row.closed_at,
        "entries": row.entries,
    }


@command(cases, "show", (Field("ref", "Kürzel des Vorgangs.", Kind.ARGUMENT), _CONTRACT), read_only=True)
def show_case(call: Call) -> Answer:
    """Einen Vorgang zeigen: was gilt, und wer was wann festgehalten hat."""
    case = find_case(call.session, call.raw["ref"], call.take("contract"), "ref")
    known, changes = case_facts(call.session, case)
    details = {
        "ref": case.ref,
        "kind": case.kind,
        "title": case.title,
        "opened_at": case.opened_at,
        "legal_deadline_at": case.legal_deadline_at,
        "controller_reference": case.controller_reference,
        "responsible": case_row(call.session, case).responsible,
        "closed_at": case.closed_at,
        **known,
    }
    return Details(details, {"changes": (changes, "recorded_at recorded_by facts")})


@command(
    cases,
    "set",
    (
        Field("ref", "Kürzel des Vorgangs.", Kind.ARGUMENT),
        _CONTRACT,
        *_FACTS,
        Field("evidence_file", "Nachweis als Datei (PDF, PNG, JPEG, E-Mail oder Text).", Kind.FILE),
        *to_change((*_DESCRIPTION, Field("closed_at", "Abgeschlossen am.", Kind.MOMENT)), DESCRIPTION),
    ),
)
def set_case(call: Call) -> Answer:
    """Festhalten, was über einen Vorgang bekannt wurde; Früheres bleibt sichtbar.

    mehraufwand case set V-2026-001 --cause processor --cause-reason "Fehlkonfiguration unseres Exports"
    """
    case = find_case(call.session, call.take("ref"), call.take("contract"), "ref")
    described = {name: call.raw.pop(name) for name in _DESCRIBED if name in call.raw}
    notices = []
    if call.raw or not described:
        facts = read_case_facts(call.raw)
        notices = learn_fact(call.session, call.act, case, facts, call.proof("evidence_file")).notices
    if described:
        notices = [*notices, *describe_case(call.session, call.act, case, described).notices]
    return Done("case_changed", {"ref": case.ref, "title": case.title}, notices)


@command(
    cases,
    "urgent",
    (
        Field("ref", "Kürzel des Vorgangs.", Kind.ARGUMENT),
        _CONTRACT,
        Field("deadline_reason", "Welche gesetzliche Frist läuft. Pflicht."),
        Field("action_reason", "Warum sofort gehandelt werden muss. Pflicht."),
        Field("approval_reason", "Warum die Freigabe nicht rechtzeitig zu bekommen ist. Pflicht."),
        Field("informed_at", "Schon vorher auf anderem Weg informiert am.", Kind.MOMENT),
    ),
)
def declare_case_urgent(call: Call) -> Answer:
    """Eilarbeit melden: Der Auftraggeber wird sofort per E-Mail informiert, ab dann zählen ihre Minuten (13(5)b)."""
    case = find_case(call.session, call.take("ref"), call.take("contract"), "ref")
    declared = declare_urgent(call.session, call.act, case, read_urgency(call.raw))
    said = {"ref": case.ref, "notice_at": declared.notice_at, "minutes": declared.cap_minutes, "mails": declared.mails}
    return Done("urgent_declared", said, declared.notices)
