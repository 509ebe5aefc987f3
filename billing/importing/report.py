"""The dry run's report, row by row: new, known already, refused, incomplete, or waiting for an answer.

Streams: rows are looked up in batches, so a file of any size needs the memory of one batch.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TypeAlias

from billing.importing.mapping import Mapping, Target
from billing.importing.rows import RefusedRow, UnclockedTime, WorkRow

BATCH = 1000

Known: TypeAlias = Callable[[Sequence[str]], Collection[str]]
"""Which of these digests are stored already? Asked once per batch."""


class Status(StrEnum):
    """What an import would do with a row; the first that applies, in this order."""

    REFUSED = "refused"
    DUPLICATE = "duplicate"
    INCOMPLETE = "incomplete"
    NEEDS_MAPPING = "needs_mapping"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of the report. `target` says where the work would go; None for a refused row.

    Its sentence is `error.<code>` for a refused row, `import_status.<status>` for the others.
    """

    status: Status
    row: WorkRow | RefusedRow
    target: Target | None


@dataclass(slots=True)
class Report:
    """Counts of a report while it streams by: `for row in report.counting(rows): ...`."""

    counts: Counter[Status] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)

    def counting(self, rows: Iterable[ReportRow]) -> Iterator[ReportRow]:
        """Pass rows through, counting their status and notices."""
        for row in rows:
            self.counts[row.status] += 1
            if isinstance(row.row, WorkRow):
                self.notices.update(row.row.notices)
            yield row


def classify(
    rows: Iterable[WorkRow | RefusedRow], *, mapping: Mapping, known: Known, batch: int = BATCH
) -> Iterator[ReportRow]:
    """Say of each row, in order, what an import would do with it; `known` is asked per `batch` rows."""
    source = iter(rows)
    while waiting := list(islice(source, batch)):
        digests = [row.digest for row in waiting if isinstance(row, WorkRow)]
        stored = frozenset(known(digests)) if digests else frozenset()
        for row in waiting:
            yield _classified(row, mapping, stored)


def _classified(row: WorkRow | RefusedRow, mapping: Mapping, stored: frozenset[str]) -> ReportRow:
    if isinstance(row, RefusedRow):
        return ReportRow(Status.REFUSED, row, None)
    target = mapping.target(row.work)
    if row.digest in stored:
        return ReportRow(Status.DUPLICATE, row, target)
    if isinstance(row.work.time, UnclockedTime):
        return ReportRow(Status.INCOMPLETE, row, target)
    return ReportRow(Status.NEEDS_MAPPING if target.unknown else Status.NEW, row, target)
