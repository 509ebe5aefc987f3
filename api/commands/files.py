"""`mehraufwand export`: write the stored files of a month to a folder; the store keeps its own copies."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from api.commands.month import Month
from api.console import language, out, print_json
from api.installation import Installation, opened
from api.options import Actor, Database, Json, ProcessorRef
from billing.clause.reading import read_month
from billing.errors import InvalidInput
from billing.texts import sentence
from invoices.run.files import files_of_month

Folder = Annotated[Path, typer.Option("--out", help="Ordner, in den die Dateien geschrieben werden.")]


def export(
    month: Month,
    *,
    out_dir: Folder,
    json: Json = False,
    processor: ProcessorRef = None,
    db: Database = None,
    actor: Actor = None,
) -> None:
    """Rechnungen und Tätigkeitsnachweise eines Monats als Dateien in einen Ordner schreiben."""
    read_month(month, "month")
    with opened(db, processor, actor) as here:
        written = write_files(here, month, out_dir)
    if json:
        print_json({"month": month, "written": [str(path) for path in written]})
    else:
        out().print(sentence("run.files_written", language(), count=len(written), folder=str(out_dir)))


def write_files(here: Installation, month: str, folder: Path) -> list[Path]:
    """Write a month's stored files; InvalidInput when the folder can't be written to."""
    with here.session(read_only=True) as session:
        return write_all(files_of_month(session, month), folder)


def write_all(files: Iterable[tuple[str, bytes]], folder: Path) -> list[Path]:
    """Write named bytes into a folder, which is made if need be; gives the paths."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            path = folder / name
            path.write_bytes(content)
            written.append(path)
    except OSError as error:
        raise InvalidInput("folder_not_writable", path="--out", value=str(folder), reason=error.strerror) from None
    return written
