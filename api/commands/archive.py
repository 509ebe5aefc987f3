"""`mehraufwand archive`: single files sealed with the backup key, for the archive of a PostgreSQL server.

The server calls it for every piece of its log, so it loads no database and no web server.
"""

from pathlib import Path
from typing import Annotated

import typer

from api.console import print_json
from api.options import Json
from api.settings import read_settings
from billing.services.archives import STANDARD, get_from_archive, put_into_archive

archive = typer.Typer(
    help="Einzelne Dateien mit dem Sicherungsschlüssel versiegeln, etwa das Archiv von PostgreSQL.",
    no_args_is_help=True,
)
Source = Annotated[str, typer.Argument(help="Was gelesen wird; bei put auch - für die Standardeingabe.")]
Target = Annotated[str, typer.Argument(help="Was geschrieben wird; bei get auch - für die Standardausgabe.")]


@archive.command("put")
def put(source: Source, target: Target, *, as_json: Json = False) -> None:
    """Eine Datei versiegelt ablegen; noch einmal dieselbe schadet nicht, eine andere gleichen Namens wird abgelehnt.

    Sagt nichts, wenn alles gut ging.

    mehraufwand archive put pg_wal/000000010000000000000001 /mnt/wal/000000010000000000000001
    """
    is_new = put_into_archive(read_settings().backup_key_path, source, Path(target))
    if as_json:
        print_json({"file": target, "is_new": is_new})


@archive.command("get")
def get(source: Source, target: Target, *, as_json: Json = False) -> None:
    """Eine versiegelte Datei öffnen; sie erscheint erst, wenn sie ganz und unverändert ist.

    Sagt nichts, wenn alles gut ging.

    mehraufwand archive get /mnt/wal/000000010000000000000001 pg_wal/RECOVERYXLOG
    """
    get_from_archive(read_settings().backup_key_path, Path(source), target)
    if as_json and target != STANDARD:
        print_json({"file": target})
