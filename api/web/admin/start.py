"""The guided first start: what is set up, what comes next, and the balances one brings along from before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.days import today_of
from api.web.routing import deed, page
from api.web.times import read_month
from billing.clause.terms import RATE_CLASSES
from billing.services.access.rights import Right
from billing.services.access.users import list_accounts
from billing.services.contracts import list_contracts
from billing.services.fields import read_line
from billing.services.openings import OPENINGS, list_openings, set_opening
from billing.services.parties import list_controllers
from billing.services.processors import processor_versions
from billing.timespan import format_month

_SOME = 2
_COUNTS = ("year", "number", "minutes")
_NEXT_NUMBER = "next_number"
_FIELDS: dict[str, Sequence[str]] = {
    str(kind): [name for name in readers if not name.endswith("?")] for kind, readers in OPENINGS.items()
}
"""What the form of each kind of balance asks for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of setting up: where it is done, and whether it is."""

    name: str
    href: str
    is_done: bool
    is_optional: bool = False


@page("/start", right=Right.READ_MASTER_DATA)
def start_page(call: PageCall) -> View:
    """Show all steps with what is done; the first that is not stands out."""
    session = call.session
    versions, controllers = processor_versions(session), list_controllers(session)
    openings, settings = list_openings(session), call.service.settings
    numbers = [one for one in openings if one.kind == _NEXT_NUMBER]
    is_admin = Right.PEOPLE in call.who.rights
    steps = [
        Step("company", "/einstellungen/firma" if versions else "/einstellungen/firma/aendern", bool(versions)),
        Step("bank", "/einstellungen/firma/aendern", bool(versions and versions[-1].iban)),
        Step("numbers", "/start/anfangsbestaende?art=next_number", bool(numbers), is_optional=True),
        Step("controller", "/kunden" if controllers else "/kunden/neu", bool(controllers)),
        Step("contract", "/kunden", bool(list_contracts(session))),
        Step("openings", "/start/anfangsbestaende", len(openings) > len(numbers), is_optional=True),
        Step("mail", "/einstellungen/mail", settings.smtp_url is not None),
    ]
    if is_admin:
        colleagues = len(list_accounts(session, call.act.at, most=_SOME)) >= _SOME
        steps.append(
            Step("people", f"/einstellungen/personen{'' if colleagues else '/neu'}", colleagues, is_optional=True)
        )
    following = next((step.name for step in steps if not step.is_done and not step.is_optional), None)
    return View("admin/start.html", {"steps": steps, "following": following})


@page("/start/anfangsbestaende", right=Right.MASTER_DATA, query={"art?": read_line})
def openings_page(call: PageCall) -> View:
    """Show the balances that were brought along, and ask for another one."""
    wanted = call.form.text("kind") or call.query.get("art")
    kind = wanted if wanted in _FIELDS else _NEXT_NUMBER
    context: dict[str, Any] = {
        "kinds": list(_FIELDS),
        "kind": kind,
        "fields": _FIELDS[kind],
        "openings": list_openings(call.session),
        "contracts": list_contracts(call.session),
        "rate_classes": list(RATE_CLASSES),
        "year": today_of(call).year,
    }
    return View("admin/openings.html", context)


@deed("/start/anfangsbestaende", right=Right.MASTER_DATA, back=openings_page)
def opening_deed(call: PageCall) -> Done:
    """Record a balance; one of the same thing recorded before is withdrawn."""
    form = call.form
    kind = form.text("kind")
    raw: dict[str, Any] = {"kind": kind, **form.raw(*_FIELDS.get(kind, ()))}
    if "month" in raw:
        month = form.read("month", read_month)
        form.require_good()
        raw["month"] = format_month(month)
    raw |= {name: int(raw[name]) for name in _COUNTS if raw.get(name, "").isascii() and raw.get(name, "").isdigit()}
    set_opening(call.session, call.act, raw, today_of(call))
    return Done(f"/start/anfangsbestaende?art={kind}", "opening_set")
