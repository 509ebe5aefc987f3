"""Running matters in the portal: what of the approved hours is used, what waits, and what is due when."""

from collections.abc import Iterator
from typing import Any

from api.web.calls import Answer, OpenPageCall
from api.web.portal.frame import framed
from api.web.portal.visit import at_portal
from api.web.routing import open_page
from billing.deadlines.tracking import State, Tracked
from billing.services.addresses import shared_among
from billing.services.budgets import budget_in
from billing.services.case_deadlines import deadlines_of_cases
from billing.services.cases import list_cases_after
from billing.services.contracts import contracts_after
from billing.services.portal_visits import PortalVisit
from billing.services.standing import stand_of
from billing.timespan import datetime_of, instant_of

_MOST_CONTRACTS = 100
_MOST_CASES = 300


@open_page("/p/vorgaenge")
def portal_cases(call: OpenPageCall) -> Answer:
    """List the controller's open cases."""
    return at_portal(call, _list)


def _list(call: OpenPageCall, visit: PortalVisit) -> Answer:
    rows = list(_rows(visit))
    totals = {
        "approved": sum(one["budget"].approved for one in rows),
        "used": sum(one["budget"].used for one in rows),
        "held": sum(one["held"] for one in rows),
    }
    shared = shared_among(one["case"].ref for one in rows)
    return framed(call, visit, "portal/cases.html", rows=rows, totals=totals, shared=shared)


def _rows(visit: PortalVisit) -> Iterator[dict[str, Any]]:
    for contract in contracts_after(visit.session, visit.controller_id, 0, _MOST_CONTRACTS):
        chosen = {"contract": contract.ref, "is_open": True}
        cases = list_cases_after(visit.session, 0, _MOST_CASES, chosen)
        if not cases:
            continue
        stand = stand_of(visit.session, contract.id, visit.act.at)
        due = {one.case.id: one.tracked for one in deadlines_of_cases(visit.session, [case.id for case in cases])}
        for case in cases:
            budget = budget_in(stand, visit.act.at, case.ref)
            held = sum(one.minutes for one in budget.held)
            ends = _next(visit, due.get(case.id, []))
            yield {"case": case, "contract": contract.number, "budget": budget, "held": held, "due": ends}


def _next(visit: PortalVisit, tracked: list[Tracked]) -> dict[str, Any] | None:
    """Give what of a case ends next, or ended and was not met."""
    now = instant_of(visit.act.at)
    running = [(one.due.strict, one) for one in tracked if one.due and one.state(now) in (State.OPEN, State.OVERDUE)]
    if not running:
        return None
    ends, one = min(running, key=lambda pair: pair[0])
    return {"code": one.code, "at": datetime_of(ends), "is_over": one.state(now) is State.OVERDUE}
