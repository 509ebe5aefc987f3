"""What to tell a person who logs work where nobody expects it: on a closed case, or outside its contract's term.

It is taken all the same (13(9)): the case may have been closed too early, and the contract may still bind.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from billing.services.moments import local_day
from billing.services.notices import Notice
from billing.store.session import TenantSession
from billing.store.tables import Case, Contract

_MINUTE = timedelta(minutes=1)


class Bounds(NamedTuple):
    """Since when a case is closed, and from which day to which its contract runs (None: without an end)."""

    case: str
    closed_at: datetime | None
    contract: str
    starts_on: date
    ended_on: date | None


def bounds_of(session: TenantSession, case: Case) -> Bounds:
    """Give the bounds of a case."""
    contract = session.get_one(Contract, case.contract_id)
    return Bounds(case.ref, case.closed_at, contract.ref, contract.starts_on, contract.ended_on)


def about_bounds(bounds: Bounds, start: datetime, end: datetime, zone: ZoneInfo) -> list[Notice]:
    """Say that the case is closed, and that some of the work is of no day on which the contract ran."""
    found, contract = [], {"value": bounds.contract}
    if bounds.closed_at is not None:
        found.append(Notice("case_is_closed", {"value": bounds.case, "closed_at": bounds.closed_at}))
    if local_day(start, zone) < bounds.starts_on:
        found.append(Notice("work_before_contract", {**contract, "starts_on": bounds.starts_on}))
    if bounds.ended_on is not None and local_day(end - _MINUTE, zone) > bounds.ended_on:
        found.append(Notice("work_after_contract", {**contract, "ended_on": bounds.ended_on}))
    return found
