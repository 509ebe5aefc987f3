"""Things found by what addresses call them: their number, else their reference, which several contracts may share.

A number goes before a reference of digits alone: addresses never name a thing by such a reference.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from billing.errors import Ambiguous, NotFound
from billing.services.addresses import number_in
from billing.services.cases import case_by_id
from billing.services.estimates import EstimateRecord, estimate_by_id
from billing.services.legible import is_legible
from billing.services.party_changes import controller_by_id
from billing.store.queries.references import contract_numbers, has_row, ids_of_ref, refs_shared
from billing.store.session import TenantSession
from billing.store.tables import Case, Controller, Estimate


class Named(StrEnum):
    """What addresses name by a reference."""

    CASE = "case"
    CONTROLLER = "controller"
    ESTIMATE = "estimate"


_TABLES: dict[Named, Any] = {Named.CASE: Case, Named.CONTROLLER: Controller, Named.ESTIMATE: Estimate}


def case_named(session: TenantSession, name: str) -> Case:
    """Give the case that a name calls; NotFound for none, Ambiguous for several."""
    return case_by_id(session, case_number(session, name))


def controller_named(session: TenantSession, name: str) -> Controller:
    """Give the client that a name calls; NotFound for none."""
    return controller_by_id(session, controller_number(session, name))


def estimate_named(session: TenantSession, name: str) -> EstimateRecord:
    """Give the cost estimate that a name calls, with its newest version; NotFound for none, Ambiguous for several."""
    return estimate_by_id(session, estimate_number(session, name))


def case_number(session: TenantSession, name: str) -> int:
    """Give the number of the case that a name calls, and read no more of it; NotFound, Ambiguous."""
    return _number(session, Named.CASE, name, "case_unknown")


def controller_number(session: TenantSession, name: str) -> int:
    """Give the number of the client that a name calls, and read no more of it; NotFound."""
    return _number(session, Named.CONTROLLER, name, "controller_not_found")


def estimate_number(session: TenantSession, name: str) -> int:
    """Give the number of the cost estimate that a name calls, and read no more of it; NotFound, Ambiguous."""
    return _number(session, Named.ESTIMATE, name, "estimate_not_found")


def _number(session: TenantSession, noun: Named, name: str, code: str) -> int:
    found = numbers_named(session, noun, name)
    if not found:
        raise NotFound(code, value=name)
    if len(found) > 1:
        raise Ambiguous("name_ambiguous", value=name, noun=noun, numbers=found)
    return found[0]


def numbers_named(session: TenantSession, noun: Named, name: str) -> list[int]:
    """Give the numbers of all that a name may call, by rising number."""
    table, number = _TABLES[noun], number_in(name)
    if number and has_row(session, table, number):
        return [number]
    # No reference is written with such characters, and not every database could be asked for them.
    return ids_of_ref(session, table, name) if is_legible(name) else []


def shared_refs(session: TenantSession, noun: Named, refs: Collection[str]) -> set[str]:
    """Give those of some references that several have."""
    return refs_shared(session, _TABLES[noun], refs) if refs else set()


def contracts_beside(session: TenantSession, noun: Named, numbers: Collection[int]) -> dict[int, str]:
    """Give the number of the contract of each of some cases or estimates: what tells those of one reference apart."""
    return contract_numbers(session, _TABLES[noun], numbers) if numbers else {}
