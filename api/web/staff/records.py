"""Activity records (Tätigkeitsnachweis, 13(10)): all work of a client's month, free work too; on screen, PDF or CSV."""

from typing import Any

from api.web.calls import Download, PageCall, View
from api.web.routing import page
from billing.clause.reading import Reader, read_month
from billing.errors import NotFound
from billing.services.access.rights import Right
from billing.services.contracts import contract_by_id, contracts_after, find_contract
from billing.services.fields import read_line
from billing.services.files import give_own_file
from billing.services.moments import local_day
from billing.timespan import format_month, month_of
from invoices.activity_csv import activity_csv, verdict_sentences
from invoices.activity_page import clock_times
from invoices.run.on_request import record_on_request, record_pdf_of

_ALL, _MONTHS = 10_000, 18
_QUERY: dict[str, Reader] = {"vertrag?": read_line, "monat?": read_month}
_AT = "/nachweise/{contract_id:int}/{month:str}"


@page("/nachweise", right=Right.READ_CASES, query=_QUERY, writes=True)
def records_page(call: PageCall) -> View:
    """Show the record of a client's month; without one, ask for it."""
    now = month_of(local_day(call.act.at, call.zone))
    chosen = call.query.get("monat", now - 1)
    contract = find_contract(call.session, call.query["vertrag"], "vertrag") if "vertrag" in call.query else None
    context: dict[str, Any] = {
        "contracts": contracts_after(call.session, None, 0, _ALL),
        "months": [format_month(now - ago) for ago in range(_MONTHS)],
        "contract": contract,
        "month": format_month(chosen),
        "found": None,
    }
    return View("staff/records/list.html", context if contract is None else context | _record(call, contract, chosen))


@page(f"{_AT}/csv", right=Right.READ_CASES, writes=True)
def record_csv(call: PageCall) -> Download:
    """Give the record as a table."""
    contract, month = _named(call)
    found = record_on_request(call.session, call.act, contract, month)
    return Download(activity_csv(found.record), "text/csv", f"Taetigkeitsnachweis-{contract.ref}-{month}.csv")


@page(f"{_AT}/pdf", right=Right.READ_CASES, writes=True)
def record_pdf(call: PageCall) -> Download:
    """Give the record of a month that was invoiced, as it went out with the invoice."""
    contract, month = _named(call)
    file_id = record_pdf_of(call.session, contract, month)
    if file_id is None:
        raise NotFound("file_unknown", file=month)
    file = give_own_file(call.session, call.act, file_id, f"contract:{contract.ref}")
    return Download(file.content, file.media_type, f"Taetigkeitsnachweis-{contract.ref}-{month}.pdf", inline=True)


def _record(call: PageCall, contract: Any, chosen: int) -> dict[str, Any]:
    month = format_month(chosen)
    found = record_on_request(call.session, call.act, contract, month)
    return {
        "found": found,
        "has_pdf": record_pdf_of(call.session, contract, month) is not None,
        "times": clock_times,
        "why": lambda one: verdict_sentences(one.outcome, one.code, call.lang),
        "before": format_month(chosen - 1),
        "after": format_month(chosen + 1) if chosen < month_of(local_day(call.act.at, call.zone)) else None,
    }


def _named(call: PageCall) -> tuple[Any, str]:
    month = format_month(read_month(call.path["month"], "month"))
    return contract_by_id(call.session, call.path["contract_id"]), month
