"""The incident file (17(9), Art. 33 Abs. 5 DSGVO): what happened, its effects, what was done, and who was told when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.canonical import canonical, fingerprint
from billing.deadlines.tracking import Tracked
from billing.services.access.trail import note_access
from billing.services.acting import Act, id_of
from billing.services.case_deadlines import deadlines_of
from billing.services.case_files import list_case_files
from billing.services.incidents import FACTS, find_incident
from billing.store.queries.incidents import mails_about
from billing.store.queries.instructions import instructions_after
from billing.store.queries.requests import request_of_case
from billing.store.session import TenantSession
from billing.store.tables import Case, IncidentVersion, Mail
from billing.timespan import Instant, datetime_of, instant_of

_MOST = 1000
_STEPS = (*FACTS, "first_notice_at", "final_report_at")


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """The file as plain JSON values, moments in UTC, and the SHA-256 of its canonical text."""

    content: dict[str, Any]
    sha256: str


def export_incident_file(session: TenantSession, act: Act, case: Case) -> IncidentFile:
    """Put everything on record about a data breach into one document; the export is noted in the access log (T-25).

    NotFound when the case has no data breach.
    """
    incident = find_incident(session, case)
    content = {
        "case": _case(case),
        "incident": {name: _plain(value) for name, value in incident.known.items()},
        "open_points": incident.not_yet_known,
        "history": [_version(version) for version in incident.versions],
        "deadlines": [_deadline(one, instant_of(act.at)) for one in deadlines_of(session, case).tracked],
        "communication": [_mail(mail) for mail in _mails(session, case)],
        "instructions": [
            _row(row, "ref given_at channel confirmed_at carried_out_at outcome") for row in _told(session, case)
        ],
        "files": [_row(row, "name media_type size sha256 recorded_at") for row in list_case_files(session, case)],
    }
    sha256 = fingerprint(canonical(content))
    note_access(session, act, "incident_file_exported", f"case:{case.ref}", sha256=sha256)
    return IncidentFile(content, sha256)


def _case(case: Case) -> dict[str, Any]:
    names = "ref kind title opened_at controller_reference legal_deadline_at closed_at"
    return _row(case, names)


def _told(session: TenantSession, case: Case) -> list[Any]:
    return list(instructions_after(session, session.processor_id, 0, _MOST, case_id=id_of(case)))


def _mails(session: TenantSession, case: Case) -> list[Mail]:
    """Give all mail about the case, its instructions and the request that opened it."""
    matters = [("case", id_of(case)), *(("instruction", row.id) for row in _told(session, case))]
    request = request_of_case(session, session.processor_id, id_of(case))
    if request is not None:
        matters.append(("support_request", id_of(request)))
    return list(mails_about(session, session.processor_id, matters))


def _version(version: IncidentVersion) -> dict[str, Any]:
    said = {name: getattr(version, name) for name in _STEPS}
    return {
        "recorded_at": _plain(version.recorded_at),
        "recorded_by": version.recorded_by_name,
        "facts": {name: _plain(value) for name, value in said.items() if value is not None},
    }


def _deadline(one: Tracked, now: Instant) -> dict[str, Any]:
    return {
        "code": one.code,
        "about": one.about,
        "source": one.source,
        "state": str(one.state(now)),
        "started_at": _moment(one.started_at),
        "due_at": None if one.due is None else _moment(one.due.strict),
        "latest_at": None if one.due is None else _moment(one.due.latest),
        "met_at": _moment(one.met_at),
        "was_late": one.was_late,
    }


def _mail(mail: Mail) -> dict[str, Any]:
    shown = _row(mail, "kind recipient subject text created_at sent_at")
    return {**shown, "sha256": fingerprint(mail.text or "")}


def _row(row: Any, names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names.split()}


def _moment(instant: Instant | None) -> str | None:
    return None if instant is None else _plain(datetime_of(instant))


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
