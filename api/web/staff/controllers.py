"""Clients (Kunden): the list, one with its contract data, people and free minutes, and the forms of all these."""

from typing import Any

from markupsafe import Markup

from api.web.calls import Done, PageCall, View
from api.web.charts.budget import allowance_bar
from api.web.days import today_of
from api.web.routing import deed, page
from api.web.staff.cases import listed_rows
from api.web.staff.lookup import controller_of
from api.web.staff.meanwhile import require_unchanged, seen
from api.web.staff.typed import texts
from billing.clause.reading import Reader
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.addresses import page_address
from billing.services.case_lists import cases_listed
from billing.services.contracts import contracts_after
from billing.services.mail_log import mails_to_controller
from billing.services.openings import list_openings
from billing.services.parties import CONTROLLER, add_controller, list_controllers, read_controller
from billing.services.party_changes import change_controller, contacts_after
from billing.services.standing import allowance_of, totals_of
from billing.timespan import format_month, month_of

_ALL = 10_000
_SHOWN = 10
_EMPTIED = ("address_extra", "land", "vat_id", "buyer_reference", "leitweg_id", "customer_number", "invoice_email")
_FIELDS: dict[str, Reader] = {name: reader for name, reader in CONTROLLER.items() if name != "decision_code?"}


@page("/kunden", right=Right.READ_MASTER_DATA)
def list_controllers_page(call: PageCall) -> View:
    """List clients by name, with their contracts."""
    contracts: dict[int, list[Any]] = {}
    for row in contracts_after(call.session, None, 0, _ALL):
        contracts.setdefault(row.controller_id, []).append(row)
    found = sorted(list_controllers(call.session), key=lambda one: (one.name.casefold(), one.ref))
    rows = [
        {"controller": one, "here": controller_address(one), "contracts": contracts.get(id_of(one), [])}
        for one in found
    ]
    return View("staff/controllers/list.html", {"rows": rows})


@page("/kunden/neu", right=Right.MASTER_DATA)
def new_controller_page(_call: PageCall) -> View:
    """Ask for a new client's letter data."""
    return View("staff/controllers/new.html", {"controller": None})


@deed("/kunden/neu", right=Right.MASTER_DATA, back=new_controller_page)
def add_controller_deed(call: PageCall) -> Done:
    """Take in a client; its reference is the next free one if none is given."""
    raw = texts(call, _FIELDS) | {"decision_code": call.form.checked("decision_code")}
    call.form.require_good()
    controller = add_controller(call.session, call.act, read_controller(raw))
    return Done(controller_address(controller), "controller_added", {"controller": controller.name})


@page("/kunden/{nr:str}", right=Right.READ_MASTER_DATA)
def controller_page(call: PageCall) -> View:
    """Show a client with everything that belongs to it."""
    controller = controller_of(call)
    contracts = contracts_after(call.session, id_of(controller), 0, _ALL)
    sees_cases = Right.READ_CASES in call.who.rights_on(today_of(call))
    wanted = {"controller": controller.ref}
    return View(
        "staff/controllers/show.html",
        {
            "controller": controller,
            "here": controller_address(controller),
            "contacts": contacts_after(call.session, id_of(controller), 0, _ALL),
            "contracts": [_contract(call, row, sees_cases=sees_cases) for row in contracts],
            "openings": [one for row in contracts for one in list_openings(call.session, row.ref)],
            "mails": mails_to_controller(call.session, id_of(controller), 20) if sees_cases else [],
            "cases": listed_rows(call, cases_listed(call.session, wanted, call.act.at, _SHOWN)) if sees_cases else [],
            "month": format_month(month_of(today_of(call))),
        },
    )


@page("/kunden/{nr:str}/bearbeiten", right=Right.MASTER_DATA)
def edit_controller_page(call: PageCall) -> View:
    """Ask what to change of a client's letter data."""
    controller = controller_of(call)
    context = {"controller": controller, "here": controller_address(controller), "seen": _seen(controller)}
    return View("staff/controllers/edit.html", context)


@deed("/kunden/{nr:str}/bearbeiten", right=Right.MASTER_DATA, back=edit_controller_page)
def edit_controller_deed(call: PageCall) -> Done:
    """Change letter data from now on; documents that were issued keep what they say."""
    raw = texts(call, {name: reader for name, reader in _FIELDS.items() if name != "ref?"})
    raw |= {"decision_code": call.form.checked("decision_code")}
    call.form.require_good()
    require_unchanged(call, _seen(controller_of(call)))
    empty: dict[str, Any] = dict.fromkeys(_EMPTIED)
    controller = change_controller(call.session, call.act, controller_of(call), empty | raw)
    return Done(controller_address(controller), "controller_changed", {"controller": controller.name})


def _seen(controller: Any) -> str:
    return seen(*(getattr(controller, name.rstrip("?")) for name in CONTROLLER))


def controller_address(controller: Any, *more: str) -> str:
    """Give the address of a client, or of a page below it."""
    return page_address("kunden", controller.ref, id_of(controller), *more)


def _contract(call: PageCall, row: Any, *, sees_cases: bool) -> dict[str, Any]:
    """Give a contract with this month's free minutes and what it came to, to who may see cases."""
    shown: dict[str, Any] = {"row": row, "allowance": None, "totals": None, "bar": _bar}
    if sees_cases:
        month = month_of(today_of(call))
        shown["allowance"] = allowance_of(call.session, row.id, month, call.act.at)
        shown["totals"] = totals_of(call.session, row.id, call.act.at)
    return shown


def _bar(used: int, agreed: int, label: str) -> Markup:
    return allowance_bar(used, agreed, label=label)
