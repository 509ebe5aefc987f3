"""`mehraufwand retention` and `hold`: what is kept for how long, what goes then, and what stops that."""

from typing import Any

import typer

from api.answers import Answer, Details, Done, Listing
from api.commanding import Call, Field, Kind, command
from api.console import language
from billing.services.legal_holds import controller_ref, find_hold, holds_after, lift_hold, set_hold
from billing.services.retention import Kept, RetentionRun, ask_retention, show_retention
from billing.services.retention_records import gone_under
from billing.texts import sentence

retention = typer.Typer(help="Die Aufbewahrung: Fristen zeigen, Abgelaufenes löschen.", no_args_is_help=True)
holds = typer.Typer(help="Aufbewahrungssperren: nichts löschen, solange etwas offen ist.", no_args_is_help=True)
_REF = Field("ref", "Kürzel der Sperre.", Kind.ARGUMENT)
_PAGE = 1000


@command(retention, "show", read_only=True)
def show(call: Call) -> Answer:
    """Zeigen, was wie lange aufbewahrt wird, und wie viel davon abgelaufen, gesperrt oder noch gebraucht ist.

    mehraufwand retention show
    """
    rows = [_kept(kept) for kept in show_retention(call.session)]
    return Listing("kept", rows, "table classes stock over on_hold needed")


def _kept(kept: Kept) -> dict[str, Any]:
    lang, stock = language(), kept.stock
    classes = [
        sentence("label.kept_years", lang, kind=sentence(f"retention_class.{kind}", lang), years=years)
        for kind, years in kept.periods
    ]
    return {
        "name": kept.table,
        "table": sentence(f"label.table_{kept.table}", lang),
        "classes": ", ".join(classes),
        "until_it_ends": kept.until_it_ends,
        "stock": stock.rows,
        "over": stock.over,
        "on_hold": stock.held,
        "needed": stock.needed,
    }


@command(retention, "run", (Field("dry_run", "Nur sagen, was gelöscht würde.", Kind.FLAG),))
def run(call: Call) -> Answer:
    """Löschen, dessen Frist abgelaufen ist; Gesperrtes und noch Gebrauchtes bleibt. Vorher eine Sicherung machen.

    mehraufwand retention run --dry-run
    """
    return _told(ask_retention(call.session, call.act, dry=bool(call.take("dry_run"))))


def _told(done: RetentionRun) -> Answer:
    lang = language()
    tables = [
        {"name": name, "table": sentence(f"label.table_{name}", lang), "rows": rows}
        for name, rows in done.deleted.items()
    ]
    code = "retention_foretold" if done.dry else "retention_done"
    values = {"rows": done.rows, "people": sum(done.people.values()), "dry_run": done.dry, "tables": tables}
    return Done(code, values)


@command(
    retention,
    "gone",
    (
        Field("table", "Art der Zeile, wie sie retention show --json nennt, etwa entry.", Kind.ARGUMENT),
        Field(
            "name", "Kürzel, unter dem sie bekannt war; bei Rechnungen Kreis-Jahr-Zahl, etwa RE-2017-4.", Kind.ARGUMENT
        ),
    ),
    read_only=True,
)
def gone(call: Call) -> Answer:
    """Sagen, wann etwas gelöscht wurde und nach welcher Regel; die Spur selbst nennt keinen Namen.

    mehraufwand retention gone entry E-2019-0007
    """
    record = gone_under(call.session, call.raw["table"], call.raw["name"])
    same = ("table_name", "retention_class", "retained_until", "recorded_at", "recorded_by_name", "reason")
    return Details({name: getattr(record, name) for name in same})


@command(
    holds,
    "set",
    (
        _REF,
        Field("reason", "Grund, etwa: Betriebsprüfung 2022 bis 2024."),
        Field("controller", "Nur was zu diesem Auftraggeber gehört (Kürzel); sonst alles."),
        Field("from_year", "Nur was aus diesem Kalenderjahr oder einem späteren ist.", Kind.NUMBER),
    ),
)
def set_one(call: Call) -> Answer:
    """Ab sofort nichts mehr löschen, was die Sperre erfasst; was nirgends zugeordnet ist, erfasst sie auch.

    mehraufwand hold set BP-2026 --reason "Betriebsprüfung 2022 bis 2024" --from-year 2022
    """
    hold = set_hold(call.session, call.act, call.raw)
    return Done("hold_set", {"ref": hold.ref})


@command(holds, "lift", (_REF, Field("reason", "Warum sie nicht mehr nötig ist.")))
def lift(call: Call) -> Answer:
    """Eine Sperre aufheben; was sie hielt, kann nach Ablauf seiner Frist wieder gelöscht werden.

    mehraufwand hold lift BP-2026 --reason "Prüfung mit Bescheid vom 3. Juni abgeschlossen"
    """
    hold = find_hold(call.session, call.take("ref"))
    lift_hold(call.session, call.act, hold, call.raw)
    return Done("hold_lifted", {"ref": hold.ref})


@command(holds, "list", read_only=True)
def show_holds(call: Call) -> Answer:
    """Alle Sperren zeigen, auch aufgehobene.

    mehraufwand hold list
    """
    rows = []
    for hold in holds_after(call.session, 0, _PAGE):
        same = ("ref", "from_year", "reason", "recorded_at", "lifted_at", "lift_reason")
        rows.append({name: getattr(hold, name) for name in same} | {"controller": controller_ref(call.session, hold)})
    return Listing("holds", rows, "ref controller from_year reason recorded_at lifted_at")
