"""What the work list of held work asks besides the facts of each contract."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, Contract, Person


def contract_names(session: Session, processor_id: int, contract: str | None) -> Sequence[Any]:
    """Give id and reference of all contracts, or of the one of a reference, by reference."""
    statement = sa.select(*columns(Contract, "id ref")).where(col(Contract.processor_id) == processor_id)
    if contract is not None:
        statement = statement.where(col(Contract.ref) == contract)
    return all_rows(session, statement.order_by(col(Contract.ref)))


def cases_with_responsible(session: Session, processor_id: int) -> dict[int, Any]:
    """Give id, reference and title of every case with the person who looks after it (or None), by the case's id."""
    statement = (
        sa.select(
            *columns(Case, "id ref title responsible_id"),
            col(Person.ref).label("responsible_ref"),
        )
        .join(
            Person,
            (col(Person.id) == col(Case.responsible_id)) & (col(Person.processor_id) == processor_id),
            isouter=True,
        )
        .where(col(Case.processor_id) == processor_id)
    )
    return {row.id: row for row in all_rows(session, statement)}
