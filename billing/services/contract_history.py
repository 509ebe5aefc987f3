"""A contract as the database remembers it, in the core's values: what was agreed, what happened, what was decided.

`load_contract` reads each table once; `LoadedContract.history.seen_at(as_of)` then gives the facts of a run, and
`LoadedContract.ledger()` what earlier closings decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from billing.clause.terms import Price
from billing.errors import NotFound
from billing.rating.agreement import Agreement
from billing.rating.decisions import Stretch
from billing.rating.history import History
from billing.rating.ledger import Ledger
from billing.services.agreements import agreed_terms
from billing.services.fact_rows import case_histories, entry_versions, estimate_approvals, expense_records
from billing.services.ledger_rows import Decided, billed_stretches, ledger_of
from billing.store.queries import cases, contracts, decisions, estimates, expenses, parties, work
from billing.store.session import TenantSession
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

    Equal agreements are one object, so that contracts may share a timeline. `terms_sha256` names everything that was
    agreed (term set, zone and the `terms_version_ids` used) and goes into each closing.
    """

    id: int
    ref: str
    number: str
    controller_id: int
    term_set: str
    agreement: Agreement
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
    session.flush()  # what is asked below goes past the ORM, which would have done so
    contract = contracts.contract_by_id(session, processor_id, contract_id)
    if contract is None:
        raise NotFound("contract_not_found", value=contract_id)
    zone = zone_at(parties.processor_zones(session, processor_id), as_of)
    versions = contracts.terms_versions(session, processor_id, contract_id)
    agreed = agreed_terms(contract.term_set, versions, zone, as_of)
    facts = _Facts(session, processor_id, contract_id)
    opening = contracts.opening_balances(session, processor_id, contract_id)
    return LoadedContract(
        id=contract.id,
        ref=contract.ref,
        number=contract.number,
        controller_id=contract.controller_id,
        term_set=contract.term_set,
        agreement=agreed.agreement,
        history=facts.history(as_of, agreed.agreement.zone, opening),
        ids=facts.ids(),
        cases=facts.cases(),
        terms_version_ids=agreed.version_ids,
        terms_sha256=agreed.sha256,
        decided=facts.decided(opening),
    )


def zone_at(versions: Sequence[Any], as_of: int | None) -> ZoneInfo:
    """Give the processor's zone at a moment: of the last recorded version that is in force then, else of the first."""
    known = [row for row in versions if as_of is None or instant_of(row.recorded_at) <= as_of] or versions[:1]
    if not known:
        raise NotFound("processor_data_missing")
    in_force = [row for row in known if as_of is None or row.valid_from <= datetime_of(as_of).date()]
    return ZoneInfo((in_force or known[:1])[-1].time_zone)


class _Facts:
    """The rows of one contract, each table read once."""

    def __init__(self, session: TenantSession, processor_id: int, contract_id: int) -> None:
        mine = (session, processor_id, contract_id)
        self._cases, self._changes = cases.cases_of(*mine), cases.case_changes_of(*mine)
        self._entries, self._expenses = work.entry_versions_of(*mine), expenses.expenses_of(*mine)
        self._approvals, self._lines = estimates.approvals_of(*mine), estimates.approved_lines_of(*mine)
        self._segments, self._units = decisions.living_segments(*mine), decisions.living_units(*mine)
        self._closing_expenses = decisions.living_expenses(*mine)
        self._case_refs = {row.id: row.ref for row in self._cases}

    def history(self, as_of: int | None, zone: ZoneInfo, opening: Sequence[Any]) -> History:
        return History(
            cases=case_histories(self._cases, self._changes),
            entries=entry_versions(self._entries, self._case_refs),
            approvals=estimate_approvals(self._approvals, self._lines, self._case_refs),
            expenses=expense_records(self._expenses, self._case_refs, zone, as_of),
            audits_given=tuple((row.subject, date(row.year, 1, 1)) for row in opening if row.kind == "audit_given"),
        )

    def ids(self) -> Ids:
        return Ids(
            cases={row.ref: row.id for row in self._cases},
            entries={row.ref: row.entry_id for row in self._entries},
            expenses={row.ref: row.id for row in self._expenses},
            estimates={row.ref: row.estimate_id for row in self._approvals},
        )

    def cases(self) -> dict[str, Any]:
        return {row.ref: row for row in self._cases}

    def decided(self, opening: Sequence[Any]) -> Decided:
        entries = {row.entry_id: (row.ref, self._case_refs[row.case_id]) for row in self._entries}
        expenses = {row.id: row.ref for row in self._expenses}
        return Decided(opening, self._segments, self._units, self._closing_expenses, self._case_refs, entries, expenses)
