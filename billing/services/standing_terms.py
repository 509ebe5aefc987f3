"""The fee clause as one contract has it in a month: every term in contract order, and where its value comes from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from billing.clause.term_sets import TermSet, term_set
from billing.clause.terms import TERMS, TermSpec
from billing.services.contracts import list_terms
from billing.store.session import TenantSession
from billing.store.tables import Contract


@dataclass(frozen=True, slots=True)
class StandingTerm:
    """One term as it stands: its clause as this contract prints it, its value in the exchange format, its origin.

    `since` is the month from which on the value holds without a break; the first one stands for all before it too.
    `usual` is the value of the term set, from which an agreed one differs.
    """

    name: str
    clause: str
    value: Any
    usual: Any
    since: str
    changes: bool

    @property
    def is_agreed(self) -> bool:
        """Whether the contract says something else than its term set."""
        return bool(self.value != self.usual)


@dataclass(frozen=True, slots=True)
class TermsVersionSeen:
    """One recorded version of the terms: from which month, the how manieth for it, and what it changed."""

    valid_from: str
    version: int
    recorded_at: Any
    recorded_by: str | None
    sha256: str
    terms: dict[str, Any]


def standing_terms(session: TenantSession, contract: Contract, month: str) -> list[StandingTerm]:
    """Give every term as it stands in a month (`2026-10`), in contract order."""
    named = term_set(contract.term_set)
    history = _history(list_terms(session, contract))
    begun = [row for row in history if row[0] <= month] or history[:1]
    return [_standing(named, spec, begun) for spec in TERMS]


def terms_recorded(session: TenantSession, contract: Contract) -> list[TermsVersionSeen]:
    """Give every version of the terms ever recorded, by month and number; the last of a month counts."""
    return [
        TermsVersionSeen(
            row.valid_from, row.version_no, row.recorded_at, row.recorded_by_name, row.sha256, json.loads(row.terms)
        )
        for row in list_terms(session, contract)
    ]


def _history(versions: Sequence[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Give the terms of each month that has a version, oldest first: the version recorded last of it counts."""
    last = {row.valid_from: json.loads(row.terms) for row in versions}
    return sorted(last.items())


def _standing(named: TermSet, spec: TermSpec, begun: Sequence[tuple[str, dict[str, Any]]]) -> StandingTerm:
    value = begun[-1][1][spec.name]
    since = begun[-1][0]
    for month, terms in reversed(begun):
        if terms[spec.name] != value:
            break
        since = month
    number = spec.clause.number
    return StandingTerm(
        name=spec.name,
        clause=named.clauses.get(number, number),
        value=value,
        usual=named.raw_terms[spec.name],
        since=since,
        changes=spec.changes and spec.name != "vat",
    )
