"""`mehraufwand archive`: seal single files with the backup key, for what a database server archives by itself.

PostgreSQL hands over each finished piece of its log (`archive_command`) and asks for it again on recovery
(`restore_command`); both commands must be safe to repeat, and may never overwrite another piece of the same name.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from billing.errors import Conflict, InvalidInput, Problem
from billing.store.backup_file import write_whole
from billing.store.backup_key import load_backup_key
from billing.store.sealed_stream import BackupKey, OpenedStream, seal_stream

_KIND = "file"
_BLOCK = 1024 * 1024
STANDARD = "-"
"""Stands for standard input or output."""


def put_into_archive(key_file: Path, source: str, target: Path) -> bool:
    """Seal a file (or standard input, `-`) into a new one; False when the very same is there already.

    Conflict `archive_holds_another` when something else is.
    """
    key = load_backup_key(key_file)
    with _reading(source) as plain:
        if target.exists():
            if not is_same(plain, target, key):
                raise Conflict("archive_holds_another", path=str(target))
            return False
        write_whole(target, lambda sealed: seal_stream(plain, sealed, key, {"kind": _KIND}))
    return True


def get_from_archive(key_file: Path, source: Path, target: str) -> None:
    """Open a sealed file into another one (or standard output, `-`), which appears only when all of it proved genuine.

    What goes to standard output is only proved once the command ends with 0.
    """
    key = load_backup_key(key_file)
    with _reading(str(source)) as sealed:
        if target == STANDARD:
            _pour(OpenedStream(sealed, key), sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            write_whole(Path(target), lambda plain: _pour(OpenedStream(sealed, key), plain))


def is_same(plain: BinaryIO, sealed: Path, key: BackupKey) -> bool:
    """Compare what comes with what a sealed file holds; one that does not open is another."""
    try:
        with sealed.open("rb") as theirs:
            opened = io.BufferedReader(OpenedStream(theirs, key), _BLOCK)
            while part := opened.read(_BLOCK):
                if plain.read(len(part)) != part:
                    return False
            return not plain.read(1)
    except Problem:
        return False


def _pour(source: OpenedStream, target: BinaryIO) -> None:
    while part := source.read(_BLOCK):
        target.write(part)


@contextmanager
def _reading(source: str) -> Iterator[BinaryIO]:
    if source == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        file = Path(source).open("rb")  # noqa: SIM115 - closed below, and only its opening may fail like this
    except OSError as error:
        raise InvalidInput("named_file_not_readable", path="source", value=source, reason=error.strerror) from None
    with file:
        yield file
