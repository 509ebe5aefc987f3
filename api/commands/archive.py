"""`mehraufwand archive`: single files sealed with the backup key, for the archive of a PostgreSQL server."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from api.answers import Answer, Done
from api.commanding import Field, FreeCall, Kind, free_command
from billing.services.archives import STANDARD, get_from_archive, put_into_archive

archive = typer.Typer(
    help="Einzelne Dateien mit dem Sicherungsschlüssel versiegeln, etwa das Archiv von PostgreSQL.",
    no_args_is_help=True,
)
_SOURCE = Field("source", "Was gelesen wird; bei put auch - für die Standardeingabe.", Kind.ARGUMENT)
_TARGET = Field("target", "Was geschrieben wird; bei get auch - für die Standardausgabe.", Kind.ARGUMENT)


@dataclass(frozen=True, slots=True)
class Poured:
    """The file itself was the answer: nothing may be added to it."""

    def print(self, *, json: bool, zone: ZoneInfo | None) -> None:
        """Say nothing."""


@free_command(archive, "put", (_SOURCE, _TARGET))
def put(call: FreeCall) -> Answer:
    """Eine Datei versiegelt ablegen; noch einmal dieselbe schadet nicht, eine andere gleichen Namens wird abgelehnt.

    mehraufwand archive put pg_wal/000000010000000000000001 /mnt/wal/000000010000000000000001
    """
    is_new = put_into_archive(call.places, call.raw["source"], Path(call.raw["target"]))
    return Done("archived" if is_new else "archived_before", {"file": call.raw["target"]})


@free_command(archive, "get", (_SOURCE, _TARGET))
def get(call: FreeCall) -> Answer:
    """Eine versiegelte Datei öffnen; sie erscheint erst, wenn sie ganz und unverändert ist.

    mehraufwand archive get /mnt/wal/000000010000000000000001 pg_wal/RECOVERYXLOG
    """
    target = call.raw["target"]
    get_from_archive(call.places, Path(call.raw["source"]), target)
    if target == STANDARD:
        return Poured()
    return Done("taken_out", {"file": target})
