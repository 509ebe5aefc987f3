"""Statements that are made once and asked thousands of times: of tables, not of mapped classes, past the ORM.

What happens on every request, and on every entry that is logged, is asked this way. The ORM would look at each such
statement anew, which costs more than the database takes to answer it. Each statement names the tenant of every table
itself, as `TENANT`; on PostgreSQL row-level security asks once more.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa

from billing.store.engine import is_sqlite
from billing.store.session import TenantSession
from billing.store.tables import TenantRow, metadata
from billing.store.tenant_sessions import ReservedIds
from billing.store.wording import Later, Prepared

_T = TypeVar("_T")
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


def one_ahead(session: TenantSession, asked: Iterable[_T]) -> Iterator[_T]:
    """Give what asks and reads later, each when the next one was asked already: a server answers while we work."""
    waiting: deque[_T] = deque()
    for one in asked:
        session.send_off()
        waiting.append(one)
        if len(waiting) > 1:
            yield waiting.popleft()
    yield from waiting


def reserve(session: TenantSession, *models: type[TenantRow]) -> None:
    """Ask ahead for the ids of rows of these tables that `insert` and `write` write next: then nobody waits for one.

    SQLite gives them at once anyway. An id that is not used is nobody's for ever.
    """
    if not is_sqlite(session.line):
        session.reserved = ReservedIds(models, say(session, _next_ids(models), session.processor_id))


@cache
def _next_ids(models: tuple[type[TenantRow], ...]) -> Prepared:
    names = [f"{table_of(model).name}_id_seq" for model in models]
    # In the statement's own words, so that it is planned once.
    taken = [sa.func.nextval(sa.literal_column(f"'{name}'")).label(f"id_{place}") for place, name in enumerate(names)]
    return Prepared(sa.select(*taken))


def insert(session: TenantSession, model: type[TenantRow], values: dict[str, Any]) -> int:
    """Write a row of the tenant and give its id; columns that are not named are NULL, whatever the model's defaults."""
    number = None if session.reserved is None else session.reserved.take(model)
    if number is not None:
        _insert_numbered(model).say(session.line, {**_whole(session, model, values), "id": number})
        return number
    ((number,),) = insert_ahead(session, model, values)()
    return int(number)


def insert_ahead(session: TenantSession, model: type[TenantRow], values: dict[str, Any]) -> Later:
    """Write a row of the tenant as `insert` does; its id is read later, or not at all."""
    return _insert(model).say(session.line, _whole(session, model, values))


def insert_all(session: TenantSession, model: type[TenantRow], rows: Sequence[dict[str, Any]]) -> None:
    """Write rows of the tenant as `insert_ahead` does, of texts and whole numbers only; none of their ids is told.

    PostgreSQL is given a list of them in one statement, whose rules it asks once.
    """
    if not rows:
        return
    whole = [_whole(session, model, row) for row in rows]
    if is_sqlite(session.line):
        _insert_untold(model).ask_each(session.line, whole)
    else:
        _insert_listed(model).say(session.line, {"rows": json.dumps(whole)})


def _whole(session: TenantSession, model: type[TenantRow], values: dict[str, Any]) -> dict[str, Any]:
    """Give all columns of a row of the tenant that is written."""
    return {**_unsaid(model), **values, "processor_id": session.processor_id}


def write(session: TenantSession, row: TenantRow) -> None:
    """Write a new row of the tenant as `insert` does, and give it its id; what is changed of it later isn't written."""
    row.processor_id = session.processor_id
    row.id = insert(session, type(row), {name: getattr(row, name) for name in _unsaid(type(row))})


@cache
def _insert(model: type[TenantRow]) -> Prepared:
    return Prepared(_values(model, _unsaid(model)).returning(table_of(model).c.id))


@cache
def _insert_numbered(model: type[TenantRow]) -> Prepared:
    return Prepared(_values(model, ["id", *_unsaid(model)]))


@cache
def _insert_untold(model: type[TenantRow]) -> Prepared:
    return Prepared(_values(model, _unsaid(model)))


@cache
def _insert_listed(model: type[TenantRow]) -> Prepared:
    table, names = table_of(model), list(_unsaid(model))
    rows = sa.func.json_to_recordset(sa.cast(text("rows"), sa.JSON))
    listed = rows.table_valued(*(sa.column(name, table.c[name].type) for name in names)).render_derived(with_types=True)
    return Prepared(sa.insert(table).from_select(names, sa.select(*listed.c), include_defaults=False))


def _values(model: type[TenantRow], names: Iterable[str]) -> sa.Insert:
    return sa.insert(table_of(model)).values({name: sa.bindparam(name) for name in names})


@cache
def _unsaid(model: type[TenantRow]) -> dict[str, None]:
    """Give the columns that are written, each with what it has when nothing is said of it."""
    return dict.fromkeys(column.name for column in table_of(model).columns if column.name != "id")
