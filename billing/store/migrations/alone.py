"""All tables of a PostgreSQL database at once, before a migration: no deadlock, and nobody waits long for nothing.

People take the tables in orders of their own. An upgrade that took them as it comes to them would hold one that a
request waits for and wait for one which that request holds, and PostgreSQL would end one of the two. So it takes all
of them first, in less time than PostgreSQL lets pass before it looks for such a circle, or none; then those who wait
go first, and it tries again.
"""

import time
from collections.abc import Sequence

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from billing.errors import Problem
from billing.store.migrations.dispatcher import QUEUE_SCHEMA

PATIENCE = 300
"""Seconds, after which whoever holds a table so long is to be looked for: a backup, a program that hangs."""
_PAUSES = (0.1, 2.0)
"""Seconds between two tries, at first and at most."""
_IN_USE = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)

_TABLES = """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname IN ('public', :queue) AND pg_has_role(current_user, tableowner, 'USAGE')
    ORDER BY schemaname, tablename"""
# Half of what PostgreSQL lets pass before it looks for a circle; it says that in milliseconds.
_HALF = "SELECT setting::integer / 2 FROM pg_settings WHERE name = 'deadlock_timeout'"
_LIMIT = sa.text("SELECT set_config('statement_timeout', :limit, true)")


def hold_all_tables(connection: sa.Connection, *, patience: float = PATIENCE) -> None:
    """Keep everybody else from the tables until the transaction ends; Problem `tables_in_use` after `patience`."""
    tables = connection.scalars(sa.text(_TABLES), {"queue": QUEUE_SCHEMA}).all()
    if not tables:
        return
    before, half = (connection.exec_driver_sql(query).scalar_one() for query in ("SHOW statement_timeout", _HALF))
    connection.execute(_LIMIT, {"limit": str(half)})
    begun, (pause, longest) = time.monotonic(), _PAUSES
    while not _taken(connection, tables):
        if time.monotonic() - begun > patience:
            raise Problem("tables_in_use", seconds=int(patience))
        time.sleep(pause)
        pause = min(2 * pause, longest)
    connection.execute(_LIMIT, {"limit": before})


def _taken(connection: sa.Connection, tables: Sequence[str]) -> bool:
    """Say whether all tables are held now; if not, none is."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
    except DBAPIError as error:
        if isinstance(error.orig, _IN_USE):
            return False
        raise
    return True
