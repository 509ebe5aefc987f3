"""From an empty or older database to the schema of this version: one transaction, a backup before it on SQLite."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psycopg
import sqlalchemy as sa

from billing.errors import Problem
from billing.store.engine import connect_to, is_sqlite, parse_url, sqlite_path
from billing.store.migrations.alone import hold_all_tables
from billing.store.migrations.sealing import Ring, no_ring
from billing.store.problems import translated
from billing.store.rules import DEFAULT_APP_ROLE
from billing.store.schema import head, refuse_newer, revision_of

_FOLDER = Path(__file__).parent
_LOCK = 7_240_113_352_026  # one upgrade at a time; any number nobody else takes


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did: the revisions before and after (None: an empty database), and the backup it made."""

    before: str | None
    after: str
    backup: Path | None


def upgrade(
    url: str, *, app_role: str = DEFAULT_APP_ROLE, now: datetime | None = None, ring: Ring = no_ring
) -> Upgraded:
    """Bring a database to this version's schema, as its owner; safe to repeat and to run twice at once.

    SQLite: a backup of a database that holds something is written beside it first. PostgreSQL: `app_role` is created
    when the owner may do so. `ring` is asked for where texts are sealed that stood in the clear. Problems:
    `schema_newer`, `schema_unknown`, `schema_broken`, `role_missing`, `database_right_missing`, `keys_missing`,
    `tables_in_use`.
    """
    known = parse_url(url)
    if (path := sqlite_path(known)) and known.get_backend_name() == "sqlite":
        _create_privately(path)
    engine = connect_to(url, foreign_keys=False)  # rebuilding a table must not ask them; checked at the end
    try:
        with translated(), _rights_named(), engine.begin() as connection:
            return _upgrade(connection, path, app_role, now or datetime.now(UTC), ring)
    finally:
        engine.dispose()


def _upgrade(connection: sa.Connection, path: Path | None, app_role: str, now: datetime, ring: Ring) -> Upgraded:
    if not is_sqlite(connection):
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = revision_of(connection)
    if before is None:
        _refuse_foreign_tables(connection)
    else:
        refuse_newer(before)
    if before == head():
        _forbid_tables_of_its_own(connection, app_role)
        return Upgraded(before, before, None)
    backup = _back_up(path, before, now) if path and is_sqlite(connection) and before else None
    if not is_sqlite(connection):
        hold_all_tables(connection)
        _ensure_role(connection, app_role)
    from alembic import command  # noqa: PLC0415 - a tenth of a command's start, and no other one needs it
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, app_role=app_role, ring=cache(ring))
    command.upgrade(config, "head")
    if is_sqlite(connection) and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
        raise Problem("schema_broken", tables=sorted({row[0] for row in broken}))
    _forbid_tables_of_its_own(connection, app_role)
    return Upgraded(before, head(), backup)


def _refuse_foreign_tables(connection: sa.Connection) -> None:
    """Refuse a database that holds something, but nothing of ours: it is somebody else's."""
    found = sa.inspect(connection).get_table_names()
    if found:
        raise Problem("schema_unknown", tables=sorted(found)[:3])


def _create_privately(path: Path) -> None:
    """Make the database's file readable by its owner only, before anything is in it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise Problem("database_unreachable", reason=error.strerror) from error


def _back_up(path: Path, revision: str, now: datetime) -> Path:
    """Copy a SQLite database as last committed to `<name>.<revision>.<UTC time>.backup`; never over another file."""
    stem = f"{path.name}.{revision}.{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number, target = 1, path.with_name(f"{stem}.backup")
    while target.exists():
        number += 1
        target = path.with_name(f"{stem}.{number}.backup")
    _create_privately(target)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


def _ensure_role(connection: sa.Connection, app_role: str) -> None:
    if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": app_role}).first():
        return
    may = connection.execute(
        sa.text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    ).scalar_one()
    if not may or not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", app_role):
        raise Problem("role_missing", role=app_role)
    connection.exec_driver_sql(f"CREATE ROLE {app_role} LOGIN")


def _forbid_tables_of_its_own(connection: sa.Connection, app_role: str) -> None:
    """Take the right to temporary tables from the application, which everybody has by default and it has no use for.

    Rules look for a table's rows by its name, and a temporary table of that name goes before ours: whoever has the
    application's password could show them records of leave, or a log, of his own. Who does not own the database can't.
    """
    if is_sqlite(connection):
        return
    query = """SELECT quote_ident(datname), pg_has_role(current_user, datdba, 'USAGE')
        AND has_database_privilege(:role, datname, 'TEMPORARY') FROM pg_database WHERE datname = current_database()"""
    name, may_and_must = connection.execute(sa.text(query), {"role": app_role}).one()
    if may_and_must:
        connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC, {app_role}")


@contextmanager
def _rights_named() -> Iterator[None]:
    """Say which right the owner lacks, instead of a driver's error."""
    try:
        yield
    except (psycopg.errors.InsufficientPrivilege, sa.exc.ProgrammingError) as error:
        cause = getattr(error, "orig", error)
        if isinstance(cause, psycopg.errors.InsufficientPrivilege):
            raise Problem("database_right_missing", reason=cause.diag.message_primary or "") from error
        raise


__all__ = ["Upgraded", "head", "revision_of", "upgrade"]
