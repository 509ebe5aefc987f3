"""`mehraufwand incident`: Datenschutzverletzungen, von der Kenntnis bis zum Abschlussbericht (Ziffer 17)."""

import typer

from api.answers import Answer, Details, Done
from api.commanding import Call, Field, Kind, command
from billing.services.cases import find_case
from billing.services.incident_files import export_incident_file
from billing.services.incident_notices import Told, send_final_report, send_first_notice, send_update
from billing.services.incidents import find_incident, record_incident

incidents = typer.Typer(
    help="Datenschutzverletzungen: festhalten, dem Auftraggeber melden, abschließen (17).", no_args_is_help=True
)

_CASE = Field("case", "Kürzel des Vorgangs.", Kind.ARGUMENT)
_CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")
_FACTS = (
    Field("known_at", "Seit wann der Vorfall uns bekannt ist (17(2)a).", Kind.MOMENT),
    Field("nature", "Art der Verletzung."),
    Field("occurred", "Mutmaßlicher Zeitpunkt oder Zeitraum."),
    Field("systems", "Betroffene Verarbeitungen, Systeme und Unterauftragnehmer."),
    Field("people_categories", "Kategorien betroffener Personen."),
    Field("people_count", "Ungefähre Zahl betroffener Personen.", Kind.NUMBER),
    Field("data_categories", "Kategorien betroffener Datensätze."),
    Field("record_count", "Ungefähre Zahl betroffener Datensätze.", Kind.NUMBER),
    Field("consequences", "Wahrscheinliche Folgen."),
    Field("measures", "Ergriffene oder vorgeschlagene Maßnahmen."),
    Field("contact_point", "Ansprechperson bei uns, mit Kontaktdaten."),
    Field("not_yet_known", "Was noch nicht bekannt ist und nachgemeldet wird, etwa consequences.", Kind.MANY),
    Field("contained_at", "Wann der Vorfall eingedämmt war.", Kind.MOMENT),
    Field("root_cause", "Ursachenanalyse für den Abschlussbericht."),
    Field("prevention", "Maßnahmen gegen künftige gleichartige Vorfälle."),
)


@command(
    incidents,
    "set",
    (
        _CASE,
        _CONTRACT,
        *_FACTS,
        Field("evidence_file", "Nachweis als Datei (PDF, PNG, JPEG, E-Mail oder Text).", Kind.FILE),
    ),
)
def set_incident(call: Call) -> Answer:
    """Festhalten, was über eine Datenschutzverletzung bekannt wurde; Früheres bleibt sichtbar.

    mehraufwand incident set V-2026-001 --known-at "2026-10-05 09:00" --nature "Export an falschen Empfänger"
    """
    case = find_case(call.session, call.take("case"), call.take("contract"))
    incident = record_incident(call.session, call.act, case, call.raw, call.proof("evidence_file"))
    code = "incident_recorded" if incident.missing else "incident_recorded_whole"
    return Done(code, {"ref": case.ref, "missing": incident.missing})


@command(incidents, "show", (_CASE, _CONTRACT), read_only=True)
def show_incident(call: Call) -> Answer:
    """Zeigen, was über eine Datenschutzverletzung bekannt ist."""
    incident = find_incident(call.session, find_case(call.session, call.raw["case"], call.take("contract")))
    known = {name: value for name, value in incident.known.items() if name != "not_yet_known"}
    left = {"not_yet_known": incident.not_yet_known, "missing": incident.missing}
    return Details({"ref": incident.case.ref, **known, **left})


@command(
    incidents,
    "notify",
    (_CASE, _CONTRACT, Field("informed_at", "Schon vorher auf anderem Weg informiert am.", Kind.MOMENT)),
)
def notify_of_incident(call: Call) -> Answer:
    """Die Erstmeldung an den Auftraggeber senden; was 17(3) verlangt, muss da oder als unbekannt angegeben sein."""
    case = find_case(call.session, call.take("case"), call.take("contract"))
    return _told(send_first_notice(call.session, call.act, case, call.raw))


@command(incidents, "update", (_CASE, _CONTRACT, Field("text", "Der Stand in Worten. Pflicht.")))
def update_on_incident(call: Call) -> Answer:
    """Dem Auftraggeber den Stand mitteilen; die nächste Mitteilung ist dann einen Tag später fällig."""
    case = find_case(call.session, call.take("case"), call.take("contract"))
    return _told(send_update(call.session, call.act, case, call.raw))


@command(incidents, "report", (_CASE, _CONTRACT))
def report_on_incident(call: Call) -> Answer:
    """Den Abschlussbericht senden: Ursachen, Abhilfe, Vorbeugung (17(4)c)."""
    case = find_case(call.session, call.take("case"), call.take("contract"))
    return _told(send_final_report(call.session, call.act, case))


@command(incidents, "file", (_CASE, _CONTRACT))
def export_incident(call: Call) -> Answer:
    """Die Vorfalldokumentation ausgeben (17(9)), mit --json ganz; die Ausgabe steht im Zugriffsprotokoll."""
    case = find_case(call.session, call.take("case"), call.take("contract"))
    file = export_incident_file(call.session, call.act, case)
    content = file.content
    lists = {
        "history": (content["history"], "recorded_at recorded_by facts"),
        "deadlines": (content["deadlines"], "code state due_at latest_at met_at source"),
        "communication": (content["communication"], "created_at kind recipient subject sent_at"),
        "instructions": (content["instructions"], "ref given_at channel confirmed_at carried_out_at"),
        "files": (content["files"], "name size sha256"),
    }
    return Details({**content["case"], "incident": content["incident"], "sha256": file.sha256}, lists)


def _told(told: Told) -> Answer:
    return Done("incident_told", {"ref": told.incident.case.ref, "mails": told.mails})
