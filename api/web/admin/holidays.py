"""The holidays that make surcharges: public ones of the Land that the terms name, with those that were agreed."""

from typing import Any

from api.web.admin.places import places_of
from api.web.calls import PageCall, View
from api.web.days import today_of
from api.web.routing import page
from billing.clause.reading import FIRST_YEAR, LAST_YEAR, Reader, refuse, shaped
from billing.public_holidays import holiday_name, package_version, public_holidays
from billing.services.access.rights import Right
from billing.services.calendars import agreement_of
from billing.services.contracts import list_contracts
from billing.timespan import month_of


@shaped(type="string", pattern="^[0-9]{4}$")
def read_year_text(value: Any, path: str) -> int:
    """Take a calendar year out of an address."""
    if not str(value).isascii() or not str(value).isdigit() or not FIRST_YEAR <= int(value) <= LAST_YEAR:
        raise refuse("year_out_of_range", path, value, least=FIRST_YEAR, most=LAST_YEAR)
    return int(value)


_QUERY: dict[str, Reader] = {"jahr?": read_year_text}


@page("/einstellungen/feiertage", right=Right.READ_MASTER_DATA, query=_QUERY)
def holidays_page(call: PageCall) -> View:
    """List the holidays of a year for each calendar that a contract names, and days agreed apart from it."""
    year = call.query.get("jahr") or today_of(call).year
    lands: dict[str, list[str]] = {}
    own: list[tuple[str, Any]] = []
    for row in list_contracts(call.session):
        terms = agreement_of(call.session, row.id).terms_at(month_of(today_of(call)))
        lands.setdefault(terms.holiday_calendar, []).append(row.ref)
        changed = sorted(day for day in terms.extra_holidays | terms.removed_holidays if day.year == year)
        own += [(row.ref, (day, day in terms.extra_holidays)) for day in changed]
    calendars = [(land, refs, _named(land, year, call.lang)) for land, refs in sorted(lands.items())]
    context = {"year": year, "calendars": calendars, "own": own, "version": package_version()}
    return View("admin/holidays.html", {"sections": places_of(call.who), "here": "holidays", **context})


def _named(land: str, year: int, lang: str) -> list[tuple[Any, str]]:
    return [(day, holiday_name(land, day, lang) or "") for day in sorted(public_holidays(land, year))]
