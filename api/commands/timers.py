"""`mehraufwand timer`: the running clock, one a person."""

from typing import Any

import typer

from api.answers import Answer, Details, Done
from api.commanding import Call, Field, Kind, command, to_change
from api.inputs import given
from billing.clause.reading import read_object
from billing.services.acting import id_of
from billing.services.fields import read_line
from billing.services.parties import find_person
from billing.services.timers import TIMER_CHANGES, change_timer, discard_timer, start_timer, stop_timer, timer_of
from billing.services.work_done import minutes_of

timer = typer.Typer(help="Die laufende Uhr: eine je Person; gestoppt wird sie zum Zeiteintrag.", no_args_is_help=True)

_PERSON = Field("person", "Kürzel der Person. Pflicht.")
_WORK = (
    Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge einen Vorgang dieses Kürzels haben."),
    Field("service", "Tätigkeit, etwa request_processing. Pflicht beim Start."),
    Field("document", "Art der Unterlage; Pflicht bei standard_documents."),
    Field("travel", "Reisezeit.", Kind.SWITCH),
    Field("onsite", "Vor Ort beim Auftraggeber.", Kind.SWITCH),
    Field("urgent", "Eilfall: gesetzliche Frist, Freigabe nicht rechtzeitig zu bekommen (13(5)b).", Kind.SWITCH),
    Field("note", "Notiz; sie bleibt verschlüsselt."),
)


@command(timer, "start", (_PERSON, Field("case", "Kürzel des Vorgangs. Pflicht."), *_WORK))
def start(call: Call) -> Answer:
    """Die Uhr starten; sie läuft weiter, was immer mit diesem Fenster geschieht.

    mehraufwand timer start --person ML --case V-2026-001 --service request_processing
    """
    started = start_timer(call.session, call.act, _person(call), call.raw)
    return Done("timer_started", _values(started.row), started.notices)


@command(timer, "show", (_PERSON,), read_only=True)
def show(call: Call) -> Answer:
    """Zeigen, wofür und seit wann die Uhr läuft."""
    person = find_person(call.session, _person(call))
    row = timer_of(call.session, id_of(person))
    return Done("timer_idle", {"person": person.ref}) if row is None else Details(_values(row))


@command(timer, "change", (_PERSON, Field("case", "Kürzel eines anderen Vorgangs."), *to_change(_WORK, TIMER_CHANGES)))
def change(call: Call) -> Answer:
    """Ändern, wofür die Uhr läuft; ihr Beginn bleibt."""
    changed = change_timer(call.session, call.act, _person(call), call.raw)
    return Done("timer_changed", _values(changed.row), changed.notices)


@command(timer, "stop", (_PERSON, Field("end", "Wann die Arbeit wirklich endete, wenn nicht jetzt.", Kind.MOMENT)))
def stop(call: Call) -> Answer:
    """Die Uhr stoppen und ihre Minuten erfassen.

    Lief sie über vier Stunden oder nach 20 Uhr, fragt sie nach dem Ende: --end "2026-10-05 17:30"
    """
    person = _person(call)
    logged = stop_timer(call.session, call.act, person, call.raw)
    answer = {
        "ref": logged.ref,
        "case": logged.place.case_ref,
        "person": person,
        "minutes": minutes_of(logged.done),
    }
    return Done("timer_stopped", answer, logged.notices)


@command(timer, "discard", (_PERSON,))
def discard(call: Call) -> Answer:
    """Die Uhr verwerfen; es wird nichts erfasst."""
    person = _person(call)
    discard_timer(call.session, call.act, person)
    return Done("timer_discarded", {"person": person})


def _person(call: Call) -> str:
    """Give whose clock is meant, as it was said; InvalidInput when nobody was named."""
    return str(read_object(given(person=call.take("person")), "", {"person": read_line})["person"])


def _values(row: Any) -> dict[str, Any]:
    return {
        "case": row.case_ref,
        "contract": row.contract_ref,
        "person": row.person_ref,
        "started_at": row.started_at,
        "service": row.service,
        "document": row.document,
        "travel": row.travel,
        "onsite": row.onsite,
        "urgent": row.urgent,
        "note": row.note,
    }
