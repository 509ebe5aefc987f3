"""`mehraufwand archive`: single files sealed with the backup key, for the archive of a PostgreSQL server.

The server calls it for every piece of its log, so it loads no database and no web server.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.console import print_json
from api.options import Json
from api.settings import read_settings
from billing.errors import InvalidInput, reason_of
from billing.services.archives import STANDARD, extract_from_archive, get_from_archive, put_into_archive
from billing.services.log_archive import LogKeeper, unpack_log

archive = typer.Typer(
    help="Einzelne Dateien mit dem Sicherungsschlüssel versiegeln, etwa das Archiv von PostgreSQL.",
    no_args_is_help=True,
)
Source = Annotated[str, typer.Argument(help="Was gelesen wird; bei put auch - für die Standardeingabe.")]
Target = Annotated[str, typer.Argument(help="Was geschrieben wird; bei get auch - für die Standardausgabe.")]

Folder = Annotated[Path, typer.Argument(help="Der leere Ordner, in den ausgepackt wird.")]
Incoming = Annotated[Path, typer.Argument(help="Der Ordner mit den offenen Stücken des Protokolls.")]
Archive = Annotated[Path, typer.Argument(help="Der Ordner mit den versiegelten.")]
Every = Annotated[float, typer.Option("--every", help="So viele Sekunden zwischen zwei Runden.", min=0.1)]
Once = Annotated[bool, typer.Option("--once", help="Nur eine Runde.")]
Mark = Annotated[
    Path | None, typer.Option("--mark", help="Eine Datei, die nach jeder gelungenen Runde neu datiert wird.")
]
First = Annotated[str, typer.Option("--first", help="Das erste Stück, das gebraucht wird; sonst alle.")]


@archive.command("put")
def put(source: Source, target: Target, *, as_json: Json = False) -> None:
    """Eine Datei versiegelt ablegen; noch einmal dieselbe schadet nicht, eine andere gleichen Namens wird abgelehnt.

    Sagt nichts, wenn alles gut ging.

    mehraufwand archive put pg_wal/000000010000000000000001 /mnt/wal/000000010000000000000001
    """
    with _written(target):
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


@archive.command("extract")
def extract(source: Source, target: Folder, *, as_json: Json = False) -> None:
    """Eine Grundsicherung öffnen und in einen Ordner auspacken; er gilt erst, wenn der Befehl ohne Fehler endet.

    Sagt nichts, wenn alles gut ging.

    mehraufwand archive extract /mnt/archive/base/20261128T030000Z.tar.zst /var/lib/postgresql/data
    """
    extract_from_archive(read_settings().backup_key_path, Path(source), target)
    if as_json:
        print_json({"folder": str(target)})


@archive.command("keep")
def keep(incoming: Incoming, target: Archive, *, every: Every = 2, once: Once = False, mark: Mark = None) -> None:
    """Versiegeln, was pg_receivewal empfängt: fertige Stücke endgültig, das laufende immer wieder. Endet mit Strg-C.

    mehraufwand archive keep /var/lib/incoming /mnt/archive/wal --every 2
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _written(target):
        keeper = LogKeeper(read_settings().backup_key_path, incoming, target)
        while not stop.is_set():
            keeper.one_round()
            if mark is not None:
                mark.touch()
            if once:
                return
            stop.wait(every)


@archive.command("unpack")
def unpack(source: Archive, target: Incoming, *, first: First = "", as_json: Json = False) -> None:
    """Das Protokoll eines Servers ab einem Stück öffnen, für seine Wiederherstellung.

    mehraufwand archive unpack /mnt/archive/wal /var/lib/log --first 000000010000000000000042
    """
    count = unpack_log(read_settings().backup_key_path, source, target, first)
    if as_json:
        print_json({"pieces": count})


@contextmanager
def _written(target: str | Path) -> Iterator[None]:
    """Say in a sentence what can't be read or written: the archive is another machine's disk, which may be away."""
    try:
        yield
    except OSError as error:
        place, reason = error.filename or target, reason_of(error)
        raise InvalidInput("archive_not_writable", path=str(place), value=reason) from None
