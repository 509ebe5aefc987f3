"""One search over cases, clients, estimates and invoices; a reference that fits exactly is opened at once."""

from collections.abc import Iterator
from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.days import today_of
from api.web.routing import page
from api.web.staff.lookup import Places, places
from billing.errors import Problem
from billing.services.access.rights import Right
from billing.services.addresses import page_address
from billing.services.by_name import Named
from billing.services.estimate_states import state_at
from billing.services.fields import read_line
from billing.services.search import Found, Noun, read_search, search


@page("/suche", right=Right.READ_MASTER_DATA, query={"q?": read_line})
def search_page(call: PageCall) -> View | Done:
    """Show what was found, by kind; without words only the field."""
    text, problem = call.query.get("q", ""), None
    found: list[Found] = []
    if text:
        try:
            rights = call.who.rights_on(today_of(call))
            found = search(call.session, read_search(text, "q"), rights)
        except Problem as refused:
            problem = refused
    groups = [{"noun": str(one.noun), "hits": list(_hits(call, one)), "more": one.more} for one in found]
    if (exact := _exact(groups, text)) is not None:
        return Done(exact)
    return View("staff/search/list.html", {"text": text, "groups": groups, "problem": problem})


def _hits(call: PageCall, found: Found) -> Iterator[dict[str, Any]]:
    """Give what was found of a kind, each with its address and what tells it apart."""
    at = _places(call, found)
    for row in found.rows:
        state = state_at(row, call.act.at).value if found.noun is Noun.ESTIMATE else None
        yield {"row": row, "here": at.here[row.id], "contract": at.contract.get(row.id), "state": state}


def _places(call: PageCall, found: Found) -> Places:
    match found.noun:
        case Noun.CASE | Noun.ESTIMATE:
            return places(call, Named(found.noun), ((row.ref, row.id) for row in found.rows))
        case Noun.CONTROLLER:
            return Places({row.id: page_address("kunden", row.ref, row.id) for row in found.rows}, {})
        case Noun.INVOICE:
            return Places({row.id: page_address("rechnungen", row.number, row.id) for row in found.rows}, {})


def _exact(groups: list[dict[str, Any]], text: str) -> str | None:
    """Give the address of the only thing that has just this reference, or None."""
    wanted = text.strip().upper()
    hits: list[str] = [
        hit["here"]
        for group in groups
        for hit in group["hits"]
        if str(hit["row"].number if group["noun"] == Noun.INVOICE else hit["row"].ref).upper() == wanted
    ]
    return hits[0] if len(hits) == 1 else None
