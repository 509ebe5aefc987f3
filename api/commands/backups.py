"""`mehraufwand backup`, `restore` and `numbers`: a second copy of everything, and the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Done, Listing
from api.commanding import Call, Field, FreeCall, Kind, command, free_command
from api.console import err, language, out
from api.inputs import pairs, require_readable, whole_number
from billing.clause.reading import read_moment, refuse
from billing.errors import InvalidInput
from billing.services.backups import make_backup
from billing.services.restored_numbers import Series, SeriesState, confirm_numbers, note_restore, restored_series
from billing.services.restoring import restore_backup
from billing.services.verification import Fault
from billing.texts import sentence
from billing.timespan import datetime_of

numbers = typer.Typer(
    help="Rechnungsnummern nach einer Wiederherstellung: ansehen und bestätigen.", no_args_is_help=True
)
_BACKUP = (
    Field("to", "Ordner für die Sicherung; sonst MEHRAUFWAND_BACKUPS."),
    Field("keep", "So viele heile Sicherungen bleiben, ältere gehen; sonst bleiben alle.", Kind.NUMBER),
)
_RESTORE = (
    Field("file", "Die Sicherung.", Kind.ARGUMENT),
    Field("replace", "Eine Datenbank, die hier steht, zur Seite legen; niemand darf sie benutzen.", Kind.FLAG),
    Field("only_try", "Nur prüfen, ob sie sich wiederherstellen lässt; nichts bleibt davon.", Kind.FLAG),
)
_CONFIRM = (
    Field("last", "Letzte vergebene Nummer einer Reihe, etwa RE-2026=118; mehrmals möglich.", Kind.MANY),
    Field("evidence", "Woran man das sieht, etwa 'Postausgang und Protokoll des Mailservers'. Pflicht."),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """Something that was done, and faults that were found on the way: then the command ends with 1."""

    done: Done
    faults: list[Fault]

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Show what was done, then each fault."""
        self.done.print(json=json, zone=zone)
        if not self.faults:
            return
        lang = language()
        if not json:
            rows = [_fault_row(fault, lang) for fault in self.faults]
            out().print(sentence("done.verified_faults", lang, count=len(rows)))
            Listing("faults", rows, "check subject fault").print(json=False, zone=zone)
        raise typer.Exit(1)


def back_up(call: FreeCall) -> Answer:
    """Alles sichern: Datenbank und Schlüsselbund, verschlüsselt, geprüft und zurückgelesen. Der Dienst läuft weiter.

    mehraufwand backup --to /mnt/backup --keep 30
    """
    folder, keep = call.raw.get("to") or call.settings.backups, call.raw.get("keep")
    if folder is None:
        raise InvalidInput("missing_key", path="to", value=None)
    if keep == 0:
        raise refuse("number_out_of_range", "keep", keep, least=1, most=10_000)
    with err().status("") as status:
        made = make_backup(call.places, Path(folder), keep, call.act, _shown_by(status.update))
    told = {**made.manifest, "file": str(made.file), "rows": sum(made.manifest["rows"].values())}
    removed = [file.name for file in made.removed]
    code = "backed_up_and_removed" if removed else "backed_up"
    return Checked(Done(code, {**told, "removed": removed}), made.faults)


def restore(call: FreeCall) -> Answer:
    """Aus einer Sicherung wiederherstellen, ganz oder gar nicht und nur an einem leeren Platz.

    Danach wird nichts ausgestellt, bis bestätigt ist, welche Nummern schon vergeben waren (mehraufwand numbers show).

    mehraufwand restore /mnt/backup/mehraufwand-20261128T030000Z.backup --only-try
    """
    trying = bool(call.raw.get("only_try"))
    file, replace = Path(call.raw["file"]), bool(call.raw.get("replace"))
    require_readable(file, "file")
    with err().status("") as status:
        shown = _shown_by(status.update)
        found = restore_backup(call.places, file, call.act, replace=replace, only_try=trying, progress=shown)
    told = {
        "taken_at": found.taken_at,
        "rows": found.rows,
        "waiting": found.waiting,
        "is_whole": not found.faults,
        "aside": None if found.aside is None else str(found.aside),
    }
    code = "restore_tried" if trying else "restored" if found.aside is None else "restored_in_place_of"
    return Checked(Done(code, told), found.faults)


@command(numbers, "show", read_only=True)
def show_numbers(call: Call) -> Answer:
    """Zeigen, welche Nummernkreise nach einer Wiederherstellung auf Bestätigung warten, und was bestätigt wurde."""
    rows = [_series_row(state) for state in restored_series(call.session)]
    return Listing("series", rows, "series known journal least last confirmed_at")


@command(numbers, "restored", (Field("taken_at", "Stand, auf den wiederhergestellt wurde. Pflicht.", Kind.MOMENT),))
def note(call: Call) -> Answer:
    """Sagen, dass der Datenbankserver auf einen früheren Stand gebracht wurde; ausgestellt wird erst nach confirm.

    Bei SQLite tut das mehraufwand restore von selbst; nach einer Wiederherstellung von PostgreSQL tut es ein Mensch.

    mehraufwand numbers restored --taken-at "2026-11-28 17:04"
    """
    if (said := call.take("taken_at")) is None:
        raise InvalidInput("missing_key", path="taken_at", value=None)
    taken_at = datetime_of(read_moment(said, "taken_at"))
    if taken_at > call.act.at:
        raise InvalidInput("moment_in_future", path="taken_at", value=said)
    rows = note_restore(call.session, call.act, taken_at)
    return Done("restore_noted", {"taken_at": taken_at, "waiting": len(rows)})


@command(numbers, "confirm", _CONFIRM)
def confirm(call: Call) -> Answer:
    """Bestätigen, bis zu welcher Nummer vor der Wiederherstellung vergeben war; die nächste Rechnung folgt darauf.

    mehraufwand numbers confirm --last RE-2026=118 --last ST-2026=3 --evidence "Postausgang, Protokoll des Mailservers"
    """
    last = dict(_read_last(name, value) for name, value in pairs(call.take("last"), "last"))
    if not last:
        raise InvalidInput("missing_key", path="last", value=None)
    if (evidence := call.take("evidence")) is None:
        raise InvalidInput("missing_key", path="evidence", value=None)
    waiting = confirm_numbers(call.session, call.act, last, evidence)
    left = sorted({f"{state.row.series}-{state.row.year}" for state in waiting})
    return Done("numbers_confirmed" if not left else "numbers_confirmed_in_part", {"waiting": left})


def _shown_by(update: Callable[[str], Any]) -> Callable[[str], None]:
    return lambda name: update(sentence(f"check.{name}", language()))


def _fault_row(fault: Fault, lang: str) -> dict[str, Any]:
    told = sentence(f"fault.{fault.code}", lang)
    return {"check": sentence(f"check.{fault.check}", lang), "subject": fault.subject, "fault": told}


def _series_row(state: SeriesState) -> dict[str, Any]:
    row = state.row
    return {
        "series": f"{row.series}-{row.year}",
        "known": row.known_sequence,
        "journal": state.journal,
        "least": state.least,
        "last": row.last_sequence,
        "evidence": row.evidence_note,
        "backup_taken_at": row.backup_taken_at,
        "restored_at": row.recorded_at,
        "confirmed_at": row.confirmed_at,
        "confirmed_by": row.confirmed_by_name,
    }


def _read_last(name: str, value: str) -> tuple[Series, int]:
    series, _, year = name.rpartition("-")
    number = whole_number(value, "last")
    if not series or not year.isdigit() or number is None:
        raise refuse("not_a_series", "last", name)
    return (series, int(year)), number


def backup_command(app: typer.Typer) -> None:
    """Register `mehraufwand backup`."""
    free_command(app, "backup", _BACKUP)(back_up)


def restore_command(app: typer.Typer) -> None:
    """Register `mehraufwand restore`."""
    free_command(app, "restore", _RESTORE)(restore)
