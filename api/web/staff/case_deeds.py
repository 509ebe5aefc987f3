"""What staff do about a case: describe it, close it, decide its cause, mark a deadline, keep a file. A page each."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.case import classification, deadlines
from api.web.staff.lookup import case_of, own_address
from api.web.staff.meanwhile import require_unchanged, seen
from api.web.staff.typed import day, moment, proof, said, texts
from billing.errors import NotFound
from billing.services.access.rights import Right
from billing.services.budgets import budget_of
from billing.services.by_name import Named
from billing.services.case_deadlines import mark_deadline
from billing.services.case_facts import CASE_FACTS, read_case_facts
from billing.services.case_files import keep_case_file
from billing.services.cases import case_row, describe_case
from billing.services.contracts import contract_by_id
from billing.services.estimate_lists import estimates_after
from billing.services.estimate_states import OPEN, state_at
from billing.services.fields import read_line, read_note
from billing.services.newly_known import learn_fact
from billing.services.parties import list_persons

_AT = "/vorgaenge/{nr:str}"
_ALL = 10_000
_ANSWERS: dict[str, bool] = {"yes": True, "no": False}


def of_case(call: PageCall, **more: Any) -> dict[str, Any]:
    """Give what every page below a case speaks of."""
    return {"case": case_of(call), "here": own_address(call, Named.CASE), **more}


@page(f"{_AT}/bearbeiten", right=Right.WORK)
def edit_page(call: PageCall) -> View:
    """Ask what to change of a case."""
    row = case_row(call.session, case_of(call))
    more = {"persons": list_persons(call.session), "responsible": row.responsible, "seen": _seen(row)}
    return View("staff/cases/edit.html", of_case(call, **more))


@deed(f"{_AT}/bearbeiten", right=Right.WORK, back=edit_page)
def edit_deed(call: PageCall) -> Done:
    """Change what no rule asks; a field left empty is emptied."""
    readers = {"title": read_line, "controller_reference?": read_line, "responsible?": read_line}
    empty = dict.fromkeys(("legal_deadline_at", "controller_reference", "responsible"))
    deadline = moment(call, "legal_deadline_at", optional=True)
    raw = {**empty, **texts(call, readers), **said(legal_deadline_at=deadline)}
    call.form.require_good()
    require_unchanged(call, _seen(case_row(call.session, case_of(call))))
    record = describe_case(call.session, call.act, case_of(call), raw)
    fields = {"case": record.case.ref, "notices": sentences(call, record.notices)}
    return Done(own_address(call, Named.CASE), "case_described", fields)


def _seen(row: Any) -> str:
    return seen(row.title, row.legal_deadline_at, row.controller_reference, row.responsible)


@page(f"{_AT}/abschliessen", right=Right.WORK)
def close_page(call: PageCall) -> View:
    """Ask whether the case is over, and say what still runs."""
    case = case_of(call)
    running = [one for one in deadlines(call, case) if one["state"] in ("open", "overdue")]
    waiting = sum(held.minutes for held in budget_of(call.session, call.act, case).held)
    return View(
        "staff/cases/close.html", of_case(call, running=len(running), waiting=waiting, undecided=_undecided(call, case))
    )


def _undecided(call: PageCall, case: Any) -> list[str]:
    """Give the estimates of a case that its client may still release."""
    wanted = {"case": case.ref, "contract": contract_by_id(call.session, case.contract_id).ref}
    rows = estimates_after(call.session, wanted, call.act.at, 0, _ALL)
    return [row.ref for row in rows if state_at(row, call.act.at) in OPEN]


@deed(f"{_AT}/abschliessen", right=Right.WORK, back=close_page)
def close_deed(call: PageCall) -> Done:
    """Close a case; it may be opened again."""
    closed_at = moment(call, "closed_at", optional=True) or call.act.at.isoformat()
    call.form.require_good()
    case = describe_case(call.session, call.act, case_of(call), {"closed_at": closed_at}).case
    return Done(
        own_address(call, Named.CASE), "case_closed", {"case": case.ref}, undo=own_address(call, Named.CASE, "oeffnen")
    )


@deed(f"{_AT}/oeffnen", right=Right.WORK)
def reopen_deed(call: PageCall) -> Done:
    """Open a closed case again."""
    case = describe_case(call.session, call.act, case_of(call), {"closed_at": None}).case
    return Done(own_address(call, Named.CASE), "case_reopened", {"case": case.ref})


@page(f"{_AT}/einordnung", right=Right.WORK)
def classify_page(call: PageCall) -> View:
    """Ask who caused the case, and why we say so (13(7))."""
    return View("staff/cases/classify.html", of_case(call, **classification(call, case_of(call))))


@deed(f"{_AT}/einordnung", right=Right.WORK, back=classify_page)
def classify_deed(call: PageCall) -> Done:
    """Record the cause with its reason; runs see it from now on."""
    readers = {
        "cause": CASE_FACTS["cause?"],
        "cause_reason": read_note,
        "misconduct_reason?": read_note,
    }
    misconduct = _ANSWERS.get(call.form.text("controller_misconduct"))
    return _record(call, texts(call, readers) | said(controller_misconduct=misconduct), "cause_recorded")


@page(f"{_AT}/vor-ort", right=Right.WORK)
def onsite_page(call: PageCall) -> View:
    """Ask when work on site was agreed (13(4)c)."""
    return View("staff/cases/onsite.html", of_case(call))


@deed(f"{_AT}/vor-ort", right=Right.WORK, back=onsite_page)
def onsite_deed(call: PageCall) -> Done:
    """Record when work on site was agreed."""
    raw = said(onsite_agreed_at=moment(call, "onsite_agreed_at")) | texts(call, {"evidence_note?": read_note})
    return _record(call, raw, "onsite_recorded")


@page(f"{_AT}/pruefung", right=Right.WORK)
def audit_page(call: PageCall) -> View:
    """Ask where and when the audit is, and what it found (13(6)b)."""
    return View("staff/cases/audit.html", of_case(call, **classification(call, case_of(call))))


@deed(f"{_AT}/pruefung", right=Right.WORK, back=audit_page)
def audit_deed(call: PageCall) -> Done:
    """Record an audit, its finding, and whether a further one was agreed."""
    readers = {
        "audit_site": read_line,
        "audit_mode": CASE_FACTS["audit_mode?"],
        "audit_finding?": CASE_FACTS["audit_finding?"],
        "evidence_note?": read_note,
    }
    agreed = True if call.form.checked("audit_extra_agreed") else None
    raw = texts(call, readers) | said(audit_date=day(call, "audit_date"), audit_extra_agreed=agreed)
    return _record(call, raw, "audit_recorded")


@page(f"{_AT}/frist/{{code:str}}", right=Right.WORK)
def mark_page(call: PageCall) -> View:
    """Ask when a deadline was met."""
    return View("staff/cases/mark.html", of_case(call, code=known_deadline(call)))


@deed(f"{_AT}/frist/{{code:str}}", right=Right.WORK, back=mark_page)
def mark_deed(call: PageCall) -> Done:
    """Record that a deadline was met, or its matter done once more."""
    raw = said(met_at=moment(call, "met_at", optional=True)) | texts(call, {"note?": read_note})
    call.form.require_good()
    case = case_of(call)
    mark_deadline(call.session, call.act, case, call.path["code"], raw)
    return Done(f"{own_address(call, Named.CASE)}#frist", "deadline_marked", {"case": case.ref})


@page(f"{_AT}/datei", right=Right.WORK)
def file_page(call: PageCall) -> View:
    """Ask for a file to keep with a case."""
    return View("staff/cases/file.html", of_case(call))


@deed(f"{_AT}/datei", right=Right.WORK, back=file_page)
def file_deed(call: PageCall) -> Done:
    """Keep a file with a case; what it is is told from its bytes."""
    file, note = proof(call, "file", optional=False), call.form.read("note", read_note, optional=True)
    call.form.require_good()
    assert file is not None  # noqa: S101 - its absence was refused
    case = case_of(call)
    keep_case_file(call.session, call.act, case, file, note)
    return Done(f"{own_address(call, Named.CASE)}#dateien", "case_file_kept", {"case": case.ref})


def known_deadline(call: PageCall) -> str:
    """Give the code of a deadline that the path names; NotFound for one that the case has not."""
    code: str = call.path["code"]
    if code not in {one["code"] for one in deadlines(call, case_of(call))}:
        raise NotFound("deadline_unknown", value=code, case=case_of(call).ref)
    return code


def _record(call: PageCall, raw: dict[str, Any], message: str) -> Done:
    file = proof(call, "evidence_file")
    call.form.require_good()
    case = case_of(call)
    record = learn_fact(call.session, call.act, case, read_case_facts(raw), file)
    fields = {"case": case.ref, "notices": sentences(call, record.notices)}
    return Done(f"{own_address(call, Named.CASE)}#einordnung", message, fields)
