"""`mehraufwand log`: work, as it was done."""

from dataclasses import asdict
from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command, to_change
from api.console import language
from api.inputs import end_on_same_day, whole_number, with_moments, write_rows
from billing.clause.reading import read_object
from billing.services.held_work import WANTED_HELD, held_work
from billing.services.importing import discard_incomplete, incomplete_rows, list_incomplete
from billing.services.work import correct_work, delete_work, find_entry, log_work
from billing.services.work_done import WORK_CHANGES, minutes_of, read_work
from billing.services.work_lists import list_work
from billing.texts import sentence
from billing.timespan import instant_of

log = typer.Typer(
    help="Arbeit erfassen: immer möglich, nie gerundet, bis zur Abrechnung berichtigbar.", no_args_is_help=True
)

_DONE = (
    Field("start", 'Beginn, etwa "2026-10-05 09:00" nach unserer Uhr oder mit Abstand zu UTC. Pflicht.'),
    Field("end", 'Ende; "10:30" meint den Tag des Beginns. Pflicht.'),
    Field("service", "Tätigkeit, etwa request_processing, general_query, audit_support. Pflicht."),
    Field("document", "Art der Unterlage; Pflicht bei standard_documents."),
    Field("travel", "Reisezeit.", Kind.SWITCH),
    Field("onsite", "Vor Ort beim Auftraggeber.", Kind.SWITCH),
    Field("urgent", "Eilfall: gesetzliche Frist, Freigabe nicht rechtzeitig zu bekommen (13(5)b).", Kind.SWITCH),
    Field("remedies_processor_defect", "Behebt einen eigenen Mangel und wird nicht berechnet (13(7)).", Kind.SWITCH),
    Field("note", "Notiz; sie bleibt verschlüsselt."),
)
_REF = Field("ref", "Kürzel des Zeiteintrags.", Kind.ARGUMENT)
_CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")


@command(
    log,
    "add",
    (
        Field("case", "Kürzel des Vorgangs. Pflicht."),
        Field("person", "Kürzel der Person. Pflicht."),
        *_DONE,
        Field("ref", "Kürzel; sonst das nächste freie (Z-2026-0001)."),
        _CONTRACT,
    ),
)
def add_work(call: Call) -> Answer:
    """Eine Arbeit erfassen.

    mehraufwand log add --case V-2026-001 --person ML --start "2026-10-05 09:00" --end 10:30
    --service request_processing
    """
    new = read_work(_timed(call, call.raw))
    logged = log_work(call.session, call.act, new, call.zone)
    answer = {"ref": logged.ref, "case": new.case, "person": new.person, "minutes": minutes_of(new.done)}
    return Done("work_logged", answer, logged.notices)


def _timed(call: Call, raw: dict[str, Any]) -> dict[str, Any]:
    """Give start and end their offsets; an end without a day is of the start's."""
    end = end_on_same_day(raw.get("start"), raw.get("end"))
    return with_moments(call.zone, {**raw, **({} if end is None else {"end": end})}, "start", "end")


@command(
    log,
    "list",
    (
        Field("case", "Nur die dieses Vorgangs."),
        Field("contract", "Nur die dieses Vertrags."),
        Field("person", "Nur die dieser Person."),
        Field("month", "Nur die dieses Monats, etwa 2026-10."),
    ),
    read_only=True,
)
def list_all_work(call: Call) -> Answer:
    """Erfasste Arbeit auflisten."""
    rows = [_row(row) for row in list_work(call.session, call.raw, call.zone)]
    return Listing("entries", rows, "ref case person start end minutes service")


def _row(row: Any) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "contract": row.contract_ref,
        "case": row.case_ref,
        "person": row.person_ref,
        "start": row.start_at,
        "end": row.end_at,
        "minutes": instant_of(row.end_at) - instant_of(row.start_at),
        "service": row.service,
        "document": row.document,
        "travel": row.travel,
        "onsite": row.onsite,
        "urgent": row.urgent,
        "remedies_processor_defect": row.remedies_processor_defect,
        "note": row.note,
        "version": row.version_no,
    }


@command(
    log,
    "held",
    (
        Field("case", "Nur die dieses Vorgangs."),
        Field("contract", "Nur die dieses Vertrags."),
        Field("reason", "Nur die mit diesem Grund, etwa no_approved_estimate."),
    ),
    read_only=True,
)
def list_held(call: Call) -> Answer:
    """Zeigen, was noch nicht abgerechnet werden kann, warum, und was es klären würde."""
    items = held_work(call.session, call.act.at, read_object(call.raw, "", WANTED_HELD))
    lang = language()
    unsaid = ("id", "net_cents", "about", "is_approved")
    rows = [
        {
            **{name: value for name, value in asdict(item).items() if name not in unsaid},
            "net": item.net_cents,
            "held_because": sentence(f"reason.{item.reason}", lang),
            "next_step": sentence(f"next_step.{item.reason}", lang),
        }
        for item in items
    ]
    return Listing("held", rows, "item case minutes age_days responsible held_because next_step")


@command(
    log,
    "correct",
    (
        _REF,
        Field("reason", "Warum; die alte Fassung bleibt erhalten. Pflicht."),
        *to_change(_DONE, WORK_CHANGES),
        _CONTRACT,
    ),
)
def correct_one_entry(call: Call) -> Answer:
    """Eine Arbeit berichtigen, solange sie nicht abgerechnet ist; was nicht genannt ist, bleibt.

    mehraufwand log correct Z-2026-0001 --end "2026-10-05 10:45" --reason "Nachbereitung vergessen"
    """
    entry, reason = find_entry(call.session, call.take("ref"), call.take("contract"), "ref"), call.take("reason")
    corrected = correct_work(call.session, call.act, entry, _timed(call, call.raw), reason)
    return Done("work_corrected", {"ref": entry.ref, "version": corrected.version.version_no}, corrected.notices)


@command(log, "delete", (_REF, Field("reason", "Warum. Pflicht."), _CONTRACT))
def delete_one_entry(call: Call) -> Answer:
    """Eine Arbeit zurücknehmen, solange sie nicht abgerechnet ist; ihre Fassungen bleiben im Verlauf."""
    entry = find_entry(call.session, call.raw["ref"], call.take("contract"), "ref")
    delete_work(call.session, call.act, entry, call.take("reason"))
    return Done("work_deleted", {"ref": entry.ref})


@command(
    log,
    "incomplete",
    (Field("write", "In diese Datei schreiben, um Beginn und Ende zu ergänzen und sie wieder einzulesen.", Kind.FILE),),
    read_only=True,
)
def show_incomplete(call: Call) -> Answer:
    """Eingelesene Arbeit ohne Uhrzeiten zeigen; sie wird nie mit geratenem Zuschlag abgerechnet."""
    file = call.files.get("write")
    if file is not None:
        count = write_rows(file, incomplete_rows(call.session), call.zone)
        return Done("incomplete_written", {"count": count, "file": str(file)})
    rows = [
        {
            "number": row.id,
            "worked_on": row.worked_on,
            "minutes": row.duration_minutes,
            "person": row.person_ref,
            "contract": row.contract_ref,
            "case": row.case_ref,
            "service": row.service,
            "note": row.note,
            "digest": row.digest,
        }
        for row in list_incomplete(call.session)
    ]
    return Listing("incomplete", rows, "number worked_on minutes person case service note")


@command(
    log,
    "discard",
    (
        Field("number", "Nummer des unvollständigen Eintrags.", Kind.ARGUMENT),
        Field("reason", "Warum. Pflicht."),
    ),
)
def discard_one_incomplete(call: Call) -> Answer:
    """Einen unvollständigen Eintrag aufgeben, weil sich die Uhrzeiten nicht mehr feststellen lassen."""
    number = whole_number(call.raw["number"], "number") or 0
    discard_incomplete(call.session, call.act, number, call.take("reason"))
    return Done("incomplete_discarded", {"number": number})
