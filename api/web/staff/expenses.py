"""Expenses and third-party costs of a case, with receipts whose content is checked, and the files of all matters."""

from typing import Any

from api.web.calls import Done, Download, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.case_deeds import of_case
from api.web.staff.lookup import address, case_of, own_address
from api.web.staff.typed import amount, day, moment, proof, said, texts
from billing.clause.reading import Reader, one_of
from billing.rating.expenses import EXPENSE_KINDS
from billing.services.access.rights import Right
from billing.services.by_name import Named
from billing.services.contracts import contract_by_id
from billing.services.expenses import (
    add_expense,
    add_receipt,
    approve_expense,
    expense_by_id,
    read_expense,
    show_expense,
    withdraw_expense,
)
from billing.services.fields import read_line, read_note
from billing.services.files import give_file
from billing.services.moments import local_day, read_datetime
from billing.services.parties import list_persons

THIRD_PARTY = "third_party"
OWN_KINDS = tuple(kind for kind in EXPENSE_KINDS if kind != THIRD_PARTY)
_OWN, _THIRD = "/vorgaenge/{nr:str}/auslage", "/vorgaenge/{nr:str}/fremdkosten"
_AT = "/auslagen/{expense_id:int}"


@page(_OWN, right=Right.WORK)
def expense_page(call: PageCall) -> View:
    """Ask for an expense."""
    return _new(call, third=False)


@deed(_OWN, right=Right.WORK, back=expense_page)
def expense_deed(call: PageCall) -> Done:
    """Take in an expense, with its receipt if it is at hand."""
    return _add(call, texts(call, {"kind": one_of(*OWN_KINDS)}))


@page(_THIRD, right=Right.WORK)
def third_party_page(call: PageCall) -> View:
    """Ask for a third-party cost."""
    return _new(call, third=True)


@deed(_THIRD, right=Right.WORK, back=third_party_page)
def third_party_deed(call: PageCall) -> Done:
    """Take in a third-party cost; it is held until it was approved in advance."""
    return _add(call, {"kind": THIRD_PARTY})


def _new(call: PageCall, *, third: bool) -> View:
    persons = list_persons(call.session)
    more = {"third": third, "kinds": OWN_KINDS, "persons": persons, "me_ref": call.who.person_ref}
    return View("staff/expenses/new.html", of_case(call, **more))


def _add(call: PageCall, kind: dict[str, Any]) -> Done:
    readers: dict[str, Reader] = {"description": read_note, "person?": read_line}
    flags = {name: True for name in ("in_name_of_client", "remedies_processor_defect") if call.form.checked(name)}
    typed = texts(call, readers) | said(incurred_on=day(call, "incurred_on"), net=amount(call, "net"))
    file = proof(call, "receipt_file")
    call.form.require_good()
    case = case_of(call)
    contract = contract_by_id(call.session, case.contract_id).ref
    raw = {"case": case.ref, "contract": contract, **kind, **typed, **flags}
    recorded = add_expense(call.session, call.act, read_expense(raw), file)
    fields = {"expense": recorded.expense.ref, "notices": sentences(call, recorded.notices)}
    group = "third" if kind["kind"] == THIRD_PARTY else "costs"
    return Done(f"{own_address(call, Named.CASE)}#kosten-{group}", "expense_added", fields)


@page(f"{_AT}/beleg", right=Right.WORK)
def receipt_page(call: PageCall) -> View:
    """Ask for a receipt that comes later."""
    return View("staff/expenses/receipt.html", _shown(call))


@deed(f"{_AT}/beleg", right=Right.WORK, back=receipt_page)
def receipt_deed(call: PageCall) -> Done:
    """Attach a receipt."""
    file = proof(call, "receipt_file", optional=False)
    call.form.require_good()
    assert file is not None  # noqa: S101 - its absence was refused
    expense = add_receipt(call.session, call.act, expense_by_id(call.session, call.path["expense_id"]), file)
    return Done(_home(call), "receipt_added", {"expense": expense.ref})


@page(f"{_AT}/freigabe", right=Right.ESTIMATE)
def approval_page(call: PageCall) -> View:
    """Ask when the controller approved a cost, and for what proves it."""
    return View("staff/expenses/approval.html", _shown(call))


@deed(f"{_AT}/freigabe", right=Right.ESTIMATE, back=approval_page)
def approval_deed(call: PageCall) -> Done:
    """Record the approval of a cost (13(4)d)."""
    file, typed = proof(call, "evidence_file", optional=False), moment(call, "approved_at")
    call.form.require_good()
    expense = expense_by_id(call.session, call.path["expense_id"])
    recorded = approve_expense(call.session, call.act, expense, read_datetime(typed, "approved_at"), file)
    fields = {"expense": expense.ref, "notices": sentences(call, recorded.notices)}
    return Done(_home(call), "expense_approved", fields)


@page(f"{_AT}/ausbuchen", right=Right.WORK)
def withdraw_page(call: PageCall) -> View:
    """Ask whether a cost is to be taken back."""
    return View("staff/expenses/withdraw.html", _shown(call))


@deed(f"{_AT}/ausbuchen", right=Right.WORK, back=withdraw_page)
def withdraw_deed(call: PageCall) -> Done:
    """Take a cost back before a month closed it."""
    expense = withdraw_expense(call.session, call.act, expense_by_id(call.session, call.path["expense_id"]))
    return Done(_home(call), "expense_withdrawn", {"expense": expense.ref})


@page("/dateien/{file_id:int}", right=Right.READ_MASTER_DATA, writes=True)
def file_download(call: PageCall) -> Download:
    """Give a file to who may see what it belongs to; every download is on record."""
    today = local_day(call.act.at, call.zone)
    file = give_file(call.session, call.act, call.who, call.path["file_id"], today)
    return Download(file.content, file.media_type, file.name)


def _shown(call: PageCall) -> dict[str, Any]:
    row = show_expense(call.session, call.path["expense_id"])
    return {"expense": row, "here": address(call, Named.CASE, row.case_ref, row.case_id)}


def _home(call: PageCall) -> str:
    return str(_shown(call)["here"])
