"""The fee clause of each contract in its order, and a change of it: seen on last month's work before it is agreed."""

from typing import Any

from api.web.admin.places import places_of
from api.web.admin.term_forms import choices_of, kind_of, value_in
from api.web.calls import Done, PageCall, View
from api.web.days import today_of
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.times import read_month
from billing.clause.terms import BY_NAME, TermSpec
from billing.errors import NotFound
from billing.services.access.rights import Right
from billing.services.agreeing import agree_terms
from billing.services.contracts import contract_by_id, list_contracts
from billing.services.standing_terms import standing_terms, terms_recorded
from billing.services.terms_effects import effects_of_terms
from billing.timespan import format_month, month_of
from invoices.format import month as written_month

_ADDRESS = "/einstellungen/regeln/{contract_id:int}/{term:str}"
_FIELDS = {"terms": "value", "valid_from": "valid_from"} | {f"terms.{name}": "value" for name in BY_NAME}


@page("/einstellungen/regeln", right=Right.READ_MASTER_DATA)
def contracts_page(call: PageCall) -> View:
    """List the contracts whose fee clauses there are."""
    return _view(call, "admin/contracts.html", contracts=list_contracts(call.session))


@page("/einstellungen/regeln/{contract_id:int}", right=Right.READ_MASTER_DATA)
def terms_page(call: PageCall) -> View:
    """Show the clause as it stands this month, in contract order, and every version."""
    contract = contract_by_id(call.session, call.path["contract_id"])
    month = format_month(month_of(today_of(call)))
    return _view(
        call,
        "admin/terms.html",
        contract=contract,
        month=month,
        terms=standing_terms(call.session, contract, month),
        versions=terms_recorded(call.session, contract),
    )


@page(_ADDRESS, right=Right.MASTER_DATA)
def change_term_page(call: PageCall) -> View:
    """Ask for another value of a term, from when on, and for which contracts."""
    return _form(call)


@deed(f"{_ADDRESS}/vorschau", right=Right.MASTER_DATA, looks=True, back=change_term_page, fields=_FIELDS)
def preview_term_deed(call: PageCall) -> View:
    """Say what the change would have done to last month's work of these contracts; nothing is agreed yet."""
    name, refs = _spec(call).name, _chosen(call)
    month = month_of(today_of(call)) - 1
    changes = {name: value_in(call.form, _spec(call))}
    effects = effects_of_terms(call.session, refs, changes, month, call.act.at)
    return _form(call, effects=effects, effect_month=format_month(month))


@deed(_ADDRESS, right=Right.MASTER_DATA, back=change_term_page, fields=_FIELDS)
def change_term_deed(call: PageCall) -> Done:
    """Agree on the change for each contract that was chosen; closed months stay as they were billed."""
    spec, month = _spec(call), call.form.read("valid_from", read_month)
    call.form.require_good()
    valid_from = format_month(month)
    value = value_in(call.form, spec)
    refs = _chosen(call)
    notices = [
        notice
        for ref in refs
        for notice in agree_terms(call.session, call.act, ref, valid_from, {spec.name: value}).notices
    ]
    to = f"/einstellungen/regeln/{call.path['contract_id']}"
    said = {"count": str(len(refs)), "month": written_month(valid_from, call.lang), "notices": sentences(call, notices)}
    return Done(to, "terms_agreed", said)


def _form(call: PageCall, **context: Any) -> View:
    contract, spec = contract_by_id(call.session, call.path["contract_id"]), _spec(call)
    month = format_month(month_of(today_of(call)))
    (standing,) = [one for one in standing_terms(call.session, contract, month) if one.name == spec.name]
    form = call.form
    shown: dict[str, Any] = {"effects": None, "effect_month": None} | context
    return _view(
        call,
        "admin/change_term.html",
        contract=contract,
        term=standing,
        kind=kind_of(spec),
        choices=choices_of(spec),
        alike=[row for row in list_contracts(call.session) if row.term_set == contract.term_set],
        chosen=form.texts("contracts") or [contract.ref],
        typed=form,
        next_month=format_month(month_of(today_of(call)) + 1),
        **shown,
    )


def _chosen(call: PageCall) -> list[str]:
    contract = contract_by_id(call.session, call.path["contract_id"])
    return call.form.texts("contracts") or [contract.ref]


def _spec(call: PageCall) -> TermSpec:
    spec = BY_NAME.get(call.path["term"])
    if spec is None:
        raise NotFound("nothing_there", value=call.path["term"])
    return spec


def _view(call: PageCall, template: str, **context: Any) -> View:
    return View(template, {"sections": places_of(call.who), "here": "terms", **context})
