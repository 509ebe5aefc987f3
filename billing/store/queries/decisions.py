"""What closings decided and still holds: the rows a later run starts from."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.tables import Closing, ClosingExpense, Segment, Unit


def living_segments(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give a contract's segments that were not released, in the order they were decided.

    A cancellation releases what was billed and leaves what was free, so free segments of cancelled closings are here.
    """
    names = (
        "closing_id entry_id from_min to_min month verdict code clause rate_class reason"
        " price_numerator price_denominator source"
    )
    return _living(session, Segment, names, processor_id, contract_id)


def living_units(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give a contract's units that were not released, in the order they were decided."""
    names = "closing_id case_id group_key rate_class price_numerator price_denominator units"
    return _living(session, Unit, names, processor_id, contract_id)


def living_expenses(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give the final verdicts on a contract's expenses that were not released, in the order they were decided."""
    return _living(session, ClosingExpense, "closing_id expense_id", processor_id, contract_id)


def _living(
    session: Session,
    table: type[Segment] | type[Unit] | type[ClosingExpense],
    names: str,
    processor_id: int,
    contract_id: int,
) -> Sequence[Any]:
    statement = (
        sa.select(*columns(table, names))
        .where(
            col(table.processor_id) == processor_id,
            col(table.contract_id) == contract_id,
            col(table.released_by_id).is_(None),
        )
        .order_by(col(table.closing_id), col(table.id))
    )
    return all_rows(session, statement)


def has_closings(session: Session, processor_id: int, contract_id: int | None) -> bool:
    """Tell whether any month of a contract (None: of any contract of the processor) was ever closed."""
    statement = sa.select(*columns(Closing, "id")).where(col(Closing.processor_id) == processor_id)
    if contract_id is not None:
        statement = statement.where(col(Closing.contract_id) == contract_id)
    return first_row(session, statement.limit(1)) is not None
