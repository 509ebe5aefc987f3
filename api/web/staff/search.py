"""One search over cases, clients, estimates and invoices; a reference that fits exactly is opened at once."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.days import today_of
from api.web.routing import page
from api.web.staff.lookup import address
from billing.errors import Problem
from billing.services.access.rights import Right
from billing.services.estimate_states import state_at
from billing.services.fields import read_line
from billing.services.search import Found, Noun, read_search, search

_PLACES = {Noun.CASE: "vorgaenge", Noun.CONTROLLER: "kunden", Noun.ESTIMATE: "kva", Noun.INVOICE: "rechnungen"}


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
    if (exact := _exact(found, text)) is not None:
        return Done(exact)
    groups = [
        {"noun": str(one.noun), "hits": [_hit(call, one.noun, row) for row in one.rows], "more": one.more}
        for one in found
    ]
    return View("staff/search/list.html", {"text": text, "groups": groups, "problem": problem})


def _hit(call: PageCall, noun: Noun, row: Any) -> dict[str, Any]:
    state = state_at(row, call.act.at).value if noun is Noun.ESTIMATE else None
    return {"row": row, "here": _place(noun, row), "state": state}


def _place(noun: Noun, row: Any) -> str:
    return address(_PLACES[noun], row.number if noun is Noun.INVOICE else row.ref, row.id)


def _exact(found: list[Found], text: str) -> str | None:
    """Give the address of the only thing that has just this reference, or None."""
    wanted = text.strip().upper()
    hits = [
        (one.noun, row)
        for one in found
        for row in one.rows
        if str(row.number if one.noun is Noun.INVOICE else row.ref).upper() == wanted
    ]
    return _place(*hits[0]) if len(hits) == 1 else None
