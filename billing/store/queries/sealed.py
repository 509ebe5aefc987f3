"""Sealed values by the key that seals them, in every column of every table: made from the tables, none is forgotten."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.rules.rows import is_sealed
from billing.store.rules.speech import spoken
from billing.store.session import TenantSession
from billing.store.tables import AuditLog, Processor, metadata

SEALED_TABLES = tuple(
    table for _, table in sorted(metadata.tables.items()) if any(is_sealed(column) for column in table.columns)
)
_ROWS_AT_ONCE = {"stored_file": 10}  # files may be large
_USUAL_ROWS = 200


def sealed_columns(table: sa.Table) -> list[sa.Column[object]]:
    """Give the columns of a table that hold sealed values."""
    return [column for column in table.columns if is_sealed(column)]


def values_by_key(session: TenantSession) -> Counter[str]:
    """Count the tenant's sealed values by the id of their key."""
    found: Counter[str] = Counter()
    for table, column in _places():
        key = _key_of(session, column).label("key_id")
        chosen: list[Any] = [key, sa.func.count().label("number")]
        query = sa.select(*chosen).where(_mine(session, table), column.is_not(None))
        for row in all_rows(session, query.group_by(sa.text("1"))):
            found[row.key_id] += row.number
    return found


def seal_some(session: TenantSession, table: sa.Table, after: int) -> tuple[int, int | None]:
    """Seal values of the next rows after an id anew with the current key; give how many, and the last row's id.

    None: no row after that id needs it. The rows are locked from reading to writing, so that no newer text is lost.
    """
    places = sealed_columns(table)
    current = session.ring.current
    keys = [_key_of(session, column).label(f"key_of_{column.name}") for column in places]
    query = (
        sa.select(table.c.id, *places, *keys)
        .where(_mine(session, table), table.c.id > after, sa.or_(*(key.element != current for key in keys)))
        .order_by(table.c.id)
        .limit(_ROWS_AT_ONCE.get(table.name, _USUAL_ROWS))
        .with_for_update()
    )
    number, last = 0, None
    for row in all_rows(session, query):
        said = row._mapping  # noqa: SLF001 - the public way to read columns by name
        stale = [column for column in places if said[f"key_of_{column.name}"] not in (None, current)]
        values = {column.name: said[column.name] for column in stale}
        if "key_id" in table.columns:
            values["key_id"] = current
        session.execute(sa.update(table).where(_mine(session, table), table.c.id == row.id).values(values))
        number, last = number + len(stale), row.id
    return number, last


def noted_at(session: TenantSession, action: str, subject: str) -> datetime | None:
    """Give when the audit log noted this first, or None."""
    event = (col(AuditLog.action) == action, col(AuditLog.subject) == subject)
    mine = sa.select(*columns(AuditLog, "at")).where(col(AuditLog.processor_id) == session.processor_id, *event)
    row = first_row(session, mine.order_by(col(AuditLog.seq)).limit(1))
    return None if row is None else cast("datetime", row.at)


def founded_at(session: TenantSession) -> datetime:
    """Give when the tenant was founded."""
    return session.get_one(Processor, session.processor_id).created_at


def _places() -> Iterator[tuple[sa.Table, sa.Column[object]]]:
    for table in SEALED_TABLES:
        for column in sealed_columns(table):
            yield table, column


def _mine(session: TenantSession, table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.processor_id == session.processor_id)


def _key_of(session: TenantSession, column: sa.Column[object]) -> sa.ColumnElement[str]:
    """Give the id of the key that sealed a value, read out of its bytes by the database."""
    return sa.literal_column(spoken(f"KEY_ID({column.name})", session.get_bind().dialect.name), sa.String())
