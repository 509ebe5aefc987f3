"""What the controller is told of a data breach: the first notice, status updates, the final report (17(2) to (4))."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from billing.clause.reading import Reader, read_object, refuse
from billing.deadlines.rules import IMMOINVENT
from billing.errors import Conflict, Refused
from billing.services.acting import Act, audit, id_of, put
from billing.services.case_deadlines import put_mark
from billing.services.case_mails import tell_controller
from billing.services.fields import read_note
from billing.services.incidents import Incident, find_incident
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.store.queries.contracts import contract_by_id
from billing.store.queries.incidents import TOLD
from billing.store.queries.mails import language_of
from billing.store.session import TenantSession, hold
from billing.store.tables import Case, IncidentVersion
from billing.texts import name_of, wording
from billing.timespan import datetime_of, instant_of

NOTICE: dict[str, Reader] = {"informed_at?": read_datetime}
UPDATE: dict[str, Reader] = {"text": read_note}
_CONTENT, _REPORT = "17(3)", "17(4)c"
_LAW = {_CONTENT: "Art. 33 Abs. 3 DSGVO", _REPORT: "Art. 33 Abs. 5 DSGVO"}
"""What stands for our clauses under contracts that do not spell them out."""
_REPORTED = ("contained_at", "root_cause", "measures", "prevention")
"""17(4)c: the analysis of causes, the remedies, and what prevents the like."""


@dataclass(frozen=True, slots=True)
class Told:
    """A data breach after the controller was told something, and how many messages went out."""

    incident: Incident
    mails: int


def send_first_notice(session: TenantSession, act: Act, case: Case, raw: Mapping[str, Any]) -> Told:
    """Tell the controller of a data breach, at the latest 48 hours after it was known (17(2)a).

    Everything that 17(3) asks must be there or be said to be unknown yet: Refused names all that is missing at once.
    `informed_at`: the controller was told by other means, then; the mail goes out all the same (17(2)b). Conflict:
    told already, or nobody to write to. What was left open follows as `send_update` (17(4)a).
    """
    said = read_object(raw, "", NOTICE)
    hold(session, f"case:{id_of(case)}")
    incident = find_incident(session, case)
    if "first_notice_at" in incident.known:
        _refuse_repetition(session, case, "first_notice_sent", incident.known["first_notice_at"])
    if incident.missing:
        clause = _clause(session, case, _CONTENT)
        raise Refused("incident_incomplete", clause=clause, value=case.ref, missing=incident.missing)
    notice_at = said.get("informed_at") or datetime_of(instant_of(act.at))
    require_past(act, notice_at, "informed_at")
    if notice_at < incident.known["known_at"]:
        raise refuse("told_before_known", "informed_at", notice_at.astimezone(processor_zone(session)))
    put(session, IncidentVersion(case_id=id_of(case), first_notice_at=notice_at, **act.record()))
    content = _content(session, incident, TOLD)
    fields = {"content": content, "informed_at": said.get("informed_at") or ""}
    mails = tell_controller(
        session,
        act,
        case,
        kind="breach_first_notice",
        fields=fields,
        version="first",
        must_reach="informed_at" not in said,
    )
    open_points = incident.not_yet_known
    audit(session, act, "breach_first_notice", f"case:{case.ref}", mails=len(mails), open_points=open_points)
    return Told(find_incident(session, case), len(mails))


def send_update(session: TenantSession, act: Act, case: Case, raw: Mapping[str, Any]) -> Told:
    """Tell the controller how a data breach stands, and what has become known meanwhile (17(4)a, b).

    It marks the update as done, so that the next one is due a day later. Conflict: no first notice yet, or nobody to
    write to.
    """
    text = read_object(raw, "", UPDATE)["text"]
    incident = _notified(session, case)
    now = datetime_of(instant_of(act.at))
    mark = put_mark(session, act, case, "D-03", now)
    if incident.not_yet_known:
        put_mark(session, act, case, "D-04", now)
    fields = {"text": text, "content": _content(session, incident, TOLD)}
    mails = tell_controller(session, act, case, kind="breach_update", fields=fields, version=f"mark:{id_of(mark)}")
    audit(session, act, "breach_update", f"case:{case.ref}", mails=len(mails))
    return Told(incident, len(mails))


def send_final_report(session: TenantSession, act: Act, case: Case) -> Told:
    """Tell the controller causes, remedies and prevention, at the latest 10 Werktage after containment (17(4)c).

    Refused names all that is missing at once. Conflict: no first notice yet, reported already, nobody to write to.
    """
    hold(session, f"case:{id_of(case)}")
    incident = _notified(session, case)
    if "final_report_at" in incident.known:
        _refuse_repetition(session, case, "final_report_sent", incident.known["final_report_at"])
    missing = [name for name in _REPORTED if name not in incident.known]
    if missing:
        raise Refused(
            "final_report_incomplete", clause=_clause(session, case, _REPORT), value=case.ref, missing=missing
        )
    now = datetime_of(instant_of(act.at))
    put(session, IncidentVersion(case_id=id_of(case), final_report_at=now, **act.record()))
    fields = {"content": _content(session, incident, (*_REPORTED, *TOLD))}
    mails = tell_controller(session, act, case, kind="breach_final_report", fields=fields, version="final")
    audit(session, act, "breach_final_report", f"case:{case.ref}", mails=len(mails))
    return Told(find_incident(session, case), len(mails))


def _notified(session: TenantSession, case: Case) -> Incident:
    incident = find_incident(session, case)
    if "first_notice_at" not in incident.known:
        raise Conflict("first_notice_not_sent", value=case.ref)
    return incident


def _refuse_repetition(session: TenantSession, case: Case, code: str, since: datetime) -> NoReturn:
    raise Conflict(code, value=case.ref, since=since.astimezone(processor_zone(session)))


def _clause(session: TenantSession, case: Case, clause: str) -> str:
    contract = contract_by_id(session, session.processor_id, case.contract_id)
    spelt_out = contract is not None and contract.term_set == IMMOINVENT
    return clause if spelt_out else _LAW[clause]


def _content(session: TenantSession, incident: Incident, names: Iterable[str]) -> str:
    """Write what is known in the controller's language, one field a paragraph; what is not says that it follows."""
    lang, zone = language_of(session, incident.case.controller_id), processor_zone(session)
    lines = []
    for name in dict.fromkeys(names):
        value = incident.known.get(name)
        if value is None and name not in incident.not_yet_known:
            continue
        told = wording("incident.not_yet_known", lang) if value is None else _told(value, lang, zone)
        lines.append(f"{name_of('field', name, lang)}: {told}")
    return "\n".join(lines)


def _told(value: Any, lang: str, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return format_datetime(value.astimezone(zone), "dd.MM.y HH:mm", locale=lang)
    return str(value)
