"""Data breaches (section 17): what is known, what the controller was told and when, and the incident file."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_object
from billing.services.access.rights import Right
from billing.services.cases import case_by_id
from billing.services.incident_files import export_incident_file
from billing.services.incident_notices import NOTICE, UPDATE, Told, send_final_report, send_first_notice, send_update
from billing.services.incidents import FACTS, INCIDENT, Incident, find_incident, record_incident
from billing.services.proofs import read_upload

_RECORD: dict[str, Reader] = INCIDENT | {"evidence_file?": read_upload}
_EXAMPLE = {
    "known_at": "2026-10-05T09:00:00+02:00",
    "nature": "Export an einen falschen Empfänger",
    "people_categories": "Mieter",
    "people_count": 40,
    "contact_point": "Datenschutz, datenschutz@immoinvent.example",
    "not_yet_known": ["consequences"],
}


class IncidentFactsOut(BaseModel):
    """What 17(3) and 17(4)c ask about a data breach; null says that nobody said anything yet."""

    known_at: AwareDatetime | None = Field(default=None, description="Since when the processor knows (17(2)a).")
    nature: str | None = None
    occurred: str | None = Field(default=None, description="Presumed time or period.")
    systems: str | None = Field(default=None, description="Processing, systems and sub-processors affected.")
    people_categories: str | None = None
    people_count: int | None = None
    data_categories: str | None = None
    record_count: int | None = None
    consequences: str | None = None
    measures: str | None = None
    contact_point: str | None = None
    contained_at: AwareDatetime | None = None
    root_cause: str | None = None
    prevention: str | None = None


class IncidentRecordOut(BaseModel):
    """One record: when, by whom, and what it said."""

    recorded_at: AwareDatetime
    recorded_by: str | None
    facts: IncidentFactsOut


class IncidentOut(BaseModel):
    """A data breach as known now, with every record that made it so."""

    case_id: int
    case: str
    facts: IncidentFactsOut
    not_yet_known: list[str] = Field(description="What was said to be unknown yet; it must follow (17(4)a).")
    missing: list[str] = Field(description="What a first notice still lacks (17(3)).")
    first_notice_at: AwareDatetime | None
    final_report_at: AwareDatetime | None
    records: list[IncidentRecordOut]


class IncidentToldOut(IncidentOut):
    """The same after the controller was told something."""

    mails: int = Field(description="How many of the controller's contacts are written to.")


class IncidentFileOut(BaseModel):
    """Everything on record about a data breach (17(9)); `sha256` is of its canonical JSON."""

    sha256: str
    case: dict[str, Any]
    incident: dict[str, Any]
    open_points: list[str]
    history: list[dict[str, Any]]
    deadlines: list[dict[str, Any]]
    communication: list[dict[str, Any]] = Field(description="Who was told what when.")
    instructions: list[dict[str, Any]]
    files: list[dict[str, Any]]


def _facts(said: dict[str, Any]) -> IncidentFactsOut:
    return IncidentFactsOut(**{name: said[name] for name in FACTS if name in said and name != "not_yet_known"})


def _fields(call: Call, incident: Incident) -> dict[str, Any]:
    return {
        "case_id": call.path["case_id"],
        "case": incident.case.ref,
        "facts": _facts(dict(incident.known)),
        "not_yet_known": incident.not_yet_known,
        "missing": incident.missing,
        "first_notice_at": incident.known.get("first_notice_at"),
        "final_report_at": incident.known.get("final_report_at"),
        "records": [
            IncidentRecordOut(
                recorded_at=version.recorded_at,
                recorded_by=version.recorded_by_name,
                facts=_facts({name: getattr(version, name) for name in FACTS}),
            )
            for version in incident.versions
        ],
    }


def _told(call: Call, told: Told) -> Reply:
    return Reply(IncidentToldOut(**_fields(call, told.incident), mails=told.mails))


def _case(call: Call) -> Any:
    return case_by_id(call.session, call.path["case_id"])


@get("/cases/{case_id:int}/incident", right=Right.READ_CASES, gives=IncidentOut)
def get_incident(call: Call) -> Reply:
    """Give the data breach of a case; 404 when none is on record."""
    return Reply(IncidentOut(**_fields(call, find_incident(call.session, _case(call)))))


@post(
    "/cases/{case_id:int}/incident", right=Right.WORK, reads=_RECORD, least_keys=1, gives=IncidentOut, example=_EXAMPLE
)
def record_incident_(call: Call) -> Reply:
    """Record what became known of a data breach; the first record says since when the processor knows of it."""
    said = read_object(call.raw, "", _RECORD)
    facts = {name: value for name, value in call.raw.items() if name != "evidence_file"}
    incident = record_incident(call.session, call.act, _case(call), facts, said.get("evidence_file"))
    return Reply(IncidentOut(**_fields(call, incident)))


@post("/cases/{case_id:int}/incident/first-notice", right=Right.WORK, reads=NOTICE, gives=IncidentToldOut, example={})
def send_first_notice_(call: Call) -> Reply:
    """Tell the controller of a data breach (17(2)); refused with all that is missing as long as 17(3) is not met."""
    return _told(call, send_first_notice(call.session, call.act, _case(call), call.raw))


@post(
    "/cases/{case_id:int}/incident/updates",
    right=Right.WORK,
    reads=UPDATE,
    gives=IncidentToldOut,
    example={"text": "Der Zugriff ist gesperrt; die Auswertung der Protokolle läuft."},
)
def send_update_(call: Call) -> Reply:
    """Tell the controller how a data breach stands and what became known meanwhile; the next update is due a day on."""
    return _told(call, send_update(call.session, call.act, _case(call), call.raw))


@post("/cases/{case_id:int}/incident/final-report", right=Right.WORK, gives=IncidentToldOut)
def send_final_report_(call: Call) -> Reply:
    """Tell the controller causes, remedies and prevention (17(4)c); refused with all that is missing."""
    return _told(call, send_final_report(call.session, call.act, _case(call)))


@get("/cases/{case_id:int}/incident-file", right=Right.READ_CASES, gives=IncidentFileOut, writes=True)
def get_incident_file(call: Call) -> Reply:
    """Export the incident file; who took it is noted in the access log."""
    file = export_incident_file(call.session, call.act, _case(call))
    return Reply(IncidentFileOut(sha256=file.sha256, **file.content))
