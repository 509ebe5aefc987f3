"""Makes a database older than it is, for rules that ask the database's own clock: all its dates move back by years.

Triggers and links are switched off meanwhile, as nobody but a test may; then everything is as strict as before.
"""

# ruff: noqa: S608 - statements put together from names of our own tables

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import psycopg
import sqlalchemy as sa

from billing.store.tables import metadata
from tests.support.migrated import Migrated
from tests.support.world import NOW

THIS_YEAR = datetime.now(UTC).year
# When all that may end has ended, in the year that the rows of a test's world are of.
ENDED = (
    "UPDATE contract SET ended_on = '2026-11-30'",
    "UPDATE \"case\" SET closed_at = '2026-11-02 09:00:00.000000'",
    "UPDATE person SET left_on = '2026-11-30'",
    "UPDATE \"user\" SET disabled_at = '2026-11-02 09:00:00.000000'",
    "UPDATE contact SET ended_at = coalesce(ended_at, '2026-11-02 09:00:00.000000')",
    "UPDATE legal_hold SET lifted_at = '2026-11-02 09:00:00.000000', lifted_by_name = 'tester', lift_reason = reason",
    "UPDATE stored_file SET retain_until = '2026-12-31'",
)


def back_to(year: int) -> int:
    """Give by how many years the rows of a test's world must go back to be of a year."""
    return NOW.year - year


def age(database: Migrated, years: int, *statements: str) -> None:
    """Run statements, then move every date, month and year of every table back, the leave to delete excepted."""
    tables = [metadata.tables[name] for name in sorted(metadata.tables)]
    moves = [sql for table in tables for sql in _moves(table, years, is_sqlite=database.is_sqlite)]
    switched_off = _sqlite if database.is_sqlite else _postgresql
    with switched_off(database) as run:
        for statement in (*statements, *moves):
            run.execute(statement)


def _moves(table: sa.Table, years: int, *, is_sqlite: bool) -> Iterator[str]:
    if table.name == "retention_record":
        return
    moved = [
        f"{column.name} = {_moved(column, years, is_sqlite=is_sqlite)}" for column in table.columns if _is_when(column)
    ]
    if moved:
        yield f'UPDATE "{table.name}" SET {", ".join(moved)}'


def _kind(column: sa.Column[object]) -> type[object]:
    return type(getattr(column.type, "impl_instance", column.type))


def _is_when(column: sa.Column[object]) -> bool:
    named = column.name in {"month", "year", "from_year"} or (column.name, column.table.name) == (
        "valid_from",
        "terms_version",
    )
    return named or issubclass(_kind(column), sa.Date | sa.DateTime)


def _moved(column: sa.Column[object], years: int, *, is_sqlite: bool) -> str:
    name = column.name
    if issubclass(_kind(column), sa.Integer):
        return f"{name} - {years}"
    if is_sqlite or issubclass(_kind(column), sa.String):
        return f"CAST(CAST(substr({name}, 1, 4) AS INTEGER) - {years} AS TEXT) || substr({name}, 5)"
    return f"({name} - interval '{years} years')"


@contextmanager
def _sqlite(database: Migrated) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database.owner_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        kept: Sequence[tuple[str, str]] = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in kept:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in kept:
            connection.execute(sql)


@contextmanager
def _postgresql(database: Migrated) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.superuser_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection
