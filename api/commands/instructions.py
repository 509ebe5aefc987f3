"""`mehraufwand instruction`: das Verzeichnis der Weisungen."""

from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command
from billing.services.instructions import (
    InstructionRecord,
    carry_out_instruction,
    confirm_instruction,
    find_instruction,
    instruction_row,
    list_instructions,
    object_to_instruction,
    read_instruction,
    record_instruction,
)

instructions = typer.Typer(
    help="Weisungen des Auftraggebers: festhalten, bestätigen, ausführen (4(1)).", no_args_is_help=True
)

_MOST = 10_000
_REF = Field("ref", "Kürzel der Weisung.", Kind.ARGUMENT)


@command(
    instructions,
    "add",
    (
        Field("contract", "Kürzel des Vertrags. Pflicht."),
        Field("content", "Was getan werden soll. Pflicht."),
        Field("given_by", "Wer sie erteilt hat. Pflicht."),
        Field("channel", "Auf welchem Weg: mail, letter, portal, phone oder in_person. Pflicht."),
        Field("given_at", "Wann; sonst jetzt.", Kind.MOMENT),
        Field("case", "Kürzel des Vorgangs, zu dem sie gehört."),
        Field("ref", "Kürzel; sonst das nächste freie (W-2026-001)."),
        Field("evidence_file", "Die Weisung als Datei (PDF, PNG, JPEG, E-Mail oder Text).", Kind.FILE),
    ),
)
def add_instruction(call: Call) -> Answer:
    """Eine Weisung festhalten, auch eine mündliche; sie ist sofort in Textform zu bestätigen.

    mehraufwand instruction add --contract AVV-1 --content "Altsystem leeren" --given-by "Eva Kern" --channel mail
    """
    new = read_instruction(call.raw)
    return _done("instruction_recorded", record_instruction(call.session, call.act, new, call.proof("evidence_file")))


@command(
    instructions,
    "list",
    (Field("contract", "Nur die unter diesem Vertrag."), Field("case", "Nur die zu diesem Vorgang.")),
    read_only=True,
)
def list_all_instructions(call: Call) -> Answer:
    """Weisungen auflisten, die ältesten zuerst."""
    rows = [_row(row) for row in list_instructions(call.session, 0, _MOST, call.raw)]
    return Listing("instructions", rows, "ref contract case given_at channel confirmed_at carried_out_at")


@command(instructions, "show", (_REF,), read_only=True)
def show_instruction(call: Call) -> Answer:
    """Eine Weisung zeigen, und was aus ihr wurde."""
    return Details(_row(instruction_row(call.session, find_instruction(call.session, call.raw["ref"], "ref"))))


@command(
    instructions,
    "confirm",
    (_REF, Field("confirmed_at", "Anders in Textform bestätigt am; sonst geht jetzt eine E-Mail.", Kind.MOMENT)),
)
def confirm_one_instruction(call: Call) -> Answer:
    """Eine Weisung in Textform bestätigen: per E-Mail an die Ansprechpartner, oder eine andere Bestätigung eintragen.

    mehraufwand instruction confirm W-2026-001
    """
    instruction = find_instruction(call.session, call.take("ref"), "ref")
    return _done("instruction_confirmed", confirm_instruction(call.session, call.act, instruction, call.raw))


@command(instructions, "object", (_REF, Field("reason", "Gegen welche Vorschrift sie verstößt. Pflicht.")))
def object_to_one_instruction(call: Call) -> Answer:
    """Rechtliche Bedenken gegen eine Weisung sofort mitteilen; sie darf bis zur Klärung ruhen (4(5))."""
    instruction = find_instruction(call.session, call.take("ref"), "ref")
    return _done("instruction_objected_to", object_to_instruction(call.session, call.act, instruction, call.raw))


@command(
    instructions,
    "done",
    (
        _REF,
        Field("person", "Kürzel der Person, die sie ausgeführt hat. Pflicht."),
        Field("outcome", "Ergebnis. Pflicht."),
        Field("carried_out_at", "Wann; sonst jetzt.", Kind.MOMENT),
    ),
)
def carry_out_one_instruction(call: Call) -> Answer:
    """Eintragen, wer eine Weisung wann mit welchem Ergebnis ausgeführt hat."""
    instruction = find_instruction(call.session, call.take("ref"), "ref")
    return _done("instruction_carried_out", carry_out_instruction(call.session, call.act, instruction, call.raw))


def _done(code: str, record: InstructionRecord) -> Answer:
    instruction = record.instruction
    told = {name: getattr(instruction, name) for name in ("ref", "given_at", "confirmed_at", "carried_out_at")}
    return Done(code, told, record.notices)


def _row(row: Any) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "contract": row.contract_ref,
        "case": row.case_ref,
        "given_at": row.given_at,
        "given_by": row.given_by,
        "channel": row.channel.value,
        "content": row.content,
        "confirmed_at": row.confirmed_at,
        "objected_at": row.objected_at,
        "objection": row.objection,
        "carried_out_at": row.carried_out_at,
        "carried_out_by": row.carried_out_by,
        "outcome": row.outcome,
    }
