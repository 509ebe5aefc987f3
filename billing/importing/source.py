"""Where the bytes come from: a file, or standard input and pipes spooled to a temporary file.

A source can be read several times and always from the start: the whole file is looked over before its first row is
taken, and the dry run comes before the import.
"""

import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from billing.errors import InvalidInput, UnreadableInput, reason_of

STANDARD_INPUT = "-"
LARGEST_SPOOL = 2 * 1024**3
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes that can be read again: `name` as the person gave it (for messages), `path` where they really are."""

    name: str
    path: Path


@contextmanager
def open_source(name: str | Path, stdin: BinaryIO | None = None) -> Iterator[Source]:
    """Give the source of a file name; `-` is standard input. A spooled copy is deleted at the end.

    Raises InvalidInput when there is no such file, it is a folder, or it can't be read.
    """
    given = str(name)
    if given == STANDARD_INPUT:
        with _spooled(given, stdin or sys.stdin.buffer) as source:
            yield source
        return
    if _is_plain_file(given):
        yield Source(given, Path(given))
        return
    with _opened(given) as pipe, _spooled(given, pipe) as source:
        yield source


def _is_plain_file(given: str) -> bool:
    """Tell whether the file can be read twice; a pipe or a device can't."""
    try:
        mode = Path(given).stat().st_mode
        if stat.S_ISDIR(mode):
            raise InvalidInput("import_file_is_folder", path=given, value=given)
    except FileNotFoundError:
        raise InvalidInput("import_file_missing", path=given, value=given) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InvalidInput("import_file_unreadable", path=given, value=reason_of(error)) from None
    if not stat.S_ISREG(mode):
        return False
    _opened(given).close()
    return True


def _opened(given: str) -> BinaryIO:
    try:
        return Path(given).open("rb")
    except OSError as error:
        raise InvalidInput("import_file_unreadable", path=given, value=reason_of(error)) from None


@contextmanager
def _spooled(name: str, stream: BinaryIO) -> Iterator[Source]:
    with tempfile.NamedTemporaryFile(prefix="mehraufwand-import-") as copy:
        _copy(name, stream, copy)
        yield Source(name, Path(copy.name))


def _copy(name: str, stream: BinaryIO, copy: IO[bytes]) -> None:
    taken = 0
    try:
        while chunk := stream.read(_CHUNK):
            taken += len(chunk)
            if taken > LARGEST_SPOOL:
                raise UnreadableInput("import_file_too_large", path=name, value=taken)
            copy.write(chunk)
        copy.flush()
    except OSError as error:
        raise InvalidInput("import_file_unreadable", path=name, value=reason_of(error)) from None
