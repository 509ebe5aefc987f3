"""`mehraufwand proposal`: four eyes - one person proposes, another one confirms or refuses."""

import json
from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.inputs import whole_number
from billing.services.acting import id_of
from billing.services.proposals import (
    confirm_proposal,
    list_proposals,
    proposal_row,
    propose,
    read_proposal,
    refuse_proposal,
    was_alone,
)
from billing.services.work_done import WORK_CLASS

proposals = typer.Typer(
    help="Vier Augen: eine Person schlägt eine andere Einordnung oder Kulanz vor, eine zweite bestätigt.",
    no_args_is_help=True,
)

_NUMBER = Field("number", "Nummer des Vorschlags.", Kind.ARGUMENT)
_CLASS = (
    Field("service", "Neue Tätigkeit, etwa general_query."),
    Field("document", "Neue Art der Unterlage."),
    Field("travel", "Reisezeit.", Kind.SWITCH),
    Field("onsite", "Vor Ort beim Auftraggeber.", Kind.SWITCH),
    Field("urgent", "Eilfall (13(5)b).", Kind.SWITCH),
    Field("remedies_processor_defect", "Behebt einen eigenen Mangel (13(7)).", Kind.SWITCH),
)


@command(
    proposals,
    "add",
    (
        Field("entry", "Kürzel des Zeiteintrags.", Kind.ARGUMENT),
        Field("kind", "reclassify (anders einordnen) oder write_off (Kulanz). Pflicht."),
        Field("reason", "Warum. Pflicht."),
        *_CLASS,
        Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben."),
    ),
)
def add(call: Call) -> Answer:
    """Etwas zu einem Zeiteintrag vorschlagen; es geschieht, wenn eine zweite Person bestätigt.

    mehraufwand proposal add Z-2026-0001 --kind write_off --reason "Kulanz nach Gespräch"
    """
    named = [name.rstrip("?") for name in WORK_CLASS]
    changes = {name: call.raw.pop(name) for name in named if name in call.raw}
    raw = {**call.raw, **({"changes": changes} if changes else {})}
    proposal = propose(call.session, call.act, read_proposal(raw))
    return Done("proposed", _row(proposal_row(call.session, id_of(proposal))))


@command(
    proposals, "list", (Field("open", "Nur die, über die noch niemand entschieden hat.", Kind.FLAG),), read_only=True
)
def list_all(call: Call) -> Answer:
    """Vorschläge auflisten."""
    rows = [_row(row) for row in list_proposals(call.session, is_open=call.take("open"))]
    return Listing("proposals", rows, "number kind entry case reason proposed_by decided_at decided_by")


@command(proposals, "confirm", (_NUMBER, Field("reason", "Warum, wenn es etwas zu sagen gibt.")))
def confirm(call: Call) -> Answer:
    """Als zweite Person bestätigen; der Vorschlag wird sofort ausgeführt.

    mehraufwand proposal confirm 7 --as "Bernd Beispiel"
    """
    number = whole_number(call.take("number"), "number") or 0
    notices = confirm_proposal(call.session, call.act, number, call.take("reason")).notices
    row = proposal_row(call.session, number)
    return Done("proposal_confirmed_alone" if was_alone(row) else "proposal_confirmed", _row(row), notices)


@command(proposals, "refuse", (_NUMBER, Field("reason", "Warum. Pflicht.")))
def refuse(call: Call) -> Answer:
    """Ablehnen; der Zeiteintrag bleibt, wie er ist."""
    number = whole_number(call.take("number"), "number") or 0
    refuse_proposal(call.session, call.act, number, call.take("reason"))
    return Done("proposal_refused", _row(proposal_row(call.session, number)))


def _row(row: Any) -> dict[str, Any]:
    return {
        "number": row.id,
        "kind": row.kind.value,
        "entry": row.entry_ref,
        "case": row.case_ref,
        "contract": row.contract_ref,
        "person": row.person_ref,
        "changes": json.loads(row.content)["changes"],
        "reason": row.reason,
        "recorded_at": row.recorded_at,
        "proposed_by": row.recorded_by_name,
        "decided_at": row.decided_at,
        "decided_by": row.decided_by_name,
        "accepted": row.accepted,
        "decision_reason": row.decision_reason,
        "alone": was_alone(row),
    }
