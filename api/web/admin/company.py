"""The processor's own letter, bank, tax data and numbering: as they hold today, changed from a day on."""

from typing import Any

from api.v1.processor import add_processor_version
from api.web.admin.places import places_of
from api.web.calls import Done, PageCall, View
from api.web.days import day_reader, today_of
from api.web.routing import deed, page
from billing.services.access.rights import Right
from billing.services.number_series import series_standing
from billing.services.processors import PROCESSOR, current_processor, processor_versions
from invoices.number import format_number

FIELDS = tuple(name.rstrip("?") for name in PROCESSOR if name != "valid_from?")
_EXAMPLE = 118
SWITCHES = ("small_business", "cash_basis")


@page("/einstellungen/firma", right=Right.READ_MASTER_DATA)
def company_page(call: PageCall) -> View:
    """Show the data that hold today, the number series, and every version."""
    now, year = current_processor(call.session, today_of(call)), today_of(call).year
    return _view(
        call,
        "admin/company.html",
        now=now,
        example=format_number(now.number_pattern, series=now.invoice_series, year=year, sequence=_EXAMPLE),
        versions=processor_versions(call.session),
        series=series_standing(call.session),
    )


@page("/einstellungen/firma/aendern", right=Right.MASTER_DATA)
def change_company_page(call: PageCall) -> View:
    """Ask what changes from which day on; all fields show what holds today."""
    now = current_processor(call.session, today_of(call))
    return _view(call, "admin/change_company.html", now=now, today=today_of(call))


@deed("/einstellungen/firma/aendern", right=Right.MASTER_DATA, back=change_company_page)
def change_company_deed(call: PageCall) -> Done:
    """Record the whole data as they hold from a day on; issued documents keep theirs."""
    form = call.form
    valid_from = form.read("valid_from", day_reader(call))
    form.require_good()
    raw: dict[str, Any] = {name: form.text(name) for name in FIELDS if form.text(name) and name not in SWITCHES}
    raw |= {name: form.checked(name) for name in SWITCHES}
    raw["valid_from"] = valid_from.isoformat()
    call.raw.update(raw)
    add_processor_version(call)
    return Done("/einstellungen/firma", "company_changed", {"day": valid_from.strftime("%d.%m.%Y")})


def _view(call: PageCall, template: str, **context: Any) -> View:
    return View(template, {"sections": places_of(call.who), "here": "company", **context})
