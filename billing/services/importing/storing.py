"""Rows of an import into the tables: batch by batch, in one transaction, each with the digest that knows it again."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.importing import Status, UnclockedTime, WorkRow
from billing.services.acting import Act, audit, id_of, put
from billing.services.importing.placing import PlacedRow
from billing.services.moments import processor_zone
from billing.services.notices import Notice
from billing.services.overruns import overruns_of_cases
from billing.services.references import References
from billing.store.session import TenantSession, plan_anew
from billing.store.tables import Entry, EntryVersion, ImportBatch, ImportRowKey, IncompleteEntry
from billing.timespan import datetime_of

BATCH = 1000


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The file that rows come from: its name, SHA-256, format, the zone it was read in, and how many rows it has."""

    name: str
    sha256: str
    format: str
    time_zone: str | None
    row_count: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of an import: the batch, how many rows of each status there were, and which effort they use up."""

    batch_id: int
    counts: Counter[Status]
    notices: list[Notice]


def store_rows(
    session: TenantSession,
    act: Act,
    rows: Iterable[PlacedRow],
    file: ImportedFile,
    progress: Callable[[PlacedRow], None] = lambda _: None,
) -> Stored:
    """Store what is new or incomplete; what is refused, known or waits for an answer is only counted.

    Of approved effort that the rows use up the controller is told, as of that of work logged by hand (13(5)c).
    `rows` are read once and never held, so memory is bounded by one batch.
    """
    batch = ImportBatch(
        file_name=file.name,
        file_sha256=file.sha256,
        format=file.format,
        time_zone=file.time_zone,
        row_count=file.row_count,
        **act.record(),
    )
    put(session, batch)
    writer = _Writer(session, act, id_of(batch))
    counts: Counter[Status] = Counter()
    for taken in _batches(_counted(rows, counts, progress)):
        writer.write(taken)
        plan_anew(session)
    named = {str(status): count for status, count in counts.items()}
    audit(session, act, "work_imported", f"import:{id_of(batch)}", file_sha256=file.sha256, counts=named)
    notices = [
        notice
        for contract_id, cases in writer.worked.items()
        for notice in overruns_of_cases(session, act, contract_id, cases, urgent=writer.urgent)
    ]
    return Stored(id_of(batch), counts, notices)


def _counted(
    rows: Iterable[PlacedRow], counts: Counter[Status], progress: Callable[[PlacedRow], None]
) -> Iterator[PlacedRow]:
    for row in rows:
        counts[row.status] += 1
        progress(row)
        if row.status in (Status.NEW, Status.INCOMPLETE):
            yield row


def _batches(rows: Iterator[PlacedRow]) -> Iterator[list[PlacedRow]]:
    while taken := list(islice(rows, BATCH)):
        yield taken


class _Writer:
    """Writes batches; references are given out in the order of the file."""

    def __init__(self, session: TenantSession, act: Act, batch_id: int) -> None:
        self._session, self._act, self._batch_id = session, act, batch_id
        self._zone = processor_zone(session)
        self._references: dict[int, References] = {}
        self.worked: dict[int, dict[int, None]] = defaultdict(dict)
        """The cases that work was stored for, by contract, in the order of the file."""
        self.urgent: set[int] = set()
        self._same = {"processor_id": session.processor_id, **act.record()}

    def write(self, rows: list[PlacedRow]) -> None:
        work = [row for row in rows if row.status is Status.NEW]
        incomplete = [row for row in rows if row.status is Status.INCOMPLETE]
        if work:
            self._write_work(work)
            for row in work:
                self._note(row)
        if incomplete:
            self._session.execute(sa.insert(IncompleteEntry), [self._incomplete(row) for row in incomplete])
        keys = [self._key(row) for row in rows if isinstance(row.row, WorkRow)]
        self._session.execute(sa.insert(ImportRowKey), keys)

    def _write_work(self, rows: list[PlacedRow]) -> None:
        entries = [
            self._same
            | {
                "ref": ref,
                "case_id": row.links.case_id,
                "contract_id": row.links.contract_id,
                "controller_id": row.links.controller_id,
                "person_id": row.links.person_id,
            }
            for row, ref in zip(rows, self._refs(rows), strict=True)
        ]
        statement = sa.insert(Entry).returning(col(Entry.id), sort_by_parameter_order=True)
        ids = list(self._session.scalars(statement, entries))
        versions = [self._version(row, number) for row, number in zip(rows, ids, strict=True)]
        self._session.execute(sa.insert(EntryVersion), versions)
        for row, number in zip(rows, ids, strict=True):
            if row.completes_id is not None:
                done = sa.update(IncompleteEntry).where(col(IncompleteEntry.id) == row.completes_id)
                self._session.execute(done.values(completed_by_id=number))

    def _note(self, row: PlacedRow) -> None:
        links, target = row.links, row.target
        if links.contract_id is None or links.case_id is None:
            return
        self.worked[links.contract_id][links.case_id] = None
        if target is not None and target.urgent:
            self.urgent.add(links.case_id)

    def _refs(self, rows: list[PlacedRow]) -> list[str]:
        """Give each row the next reference of its year, asking the database once a year and batch."""
        years = [datetime_of(_work(row).time[0]).astimezone(self._zone).year for row in rows]
        given = {year: iter(self._series(year).take(years.count(year))) for year in set(years)}
        return [next(given[year]) for year in years]

    def _series(self, year: int) -> References:
        if year not in self._references:
            self._references[year] = References(self._session, Entry, f"Z-{year}-", digits=4)
        return self._references[year]

    def _version(self, row: PlacedRow, entry_id: int | None) -> dict[str, Any]:
        work, target = _work(row), row.target
        assert target is not None  # noqa: S101 - a new row has its place
        assert not isinstance(work.time, UnclockedTime)  # noqa: S101 - and its times
        return self._same | {
            "entry_id": entry_id,
            "person_id": row.links.person_id,
            "version_no": 1,
            "start_at": datetime_of(work.time.start),
            "end_at": datetime_of(work.time.end),
            "service": target.service,
            "document": target.document or None,
            "travel": target.travel,
            "onsite": target.onsite,
            "urgent": target.urgent,
            "remedies_processor_defect": target.remedies_processor_defect,
            "note": work.note or None,
            "deleted": False,
        }

    def _incomplete(self, row: PlacedRow) -> dict[str, Any]:
        work, target = _work(row), row.target
        assert target is not None  # noqa: S101 - a row that was read has a target, if an empty one
        assert isinstance(work.time, UnclockedTime)  # noqa: S101 - that is what makes it incomplete
        unmapped = [work.client, work.project, work.task, *work.tags] if row.links.case_id is None else []
        return self._same | {
            "case_id": row.links.case_id,
            "person_id": row.links.person_id,
            "import_batch_id": self._batch_id,
            "digest": _digest(row),
            "worked_on": work.time.day,
            "duration_minutes": work.time.minutes,
            "service": target.service or None,
            "document": target.document or None,
            "note": " / ".join(part for part in (*unmapped, work.note) if part) or None,
        }

    def _key(self, row: PlacedRow) -> dict[str, Any]:
        return {
            "processor_id": self._session.processor_id,
            "import_batch_id": self._batch_id,
            "digest": _digest(row),
            "line": row.row.line,
        }


def _work(row: PlacedRow) -> Any:
    assert isinstance(row.row, WorkRow)  # noqa: S101 - refused rows are never written
    return row.row.work


def _digest(row: PlacedRow) -> str:
    assert isinstance(row.row, WorkRow)  # noqa: S101 - as above
    return row.row.digest
