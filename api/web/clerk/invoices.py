"""The list of issued documents: searched, narrowed, and as a CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from api.web.calls import Download, PageCall, View
from api.web.routing import page
from api.web.times import read_month
from billing.canonical import fingerprint
from billing.clause.reading import Reader, one_of, read_count
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.access.trail import note_access
from billing.services.fields import read_line
from billing.services.moments import local_day, processor_zone
from billing.services.search import words_of
from billing.texts import wording
from billing.timespan import format_month
from invoices.run.invoice_lists import Listed, Standing, Wanted, find_invoices

_MOST, _MOST_CSV = 50, 100_000
WHICH: Mapping[str, Reader] = {
    "suche?": read_line,
    "monat?": read_month,
    "stand?": one_of(*Standing),
    "vor?": read_count,
}
"""What the list may be narrowed to."""


@page("/rechnungen", right=Right.READ_MONTHS, query=WHICH)
def invoices_page(call: PageCall) -> View:
    """List issued documents, the newest first."""
    found = find_invoices(call.session, wanted_in(call), call.act.at, _MOST + 1)
    more = found[_MOST - 1].row.id if len(found) > _MOST else None
    return View(
        "clerk/invoices.html",
        {
            "found": found[:_MOST],
            "query": call.query,
            "month": format_month(call.query["monat"]) if "monat" in call.query else "",
            "after": None if more is None else f"/rechnungen?{_asked(call, vor=str(more))}",
            "before": f"/rechnungen?{_asked(call)}" if "vor" in call.query else None,
            "csv": f"/rechnungen/csv?{_asked(call)}",
            "today": local_day(call.act.at, processor_zone(call.session)),
        },
    )


@page("/rechnungen/csv", right=Right.READ_MONTHS, query=WHICH, writes=True)
def invoices_csv(call: PageCall) -> Download:
    """Give the list as a CSV, as spreadsheets here read it."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(wording("page.invoices_columns", call.lang).split(";"))
    found = find_invoices(call.session, wanted_in(call), call.act.at, _MOST_CSV)
    rows.writerows(_values(one) for one in found)
    content = text.getvalue().encode("utf-8-sig")
    note_access(call.session, call.act, "list_downloaded", "invoices", rows=len(found), sha256=fingerprint(content))
    return Download(content, "text/csv", "rechnungen.csv")


def wanted_in(call: PageCall) -> Wanted:
    """Read what the list is narrowed to."""
    query = call.query
    return Wanted(
        words=tuple(words_of(query.get("suche", ""))),
        month=format_month(query["monat"]) if "monat" in query else None,
        standing=Standing(query["stand"]) if "stand" in query else None,
        before=query.get("vor"),
    )


def _asked(call: PageCall, **more: str) -> str:
    kept: dict[str, Any] = {name: call.query[name] for name in ("suche", "stand") if name in call.query}
    if "monat" in call.query:
        kept["monat"] = format_month(call.query["monat"])
    return urlencode({**kept, **more})


def _values(one: Listed) -> tuple[str, ...]:
    invoice, due = one.row.invoice, one.row.track.due
    return (
        _harmless(invoice.number),
        str(invoice.kind),
        _harmless(one.client),
        _harmless(one.row.contract),
        one.row.month,
        invoice.issue_date.isoformat(),
        _euros(invoice.kind.booked(invoice.net_cents)),
        _euros(invoice.kind.booked(invoice.gross_cents)),
        _euros(one.item.balance.open_cents) if one.item else "",
        due.due_on.isoformat() if due else "",
        str(one.standing or ""),
    )


def _euros(cents: int) -> str:
    return format_cents(cents).replace(".", ",")


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
