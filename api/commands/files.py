"""Files of issued documents: made from the outbox, and `mehraufwand export month`, which writes them to a folder."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from api.commands.month import Month
from api.console import language, out, print_json, progress
from api.installation import Installation, opened
from api.options import Actor, Database, Json, ProcessorRef
from billing import outbox
from billing.canonical import fingerprint
from billing.clause.reading import read_month
from billing.errors import InvalidInput
from billing.services.access.trail import note_access
from billing.texts import sentence
from invoices.render import RenderPool
from invoices.run.files import FileMaker, contents_of, files_of_month
from invoices.run.reminder_files import ReminderMaker

_MOST_WORKERS = 8
Folder = Annotated[Path, typer.Option("--out", help="Ordner, in den die Dateien geschrieben werden.")]
FilesLater = Annotated[
    bool, typer.Option("--without-files", help="Nicht selbst drucken: Der laufende Dienst oder worker tut es.")
]


def export_month(
    month: Month,
    *,
    out_dir: Folder,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Rechnungen und Tätigkeitsnachweise eines Monats als Dateien in einen Ordner schreiben.

    mehraufwand export month 2026-10 --out papiere
    """
    read_month(month, "month")
    with opened(db, processor, actor) as here:
        written = write_files(here, month, out_dir)
    if json:
        print_json({"month": month, "written": [str(path) for path in written]})
    else:
        out().print(sentence("run.files_written", language(), count=len(written), folder=str(out_dir)))


def write_files(here: Installation, month: str, folder: Path) -> list[Path]:
    """Write a month's stored files, once it is noted who takes which; InvalidInput when the folder can't be written to.

    Noted is the SHA-256 of what `sha256sum` says of the files, a line for each in the order of their names.
    """
    require_folder(folder)
    with here.session() as session:
        files = sorted(files_of_month(session, month), key=lambda file: file.name)
        told = fingerprint("".join(f"{file.sha256}  {file.name}\n" for file in files))
        note_access(session, here.act, "month_exported", f"month:{month}", files=len(files), sha256=told)
    with here.session(read_only=True) as session:
        return write_all(contents_of(session, files), folder)


def make_files(here: Installation, *, quiet: bool, again: bool = False, later: bool = False) -> list[str]:
    """Do the open steps of the outbox, with progress; gives what failed. Leftovers of a crash are done here too.

    With `again`, those that failed before are tried once more, however long they should wait; with `later` nothing is
    done, as a worker will.
    """
    if later:
        return []
    with here.session(read_only=True) as session:
        waiting = len(outbox.open_items(session, None if again else here.act.at))
    if not waiting:
        return []
    workers = min(os.cpu_count() or 1, waiting, _MOST_WORKERS)
    with RenderPool(workers) as pool, progress(quiet=quiet) as bar:
        handlers = {**FileMaker(pool, here.act).handlers, **ReminderMaker(pool, here.act).handlers}
        steps = outbox.run_pending(
            here.store, here.processor_id, handlers, lambda: here.act.at, limit=waiting, waiting_too=again
        )
        title = sentence("run.making_files", language())
        tracked = bar.track(steps, total=waiting, description=title)
        return [f"{done.item.kind} {done.item.subject_id}: {done.error}" for done in tracked if done.error]


def require_folder(folder: Path) -> None:
    """Make the folder and try to write to it, before anything is done that can't be undone; InvalidInput if not."""
    with _writing_to(folder), NamedTemporaryFile(dir=folder):
        pass


def write_all(files: Iterable[tuple[str, bytes]], folder: Path) -> list[Path]:
    """Write named bytes into a folder, which is made if need be; gives the paths."""
    written = []
    with _writing_to(folder):
        for name, content in files:
            path = folder / name
            path.write_bytes(content)
            written.append(path)
    return written


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    """Make the folder, and refuse in a sentence when it or a file in it can't be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InvalidInput("folder_not_writable", path="--out", value=folder, reason=error.strerror) from None
