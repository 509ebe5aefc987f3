"""Cost estimates (Kostenvoranschläge): the list by state, a new one, and the reckoning that goes along while typing."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from api.web.calls import Done, PageCall, View
from api.web.routing import deed, page
from api.web.staff.estimate_form import EstimateForm, content_of, form_of, rows_of
from api.web.staff.lookup import address, places, told_apart
from billing.clause.reading import Reader, one_of, refuse
from billing.errors import Problem
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.budgets import budget_of
from billing.services.by_name import Named, case_named
from billing.services.case_lists import cases_listed, read_before
from billing.services.contracts import contract_by_id
from billing.services.estimate_content import planned_minutes
from billing.services.estimate_lists import estimates_before
from billing.services.estimate_prices import EstimatePrice, price_of_lines
from billing.services.estimate_states import state_at
from billing.services.estimates import add_estimate, read_estimate
from billing.services.fields import read_line

STATES = {
    "entwurf": "draft",
    "versendet": "sent",
    "rueckfrage": "questioned",
    "freigegeben": "approved",
    "abgelehnt": "declined",
    "abgelaufen": "expired",
}
"""The states that the list may be narrowed to, as addresses name them."""
_PAGE_ROWS = 50
_MOST_CASES = 500
_QUERY: dict[str, Reader] = {"stand?": one_of(*STATES), "vor?": read_before}


@page("/kva", right=Right.READ_CASES, query=_QUERY)
def list_estimates_page(call: PageCall) -> View:
    """List estimates with their newest version, the newest first."""
    state = call.query.get("stand")
    wanted = {} if state is None else {"state": STATES[state]}
    before = call.query.get("vor")
    found = estimates_before(call.session, wanted, call.act.at, before, _PAGE_ROWS + 1)
    shown, more = found[:_PAGE_ROWS], len(found) > _PAGE_ROWS
    at = places(call, Named.ESTIMATE, ((row.ref, row.id) for row in shown))
    cases_at = places(call, Named.CASE, ((row.case_ref, row.case_id) for row in shown))
    return View(
        "staff/estimates/list.html",
        {
            "estimates": [
                {
                    "row": row,
                    "here": at.here[row.id],
                    "contract": at.contract.get(row.id),
                    "case_here": cases_at.here[row.case_id],
                    "case_contract": cases_at.contract.get(row.case_id),
                    "state": state_at(row, call.act.at).value,
                    "minutes": planned_minutes(row),
                }
                for row in shown
            ],
            "states": STATES,
            "chosen": state,
            "first_page": None if before is None else _part(call.query),
            "next_page": _part(call.query, shown[-1].id) if more else None,
        },
    )


@page("/kva/neu", right=Right.ESTIMATE, query={"vorgang?": read_line})
def new_estimate_page(call: PageCall) -> View:
    """Ask what an estimate is to cover; without a case, for which it is."""
    case = _case_named(call)
    begun = None if case is None else budget_of(call.session, call.act, case).unreleased_since
    return _editor(call, form_of(call, begun=begun), case)


@deed("/kva/neu", right=Right.ESTIMATE, back=new_estimate_page, query={"vorgang?": read_line})
def add_estimate_deed(call: PageCall) -> Done | View:
    """Draft an estimate; it releases nothing before it was sent and approved."""
    if call.form.checked("mehr"):
        return _editor(call, form_of(call, more=True), _case_named(call))
    case, raw = _case_named(call), content_of(call)
    if case is None:
        call.form.note(refuse("case_not_chosen", "case"))
    call.form.require_good()
    assert case is not None  # noqa: S101 - a missing one was refused
    contract = contract_by_id(call.session, case.contract_id).ref
    record = add_estimate(call.session, call.act, read_estimate({"case": case.ref, "contract": contract, **raw}))
    to = address(call, Named.ESTIMATE, record.estimate.ref, id_of(record.estimate))
    onward = f"{to}/senden" if call.form.checked("weiter") else to
    return Done(onward, "estimate_drafted", {"estimate": record.estimate.ref})


@deed("/kva/vorschau", right=Right.ESTIMATE, looks=True)
def preview_deed(call: PageCall) -> View:
    """Reckon what is typed, as far as it can be read; nothing is stored."""
    return View("staff/estimates/preview.html", {"price": preview_of(call, _case_named(call))})


def preview_of(call: PageCall, case: Any | None) -> EstimatePrice | None:
    """Price the rows that can be read; None while there are none, or no case is chosen."""
    lines = [row.line for row in rows_of(call.form) if row.line is not None]
    return price_of_lines(call.session, case.contract_id, lines, call.act.at) if case is not None and lines else None


def _editor(call: PageCall, form: EstimateForm, case: Any | None) -> View:
    choices = [] if case is not None and "vorgang" in call.query else _open_cases(call)
    context = {"form": form, "case": case, "case_choices": choices, "price": preview_of(call, case)}
    if case is not None:
        context["case_here"] = address(call, Named.CASE, case.ref, id_of(case))
    return View("staff/estimates/new.html", context)


def _open_cases(call: PageCall) -> list[tuple[str, list[tuple[int, str]]]]:
    """Give the newest open cases by client, as a grouped selection takes them."""
    groups: dict[str, list[tuple[int, str]]] = {}
    rows = [one.row for one in cases_listed(call.session, {"is_open": True}, call.act.at, _MOST_CASES)]
    refs = told_apart((row.ref, row.id, row.contract_number) for row in rows)
    for row in rows:
        groups.setdefault(row.controller_name, []).append((row.id, f"{refs[row.id]} {row.title}"))
    return sorted(groups.items())


def _case_named(call: PageCall) -> Any | None:
    """Give the case that was chosen, or that the address names; None for none, and for a name of several."""
    name = call.form.text("case") or call.query.get("vorgang")
    try:
        return case_named(call.session, name) if name else None
    except Problem:
        return None


def _part(query: Mapping[str, Any], before: int | None = None) -> str:
    kept = {name: value for name, value in query.items() if name != "vor"}
    return f"/kva?{urlencode(kept if before is None else {**kept, 'vor': before})}"
