"""The register of instructions (Weisungen): recorded, confirmed in text form, objected to, carried out (4(1), 4(5))."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.clause.reading import Reader, one_of, read_object, refuse
from billing.errors import Conflict
from billing.services.acting import Act, audit, id_of, put
from billing.services.cases import find_case
from billing.services.contracts import find_contract
from billing.services.fields import read_line, read_note
from billing.services.instruction_mails import tell_giver
from billing.services.moments import processor_zone, read_datetime, require_past
from billing.services.notices import Notice
from billing.services.parties import find_person
from billing.services.proofs import ProofFile, keep_proof
from billing.services.references import References, one_of_ref, ref_exists, row_of_id, rows_of_ref
from billing.store.queries.instructions import instructions_after
from billing.store.session import TenantSession
from billing.store.tables import Instruction
from billing.store.tables.kinds import Channel, RetentionClass
from billing.timespan import datetime_of, instant_of

_SPOKEN = (Channel.PHONE, Channel.IN_PERSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstruction:
    """What a controller told us to do: who said it, when, how, and under which contract; perhaps about a case."""

    contract: str
    content: str
    given_by: str
    channel: str
    given_at: datetime | None = None
    case: str | None = None
    ref: str | None = None


INSTRUCTION: dict[str, Reader] = {
    "contract": read_line,
    "content": read_note,
    "given_by": read_line,
    "channel": one_of(*Channel),
    "given_at?": read_datetime,
    "case?": read_line,
    "ref?": read_line,
}
CONFIRMATION: dict[str, Reader] = {"confirmed_at?": read_datetime}
OBJECTION: dict[str, Reader] = {"reason": read_note}
OUTCOME: dict[str, Reader] = {"person": read_line, "outcome": read_note, "carried_out_at?": read_datetime}


def read_instruction(raw: Mapping[str, Any]) -> NewInstruction:
    """Read an instruction out of a JSON object."""
    return NewInstruction(**read_object(raw, "", INSTRUCTION))


@dataclass(frozen=True, slots=True)
class InstructionRecord:
    """An instruction after something about it was recorded, and what to know about that."""

    instruction: Instruction
    notices: list[Notice]


def record_instruction(
    session: TenantSession, act: Act, new: NewInstruction, evidence: ProofFile | None = None
) -> InstructionRecord:
    """Record an instruction, with the mail or letter that gave it. Instructions are to be in text form (4(1)).

    One that was spoken is recorded all the same, with the notice to confirm it at once. Conflict: the reference is
    taken. InvalidInput: a case of another contract, a moment still to come.
    """
    contract = find_contract(session, new.contract)
    case = None if new.case is None else find_case(session, new.case, new.contract)
    given_at = new.given_at or datetime_of(instant_of(act.at))
    require_past(act, given_at, "given_at")
    year = given_at.astimezone(processor_zone(session)).year
    ref = new.ref or References(session, Instruction, f"W-{year}-").next()
    if new.ref and ref_exists(session, Instruction, ref):
        raise Conflict("instruction_exists", path="ref", value=ref)
    instruction = Instruction(
        ref=ref,
        contract_id=id_of(contract),
        controller_id=contract.controller_id,
        case_id=None if case is None else case.id,
        given_at=given_at,
        given_by=new.given_by,
        channel=Channel(new.channel),
        content=new.content,
        **act.record(),
    )
    if evidence is not None:
        instruction.evidence_file_id = keep_proof(session, act, evidence, RetentionClass.LETTER, "evidence_file").id
    put(session, instruction)
    audit(session, act, "instruction_recorded", f"instruction:{ref}", contract=contract.ref, channel=new.channel)
    spoken = Channel(new.channel) in _SPOKEN
    return InstructionRecord(instruction, [Notice("instruction_not_in_text", {"value": ref})] if spoken else [])


def confirm_instruction(
    session: TenantSession, act: Act, instruction: Instruction, raw: Mapping[str, Any]
) -> InstructionRecord:
    """Confirm an instruction in text form, at once (4(1)): a mail that quotes it goes to the controller's contacts.

    `confirmed_at`: it was confirmed by other means, then, and no mail is written. Conflict: confirmed already, or
    nobody to write to.
    """
    said = read_object(raw, "", CONFIRMATION)
    if instruction.confirmed_at is not None:
        raise Conflict("instruction_is_confirmed", value=instruction.ref)
    confirmed_at = said.get("confirmed_at") or datetime_of(instant_of(act.at))
    _require_between(act, instruction, confirmed_at, "confirmed_at")
    mails = 0 if "confirmed_at" in said else tell_giver(session, act, instruction, "instruction_confirmation")
    instruction.confirmed_at = confirmed_at
    put(session, instruction)
    audit(session, act, "instruction_confirmed", f"instruction:{instruction.ref}", mails=mails)
    return InstructionRecord(instruction, [])


def object_to_instruction(
    session: TenantSession, act: Act, instruction: Instruction, raw: Mapping[str, Any]
) -> InstructionRecord:
    """Tell the controller at once that an instruction breaks the law as we see it; it may wait until cleared (4(5)).

    Conflict: objected to already, carried out already, or nobody to write to.
    """
    reason = read_object(raw, "", OBJECTION)["reason"]
    if instruction.objected_at is not None:
        raise Conflict("instruction_is_objected_to", value=instruction.ref)
    _require_not_done(instruction)
    mails = tell_giver(session, act, instruction, "instruction_objection", {"reason": reason})
    instruction.objected_at, instruction.objection = datetime_of(instant_of(act.at)), reason
    put(session, instruction)
    audit(session, act, "instruction_objected_to", f"instruction:{instruction.ref}", mails=mails)
    return InstructionRecord(instruction, [])


def carry_out_instruction(
    session: TenantSession, act: Act, instruction: Instruction, raw: Mapping[str, Any]
) -> InstructionRecord:
    """Record who carried an instruction out, when and with which outcome. Conflict: carried out already.

    One that is not confirmed yet, or that was objected to, is recorded all the same, with a notice that says so.
    """
    said = read_object(raw, "", OUTCOME)
    person = find_person(session, said["person"])
    _require_not_done(instruction)
    done_at = said.get("carried_out_at") or datetime_of(instant_of(act.at))
    _require_between(act, instruction, done_at, "carried_out_at")
    instruction.carried_out_at, instruction.carried_out_by_id = done_at, id_of(person)
    instruction.outcome = said["outcome"]
    put(session, instruction)
    audit(session, act, "instruction_carried_out", f"instruction:{instruction.ref}", person=person.ref)
    doubts = {
        "instruction_not_confirmed": instruction.confirmed_at is None,
        "instruction_was_objected_to": instruction.objected_at is not None,
    }
    return InstructionRecord(
        instruction, [Notice(code, {"value": instruction.ref}) for code, is_so in doubts.items() if is_so]
    )


def _require_not_done(instruction: Instruction) -> None:
    if instruction.carried_out_at is not None:
        raise Conflict("instruction_is_carried_out", value=instruction.ref)


def _require_between(act: Act, instruction: Instruction, moment: datetime, path: str) -> None:
    """Refuse a moment that is still to come, or before the instruction was given."""
    require_past(act, moment, path)
    if moment < instruction.given_at:
        raise refuse("before_instruction", path, moment, given_at=instruction.given_at)


def find_instruction(session: TenantSession, ref: str, path: str = "instruction") -> Instruction:
    """Give the instruction of a reference; InvalidInput when there is none."""
    rows = rows_of_ref(session, Instruction, ref)
    instruction: Instruction = one_of_ref(rows, "unknown_instruction", ref, path)
    return instruction


def instruction_by_id(session: TenantSession, number: int) -> Instruction:
    """Give the instruction of an id; NotFound when the processor has none."""
    instruction: Instruction = row_of_id(session, Instruction, "instruction_unknown", number)
    return instruction


def instruction_row(session: TenantSession, instruction: Instruction) -> Any:
    """Give one instruction as `list_instructions` does."""
    number = id_of(instruction)
    return instructions_after(session, session.processor_id, number - 1, 1, instruction_id=number)[0]


def list_instructions(session: TenantSession, after: int, most: int, chosen: Mapping[str, Any]) -> list[Any]:
    """Give a part of the register, by id; `chosen`: contract and case by reference, and whether it is still to do."""
    contract, case = chosen.get("contract"), chosen.get("case")
    contract_id = None if contract is None else id_of(find_contract(session, contract))
    case_id = None if case is None else id_of(find_case(session, case, contract))
    wanted = {"contract_id": contract_id, "case_id": case_id, "is_open": chosen.get("is_open")}
    return list(instructions_after(session, session.processor_id, after, most, **wanted))
