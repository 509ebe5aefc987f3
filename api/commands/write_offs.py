"""`mehraufwand write-off`: part of an invoice given up as goodwill, by two people."""

from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.inputs import whole_number
from billing.clause.reading import read_object
from billing.services.acting import id_of
from billing.services.claims import find_claim
from billing.services.write_offs import (
    WRITE_OFF,
    confirm_write_off,
    list_write_offs,
    propose_write_off,
    refuse_write_off,
    write_off_row,
)

write_offs = typer.Typer(
    help="Kulanz: auf einen Teil einer Rechnung verzichten; eine Person schlägt vor, eine zweite bestätigt.",
    no_args_is_help=True,
)
_PROPOSAL = Field("proposal", "Nummer des Vorschlags.", Kind.ARGUMENT)


@command(
    write_offs,
    "add",
    (
        Field("number", "Nummer der Rechnung.", Kind.ARGUMENT),
        Field("amount", "Betrag in Euro, auf den verzichtet werden soll. Pflicht."),
        Field("reason", "Warum. Pflicht."),
    ),
)
def add(call: Call) -> Answer:
    """Einen Verzicht vorschlagen; er gilt, wenn eine zweite Person bestätigt.

    mehraufwand write-off add RE-2026-0118 --amount 10.00 --reason "Kulanz nach Gespräch"
    """
    invoice = find_claim(call.session, call.take("number"))
    said = read_object(call.raw, "", WRITE_OFF)
    proposal = propose_write_off(call.session, call.act, invoice, said["amount"], said["reason"])
    return Done("write_off_proposed", _row(write_off_row(call.session, id_of(proposal))))


@command(write_offs, "list", read_only=True)
def list_all(call: Call) -> Answer:
    """Vorgeschlagene und entschiedene Verzichte auflisten."""
    rows = [_row(row) for row in list_write_offs(call.session)]
    return Listing("write_offs", rows, "proposal number amount reason proposed_by decided_at decided_by")


@command(write_offs, "confirm", (_PROPOSAL, Field("reason", "Warum, wenn es etwas zu sagen gibt.")))
def confirm(call: Call) -> Answer:
    """Als zweite Person bestätigen; der Betrag ist damit nicht mehr offen.

    mehraufwand write-off confirm 3 --as "Bernd Beispiel"
    """
    number = whole_number(call.take("proposal"), "proposal") or 0
    confirm_write_off(call.session, call.act, number, call.take("reason"))
    return Done("write_off_confirmed", _row(write_off_row(call.session, number)))


@command(write_offs, "refuse", (_PROPOSAL, Field("reason", "Warum. Pflicht.")))
def refuse(call: Call) -> Answer:
    """Ablehnen; die Forderung bleibt, wie sie ist."""
    number = whole_number(call.take("proposal"), "proposal") or 0
    refuse_write_off(call.session, call.act, number, call.take("reason"))
    return Done("write_off_refused", _row(write_off_row(call.session, number)))


def _row(row: Any) -> dict[str, Any]:
    return {
        "proposal": row.id,
        "number": row.number,
        "amount": row.amount_cents,
        "reason": row.reason,
        "recorded_at": row.recorded_at,
        "proposed_by": row.recorded_by_name,
        "decided_at": row.decided_at,
        "decided_by": row.decided_by_name,
        "accepted": row.accepted,
        "decision_reason": row.decision_reason,
    }
