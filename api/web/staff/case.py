"""One case: what it is, how it stands towards the fee clause, its deadlines, effort, costs, files and history."""

from typing import Any

from markupsafe import Markup

from api.v1.notices import told
from api.web.calls import PageCall, View
from api.web.charts.budget import Spent, budget_bar
from api.web.routing import page
from api.web.staff.case_history import history_of
from api.web.staff.lookup import addresses, case_of, own_address
from billing.deadlines.tracking import Tracked
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.addresses import page_address
from billing.services.budgets import Budget, budget_of
from billing.services.by_name import Named
from billing.services.case_deadlines import deadlines_of
from billing.services.case_files import list_case_files
from billing.services.cases import case_facts, case_row
from billing.services.contracts import contract_by_id
from billing.services.estimate_content import planned_minutes
from billing.services.estimate_lists import estimates_after
from billing.services.estimate_states import state_at
from billing.services.expenses import expenses_after
from billing.services.incidents import incident_of
from billing.services.instructions import list_instructions
from billing.services.overruns import notices_of
from billing.services.party_changes import controller_by_id
from billing.services.proposals import list_proposals
from billing.services.standing import Stand, stand_of
from billing.services.support_requests import request_of
from billing.services.work_lists import list_work
from billing.timespan import Instant, datetime_of, instant_of

_ALL = 10_000
_BREACHES = ("breach", "data_breach")


@page("/vorgaenge/{nr:str}", right=Right.READ_CASES)
def case_page(call: PageCall) -> View:
    """Show a case with all that is known of it."""
    case = case_of(call)
    contract = contract_by_id(call.session, case.contract_id)
    controller = controller_by_id(call.session, case.controller_id)
    return View(
        "staff/cases/case.html",
        {
            "case": case_row(call.session, case),
            "here": own_address(call, Named.CASE),
            "controller": controller,
            "controller_here": page_address("kunden", controller.ref, id_of(controller)),
            "contract": contract,
            "request": request_of(call.session, case),
            "deadlines": deadlines(call, case),
            "files": list_case_files(call.session, case),
            **classification(call, case),
            **_effort(call, case, contract.ref),
            **_incident(call, case),
            "instructions": list_instructions(call.session, 0, _ALL, {"case": case.ref, "contract": contract.ref}),
            "history": history_of(call, case),
        },
    )


def classification(call: PageCall, case: Any) -> dict[str, Any]:
    """Give what is known of a case, and for each fact the record that said it last: who, when and why."""
    known, records = case_facts(call.session, case)
    by: dict[str, Any] = {}
    for record in records:
        by |= dict.fromkeys(record["facts"], record)
    return {"facts": known, "said_by": by, "is_audit": case.kind == "audit" or "audit_site" in known}


def deadlines(call: PageCall, case: Any) -> list[dict[str, Any]]:
    """Give the deadlines of a case: those that run first, then those that were met, last those not begun."""
    now = instant_of(call.act.at)
    shown = [_deadline(one, now) for one in deadlines_of(call.session, case).tracked]
    order = {"overdue": 0, "open": 1, "met": 2, "not_started": 3}
    return sorted(shown, key=lambda one: (order[one["state"]], one["due_at"] is None, one["due_at"] or call.act.at))


def _deadline(one: Tracked, now: Instant) -> dict[str, Any]:
    return {
        "code": one.code,
        "about": one.about,
        "source": one.source,
        "nature": one.rule.nature.value,
        "started_at": _moment(one.started_at),
        "due_at": _moment(one.due and one.due.strict),
        "latest_at": _moment(one.due and one.due.latest),
        "met_at": _moment(one.met_at),
        "was_late": one.was_late,
        "state": one.state(now).value,
        "left": None if one.due is None or one.met_at is not None else one.due.strict - now,
    }


def _moment(instant: Instant | None) -> Any:
    return None if instant is None else datetime_of(instant)


def _effort(call: PageCall, case: Any, contract: str) -> dict[str, Any]:
    """Give estimates, approved effort with its use, work by what becomes of it, costs, and wishes about work."""
    budget = budget_of(call.session, call.act, case)
    wanted = {"case": case.ref, "contract": contract}
    entries = list_work(call.session, wanted, call.zone)
    stand = stand_of(call.session, case.contract_id, call.act.at)
    estimates = estimates_after(call.session, wanted, call.act.at, 0, _ALL)
    places = addresses(call, Named.ESTIMATE, ((row.ref, row.id) for row in estimates))
    return {
        "budget": budget,
        "bars": _bars(budget),
        "budget_bar": _drawn,
        "warnings": told(call, notices_of(budget)),
        "estimates": [
            {
                "row": row,
                "here": places[row.id],
                "state": state_at(row, call.act.at).value,
                "minutes": planned_minutes(row),
            }
            for row in estimates
        ],
        "entries": entries,
        "outcomes": _outcomes(stand, case.ref),
        "minutes": sum(instant_of(row.end_at) - instant_of(row.start_at) for row in entries),
        "expenses": expenses_after(call.session, {"case_id": id_of(case)}, 0, _ALL),
        "held_costs": _held_costs(stand, case.ref),
        "proposals": [one for one in list_proposals(call.session, is_open=True) if one.case_id == case.id],
    }


def _drawn(approved: int, used: int, over: int, label: str) -> Markup:
    """Draw the bar of one class; the template says what it shows, in its language."""
    return budget_bar(Spent(approved, used, over=over), label=label)


def _bars(budget: Budget) -> list[dict[str, Any]]:
    """Add up what is approved, used and beyond by class, for bar and table."""
    bars: dict[str, dict[str, Any]] = {}
    for line in budget.lines:
        bar = bars.setdefault(line.rate_class, {"rate_class": line.rate_class, "approved": 0, "used": 0, "over": 0})
        bar["approved"] += line.approved
        bar["used"] += line.used
    for held in budget.held:
        if held.rate_class in bars and held.code == "estimate_exceeded":
            bars[held.rate_class]["over"] += held.minutes
    return list(bars.values())


def _outcomes(stand: Stand, case: str) -> dict[str, dict[str, int]]:
    """Add up the minutes of each entry by verdict; one without any was decided by a closed month."""
    found: dict[str, dict[str, int]] = {}
    for stretch in stand.settlement.stretches:
        if stretch.case == case:
            of = found.setdefault(stretch.entry, {})
            verdict = str(stretch.answer.verdict)
            of[verdict] = of.get(verdict, 0) + stretch.minutes
    return found


def _held_costs(stand: Stand, case: str) -> dict[str, str]:
    """Give why costs of a case are held, by reference."""
    decisions = stand.settlement.expenses
    return {one.expense: one.answer.code for one in decisions if one.case == case and one.answer.verdict == "held"}


def _incident(call: PageCall, case: Any) -> dict[str, Any]:
    incident = incident_of(call.session, case)
    return {"incident": incident if incident.versions or case.kind in _BREACHES else None}
