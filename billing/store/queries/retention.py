"""Rows whose time has run out, and how they go: users first, what hangs together at once, each with its record."""

# ruff: noqa: S608 - statements put together from names of our own tables, no input

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from billing.store.engine import is_sqlite
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.rules.links import TOGETHER, Use, all_uses, rings, still_used, uses_of
from billing.store.rules.retention import Period, held, kept, periods_of, retained_tables, tables_with
from billing.store.rules.speech import spoken
from billing.store.session import TenantSession
from billing.store.tables import metadata
from billing.store.tables.columns import Deletion

# Not THIS_YEAR(): a record is of a day in UTC, so in the first hour of a German year it would be of the year before.
NOW = "YEAR_OF_TODAY()"
# By what people knew a row; an invoice by its place in its series, which tells a missing number from a deleted one.
_REFERENCES = {"invoice": "x.series || '-' || x.year || '-' || x.sequence"}


@dataclass(frozen=True, slots=True)
class Due:
    """A row that may go: the period that kept it longest, its last year, and what the row was known by."""

    id: int
    period: Period | None
    last_year: int | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Stock:
    """How many rows a table holds, whose time is over, and how many of those are on hold or still needed."""

    table: str
    rows: int
    over: int
    held: int
    needed: int


def _ask(session: TenantSession, sql: str) -> sa.CursorResult[Any]:
    """Run a query over the rows `x` of the tenant."""
    dialect = SQLITE if is_sqlite(session.connection()) else POSTGRESQL
    return session.connection().exec_driver_sql(spoken(sql, dialect))


def _among(session: TenantSession, column: sa.Column[Any], ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """Give the condition that a column is one of any number of ids."""
    if is_sqlite(session.connection()):
        return column.in_(sa.select(sa.func.json_each(json.dumps(list(ids))).table_valued("value").c.value))
    return column == sa.any_(sa.literal(list(ids), ARRAY(sa.BigInteger)))


def overwrite_what_goes(session: TenantSession) -> None:
    """Let SQLite overwrite rows with zeros as they go (T-20); PostgreSQL gives the space to others when it vacuums."""
    if is_sqlite(session.connection()):
        session.connection().exec_driver_sql("PRAGMA secure_delete = ON")


def due_rows(session: TenantSession, table: str, apart: frozenset[str]) -> list[Due]:
    """Give the rows of a table that may go now, as far as tables outside `apart` do not need them."""
    years = [f"{period.year} + {period.years}" for period in periods_of(table)]
    named = _REFERENCES.get(table) or ("x.ref" if "ref" in metadata.tables[table].columns else "NULL")
    free = " AND ".join(f"NOT {used}" for used in still_used(table, "x", apart | set(tables_with(Deletion.FREE))))
    query = f"""SELECT x.id, {named}, {", ".join(years)} FROM "{table}" x WHERE x.processor_id = {session.processor_id}
        AND NOT ({kept(table, NOW)}) AND NOT {held(table)}{free and f" AND {free}"} ORDER BY x.id"""
    rows = _ask(session, query)
    return [_due(table, tuple(row)) for row in rows]


def _due(table: str, row: Sequence[Any]) -> Due:
    ran = [(year, period) for year, period in zip(row[2:], periods_of(table), strict=True) if year is not None]
    if not ran:
        return Due(row[0], None, None, row[1])
    last, period = max(ran, key=lambda each: int(each[0]))
    return Due(row[0], period, last, row[1])


def stock_of(session: TenantSession, table: str) -> Stock:
    """Count the rows of a table, and those whose time is over."""
    used = " OR ".join(still_used(table, "x", frozenset(tables_with(Deletion.FREE)))) or "FALSE"
    query = f"""SELECT count(*), count(CASE WHEN s.gone THEN 1 END), count(CASE WHEN s.gone AND s.held THEN 1 END),
        count(CASE WHEN s.gone AND NOT s.held AND s.used THEN 1 END) FROM (
        SELECT NOT ({kept(table, NOW)}) AS gone, {held(table)} AS held, {used} AS used
        FROM "{table}" x WHERE x.processor_id = {session.processor_id}) s"""
    rows, over, on_hold, needed = tuple(_ask(session, query).one())
    return Stock(table, rows, over, on_hold, needed)


def steps() -> list[tuple[str, ...]]:
    """Give the tables with a period in the order in which their rows can go, those that go at once together."""
    lasting = set(retained_tables())
    found = (tuple(name for name in ring if name in lasting) for ring in rings(together=True))
    return [ring for ring in found if ring]


def prune(session: TenantSession, due: dict[str, dict[int, Due]]) -> None:
    """Take out rows that something needs which stays, until what is left can go as a whole."""
    inner = [use for use in all_uses() if use.table in due and use.target in due]
    changed = True
    while changed:
        changed = False
        for use in inner:
            staying = {target for target, user in _named(session, use, due) if user not in due[use.table]}
            alone = _alone(session, use, due) if _hang_together(use) else set()
            changed |= bool(staying & due[use.target].keys() or alone)
            for number in staying:
                due[use.target].pop(number, None)
            for number in alone:
                del due[use.table][number]


def _hang_together(use: Use) -> bool:
    return any(use.table in group and use.target in group for group in TOGETHER)


def _named(session: TenantSession, use: Use, due: Mapping[str, Mapping[int, Due]]) -> Iterator[tuple[int, int]]:
    """Give target and user for every use of a row that would go."""
    yield from _pairs(session, use, use.column, due[use.target])


def _alone(session: TenantSession, use: Use, due: Mapping[str, Mapping[int, Due]]) -> set[int]:
    """Give the users whose target stays, where neither may go without the other."""
    return {user for target, user in _pairs(session, use, "id", due[use.table]) if target not in due[use.target]}


def _pairs(session: TenantSession, use: Use, by: str, ids: Collection[int]) -> Iterator[tuple[int, int]]:
    if not ids:
        return
    user = metadata.tables[use.table]
    query = sa.select(user.c[use.column], user.c.id).where(
        user.c.processor_id == session.processor_id, _among(session, user.c[by], ids), user.c[use.column].is_not(None)
    )
    yield from (tuple(row) for row in session.connection().execute(query))


def with_leave(session: TenantSession, table: str, ids: Collection[int]) -> set[int]:
    """Give those of some rows that a record gave leave to delete before."""
    records = metadata.tables["retention_record"]
    mine = (records.c.processor_id == session.processor_id, records.c.table_name == table)
    query = sa.select(records.c.row_id).where(*mine, _among(session, records.c.row_id, ids))
    return set(session.connection().execute(query).scalars())


def delete_rows(session: TenantSession, tables: Collection[str], ids: Mapping[str, Sequence[int]]) -> None:
    """Delete rows that their records name, with what hangs on them and needs none; the database has the last word."""
    for ring in (ring for ring in rings() if set(ring) & set(tables)):
        mine = [name for name in ring if ids.get(name)]
        for name in mine:
            _delete_hanging(session, name, ids[name])
        if len(ring) > 1:
            _delete_at_once(session, mine, ids)
        else:
            for name in mine:
                _delete(session, name, ids[name])


def _delete(session: TenantSession, table: str, ids: Sequence[int]) -> None:
    known = metadata.tables[table]
    mine = known.c.processor_id == session.processor_id
    session.connection().execute(sa.delete(known).where(mine, _among(session, known.c.id, ids)))


def _delete_hanging(session: TenantSession, table: str, ids: Sequence[int]) -> None:
    """Delete what may go at any time and hangs on rows that go: lines, sessions, links and their codes."""
    for use in uses_of(table):
        if use.table not in tables_with(Deletion.FREE):
            continue
        hanging = metadata.tables[use.table]
        mine = (hanging.c.processor_id == session.processor_id, _among(session, hanging.c[use.column], ids))
        if found := list(session.connection().execute(sa.select(hanging.c.id).where(*mine)).scalars()):
            _delete_hanging(session, use.table, found)
            _delete(session, use.table, found)


def _delete_at_once(session: TenantSession, tables: Sequence[str], ids: Mapping[str, Sequence[int]]) -> None:
    """Delete rows that name each other in a circle: PostgreSQL looks at links after the whole statement."""
    if is_sqlite(session.connection()):
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for name in tables:
            _delete(session, name, ids[name])
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = OFF")
        return
    parts = [
        f'{name}_gone AS (DELETE FROM "{name}" WHERE processor_id = :processor AND id = ANY(:{name}))'
        for name in tables
    ]
    values: dict[str, Any] = {name: list(ids[name]) for name in tables}
    statement = sa.text(f"WITH {', '.join(parts)} SELECT 1")
    session.connection().execute(statement, {"processor": session.processor_id, **values})
