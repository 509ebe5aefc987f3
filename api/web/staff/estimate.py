"""One cost estimate: an editor while it is a draft, read-only once the controller has it."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.routing import deed, page
from api.web.staff.estimate_form import content_of, form_of
from api.web.staff.estimates import preview_of
from api.web.staff.lookup import address, estimate_of, own_address
from api.web.staff.meanwhile import require_unchanged, seen
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.budgets import budget_of
from billing.services.by_name import Named
from billing.services.contracts import contract_by_id
from billing.services.estimate_lists import events_of, last_question, supplemented_by, versions_of
from billing.services.estimate_prices import price_of
from billing.services.estimate_states import state_at
from billing.services.estimate_versions import change_estimate
from billing.services.estimates import EstimateRecord
from billing.services.party_changes import controller_by_id

AT = "/kva/{nr:str}"


def estimate_address(call: PageCall, *more: str) -> str:
    """Give the address of the estimate that the path names, or of a page below it."""
    return own_address(call, Named.ESTIMATE, *more)


def of_estimate(call: PageCall, **more: Any) -> dict[str, Any]:
    """Give what every page about an estimate speaks of."""
    record = estimate_of(call)
    case = record.case
    return {
        "estimate": record.estimate,
        "version": record.version,
        "state": state_at(record.version, call.act.at).value,
        "case": case,
        "case_here": address(call, Named.CASE, case.ref, id_of(case)),
        "here": estimate_address(call),
        "controller": controller_by_id(call.session, case.controller_id),
        "contract": contract_by_id(call.session, case.contract_id),
        "price": price_of(call.session, call.act, record),
        **more,
    }


@page(AT, right=Right.READ_CASES)
def estimate_page(call: PageCall) -> View:
    """Show an estimate; who may write estimates gets the editor of a draft."""
    record = estimate_of(call)
    may_edit = Right.ESTIMATE in call.who.rights and record.version.state == "draft"
    return _editor(call, record) if may_edit else _shown(call, record)


@deed(AT, right=Right.ESTIMATE, back=estimate_page)
def save_deed(call: PageCall) -> Done | View:
    """Change a draft; refused once the controller has it."""
    record = estimate_of(call)
    if call.form.checked("mehr"):
        return _editor(call, record, more=True)
    raw = content_of(call)
    call.form.require_good()
    require_unchanged(call, _seen(record))
    change_estimate(call.session, call.act, record, {"valid_until": None, "covers_from": None, **raw})
    if call.form.checked("weiter"):
        return Done(estimate_address(call, "senden"))
    return Done(estimate_address(call), "estimate_changed", {"estimate": record.estimate.ref})


def _editor(call: PageCall, record: EstimateRecord, *, more: bool = False) -> View:
    typed = preview_of(call, record.case) if call.form.typed else price_of(call.session, call.act, record)
    context = of_estimate(
        call, form=form_of(call, record, more=more), supplements=supplemented_by(call.session, record)
    )
    return View("staff/estimates/edit.html", context | {"price": typed, "seen": _seen(record)})


def _seen(record: EstimateRecord) -> str:
    version = record.version
    return seen(version.version_no, version.description, record.lines, version.valid_until, version.covers_from)


def _shown(call: PageCall, record: EstimateRecord) -> View:
    budget = budget_of(call.session, call.act, record.case)
    return View(
        "staff/estimates/show.html",
        of_estimate(
            call,
            supplements=supplemented_by(call.session, record),
            versions=[
                {"row": row, "state": state_at(row, call.act.at).value} for row in versions_of(call.session, record)
            ],
            events=events_of(call.session, record),
            question=last_question(call.session, record),
            lines=[line for line in budget.lines if line.estimate_id == record.estimate.id],
            is_exceeded=bool(budget.beyond),
        ),
    )
