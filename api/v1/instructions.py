"""The register of instructions (Weisungen): recorded, confirmed, objected to, carried out (4(1), 4(5))."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.notices import NoticeOut, told
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_flag, read_object
from billing.services.access.rights import Right
from billing.services.fields import read_line
from billing.services.instructions import (
    CONFIRMATION,
    INSTRUCTION,
    OBJECTION,
    OUTCOME,
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
from billing.services.proofs import read_upload

_RECORD: dict[str, Reader] = INSTRUCTION | {"evidence_file?": read_upload}
_QUERY: dict[str, Reader] = {"contract?": read_line, "case?": read_line, "is_open?": read_flag, **PAGING}
_EXAMPLE = {
    "contract": "AVV-101",
    "case": "V-101",
    "content": "Bitte die Daten des Altsystems bis zum 30. Oktober löschen.",
    "given_by": "Eva Kern",
    "channel": "mail",
    "given_at": "2026-10-05T09:00:00+02:00",
}


class InstructionOut(BaseModel):
    """An instruction and what came of it."""

    id: int
    ref: str
    contract_id: int
    contract: str
    case_id: int | None
    case: str | None
    content: str
    given_by: str
    channel: Literal["portal", "mail", "letter", "phone", "in_person", "import"]
    given_at: AwareDatetime
    confirmed_at: AwareDatetime | None = Field(description="In text form (4(1)).")
    objected_at: AwareDatetime | None
    objection: str | None = Field(description="Why the processor holds it to be unlawful (4(5)).")
    carried_out_at: AwareDatetime | None
    carried_out_by: str | None = Field(description="Reference of the person.")
    outcome: str | None
    recorded_at: AwareDatetime
    recorded_by: str | None


class InstructionRecordedOut(InstructionOut):
    """The same after something about it was recorded, and what to know about that."""

    notices: list[NoticeOut]


def _fields(row: Any) -> dict[str, Any]:
    same = (
        *("id", "ref", "contract_id", "case_id", "given_at", "confirmed_at", "objected_at", "objection"),
        *("carried_out_at", "carried_out_by", "outcome", "recorded_at"),
    )
    return {name: getattr(row, name) for name in same} | {
        "contract": row.contract_ref,
        "case": row.case_ref,
        "content": row.content or "",
        "given_by": row.given_by or "",
        "channel": row.channel.value,
        "recorded_by": row.recorded_by_name,
    }


def _reply(call: Call, record: InstructionRecord, **more: Any) -> Reply:
    row = instruction_row(call.session, record.instruction)
    return Reply(InstructionRecordedOut(**_fields(row), notices=told(call, record.notices)), **more)


@get("/instructions", right=Right.READ_CASES, query=_QUERY, gives=Page[InstructionOut])
def list_instructions_(call: Call) -> Reply:
    """List the register by number: all, of a contract or case, what is still to do (`is_open`)."""
    chosen = {name: value for name, value in call.query.items() if name not in ("cursor", "limit")}
    return call.page(
        lambda after, most: list_instructions(call.session, after, most, chosen),
        lambda row: InstructionOut(**_fields(row)),
    )


@post("/instructions", right=Right.WORK, reads=_RECORD, gives=InstructionRecordedOut, example=_EXAMPLE)
def record_instruction_(call: Call) -> Reply:
    """Record an instruction, with the mail or letter that gave it; a spoken one too, with a notice (4(1))."""
    said = read_object(call.raw, "", _RECORD)
    raw = {name: value for name, value in call.raw.items() if name != "evidence_file"}
    record = record_instruction(call.session, call.act, read_instruction(raw), said.get("evidence_file"))
    return _reply(call, record, location=f"/instructions/{record.instruction.id}")


@get("/instructions/{instruction_id:int}", right=Right.READ_CASES, gives=InstructionOut)
def get_instruction(call: Call) -> Reply:
    """Give an instruction."""
    instruction = instruction_by_id(call.session, call.path["instruction_id"])
    return Reply(InstructionOut(**_fields(instruction_row(call.session, instruction))))


@post(
    "/instructions/{instruction_id:int}/confirmation",
    right=Right.WORK,
    reads=CONFIRMATION,
    gives=InstructionRecordedOut,
    example={},
)
def confirm_instruction_(call: Call) -> Reply:
    """Confirm an instruction by a mail that quotes it, or record when it was confirmed in text form by other means."""
    instruction = instruction_by_id(call.session, call.path["instruction_id"])
    return _reply(call, confirm_instruction(call.session, call.act, instruction, call.raw))


@post(
    "/instructions/{instruction_id:int}/objection",
    right=Right.WORK,
    reads=OBJECTION,
    gives=InstructionRecordedOut,
    example={"reason": "Die Daten müssen nach § 147 AO noch aufbewahrt werden."},
)
def object_to_instruction_(call: Call) -> Reply:
    """Tell the controller at once that an instruction breaks the law as we see it; it may wait until cleared (4(5))."""
    instruction = instruction_by_id(call.session, call.path["instruction_id"])
    return _reply(call, object_to_instruction(call.session, call.act, instruction, call.raw))


@post(
    "/instructions/{instruction_id:int}/outcome",
    right=Right.WORK,
    reads=OUTCOME,
    gives=InstructionRecordedOut,
    example={"person": "ML", "outcome": "Gelöscht; das Löschprotokoll liegt beim Vorgang."},
)
def carry_out_instruction_(call: Call) -> Reply:
    """Record who carried an instruction out, when and with which outcome."""
    instruction = instruction_by_id(call.session, call.path["instruction_id"])
    return _reply(call, carry_out_instruction(call.session, call.act, instruction, call.raw))
