"""Activity records in the portal: pick a contract and a month, read all work with what became of it, free work too."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.web.calls import Answer, Download, OpenPageCall
from api.web.portal.frame import framed
from api.web.portal.visit import at_portal
from api.web.routing import open_page
from billing.clause.reading import Reader, one_of, read_month
from billing.errors import NotFound
from billing.services.contracts import contract_by_id, contracts_after
from billing.services.fields import read_line
from billing.services.moments import local_day
from billing.services.portal_visits import PortalVisit
from billing.timespan import MonthIndex, format_month, month_of
from invoices.activity_csv import activity_csv, verdict_sentences
from invoices.run.on_request import record_on_request

QUERY: dict[str, Reader] = {"vertrag?": read_line, "monat?": read_month, "format?": one_of("csv")}
_MONTHS_SHOWN = 36
_MOST_CONTRACTS = 100


@open_page("/p/nachweise", query=QUERY)
def portal_records(call: OpenPageCall) -> Answer:
    """Show the activity record of a month; who got it is noted."""
    return at_portal(call, _show, changes=True)


def _show(call: OpenPageCall, visit: PortalVisit) -> Answer:
    contracts = contracts_after(visit.session, visit.controller_id, 0, _MOST_CONTRACTS)
    if not contracts:
        return framed(call, visit, "portal/record.html", contracts=[], months=[], chosen=None, month="", found=None)
    chosen = _chosen(contracts, call.query)
    month = format_month(call.query.get("monat") or _last_month(visit))
    contract = contract_by_id(visit.session, chosen.id, visit.controller_id)
    found = record_on_request(visit.session, visit.act, contract, month)
    if call.query.get("format") == "csv":
        name = f"Taetigkeitsnachweis-{contract.ref}-{month}.csv"
        return Download(activity_csv(found.record), "text/csv", name)
    return framed(
        call,
        visit,
        "portal/record.html",
        contracts=contracts,
        months=_months(visit, chosen.starts_on, month),
        chosen=chosen,
        month=month,
        found=found,
        sentences=lambda one: verdict_sentences(one.outcome, one.code, call.lang),
    )


def _chosen(contracts: list[Any], query: Mapping[str, Any]) -> Any:
    wanted = query.get("vertrag")
    for contract in contracts:
        if wanted in (None, contract.ref):
            return contract
    raise NotFound("nothing_there", value=wanted)


def _last_month(visit: PortalVisit) -> MonthIndex:
    return MonthIndex(month_of(local_day(visit.act.at, visit.zone)) - 1)


def _months(visit: PortalVisit, since: date, chosen: str) -> list[str]:
    """Give the months to pick from, the newest first, and the chosen one wherever it lies."""
    newest = month_of(local_day(visit.act.at, visit.zone))
    oldest = max(month_of(since), newest - _MONTHS_SHOWN)
    months = [format_month(MonthIndex(month)) for month in range(newest, min(oldest, newest) - 1, -1)]
    return months if chosen in months else sorted({*months, chosen}, reverse=True)
