"""Four eyes (T-09): work is classed anew or given up on one person's wish and another one's word."""

import json
from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.lookup import address, places
from api.web.staff.typed import said, texts
from billing.clause.reading import Reader, one_of, refuse
from billing.clause.services import SERVICE_CODES
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.addresses import number_in
from billing.services.by_name import Named
from billing.services.contracts import contract_by_id
from billing.services.fields import read_line, read_note
from billing.services.policies import current_policy
from billing.services.proposals import (
    confirm_proposal,
    list_proposals,
    proposal_row,
    propose,
    read_proposal,
    refuse_proposal,
    was_alone,
)
from billing.services.work import entry_by_id, find_entry
from billing.services.work_lists import entry_history

KINDS = {"kulanz": "write_off", "umbuchung": "reclassify"}
"""What may be proposed, as addresses name it."""
FLAGS = ("travel", "onsite", "urgent", "remedies_processor_defect")
_NEW: dict[str, Reader] = {"buchung?": read_line, "art?": one_of(*KINDS)}
_AT = "/vorschlaege/{proposal_id:int}"


@page("/vorschlaege", right=Right.READ_CASES)
def list_proposals_page(call: PageCall) -> View:
    """List what waits for a second person, and what was decided, the newest first."""
    rows = list_proposals(call.session)
    at = places(call, Named.CASE, ((row.case_ref, row.case_id) for row in rows))
    found = [{**_said(row), "contract": at.contract.get(row.case_id)} for row in rows]
    waiting = [one for one in found if one["row"].decided_at is None]
    decided = sorted(
        (one for one in found if one["row"].decided_at), key=lambda one: one["row"].decided_at, reverse=True
    )
    return View("staff/proposals/list.html", {"waiting": waiting, "decided": decided[:50]})


@page("/vorschlaege/neu", right=Right.WORK, query=_NEW)
def new_proposal_page(call: PageCall) -> View:
    """Ask what is wished about a piece of work, and why."""
    entry = _entry_named(call)
    work = None if entry is None else entry_history(call.session, entry)[-1]
    kind = KINDS[call.query.get("art", "umbuchung")]
    context = {"work": work, "kind": kind, "services": SERVICE_CODES, "flags": FLAGS}
    here = "/vorschlaege" if work is None else address(call, Named.CASE, work.case_ref, work.case_id)
    return View(
        "staff/proposals/new.html", {**context, "here": here, "four_eyes": current_policy(call.session).four_eyes}
    )


@deed("/vorschlaege/neu", right=Right.WORK, back=new_proposal_page, query=_NEW)
def propose_deed(call: PageCall) -> Done:
    """Propose it; nothing changes before somebody else confirms."""
    kind = KINDS[call.query.get("art", "umbuchung")]
    entry = _entry_named(call)
    if entry is None:
        raise refuse("missing_key", "buchung")
    raw = texts(call, {"reason": read_note})
    work = entry_history(call.session, entry)[-1]
    changes = _changes(call, work) if kind == "reclassify" else None
    call.form.require_good()
    contract = contract_by_id(call.session, entry.contract_id).ref
    new = {"entry": entry.ref, "contract": contract, "kind": kind, **raw, **said(changes=changes or None)}
    proposal = propose(call.session, call.act, read_proposal(new))
    return Done(f"/vorschlaege/{id_of(proposal)}", "proposed", {"entry": entry.ref})


def _entry_named(call: PageCall) -> Any | None:
    """Give the work that the address names, by its number as our own links do, else by its reference."""
    name = call.query.get("buchung")
    if name is None:
        return None
    number = number_in(name)
    return entry_by_id(call.session, number) if number else find_entry(call.session, name)


def _changes(call: PageCall, work: Any) -> dict[str, Any]:
    """Give what of the work's class is to be another; what is as it was is not named."""
    service = call.form.read("service", one_of(*SERVICE_CODES))
    changes = {name: call.form.checked(name) for name in FLAGS if call.form.checked(name) != getattr(work, name)}
    other = {} if service in (None, work.service) else {"service": service}
    document = call.form.text("document") or None
    return {**other, **changes, **({"document": document} if document and document != work.document else {})}


@page(_AT, right=Right.READ_CASES)
def proposal_page(call: PageCall) -> View:
    """Show a proposal, and to who may decide it how."""
    return View("staff/proposals/show.html", _shown(call, proposal_row(call.session, call.path["proposal_id"])))


@deed(f"{_AT}/bestaetigen", right=Right.CONFIRM, back=proposal_page)
def confirm_deed(call: PageCall) -> Done:
    """Confirm a proposal as a second person; what it says happens at once."""
    number = call.path["proposal_id"]
    reason = call.form.read("reason", read_note, optional=True)
    call.form.require_good()
    notices = sentences(call, confirm_proposal(call.session, call.act, number, reason).notices)
    row = proposal_row(call.session, number)
    said = {"entry": row.entry_ref, "notices": notices}
    return Done(address(call, Named.CASE, row.case_ref, row.case_id), "proposal_confirmed", said)


@deed(f"{_AT}/ablehnen", right=Right.CONFIRM, back=proposal_page)
def refuse_deed(call: PageCall) -> Done:
    """Refuse a proposal with a reason; the entry stays as it is."""
    reason = call.form.read("reason", read_note)
    call.form.require_good()
    refuse_proposal(call.session, call.act, call.path["proposal_id"], reason)
    return Done("/vorschlaege", "proposal_refused", {})


def _shown(call: PageCall, row: Any) -> dict[str, Any]:
    return {**_said(row), "here": address(call, Named.CASE, row.case_ref, row.case_id)}


def _said(row: Any) -> dict[str, Any]:
    return {"row": row, "changes": json.loads(row.content)["changes"], "alone": was_alone(row)}
