"""What closings decided and still holds: the rows a later run starts from."""

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import columns, first_row
from billing.store.session import TenantSession
from billing.store.tables import Closing, ClosingExpense, Segment, Unit
from billing.store.wording import Later, Prepared


def _living(table: type[Segment] | type[Unit] | type[ClosingExpense], names: str) -> Prepared:
    return Prepared(
        sa.select(*columns(table, names))
        .where(
            col(table.processor_id) == TENANT,
            col(table.contract_id) == CONTRACT,
            col(table.released_by_id).is_(None),
        )
        .order_by(col(table.closing_id), col(table.id))
    )


_SEGMENTS = _living(
    Segment,
    "closing_id entry_id from_min to_min month verdict code clause rate_class reason"
    " price_numerator price_denominator source",
)
_UNITS = _living(Unit, "closing_id case_id group_key rate_class price_numerator price_denominator units")
_EXPENSES = _living(ClosingExpense, "closing_id expense_id")


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


def has_closings(session: Session, processor_id: int, contract_id: int | None) -> bool:
    """Tell whether any month of a contract (None: of any contract of the processor) was ever closed."""
    statement = sa.select(*columns(Closing, "id")).where(col(Closing.processor_id) == processor_id)
    if contract_id is not None:
        statement = statement.where(col(Closing.contract_id) == contract_id)
    return first_row(session, statement.limit(1)) is not None
