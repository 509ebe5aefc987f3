"""Requests for support in the portal: a form with files, confirmed at once, and the case that each request opened."""

from datetime import datetime, time
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from api.web.calls import Answer, Done, OpenPageCall
from api.web.forms import KEY_FIELD
from api.web.portal.frame import MOST, framed
from api.web.portal.visit import at_portal
from api.web.routing import open_deed, open_page
from api.web.times import read_day
from billing.clause.reading import refuse
from billing.errors import Problem
from billing.services.contracts import contracts_after
from billing.services.fields import read_line, read_note
from billing.services.idempotency import Asked, Given, earlier_answer, remember_answer
from billing.services.moments import local_day
from billing.services.portal_visits import PortalVisit
from billing.services.proofs import LARGEST, MOST_FILES, ProofFile
from billing.services.support_requests import (
    KINDS,
    NewRequest,
    newest_requests,
    request_files,
    request_row,
    request_support,
)
from billing.texts import name_of

_FIELDS = {"contract": "vertrag", "kind": "art", "description": "beschreibung", "wanted_by": "frist"}
_MOST_CONTRACTS = 100
_LAST_MINUTE = time(23, 59)
_MEGABYTE = 1024**2


@open_page("/p/anfragen")
def portal_requests(call: OpenPageCall) -> Answer:
    """List what the controller asked for, the newest first."""
    return at_portal(call, _list)


@open_page("/p/anfragen/neu")
def new_request(call: OpenPageCall) -> Answer:
    """Ask for support."""
    return at_portal(call, _form)


@open_page("/p/anfragen/{nr:int}")
def portal_request(call: OpenPageCall) -> Answer:
    """Show one request: when it arrived, what became of it, its files."""
    return at_portal(call, _show)


@open_deed("/p/anfragen/neu", back=new_request, fields=_FIELDS)
def request_deed(call: OpenPageCall) -> Answer:
    """Open a case for what is asked; its clock starts now, and the receipt is confirmed by mail."""
    return at_portal(call, _request, changes=True)


def _list(call: OpenPageCall, visit: PortalVisit) -> Answer:
    rows = newest_requests(visit.session, MOST, visit.controller_id)
    return framed(call, visit, "portal/requests.html", rows=rows)


def _form(call: OpenPageCall, visit: PortalVisit) -> Answer:
    return framed(
        call,
        visit,
        "portal/new_request.html",
        contract_options=[(one.ref, one.number) for one in _contracts(visit)],
        kind_options=[(kind, name_of("case_kind", kind, call.lang)) for kind in KINDS],
        most_files=MOST_FILES,
        most_megabytes=LARGEST // _MEGABYTE,
    )


def _show(call: OpenPageCall, visit: PortalVisit) -> Answer:
    row = request_row(visit.session, call.path["nr"], visit.controller_id)
    return framed(call, visit, "portal/request.html", row=row, files=request_files(visit.session, row))


def _request(call: OpenPageCall, visit: PortalVisit) -> Answer:
    asked = _asked(call, visit)
    if asked is not None and (earlier := earlier_answer(visit.session, asked)):
        return Done(earlier.headers["Location"])
    received = request_support(visit.session, visit.act, visit.contact, _read(call, visit))
    to = f"/p/anfragen/{received.request.id}"
    if asked is not None:
        given = Given(HTTPStatus.SEE_OTHER, {"Location": to}, "")
        remember_answer(visit.session, asked, given, visit.act.at)
    return Done(to, "portal_requested", {"ref": received.request.ref})


def _read(call: OpenPageCall, visit: PortalVisit) -> NewRequest:
    """Read the form, all errors at once."""
    form, contracts = call.form, _contracts(visit)
    if form.text("art") not in KINDS:
        form.note(refuse("portal_kind_missing", "art", None))
    contract = form.text("vertrag") or (contracts[0].ref if len(contracts) == 1 else "")
    if not contract:
        form.note(refuse("field_empty", "vertrag"))
    said: dict[str, Any] = {
        "description": form.read("beschreibung", read_note),
        "reference": form.read("zeichen", read_line, optional=True),
        "wanted_by": _wanted_by(call, visit),
    }
    files = [ProofFile(one.filename, one.content) for one in form.files("dateien")]
    if len(files) > MOST_FILES:
        form.note(refuse("too_many_files", "dateien", len(files), most=MOST_FILES))
    form.require_good()
    return NewRequest(contract=contract, kind=form.text("art"), files=files, **said)


def _wanted_by(call: OpenPageCall, visit: PortalVisit) -> datetime | None:
    """Read the day until which an answer is wanted: its last minute on the processor's clock."""
    text = call.form.text("frist")
    if not text:
        return None
    try:
        day = read_day(text, local_day(visit.act.at, visit.zone), "frist")
    except Problem as problem:
        call.form.note(problem)
        return None
    return datetime.combine(day, _LAST_MINUTE, visit.zone)


def _contracts(visit: PortalVisit) -> list[Any]:
    """Give the contracts that still run."""
    today = local_day(visit.act.at, visit.zone)
    found = contracts_after(visit.session, visit.controller_id, 0, _MOST_CONTRACTS)
    return [one for one in found if one.ended_on is None or one.ended_on >= today]


def _asked(call: OpenPageCall, visit: PortalVisit) -> Asked | None:
    """Give what this sending of the form asks: pressed twice, it opens one case."""
    key = call.form.text(KEY_FIELD)
    if not key:
        return None
    said = repr(sorted(call.form.typed.items())) + repr([one.content for one in call.form.files("dateien")])
    return Asked(visit.actor, f"portal:{sha256(key.encode()).hexdigest()[:32]}", sha256(said.encode()).hexdigest())
