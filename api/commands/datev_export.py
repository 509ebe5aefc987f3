"""`mehraufwand export datev`: hand issued documents over to bookkeeping as a DATEV booking batch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from api.answers import Answer, Details, Done
from api.batch_rows import batch_row, plan_row
from api.commanding import Call, Field, Kind, command
from api.commands.files import require_folder, write_all
from billing.errors import InvalidInput
from invoices.run.batches import batch_by_no, give_batch_files, with_numbers
from invoices.run.exporting import Plan, export_datev, plan_export, read_days

datev_exports = typer.Typer()
"""The command, for the group `export`."""

_BATCHES = "batch from_day to_day bookings debit credit invoices"
_BOOKINGS = "invoice issue_date debtor account debit credit text tax_date"


@command(
    datev_exports,
    "datev",
    (
        Field("month", "Monat des Belegdatums, zum Beispiel 2026-11."),
        Field("from_", "Statt des Monats: der erste Tag."),
        Field("to", "Und der letzte."),
        Field("out", "Ordner, in den die Dateien geschrieben werden.", Kind.FILE),
        Field("papers", "Die PDFs als Belegpaket mitgeben (DATEV Belegtransfer).", Kind.FLAG),
        Field("dry_run", "Nur zeigen, was gebucht würde.", Kind.FLAG),
        Field("again", "Statt neuer Stapel: diesen noch einmal, Byte für Byte.", Kind.NUMBER),
    ),
    read_only=True,
)
def export_to_datev(call: Call) -> Answer:
    """Rechnungen, Stornos und Korrekturen als DATEV-Buchungsstapel ausgeben; jede nur einmal.

    mehraufwand export datev --month 2026-11 --out datev

    mehraufwand export datev --again 3 --out datev
    """
    papers, dry_run, again = call.take("papers"), call.take("dry_run"), call.take("again")
    if "from_" in call.raw:
        call.raw["from"] = call.take("from_")
    if dry_run:
        return _planned(call)
    folder = call.files.get("out")
    if folder is None:
        raise InvalidInput("missing_key", path="out", value=None)
    require_folder(folder)
    return _new(call, folder, papers=bool(papers)) if again is None else _again(call, folder, again)


def _planned(call: Call) -> Answer:
    plans = plan_export(call.session, *read_days(call.raw))
    shown = [plan_row(plan) for plan in plans]
    bookings = [row for plan in shown for row in plan["bookings"]]
    accounts = [row for plan in shown for row in plan["accounts"]]
    return Details(
        {"batches": len(plans), "respelled": _respelled(plans)},
        {"bookings": (bookings, _BOOKINGS), "accounts": (accounts, "account owed")},
    )


def _new(call: Call, folder: Path, *, papers: bool) -> Answer:
    first, last = read_days(call.raw)
    with call.here.session() as session:
        done = export_datev(session, call.act, call.zone, first, last, papers=papers)
        batches = [batch for _, batch in done]
        rows = [batch_row(row) for row in with_numbers(session, batches)]
        files = [(one.name, one.content) for batch in batches for one in give_batch_files(session, call.act, batch)]
    if not rows:
        return Done("nothing_to_export", {"batches": []})
    return _written(files, folder, rows, _respelled([plan for plan, _ in done]))


def _again(call: Call, folder: Path, number: int) -> Answer:
    with call.here.session() as session:
        row = batch_by_no(session, number)
        files = [(one.name, one.content) for one in give_batch_files(session, call.act, row.batch)]
        rows = [batch_row(row)]
    return _written(files, folder, rows, [])


def _written(files: list[tuple[str, bytes]], folder: Path, rows: list[dict[str, Any]], respelled: list[str]) -> Answer:
    written = [str(path) for path in write_all(files, folder)]
    return Details({"written": written, "respelled": respelled}, {"batches": (rows, _BATCHES)})


def _respelled(plans: Sequence[Plan]) -> list[str]:
    return sorted({name for plan in plans for name in plan.respelled})
