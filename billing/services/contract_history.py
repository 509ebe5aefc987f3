"""A contract as the database remembers it, in the core's values: what was agreed, what happened, what was decided.

`load_contract` reads each table once; `LoadedContract.history.seen_at(as_of)` then gives the facts of a run, and
`LoadedContract.ledger()` what earlier closings decided. `ask_contract` asks now what is read later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.terms import Price
from billing.errors import NotFound
from billing.rating.agreement import Agreement
from billing.rating.bands import Timeline
from billing.rating.decisions import Stretch
from billing.rating.history import History
from billing.rating.ledger import Ledger
from billing.services.agreements import agreed_terms
from billing.services.fact_rows import case_histories, entry_versions, estimate_approvals, expense_records
from billing.services.ledger_rows import Decided, billed_stretches, ledger_of
from billing.store.engine import ahead
from billing.store.queries import cases, contracts, decisions, estimates, expenses, parties, work
from billing.store.session import TenantSession
from billing.store.wording import Later
from billing.timespan import datetime_of, instant_of


@dataclass(frozen=True, slots=True)
class Ids:
    """Reference -> row id of everything of one contract that decisions point to."""

    cases: Mapping[str, int]
    entries: Mapping[str, int]
    expenses: Mapping[str, int]
    estimates: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LoadedContract:
    """One contract out of the database.

    Equal agreements are one object and share one timeline. `terms_sha256` names everything that was
    agreed (term set, zone and the `terms_version_ids` used) and goes into each closing.
    """

    id: int
    ref: str
    number: str
    controller_id: int
    term_set: str
    agreement: Agreement
    timeline: Timeline
    history: History
    ids: Ids
    cases: Mapping[str, Any]
    """The rows of all cases by reference: what they are called, and of which kind they are."""
    terms_version_ids: tuple[int, ...]
    terms_sha256: str
    decided: Decided

    def ledger(self, before: int | None = None) -> Ledger:
        """Give what holds now of all decisions, or of those of closings with an id below `before`."""
        return ledger_of(self.decided, self.agreement.versions[0].rounding_scope, before)

    def billed_before(self, group: str, price: Price) -> list[Stretch]:
        """Give the minutes of one rounding group and price that earlier runs billed and still hold."""
        return billed_stretches(self.decided, self.agreement.versions[0].rounding_scope, group, price)


def load_contract(
    session: TenantSession, processor_id: int, contract_id: int, as_of: int | None = None
) -> LoadedContract:
    """Load a contract with the terms known at `as_of` (UTC minute; None: all that is known today).

    The history holds all facts, whenever they were recorded: `seen_at` chooses. NotFound for a foreign contract.
    """
    return ask_contract(session, processor_id, contract_id).load(as_of)


def ask_contract(session: TenantSession, processor_id: int, contract_id: int) -> "AskedContract":
    """Ask for all that a contract is loaded from; `load` reads it, once."""
    session.flush()  # what is asked below goes past the ORM, which would have done so
    mine = (session, processor_id, contract_id)
    with ahead(session.line):
        return AskedContract(
            contract_id,
            contract=contracts.one_contract(*mine),
            zones=parties.processor_zones(session, processor_id),
            terms=contracts.terms_versions(*mine),
            opening=contracts.opening_balances(*mine),
            cases=cases.cases_of(*mine),
            changes=cases.case_changes_of(*mine),
            entries=work.entry_versions_of(*mine),
            expenses=expenses.expenses_of(*mine),
            approvals=estimates.approvals_of(*mine),
            lines=estimates.approved_lines_of(*mine),
            segments=decisions.living_segments(*mine),
            units=decisions.living_units(*mine),
            closing_expenses=decisions.living_expenses(*mine),
        )


@dataclass(frozen=True, slots=True)
class AskedContract:
    """What was asked of a contract; a server that is asked ahead answers meanwhile."""

    contract_id: int
    contract: Later
    zones: Later
    terms: Later
    opening: Later
    cases: Later
    changes: Later
    entries: Later
    expenses: Later
    approvals: Later
    lines: Later
    segments: Later
    units: Later
    closing_expenses: Later

    def load(self, as_of: int | None = None) -> LoadedContract:
        """Read it, as `load_contract` does."""
        return self.read().load(as_of)

    def read(self) -> "KnownContract":
        """Read it, once: whoever wants it as it was at several moments keeps what this gives."""
        contract = next(iter(self.contract()), None)
        if contract is None:
            raise NotFound("contract_not_found", value=self.contract_id)
        return KnownContract(self, contract)


def zone_at(versions: Sequence[Any], as_of: int | None) -> ZoneInfo:
    """Give the processor's zone at a moment: of the last recorded version that is in force then, else of the first."""
    known = [row for row in versions if as_of is None or instant_of(row.recorded_at) <= as_of] or versions[:1]
    if not known:
        raise NotFound("processor_data_missing")
    in_force = [row for row in known if as_of is None or row.valid_from <= datetime_of(as_of).date()]
    return ZoneInfo((in_force or known[:1])[-1].time_zone)


class KnownContract:
    """The rows of one contract, each table read once."""

    def __init__(self, asked: AskedContract, contract: Any) -> None:
        """Read what was asked about this contract, in the order it was asked."""
        self._contract = contract
        self._zones, self._terms, self._opening = asked.zones(), asked.terms(), asked.opening()
        self._cases, changes = asked.cases(), asked.changes()
        self._entries, self._expenses = asked.entries(), asked.expenses()
        self._approvals, lines = asked.approvals(), asked.lines()
        self._segments, self._units = asked.segments(), asked.units()
        self._closing_expenses = asked.closing_expenses()
        self._case_refs = {row.id: row.ref for row in self._cases}
        self._case_histories = case_histories(self._cases, changes)
        self._entry_versions = entry_versions(self._entries, self._case_refs)
        self._estimate_approvals = estimate_approvals(self._approvals, lines, self._case_refs)

    def load(self, as_of: int | None = None) -> LoadedContract:
        """Give the contract with the terms known at `as_of`."""
        contract = self._contract
        agreed = agreed_terms(contract.term_set, self._terms, zone_at(self._zones, as_of), as_of)
        return LoadedContract(
            id=contract.id,
            ref=contract.ref,
            number=contract.number,
            controller_id=contract.controller_id,
            term_set=contract.term_set,
            agreement=agreed.agreement,
            timeline=agreed.timeline,
            history=self._history(as_of, agreed.agreement.zone),
            ids=self._ids(),
            cases={row.ref: row for row in self._cases},
            terms_version_ids=agreed.version_ids,
            terms_sha256=agreed.sha256,
            decided=self.decided(),
        )

    def _history(self, as_of: int | None, zone: ZoneInfo) -> History:
        return History(
            cases=self._case_histories,
            entries=self._entry_versions,
            approvals=self._estimate_approvals,
            expenses=expense_records(self._expenses, self._case_refs, zone, as_of),
            audits_given=tuple(
                (row.subject, date(row.year, 1, 1)) for row in self._opening if row.kind == "audit_given"
            ),
        )

    def _ids(self) -> Ids:
        return Ids(
            cases={row.ref: row.id for row in self._cases},
            entries={row.ref: row.entry_id for row in self._entries},
            expenses={row.ref: row.id for row in self._expenses},
            estimates={row.ref: row.estimate_id for row in self._approvals},
        )

    def decided(self) -> Decided:
        """Give what closings decided and still holds, and the names behind its ids."""
        entries = {row.entry_id: (row.ref, self._case_refs[row.case_id]) for row in self._entries}
        expenses = {row.id: row.ref for row in self._expenses}
        rows = (self._segments, self._units, self._closing_expenses)
        return Decided(self._opening, *rows, self._case_refs, entries, expenses)
