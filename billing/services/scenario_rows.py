"""The rows a scenario's facts become; instants of the format are UTC minutes here and moments in the tables."""

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush
from typing import Any

from billing.rating.scenario_input import Document
from billing.services.acting import Act, id_of, put
from billing.services.estimate_content import estimate_content
from billing.store.session import TenantSession
from billing.store.tables import (
    Approval,
    Case,
    CaseVersion,
    Contract,
    Entry,
    EntryVersion,
    Estimate,
    EstimateLine,
    EstimateVersion,
    Expense,
    Person,
)
from billing.store.tables.kinds import Channel, EstimateState
from billing.timespan import datetime_of

_FIRST_FACTS = ("cause", "controller_misconduct")
_AUDIT = ("site", "mode", "date", "finding", "extra_agreed")
_FLAGS = ("travel", "onsite", "urgent", "remedies_processor_defect")


def _moment(instant: int | None) -> datetime | None:
    return None if instant is None else datetime_of(instant)


class ScenarioRows:
    """Writes all facts of one scenario under one contract, table by table."""

    def __init__(self, session: TenantSession, act: Act, contract: Contract, earliest: datetime) -> None:
        """Take the contract; what has no moment of its own is recorded at the `earliest` the scenario speaks of."""
        self._session, self._act, self._contract = session, act, contract
        self._from_the_start = act.record(earliest)
        self._earliest = earliest
        self._cases: dict[str, Case] = {}

    def write(self, document: Document) -> None:
        """Write everything but the runs and cancellations, which are not facts."""
        self._write_cases(document.cases)
        self._write_entries(document.entries)
        self._write_estimates(document.estimates)
        self._write_expenses(document.expenses)

    def _under_case(self, ref: str) -> dict[str, Any]:
        """Give the links of a row that hangs on a case."""
        contract = self._contract
        return {
            "case_id": id_of(self._cases[ref]),
            "contract_id": id_of(contract),
            "controller_id": contract.controller_id,
        }

    def _write_cases(self, rows: list[dict[str, Any]]) -> None:
        contract = self._contract
        for row in rows:
            self._cases[row["id"]] = Case(
                contract_id=id_of(contract),
                controller_id=contract.controller_id,
                ref=row["id"],
                kind=row["kind"],
                title=row["kind"],
                opened_at=self._earliest,
                **self._from_the_start,
            )
        put(self._session, *self._cases.values())
        first = [self._first_facts(row) for row in rows]
        put(self._session, *first, *(change for row in rows for change in self._changes(row)))

    def _first_facts(self, row: dict[str, Any]) -> CaseVersion:
        audit: dict[str, Any] = row.get("audit", {})
        facts: dict[str, Any] = {name: row.get(name) for name in _FIRST_FACTS}
        facts |= {f"audit_{name}": audit.get(name) for name in _AUDIT}
        return CaseVersion(
            case_id=id_of(self._cases[row["id"]]),
            **facts,
            urgent_notice_at=_moment(row.get("urgent_notice_at")),
            onsite_agreed_at=_moment(row.get("onsite_agreed_at")),
            **self._from_the_start,
        )

    def _changes(self, row: dict[str, Any]) -> Iterable[CaseVersion]:
        for update in row.get("updates", []):
            yield CaseVersion(
                case_id=id_of(self._cases[row["id"]]),
                cause=update.get("cause"),
                controller_misconduct=update.get("controller_misconduct"),
                urgent_notice_at=_moment(update.get("urgent_notice_at")),
                onsite_agreed_at=_moment(update.get("onsite_agreed_at")),
                audit_finding=update.get("finding"),
                audit_extra_agreed=update.get("extra_agreed"),
                **self._act.record(datetime_of(update["at"])),
            )

    def _write_entries(self, rows: list[dict[str, Any]]) -> None:
        numbers = persons_needed([(row["start"], row["end"]) for row in rows])
        persons = [
            Person(ref=f"{self._contract.ref}-P{number + 1}", initials=f"P{number + 1}")
            for number in range(max(numbers, default=-1) + 1)
        ]
        put(self._session, *persons)
        entries = [
            Entry(
                ref=row["id"],
                person_id=id_of(persons[number]),
                **self._under_case(row["case"]),
                **self._logged(row),
            )
            for row, number in zip(rows, numbers, strict=True)
        ]
        put(self._session, *entries)
        put(self._session, *(self._entry_version(*pair) for pair in zip(entries, rows, strict=True)))

    def _logged(self, row: dict[str, Any]) -> dict[str, Any]:
        return self._act.record(datetime_of(row.get("logged_at", row["end"])))

    def _entry_version(self, entry: Entry, row: dict[str, Any]) -> EntryVersion:
        return EntryVersion(
            entry_id=id_of(entry),
            person_id=entry.person_id,
            start_at=datetime_of(row["start"]),
            end_at=datetime_of(row["end"]),
            service=row["service"],
            document=row.get("document"),
            **{flag: row.get(flag, False) for flag in _FLAGS},
            **self._logged(row),
        )

    def _write_estimates(self, rows: list[dict[str, Any]]) -> None:
        """Write drafts, send them, and release those that the scenario says were approved."""
        estimates = [Estimate(ref=row["id"], **self._under_case(row["case"]), **self._from_the_start) for row in rows]
        put(self._session, *estimates)
        versions = [
            EstimateVersion(
                estimate_id=id_of(estimate),
                contract_id=estimate.contract_id,
                controller_id=estimate.controller_id,
                **self._from_the_start,
            )
            for estimate in estimates
        ]
        put(self._session, *versions)
        put(self._session, *(line for pair in zip(versions, rows, strict=True) for line in _lines(*pair)))
        for version, row in zip(versions, rows, strict=True):
            version.lines, version.sha256 = estimate_content(row["id"], 1, None, row["lines"])
            version.state, version.sent_at = EstimateState.SENT, self._earliest
        self._session.flush()
        approved = [pair for pair in zip(versions, rows, strict=True) if "approved_at" in pair[1]]
        put(self._session, *(self._approval(*pair) for pair in approved))
        for version, _ in approved:
            version.state = EstimateState.APPROVED
        self._session.flush()

    def _approval(self, version: EstimateVersion, row: dict[str, Any]) -> Approval:
        approved_at = datetime_of(row["approved_at"])
        return Approval(
            estimate_version_id=id_of(version),
            controller_id=version.controller_id,
            approved_at=approved_at,
            covers_from=_moment(row.get("covers_from")),
            approver_name=self._act.name,
            channel=Channel.IMPORT,
            **self._act.record(approved_at),
        )

    def _write_expenses(self, rows: list[dict[str, Any]]) -> None:
        expenses = [
            Expense(
                ref=row["id"],
                kind=row["kind"],
                incurred_on=row["incurred_on"],
                net_cents=row["net"],
                receipt=row.get("receipt", False),
                approved_at=_moment(row.get("approved_at")),
                remedies_processor_defect=row.get("remedies_processor_defect", False),
                **self._under_case(row["case"]),
                **self._from_the_start,
            )
            for row in rows
        ]
        put(self._session, *expenses)


def _lines(version: EstimateVersion, row: dict[str, Any]) -> list[EstimateLine]:
    return [EstimateLine(estimate_version_id=id_of(version), **line) for line in row["lines"]]


def persons_needed(spans: list[tuple[int, int]]) -> list[int]:
    """Give each span the lowest person, counted from 0, who is free: nobody works twice at once (architecture 2.1)."""
    chosen = [0] * len(spans)
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    count = 0
    for position in sorted(range(len(spans)), key=lambda place: spans[place]):
        start, end = spans[position]
        while busy and busy[0][0] <= start:
            heappush(free, heappop(busy)[1])
        if not free:
            free.append(count)
            count += 1
        chosen[position] = heappop(free)
        heappush(busy, (end, chosen[position]))
    return chosen
