"""Where a row of an import belongs, and what speaks against it that only the database can tell.

Refused here: a person, contract or case that is not there, work still to come, and work of one person that overlaps
with other work - stored, or of the same file.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing.importing import ReportRow, Status, Target, UnclockedTime, Work, WorkRow
from billing.importing.rows import RefusedRow
from billing.services.acting import Act
from billing.services.moments import processor_zone
from billing.store.queries import importing as queries
from billing.store.session import TenantSession
from billing.timespan import Interval, datetime_of, instant_of

_LINE = "\n"
"""Marks who is busy by a line of this file; no reference of an entry begins so."""


@dataclass(frozen=True, slots=True)
class Links:
    """The rows that an entry hangs on, by id; None for what an incomplete row does not say yet."""

    person_id: int | None = None
    contract_id: int | None = None
    controller_id: int | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row with what an import does with it; `code` and `fields` make the sentence of a refused one."""

    status: Status
    row: WorkRow | RefusedRow
    target: Target | None
    links: Links = Links()
    code: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    completes_id: int | None = None


class _Refused(Exception):  # noqa: N818 - an answer about a row, caught in this file
    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


class Places:
    """Everything a row may point to, read once; and who is busy when, read once a person."""

    def __init__(self, session: TenantSession, act: Act) -> None:
        """Read persons, contracts and cases of the processor."""
        mine = (session, session.processor_id)
        self.persons = dict(queries.person_ids(*mine))
        self.contracts = {row.ref: row for row in queries.contract_ids(*mine)}
        self.zone = processor_zone(session)
        self._session, self._now = session, instant_of(act.at)
        self._cases = {(row.contract_id, row.ref): row.id for row in queries.case_ids(*mine)}
        self._busy: dict[int, list[tuple[int, int, str]]] = {}
        self._completing: set[int] = set()

    def clients(self) -> dict[str, str]:
        """Give which names are contracts by themselves: their refs, and those of controllers with only one."""
        of_controller: dict[str, list[str]] = {}
        for ref, row in self.contracts.items():
            of_controller.setdefault(row.controller_ref, []).append(ref)
        single = {controller: refs[0] for controller, refs in of_controller.items() if len(refs) == 1}
        return single | {ref: ref for ref in self.contracts}

    def cases_of(self, contract: str) -> list[str]:
        """Give the references of a contract's cases."""
        row = self.contracts.get(contract)
        return sorted(ref for contract_id, ref in self._cases if row is not None and contract_id == row.id)

    def has_case(self, contract: str, case: str) -> bool:
        """Tell whether a contract has a case of this reference."""
        row = self.contracts.get(contract)
        return row is not None and (row.id, case) in self._cases

    def place(self, report: ReportRow) -> PlacedRow:
        """Complete one row of the report."""
        row, target = report.row, report.target
        if isinstance(row, RefusedRow):
            return PlacedRow(report.status, row, None, code=row.code, fields=row.fields)
        if target is None or report.status not in (Status.NEW, Status.INCOMPLETE):
            return PlacedRow(report.status, row, target)
        if report.status is Status.INCOMPLETE and row.work.completes:
            # It came back out of our own list without its clock times: known, and still asked for.
            return PlacedRow(Status.DUPLICATE, row, target)
        try:
            links = self._links(target)
            completes = self._checked(row, target, links) if report.status is Status.NEW else None
        except _Refused as refused:
            return PlacedRow(Status.REFUSED, row, target, code=refused.code, fields=refused.fields)
        return PlacedRow(report.status, row, target, links, completes_id=completes)

    def _links(self, target: Target) -> Links:
        """Find what the row names; an incomplete row may leave out what it does not know."""
        person_id = self.persons.get(target.person)
        if target.person and person_id is None:
            raise _Refused("row_person_unknown", value=target.person)
        contract = self.contracts.get(target.contract)
        if target.contract and contract is None:
            raise _Refused("row_contract_unknown", value=target.contract)
        if contract is None:
            return Links(person_id)
        case_id = self._cases.get((contract.id, target.case))
        if target.case and case_id is None:
            raise _Refused("row_case_unknown", value=target.case, contract=target.contract)
        return Links(person_id, contract.id, contract.controller_id, case_id)

    def _checked(self, row: WorkRow, target: Target, links: Links) -> int | None:
        """Check work with clock times; gives the id of the incomplete entry that it completes, if any."""
        work, interval = row.work, _interval(row.work)
        if target.service == "standard_documents" and not target.document:
            raise _Refused("row_document_missing", value=target.service)
        if interval.end > self._now:
            raise _Refused("row_in_future", value=self._clock(interval.end))
        assert links.person_id is not None  # noqa: S101 - a new row names everybody
        self._occupy(links.person_id, interval, row.line)
        return self._completed(work)

    def _completed(self, work: Work) -> int | None:
        if not work.completes:
            return None
        found = queries.incomplete_by_digest(self._session, self._session.processor_id, work.completes)
        if found is None:
            raise _Refused("row_completes_unknown", value=work.completes)
        done = found.completed_by_id is not None or found.discarded_at is not None
        if done or found.id in self._completing:
            raise _Refused("row_completes_done", value=work.completes)
        self._completing.add(found.id)
        return int(found.id)

    def _occupy(self, person_id: int, interval: Interval, line: int) -> None:
        """Take a person's time, or refuse: nobody works twice at once (architecture 2.1)."""
        busy = self._busy.get(person_id)
        if busy is None:
            rows = queries.busy_times(self._session, self._session.processor_id, person_id)
            busy = self._busy[person_id] = [(instant_of(row.start_at), instant_of(row.end_at), row.ref) for row in rows]
        place = bisect_left(busy, (interval.start, interval.end, ""))
        for start, end, other in busy[max(0, place - 1) : place + 1]:
            if start < interval.end and interval.start < end:
                times = {"start": self._clock(start), "end": self._clock(end)}
                if other.startswith(_LINE):
                    raise _Refused("row_overlaps_line", value=other.removeprefix(_LINE), **times)
                raise _Refused("row_overlaps", value=other, **times)
        insort(busy, (interval.start, interval.end, f"{_LINE}{line}"))

    def _clock(self, instant: int) -> datetime:
        """Give an instant by the processor's clock, as people know it."""
        return datetime_of(instant).astimezone(self.zone)


def _interval(work: Work) -> Interval:
    assert not isinstance(work.time, UnclockedTime)  # noqa: S101 - such rows are incomplete, not new
    return work.time


def placed_rows(rows: Iterable[ReportRow], places: Places) -> Iterator[PlacedRow]:
    """Complete a dry run's rows one by one, in the order of the file."""
    for row in rows:
        yield places.place(row)


def known_digests(session: TenantSession) -> Callable[[Sequence[str]], set[str]]:
    """Give the question which of some rows were imported before."""
    return lambda digests: queries.known_digests(session, session.processor_id, digests)
