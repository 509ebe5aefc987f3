"""Statements that are made once and asked thousands of times: of tables, not of mapped classes, past the ORM.

What happens on every request, and on every entry that is logged, is asked this way. The ORM would look at each such
statement anew, which costs more than the database takes to answer it. Each statement names the tenant of every table
itself, as `TENANT`; on PostgreSQL row-level security asks once more.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from billing.store.session import TenantSession
from billing.store.tables import TenantRow, metadata
from billing.store.wording import Later, Prepared

TENANT: sa.BindParameter[int] = sa.bindparam("tenant", type_=sa.BigInteger())
CONTRACT: sa.BindParameter[int] = sa.bindparam("contract", type_=sa.BigInteger())


def table_of(model: Any) -> sa.Table:
    """Give the table of a mapped class."""
    return metadata.tables[model.__tablename__]


def number(name: str) -> sa.BindParameter[int]:
    """Name a whole number that each asking gives."""
    return sa.bindparam(name, type_=sa.BigInteger())


def text(name: str) -> sa.BindParameter[str]:
    """Name a text that each asking gives."""
    return sa.bindparam(name, type_=sa.String())


def like(column: sa.Column[Any], name: str) -> sa.BindParameter[Any]:
    """Name a value of a column's own type that each asking gives."""
    return sa.bindparam(name, type_=column.type)


def at_most(count: int) -> sa.ColumnClause[int]:
    """Say a limit in the statement's own words: for one that is given each time, PostgreSQL plans each time."""
    return sa.literal_column(str(count), sa.Integer())


def mine(*tables: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """Give the condition that rows are the tenant's, for each table."""
    return tuple(table.c.processor_id == TENANT for table in tables)


def ask(session: TenantSession, statement: Prepared, processor_id: int, **values: Any) -> Sequence[Any]:
    """Give all rows of a prepared statement; none for one that gives none."""
    return say(session, statement, processor_id, **values)()


def say(session: TenantSession, statement: Prepared, processor_id: int, **values: Any) -> Later:
    """Ask a prepared statement and read its rows later, so that what follows need not wait for them."""
    return statement.say(session.line, {"tenant": processor_id, **values})


def insert(session: TenantSession, model: type[TenantRow], values: dict[str, Any]) -> int:
    """Write a row of the tenant and give its id; columns that are not named are NULL, whatever the model's defaults."""
    ((number,),) = insert_ahead(session, model, values)()
    return int(number)


def insert_ahead(session: TenantSession, model: type[TenantRow], values: dict[str, Any]) -> Later:
    """Write a row of the tenant as `insert` does; its id is read later, or not at all."""
    statement, unsaid = _insert(model)
    return statement.say(session.line, {**unsaid, **values, "processor_id": session.processor_id})


@cache
def _insert(model: type[TenantRow]) -> tuple[Prepared, dict[str, None]]:
    table = table_of(model)
    columns = [column.name for column in table.columns if column.name != "id"]
    statement = sa.insert(table).values({name: sa.bindparam(name) for name in columns}).returning(table.c.id)
    return Prepared(statement), dict.fromkeys(columns)
