"""The register of instructions (Weisungen): recorded, confirmed, objected to, carried out (4(1), 4(5))."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.notices import sentences
from api.web.routing import deed, page
from api.web.staff.cases import contract_choices
from api.web.staff.lookup import address
from api.web.staff.typed import moment, proof, said, texts
from billing.clause.reading import Reader, one_of, read_flag
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.by_name import Named, case_named
from billing.services.contracts import contract_by_id
from billing.services.fields import read_line, read_note
from billing.services.instructions import (
    InstructionRecord,
    carry_out_instruction,
    confirm_instruction,
    instruction_by_id,
    instruction_row,
    list_instructions,
    object_to_instruction,
    read_instruction,
    record_instruction,
)
from billing.services.parties import list_persons

CHANNELS = ("mail", "letter", "phone", "in_person", "portal")
_ALL = 100_000
_NEW: dict[str, Reader] = {"vorgang?": read_line}
_FIELDS: dict[str, Reader] = {
    "content": read_note,
    "given_by": read_line,
    "channel": one_of(*CHANNELS),
}
_AT = "/weisungen/{instruction_id:int}"


@page("/weisungen", right=Right.READ_CASES, query={"offen?": read_flag})
def list_instructions_page(call: PageCall) -> View:
    """List the register, the newest first."""
    chosen = {"is_open": True} if call.query.get("offen") else {}
    rows = list_instructions(call.session, 0, _ALL, chosen)[::-1]
    return View("staff/instructions/list.html", {"rows": rows, "only_open": bool(chosen)})


@page("/weisungen/neu", right=Right.WORK, query=_NEW)
def new_instruction_page(call: PageCall) -> View:
    """Ask what the controller told us to do, who, when and how."""
    case = case_named(call.session, call.query["vorgang"]) if "vorgang" in call.query else None
    context = {"case": case, "contracts": contract_choices(call), "channels": CHANNELS}
    here = "/weisungen" if case is None else address(call, Named.CASE, case.ref, id_of(case))
    return View("staff/instructions/new.html", {**context, "here": here})


@deed("/weisungen/neu", right=Right.WORK, back=new_instruction_page, query=_NEW)
def record_instruction_deed(call: PageCall) -> Done:
    """Record an instruction with the mail or letter that gave it; a spoken one too, with a notice to confirm it."""
    if "vorgang" in call.query:
        case = case_named(call.session, call.query["vorgang"])
        about = {"case": case.ref, "contract": contract_by_id(call.session, case.contract_id).ref}
    else:
        about = texts(call, {"contract": read_line})
    raw = about | texts(call, _FIELDS) | said(given_at=moment(call, "given_at", optional=True))
    file = proof(call, "evidence_file")
    call.form.require_good()
    return _done(call, record_instruction(call.session, call.act, read_instruction(raw), file), "instruction_recorded")


@page(_AT, right=Right.READ_CASES)
def instruction_page(call: PageCall) -> View:
    """Show an instruction and what came of it."""
    return View("staff/instructions/show.html", _shown(call))


@page(f"{_AT}/bestaetigen", right=Right.WORK)
def confirm_page(call: PageCall) -> View:
    """Ask whether to confirm it by mail, or when it was confirmed by other means."""
    return View("staff/instructions/confirm.html", _shown(call))


@deed(f"{_AT}/bestaetigen", right=Right.WORK, back=confirm_page)
def confirm_deed(call: PageCall) -> Done:
    """Confirm an instruction in text form."""
    raw = said(confirmed_at=moment(call, "confirmed_at", optional=True))
    call.form.require_good()
    return _done(call, confirm_instruction(call.session, call.act, _one(call), raw), "instruction_confirmed")


@page(f"{_AT}/widerspruch", right=Right.WORK)
def object_page(call: PageCall) -> View:
    """Ask why the instruction breaks the law as we see it."""
    return View("staff/instructions/object.html", _shown(call))


@deed(f"{_AT}/widerspruch", right=Right.WORK, back=object_page)
def object_deed(call: PageCall) -> Done:
    """Tell the controller at once; it may wait until cleared (4(5))."""
    raw = texts(call, {"reason": read_note})
    call.form.require_good()
    return _done(call, object_to_instruction(call.session, call.act, _one(call), raw), "instruction_objected")


@page(f"{_AT}/ausgefuehrt", right=Right.WORK)
def carry_out_page(call: PageCall) -> View:
    """Ask who carried it out, when, and with which outcome."""
    more = {"persons": list_persons(call.session), "me_ref": call.who.person_ref}
    return View("staff/instructions/carry_out.html", _shown(call) | more)


@deed(f"{_AT}/ausgefuehrt", right=Right.WORK, back=carry_out_page)
def carry_out_deed(call: PageCall) -> Done:
    """Record that an instruction was carried out."""
    raw = texts(call, {"person": read_line, "outcome": read_note})
    raw |= said(carried_out_at=moment(call, "carried_out_at", optional=True))
    call.form.require_good()
    return _done(call, carry_out_instruction(call.session, call.act, _one(call), raw), "instruction_carried_out")


def _one(call: PageCall) -> Any:
    return instruction_by_id(call.session, call.path["instruction_id"])


def _shown(call: PageCall) -> dict[str, Any]:
    row = instruction_row(call.session, _one(call))
    case_here = None if row.case_id is None else address(call, Named.CASE, row.case_ref, row.case_id)
    return {"row": row, "here": f"/weisungen/{row.id}", "case_here": case_here}


def _done(call: PageCall, record: InstructionRecord, message: str) -> Done:
    fields = {"instruction": record.instruction.ref, "notices": sentences(call, record.notices)}
    return Done(f"/weisungen/{id_of(record.instruction)}", message, fields)
