"""`mehraufwand deadline`: die Fristen der Vorgänge."""

from typing import Any

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.console import language
from billing.clause.reading import read_count
from billing.deadlines.tracking import Tracked
from billing.services.case_deadlines import deadlines_due, deadlines_of, mark_deadline
from billing.services.cases import find_case
from billing.texts import sentence
from billing.timespan import Instant, datetime_of, instant_of

deadlines = typer.Typer(
    help="Fristen der Vorgänge: was ansteht, was gilt, was erledigt ist. Keine sperrt etwas.", no_args_is_help=True
)

_USUAL_HOURS = 48
_COLUMNS = "case code deadline state due_at"
_CASE = Field("case", "Kürzel des Vorgangs.", Kind.ARGUMENT)
_CONTRACT = Field("contract", "Kürzel des Vertrags; nötig, wenn mehrere Verträge dieses Kürzel haben.")


@command(
    deadlines,
    "list",
    (Field("within_hours", "Was in so vielen Stunden endet; sonst 48.", Kind.NUMBER),),
    read_only=True,
)
def list_due_deadlines(call: Call) -> Answer:
    """Auflisten, was über alle offenen Vorgänge überschritten ist oder bald endet, das Dringendste zuerst."""
    said = call.take("within_hours")
    hours = _USUAL_HOURS if said is None else read_count(said, "within_hours")
    found = deadlines_due(call.session, call.act, hours)
    return Listing("deadlines", [_row(call, case, one) for case, one in found], _COLUMNS)


@command(deadlines, "show", (_CASE, _CONTRACT), read_only=True)
def show_deadlines(call: Call) -> Answer:
    """Alle Fristen eines Vorgangs zeigen, auch die noch nicht begonnenen und die erledigten."""
    found = deadlines_of(call.session, find_case(call.session, call.raw["case"], call.take("contract")))
    return Listing("deadlines", [_row(call, found.case, one) for one in found.tracked], _COLUMNS)


@command(
    deadlines,
    "mark",
    (
        _CASE,
        Field("code", "Die Frist, etwa D-03.", Kind.ARGUMENT),
        _CONTRACT,
        Field("met_at", "Wann; sonst jetzt.", Kind.MOMENT),
        Field("note", "Anmerkung."),
    ),
)
def mark_one_deadline(call: Call) -> Answer:
    """Eine Frist als erledigt vermerken; eine wiederkehrende läuft von da an neu.

    mehraufwand deadline mark V-2026-001 D-07 --note "per E-Mail weitergeleitet"
    """
    case = find_case(call.session, call.take("case"), call.take("contract"))
    mark = mark_deadline(call.session, call.act, case, call.take("code"), call.raw)
    return Done("deadline_marked", {"ref": case.ref, "code": mark.code, "met_at": mark.met_at})


def _row(call: Call, case: Any, one: Tracked) -> dict[str, Any]:
    return {
        "case": case.ref,
        "contract": case.contract_ref,
        "code": one.code,
        "deadline": sentence(f"deadline.{one.code}", language()),
        "about": one.about,
        "state": one.state(instant_of(call.act.at)).value,
        "started_at": _moment(one.started_at),
        "due_at": _moment(one.due and one.due.strict),
        "latest_at": _moment(one.due and one.due.latest),
        "met_at": _moment(one.met_at),
        "was_late": one.was_late,
        "source": one.source,
    }


def _moment(instant: Instant | None) -> Any:
    return None if instant is None else datetime_of(instant)
