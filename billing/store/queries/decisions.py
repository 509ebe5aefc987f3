"""What closings decided and still holds: the rows a later run starts from."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import columns, first_row
from billing.store.session import TenantSession
from billing.store.tables import Closing, ClosingExpense, Segment, Unit
from billing.store.wording import Later, Prepared


def _rows(table: type[Segment] | type[Unit] | type[ClosingExpense], names: str, *conditions: Any) -> Prepared:
    return Prepared(
        sa.select(*columns(table, names))
        .where(col(table.processor_id) == TENANT, col(table.contract_id) == CONTRACT, *conditions)
        .order_by(col(table.closing_id), col(table.id))
    )


_OF_SEGMENTS = (
    "closing_id entry_id from_min to_min month verdict code clause rate_class reason"
    " price_numerator price_denominator source"
)
_OF_UNITS = "closing_id case_id group_key rate_class price_numerator price_denominator units"
_OF_EXPENSES = "closing_id expense_id"
_SEGMENTS = _rows(Segment, _OF_SEGMENTS, col(Segment.released_by_id).is_(None))
_UNITS = _rows(Unit, _OF_UNITS, col(Unit.released_by_id).is_(None))
_EXPENSES = _rows(ClosingExpense, _OF_EXPENSES, col(ClosingExpense.released_by_id).is_(None))
_EVER = (
    _rows(Segment, f"{_OF_SEGMENTS} before_minutes after_minutes released_by_id"),
    _rows(Unit, f"{_OF_UNITS} released_by_id"),
    _rows(ClosingExpense, f"{_OF_EXPENSES} verdict code clause net_cents released_by_id"),
)


def living_segments(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for a contract's segments that were not released, in the order they were decided.

    A cancellation releases what was billed and leaves what was free, so free segments of cancelled closings are here.
    """
    return say(session, _SEGMENTS, processor_id, contract=contract_id)


def living_units(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for a contract's units that were not released, in the order they were decided."""
    return say(session, _UNITS, processor_id, contract=contract_id)


def living_expenses(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for the final verdicts on a contract's expenses that were not released, in the order they were decided."""
    return say(session, _EXPENSES, processor_id, contract=contract_id)


def decided_ever(session: TenantSession, processor_id: int, contract_id: int) -> tuple[Sequence[Any], ...]:
    """Give a contract's segments, units and verdicts on expenses, those that were released as well, as decided."""
    segments, units, expenses = (say(session, rows, processor_id, contract=contract_id)() for rows in _EVER)
    return segments, units, expenses


def has_closings(session: Session, processor_id: int, contract_id: int | None) -> bool:
    """Tell whether any month of a contract (None: of any contract of the processor) was ever closed."""
    statement = sa.select(*columns(Closing, "id")).where(col(Closing.processor_id) == processor_id)
    if contract_id is not None:
        statement = statement.where(col(Closing.contract_id) == contract_id)
    return first_row(session, statement.limit(1)) is not None
