"""Text into records: the rows of a CSV with the physical line on which each starts, in bounded memory.

Strict on purpose: a stray quote makes its own line unreadable (reported with its number) instead of silently swallowing
what follows.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from billing.errors import UnreadableInput
from billing.importing.rows import RefusedRow
from billing.importing.source import Source

LONGEST_RECORD = 100_000
MOST_RECORD_LINES = 100
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
    """Physical lines for the CSV parser: counts them, stops a record that grows without end, and can go back."""

    def __init__(self, stream: TextIO) -> None:
        self.number = 0
        self._stream = stream
        self._taken: list[str] = []
        self._characters = 0
        self._again: deque[str] = deque()

    def begin_record(self) -> int:
        """Start the next record; give the number of its first line."""
        self._taken.clear()
        self._characters = 0
        return self.number + 1

    def go_back_to_second_line(self) -> None:
        """Read the record's lines again, but for the first: an open quote must not spoil the rows below it."""
        self._again.extendleft(reversed(self._taken[1:]))
        self.number -= len(self._taken[1:])

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._fetch()
        if not line:
            raise StopIteration
        self.number += 1
        self._taken.append(line)
        self._characters += len(line)
        if len(self._taken) > MOST_RECORD_LINES or self._characters > LONGEST_RECORD:
            raise _RecordTooLongError
        return line

    def _fetch(self) -> str:
        """Give the next line of the stream; one that is too long is cut there, and its rest skipped."""
        line = self._stream.readline(LONGEST_RECORD + 1)
        if len(line) > LONGEST_RECORD:
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = self._stream.readline(_SKIP)
        return line


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

    Where the quotes are broken, or a record grows longer than 100,000 characters or 100 lines, its first line is a
    `RefusedRow` and reading goes on with the line below it.
    """
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        first = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.go_back_to_second_line()
            yield RefusedRow(first, first, "row_quotes_broken", {})
        except _RecordTooLongError:
            lines.go_back_to_second_line()
            yield RefusedRow(first, first, "row_too_long", {"limit": LONGEST_RECORD})
        else:
            if any(cell and not cell.isspace() for cell in cells):
                yield Record(first, lines.number, cells)
