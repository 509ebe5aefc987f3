"""`mehraufwand archive`: seal single files with the backup key, for what a database server archives by itself.

PostgreSQL hands over each finished piece of its log (`archive_command`) and asks for it again on recovery
(`restore_command`); both commands must be safe to repeat, and may never overwrite another piece of the same name.
"""

import fcntl
import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which
from typing import BinaryIO, cast

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


def extract_from_archive(key_file: Path, source: Path, target: Path) -> None:
    """Unpack a sealed tar file (by zstd, or gzip) into a folder, which is proved only when this returns.

    Everything goes through pipes of a megabyte: with those of 64 kB three programs spend a restore waiting for each
    other's turn on a busy machine. Problem `backup_broken` also when it was sealed well but can't be unpacked, and
    `program_missing` without the program that packed it.
    """
    key = load_backup_key(key_file)
    opener = "gzip" if source.suffix == ".gz" else "zstd"
    if which(opener) is None:
        raise Problem("program_missing", program=opener)
    with _reading(str(source)) as sealed, _unpacking(opener, target) as plain:
        _pour(OpenedStream(sealed, key), plain)


@contextmanager
def _unpacking(opener: str, target: Path) -> Iterator[BinaryIO]:
    """Run the two programs that unpack what is written inside the block."""
    words = ["tar", "-x", "-f", "-", "-C", str(target)]
    with (
        subprocess.Popen([opener, "-dc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as opening,  # noqa: S603
        subprocess.Popen(words, stdin=opening.stdout) as extracting,  # noqa: S603 - the machine's own programs
    ):
        assert opening.stdin  # noqa: S101 - it is a pipe
        assert opening.stdout  # noqa: S101
        for pipe in (opening.stdin, opening.stdout):
            with suppress(OSError):  # some machines allow less
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _BLOCK)
        opening.stdout.close()  # so that the first one ends when the second one does
        try:
            yield cast("BinaryIO", opening.stdin)
        except BrokenPipeError:
            pass  # their status says it
        finally:
            with suppress(BrokenPipeError):
                opening.stdin.close()
    if opening.returncode or extracting.returncode:
        raise Problem("backup_broken")


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
