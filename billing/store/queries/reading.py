"""How every query reads: single columns into plain rows, so that sealed text is opened only where it is asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.tables import TenantRow


def columns(table: type[TenantRow], names: str) -> list[Any]:
    """Give the named columns of a table, for a SELECT whose rows have attributes of these names."""
    return [col(getattr(table, name)).label(name) for name in names.split()]


def all_rows(session: Session, statement: sa.Select[Any]) -> Sequence[Any]:
    """Give all rows of a query; their columns are attributes."""
    return session.execute(statement).all()


def first_row(session: Session, statement: sa.Select[Any]) -> Any | None:
    """Give the first row of a query, or None."""
    return session.execute(statement).first()


def recorded_by(table: type[Any], moment: datetime | None) -> list[sa.ColumnElement[bool]]:
    """Give the condition that a fact was recorded not later than a moment; none without a moment."""
    return [] if moment is None else [col(table.recorded_at) <= moment]


def page_of(
    session: Session, table: type[TenantRow], processor_id: int, after: int, most: int, **equal: Any
) -> list[Any]:
    """Give whole rows by id, at most so many, that come after one; `equal` are columns and values they must have."""
    statement = (
        sa.select(table)
        .where(col(table.processor_id) == processor_id, col(table.id) > after)
        .where(*(col(getattr(table, name)) == value for name, value in equal.items()))
        .order_by(col(table.id))
        .limit(most)
    )
    return list(session.scalars(statement))
