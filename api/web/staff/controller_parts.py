"""What belongs to a client, each on a page of its own: contacts, contracts and their end, opening balances."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.controllers import controller_address
from api.web.staff.lookup import controller_of
from api.web.staff.typed import day, read_hours, said, texts
from api.web.times import read_month
from billing.clause.reading import Reader, one_of, read_date
from billing.clause.term_sets import NAMES
from billing.clause.terms import RATE_CLASSES
from billing.errors import Problem
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.contracts import add_contract, contract_by_id, contracts_after, end_contract, read_contract
from billing.services.fields import read_email, read_line
from billing.services.moments import local_day
from billing.services.openings import OPENINGS, set_opening
from billing.services.parties import add_contact, read_contact
from billing.services.party_changes import (
    ChangedContact,
    change_contact,
    contact_by_id,
    controller_by_id,
    end_contact,
)
from billing.timespan import format_month

_CONTACT: dict[str, Reader] = {"name": read_line, "email": read_email, "phone?": read_line}
_CONTRACT: dict[str, Reader] = {"number?": read_line, "term_set": one_of(*NAMES)}
_CONTACT_AT, _CONTRACT_AT = "/ansprechpartner/{contact_id:int}", "/vertraege/{contract_id:int}"
_FIELDS_OF = {str(kind): ("kind", *(name.rstrip("?") for name in readers)) for kind, readers in OPENINGS.items()}
"""What each kind of opening balance says; the other fields of the form are left as they are."""
_BROUGHT = tuple(kind for kind in _FIELDS_OF if kind != "next_number")
"""What may be brought along for a contract."""


def of_controller(call: PageCall, **more: Any) -> dict[str, Any]:
    """Give what every page below a client speaks of."""
    controller = controller_of(call)
    return {"controller": controller, "here": controller_address(controller), **more}


@page("/kunden/{nr:str}/ansprechpartner", right=Right.MASTER_DATA)
def new_contact_page(call: PageCall) -> View:
    """Ask for a person at the client."""
    return View("staff/controllers/contact.html", of_controller(call, contact=None))


@deed("/kunden/{nr:str}/ansprechpartner", right=Right.MASTER_DATA, back=new_contact_page)
def add_contact_deed(call: PageCall) -> Done:
    """Take in a person, or take up again one who had ended."""
    raw = texts(call, _CONTACT)
    call.form.require_good()
    controller = controller_of(call)
    new = {**raw, "controller": controller.ref, "may_approve": call.form.checked("may_approve")}
    contact = add_contact(call.session, call.act, read_contact(new))
    return Done(f"{controller_address(controller)}#ansprechpartner", "contact_added", {"contact": contact.name or ""})


@page(_CONTACT_AT, right=Right.MASTER_DATA)
def contact_page(call: PageCall) -> View:
    """Ask what to change of a contact."""
    return View("staff/controllers/contact.html", _of_contact(call))


@deed(_CONTACT_AT, right=Right.MASTER_DATA, back=contact_page)
def change_contact_deed(call: PageCall) -> Done:
    """Change a contact; who may approve no longer loses his links at once."""
    raw = {"phone": None, **texts(call, _CONTACT), "may_approve": call.form.checked("may_approve")}
    call.form.require_good()
    contact = contact_by_id(call.session, call.path["contact_id"])
    unchanged = {"email"} if raw["email"] == contact.email else set()
    changes = {name: value for name, value in raw.items() if name not in unchanged}
    return _contact_done(call, change_contact(call.session, call.act, contact, changes), "contact_changed")


@page(f"{_CONTACT_AT}/beenden", right=Right.MASTER_DATA)
def end_contact_page(call: PageCall) -> View:
    """Ask whether a contact is to act no more."""
    return View("staff/controllers/end_contact.html", _of_contact(call))


@deed(f"{_CONTACT_AT}/beenden", right=Right.MASTER_DATA, back=end_contact_page)
def end_contact_deed(call: PageCall) -> Done:
    """End a contact: no approval, no link and no log-in from now on."""
    ended = end_contact(call.session, call.act, contact_by_id(call.session, call.path["contact_id"]))
    return _contact_done(call, ended, "contact_ended")


def _contact_done(call: PageCall, changed: ChangedContact, message: str) -> Done:
    """Lead back to the contacts, with a word about estimates that nobody can decide any more."""
    fields = {"contact": changed.contact.name or "", "notices": sentences(call, changed.notices)}
    return Done(f"{_of_contact(call)['here']}#ansprechpartner", message, fields)


@page("/kunden/{nr:str}/vertrag", right=Right.MASTER_DATA)
def new_contract_page(call: PageCall) -> View:
    """Ask for a new contract."""
    return View("staff/controllers/contract.html", of_controller(call, term_sets=NAMES))


@deed("/kunden/{nr:str}/vertrag", right=Right.MASTER_DATA, back=new_contract_page)
def add_contract_deed(call: PageCall) -> Done:
    """Take in a contract; what is not agreed otherwise holds as in its term set."""
    days = {"starts_on": day(call, "starts_on"), "signed_on": day(call, "signed_on", optional=True)}
    raw = texts(call, _CONTRACT) | said(**days)
    call.form.require_good()
    controller = controller_of(call)
    contract = add_contract(call.session, call.act, read_contract({"controller": controller.ref, **raw}))
    return Done(f"{controller_address(controller)}#vertraege", "contract_added", {"contract": contract.number})


@page(f"{_CONTRACT_AT}/ende", right=Right.MASTER_DATA)
def end_contract_page(call: PageCall) -> View:
    """Ask for the last day of a contract."""
    contract = contract_by_id(call.session, call.path["contract_id"])
    controller = controller_by_id(call.session, contract.controller_id)
    context = {"contract": contract, "controller": controller, "here": controller_address(controller)}
    return View("staff/controllers/end_contract.html", context)


@deed(f"{_CONTRACT_AT}/ende", right=Right.MASTER_DATA, back=end_contract_page)
def end_contract_deed(call: PageCall) -> Done:
    """Record the last day of a contract; what was agreed and billed stays as it is."""
    ended_on = day(call, "ended_on")
    call.form.require_good()
    contract = contract_by_id(call.session, call.path["contract_id"])
    end_contract(call.session, call.act, contract, read_date(ended_on, "ended_on"))
    here = controller_address(controller_by_id(call.session, contract.controller_id))
    return Done(f"{here}#vertraege", "contract_ended", {"contract": contract.number})


@page("/kunden/{nr:str}/anfangsbestand", right=Right.MASTER_DATA)
def opening_page(call: PageCall) -> View:
    """Ask for a balance from before this product kept the record."""
    contracts = contracts_after(call.session, id_of(controller_of(call)), 0, 10_000)
    context = of_controller(call, contracts=contracts, kinds=_BROUGHT, classes=tuple(RATE_CLASSES))
    return View("staff/controllers/opening.html", context)


@deed("/kunden/{nr:str}/anfangsbestand", right=Right.MASTER_DATA, back=opening_page)
def opening_deed(call: PageCall) -> Done:
    """Record a balance; one of the same thing recorded before is withdrawn."""
    kind = call.form.read("kind", one_of(*_BROUGHT))
    raw: dict[str, Any] = {**call.form.raw("kind", "contract", "document", "site", "estimate", "rate_class")}
    year = call.form.text("year")
    if year:
        raw["year"] = int(year) if year.isascii() and year.isdecimal() and len(year) < len("10000") else year
    if call.form.text("minutes"):
        raw |= _minutes(call)
    month = call.form.read("month", read_month, optional=True)
    call.form.require_good()
    if month is not None:
        raw["month"] = format_month(month)
    taken = {name: value for name, value in raw.items() if name in _FIELDS_OF[kind]}
    set_opening(call.session, call.act, taken, local_day(call.act.at, call.zone))
    return Done(f"{controller_address(controller_of(call))}#anfangsbestand", "opening_set", {})


def _minutes(call: PageCall) -> dict[str, Any]:
    try:
        return {"minutes": read_hours(call.form.text("minutes"), "minutes")}
    except Problem as problem:
        call.form.note(problem)
        return {}


def _of_contact(call: PageCall) -> dict[str, Any]:
    contact = contact_by_id(call.session, call.path["contact_id"])
    controller = controller_by_id(call.session, contact.controller_id)
    return {"contact": contact, "controller": controller, "here": controller_address(controller)}
