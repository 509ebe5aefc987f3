"""Things found by what people call them: their reference, else their number; what addresses of pages name."""

from collections.abc import Callable
from typing import Any

from billing.errors import NotFound
from billing.services.cases import case_by_id
from billing.services.estimates import EstimateRecord, estimate_by_id, find_estimate
from billing.services.party_changes import controller_by_id
from billing.services.references import rows_of_ref
from billing.store.session import TenantSession
from billing.store.tables import Case, Controller, Estimate

_LONGEST = len(str(2**63 - 1))


def case_named(session: TenantSession, name: str) -> Case:
    """Give the case of a reference that one contract alone has, else of a number; NotFound for none."""
    case: Case = _named(session, Case, name, "case_unknown", case_by_id)
    return case


def controller_named(session: TenantSession, name: str) -> Controller:
    """Give the client of a reference, else of a number; NotFound for none."""
    controller: Controller = _named(session, Controller, name, "controller_not_found", controller_by_id)
    return controller


def estimate_named(session: TenantSession, name: str) -> EstimateRecord:
    """Give the cost estimate of a reference, else of a number, with its newest version; NotFound for none."""
    if len(rows_of_ref(session, Estimate, name)) == 1:
        return find_estimate(session, name)
    return estimate_by_id(session, _number(name, "estimate_not_found"))


def _named(session: TenantSession, table: Any, name: str, code: str, by_id: Callable[[TenantSession, int], Any]) -> Any:
    found = rows_of_ref(session, table, name)
    return found[0] if len(found) == 1 else by_id(session, _number(name, code))


def _number(name: str, code: str) -> int:
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < _LONGEST else 0
    if number == 0:
        raise NotFound(code, value=name)
    return number
