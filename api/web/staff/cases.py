"""Cases (Vorgänge): the list with its filters, and a new one."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.lookup import address, places
from api.web.staff.typed import moment, said, texts
from billing.clause.reading import Reader, read_flag
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.by_name import Named
from billing.services.case_lists import ListedCase, cases_listed, read_before
from billing.services.cases import open_case, read_case
from billing.services.contracts import contracts_after
from billing.services.fields import read_line
from billing.services.parties import list_controllers, list_persons
from billing.timespan import Instant, datetime_of, instant_of

PAGE_ROWS = 50
_ALL = 10_000
CASE_KINDS = (
    *("data_subject_request", "data_portability", "breach", "dpia", "audit"),
    *("general_query", "evidence", "instruction", "other"),
)
"""The usual kinds, in the order they are offered."""
_QUERY: dict[str, Reader] = {
    "suche?": read_line,
    "kunde?": read_line,
    "art?": read_line,
    "offen?": read_flag,
    "klaerung?": read_flag,
    "vor?": read_before,
}
_WANTED = {"suche": "words", "kunde": "controller", "art": "kind", "offen": "is_open", "klaerung": "is_held"}
_CASE: dict[str, Reader] = {
    "contract": read_line,
    "kind": read_line,
    "title": read_line,
    "controller_reference?": read_line,
    "responsible?": read_line,
}


@page("/vorgaenge", right=Right.READ_CASES, query=_QUERY)
def list_cases_page(call: PageCall) -> View:
    """List cases, the newest first, narrowed by what the address says."""
    wanted = {_WANTED[name]: value for name, value in call.query.items() if name in _WANTED}
    before = call.query.get("vor")
    found = cases_listed(call.session, wanted, call.act.at, PAGE_ROWS + 1, before)
    return View(
        "staff/cases/list.html",
        {
            "cases": listed_rows(call, found[:PAGE_ROWS]),
            "query": call.query,
            "first_page": None if before is None else _page_address(call.query),
            "next_page": _page_address(call.query, found[PAGE_ROWS - 1].row.id) if len(found) > PAGE_ROWS else None,
            "controllers": list_controllers(call.session),
            "kinds": CASE_KINDS,
        },
    )


@page("/vorgaenge/neu", right=Right.WORK, query={"vertrag?": read_line, "kunde?": read_line})
def new_case_page(call: PageCall) -> View:
    """Ask what a new case is about."""
    return View(
        "staff/cases/new.html",
        {
            "contracts": contract_choices(call),
            "chosen": call.query.get("vertrag", ""),
            "kinds": CASE_KINDS,
            "persons": list_persons(call.session),
            "me_ref": call.who.person_ref,
        },
    )


@deed("/vorgaenge/neu", right=Right.WORK, back=new_case_page)
def open_case_deed(call: PageCall) -> Done:
    """Open a case; what its title should not say is said on its page."""
    raw = texts(call, _CASE) | said(
        opened_at=moment(call, "opened_at", optional=True),
        legal_deadline_at=moment(call, "legal_deadline_at", optional=True),
    )
    call.form.require_good()
    record = open_case(call.session, call.act, *read_case(raw))
    case = record.case
    fields = {"case": case.ref, "notices": sentences(call, record.notices)}
    return Done(address(call, Named.CASE, case.ref, id_of(case)), "case_opened", fields)


def contract_choices(call: PageCall) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the contracts that still run by client, as a grouped selection takes them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in contracts_after(call.session, None, 0, _ALL):
        if row.ended_on is None:
            groups.setdefault(row.controller_name, []).append((row.ref, row.number))
    return sorted(groups.items())


def listed_rows(call: PageCall, found: Sequence[ListedCase]) -> list[dict[str, Any]]:
    """Give the rows of a list of cases, each with its address, its contract if need be, and its next deadline."""
    at = places(call, Named.CASE, ((one.row.ref, one.row.id) for one in found))
    now = instant_of(call.act.at)
    return [{"here": at.here[one.row.id], "contract": at.contract.get(one.row.id), **_row(one, now)} for one in found]


def _row(one: ListedCase, now: Instant) -> dict[str, Any]:
    due = None if one.next_deadline is None else one.next_deadline.due
    return {
        "row": one.row,
        "held_minutes": one.held_minutes,
        "next_deadline": one.next_deadline,
        "next_at": None if due is None else datetime_of(due.strict),
        "is_overdue": due is not None and now > due.latest,
    }


def _page_address(query: Mapping[str, Any], before: int | None = None) -> str:
    """Give the address of a part of the list, narrowed as this one."""
    kept = {name: "true" if value is True else value for name, value in query.items() if name != "vor"}
    part = {} if before is None else {"vor": before}
    return f"/vorgaenge?{urlencode(kept | part)}"
