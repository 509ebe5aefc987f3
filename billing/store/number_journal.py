"""The journal of numbers: a file outside the database that knows every invoice number before anybody else does.

A number is written here and on the disk before the transaction that gives it away commits, so before any mail, download
or export can show it. A backup that is restored may not know the last numbers; the journal does, wherever it is kept.
It holds processor, series, year, number and time, tab-separated, and nothing about people. A transaction that fails
after its line leaves a number that the next one takes again: the journal may know one too many, never one too few.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from billing.errors import Problem

_FIELDS = 5


@dataclass(frozen=True, slots=True)
class NumberJournal:
    """The file; several processes may write to it."""

    path: Path

    def note(self, processor_id: int, series: str, year: int, sequence: int, at: datetime) -> None:
        """Write a number down for good; Problem `number_not_noted` when that can't be done, and then none is given."""
        line = f"{processor_id}\t{series}\t{year}\t{sequence}\t{at.isoformat()}\n"
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                os.write(handle, (self._line_end(handle) + line).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise Problem("number_not_noted", path=str(self.path), reason=error.strerror) from error

    def last_numbers(self, processor_id: int) -> dict[tuple[str, int], int]:
        """Give the highest number of each series and year of a processor; nothing when there is no journal."""
        last: dict[tuple[str, int], int] = {}
        for series, year, sequence in self._read(str(processor_id)):
            last[series, year] = max(sequence, last.get((series, year), 0))
        return last

    def _read(self, processor: str) -> Iterator[tuple[str, int, int]]:
        """Read the lines of a processor; one that was torn off by a power cut was never given away."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                parts = line.rstrip("\n").split("\t")
                whole = line.endswith("\n") and len(parts) == _FIELDS and parts[2].isdigit() and parts[3].isdigit()
                if whole and parts[0] == processor:
                    yield parts[1], int(parts[2]), int(parts[3])

    @staticmethod
    def _line_end(handle: int) -> str:
        """End a line that was torn off, so that the next one stands alone."""
        size = os.fstat(handle).st_size
        return "" if size == 0 or os.pread(handle, 1, size - 1) == b"\n" else "\n"
