"""Text into records: the rows of a CSV with the physical line on which each starts, in bounded memory.

Strict on purpose: a stray quote makes its own rows unreadable (reported with their line numbers) instead of silently
swallowing what follows.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from billing.errors import UnreadableInput
from billing.importing.rows import RefusedRow
from billing.importing.source import Source

LONGEST_RECORD = 100_000
MOST_RECORD_LINES = 500
_SKIP = 1 << 16


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one row, as they stand in the file, and the physical lines (from 1) they span."""

    line: int
    last_line: int
    cells: list[str]


class _RecordTooLongError(Exception):
    """A record has more characters or lines than any honest row."""


class _Lines:
    """Physical lines for the CSV parser: counts them, and stops a record that grows without end."""

    def __init__(self, stream: TextIO) -> None:
        self.number = 0
        self._stream = stream
        self._characters = 0
        self._first = 1

    def begin_record(self) -> None:
        """Start to count the next record."""
        self._characters = 0
        self._first = self.number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_RECORD + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._characters += len(line)
        if len(line) > LONGEST_RECORD:
            self._skip_rest_of(line)
        if self._characters > LONGEST_RECORD or self.number - self._first >= MOST_RECORD_LINES:
            raise _RecordTooLongError
        return line

    def _skip_rest_of(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._stream.readline(_SKIP)


@contextmanager
def open_text(source: Source, encoding: str) -> Iterator[TextIO]:
    """Open a source as text with its line ends untouched, as the CSV parser wants them.

    Raises UnreadableInput when the file changed after it was examined and no longer decodes.
    """
    with source.path.open("rb") as raw, io.TextIOWrapper(raw, encoding, errors="strict", newline="") as stream:
        try:
            yield stream
        except UnicodeDecodeError:
            raise UnreadableInput("import_file_changed", path=source.name, value=encoding) from None


def records(stream: TextIO, delimiter: str) -> Iterator[Record | RefusedRow]:
    """Give the records of a stream one by one; empty lines and lines of empty cells are no rows.

    A record whose quotes are broken, or that is longer than 100,000 characters or 500 lines, is a `RefusedRow`; reading
    goes on with the line after it.
    """
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        lines.begin_record()
        first = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield RefusedRow(first, lines.number, "row_quotes_broken", {"last_line": lines.number})
        except _RecordTooLongError:
            yield RefusedRow(first, lines.number, "row_too_long", {"limit": LONGEST_RECORD})
        else:
            if any(cell and not cell.isspace() for cell in cells):
                yield Record(first, lines.number, cells)
