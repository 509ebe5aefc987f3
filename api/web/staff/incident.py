"""The steps of a data breach (section 17): what is known, the first notice, updates, the final report."""

import json
from datetime import datetime
from typing import Any

from api.web.calls import Done, Download, PageCall, View
from api.web.routing import deed, page
from api.web.staff.case_deeds import of_case
from api.web.staff.lookup import case_of, own_address
from api.web.staff.typed import moment, proof, said, texts
from billing.services.access.rights import Right
from billing.services.by_name import Named
from billing.services.case_mails import recipients_of
from billing.services.fields import read_note
from billing.services.incident_files import export_incident_file
from billing.services.incident_notices import send_final_report, send_first_notice, send_update
from billing.services.incidents import ASKED, MAY_BE_UNKNOWN, incident_of, record_incident

_AT = "/vorgaenge/{nr:str}/vorfall"
TEXTS = (
    *("nature", "occurred", "systems", "people_categories", "data_categories"),
    *("consequences", "measures", "contact_point", "root_cause", "prevention"),
)
COUNTS = ("people_count", "record_count")


@page(_AT, right=Right.READ_CASES)
def incident_page(call: PageCall) -> View:
    """Show what is known of a data breach and what a notice still lacks; who may work can add to it."""
    case = case_of(call)
    incident = incident_of(call.session, case)
    return View(
        "staff/incident/show.html",
        of_case(
            call,
            incident=incident,
            known=incident.known,
            asked=ASKED,
            may_be_unknown=MAY_BE_UNKNOWN,
            texts=TEXTS,
            contacts=[one.email for one in recipients_of(call.session, case)],
        ),
    )


@deed(_AT, right=Right.WORK, back=incident_page)
def record_deed(call: PageCall) -> Done:
    """Record what became known; what is as it was is not recorded again."""
    case = case_of(call)
    incident = incident_of(call.session, case)
    readers = {f"{name}?": read_note for name in TEXTS}
    typed: dict[str, Any] = texts(call, readers)
    typed |= {name: _count(call.form.text(name)) for name in COUNTS if call.form.text(name)}
    typed |= said(
        known_at=moment(call, "known_at", optional=True), contained_at=moment(call, "contained_at", optional=True)
    )
    unknown = [name for name in call.form.texts("not_yet_known") if name in MAY_BE_UNKNOWN and name not in typed]
    file = proof(call, "evidence_file")
    call.form.require_good()
    raw = {name: value for name, value in typed.items() if not _is_known(incident.known.get(name), value)}
    if sorted(unknown) != sorted(incident.not_yet_known):
        raw["not_yet_known"] = unknown
    record_incident(call.session, call.act, case, raw, file)
    return Done(own_address(call, Named.CASE, "vorfall"), "incident_recorded", {"case": case.ref})


@deed(f"{_AT}/erstmeldung", right=Right.WORK, back=incident_page)
def first_notice_deed(call: PageCall) -> Done:
    """Tell the controller of the data breach (17(2)); refused with all that is missing."""
    raw = said(informed_at=moment(call, "informed_at", optional=True))
    call.form.require_good()
    case = case_of(call)
    told = send_first_notice(call.session, call.act, case, raw)
    return Done(own_address(call, Named.CASE, "vorfall"), "first_notice_sent", {"mails": str(told.mails)})


@deed(f"{_AT}/zwischenstand", right=Right.WORK, back=incident_page)
def update_deed(call: PageCall) -> Done:
    """Tell the controller how it stands and what became known meanwhile."""
    raw = texts(call, {"text": read_note})
    call.form.require_good()
    case = case_of(call)
    told = send_update(call.session, call.act, case, raw)
    return Done(own_address(call, Named.CASE, "vorfall"), "incident_update_sent", {"mails": str(told.mails)})


@deed(f"{_AT}/abschlussbericht", right=Right.WORK, back=incident_page)
def final_report_deed(call: PageCall) -> Done:
    """Tell the controller causes, remedies and prevention (17(4)c)."""
    case = case_of(call)
    told = send_final_report(call.session, call.act, case)
    return Done(own_address(call, Named.CASE, "vorfall"), "final_report_sent", {"mails": str(told.mails)})


@page(f"{_AT}/akte", right=Right.READ_CASES, writes=True)
def incident_file(call: PageCall) -> Download:
    """Give the incident file as JSON; who took it is noted in the access log."""
    case = case_of(call)
    file = export_incident_file(call.session, call.act, case)
    content = json.dumps({"sha256": file.sha256, **file.content}, ensure_ascii=False, indent=1).encode()
    return Download(content, "application/json", f"Vorfallakte-{case.ref}.json")


def _count(text: str) -> Any:
    """Give a number as one; anything else is refused by who reads it."""
    plain = text.replace(".", "").replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < len("10000000000") else text


def _is_known(known: Any, said_now: Any) -> bool:
    """Tell whether a fact is as it was, a moment whatever its offset."""
    return bool(known == (datetime.fromisoformat(said_now) if isinstance(known, datetime) else said_now))
