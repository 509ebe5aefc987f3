"""Connections: the few settings in which SQLite and PostgreSQL differ."""

import select
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, cast

import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection

from billing.errors import InvalidInput
from billing.store.problems import BUSY_SECONDS

_MOST_CONNECTIONS = 15
"""Of one engine. None is closed because nobody needs it for a moment: the next would open it anew, and on SQLite read
the whole schema again, which takes 8 ms of CPU."""
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
TENANT = "mehraufwand_tenant"
"""The option of a connection that says on PostgreSQL whose rows its transactions may see."""
READ_ONLY = "mehraufwand_read_only"
"""The execution option of a connection whose transactions only read."""


class Postponed(Exception):  # noqa: N818 - no error: the same is to be done once more, where it may take its time
    """What was begun without leave to wait would have to wait, or takes longer; nothing of it was done."""


def connect_to(url: str, *, foreign_keys: bool = True) -> sa.Engine:
    """Make an engine for a SQLite file or a PostgreSQL database; InvalidInput `database_url` for anything else."""
    known = parse_url(url)
    if known.get_backend_name() == "sqlite":
        return _sqlite_engine(known, foreign_keys=foreign_keys)
    engine = sa.create_engine(known, pool_size=_MOST_CONNECTIONS, max_overflow=0)
    event.listen(engine, "connect", _say_begin_ourselves)
    event.listen(engine, "checkout", _refuse_the_dead)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def parse_url(url: str) -> sa.URL:
    """Read a database URL and name its driver; InvalidInput `database_url` for one we can't use."""
    try:
        known = sa.make_url(url)
    except sa.exc.ArgumentError:
        known = None
    backend = known.get_backend_name() if known else ""
    if known is None or backend not in _DRIVERS or (backend == "sqlite" and not sqlite_path(known)):
        raise InvalidInput("database_url", path="database_url", value=_without_password(known))
    return known.set(drivername=_DRIVERS[backend])


def sqlite_path(url: sa.URL) -> Path | None:
    """Give the file of a SQLite URL, None for a database in memory: that would remember nothing."""
    return Path(url.database) if url.database and url.database != ":memory:" and not url.query else None


class Speaking(Protocol):
    """An engine, a connection or a line (`lines`): each speaks to one of the two databases."""

    @property
    def dialect(self) -> sa.Dialect:
        """How it speaks."""


def is_sqlite(bind: Speaking) -> bool:
    """Tell which of the two databases this is."""
    return bind.dialect.name == "sqlite"


def reading(engine: sa.Engine) -> sa.Engine:
    """Give an engine of the same database for transactions that only read; close it as well.

    On SQLite they don't wait for the writer, and have connections of their own: to forbid a connection to write, and to
    allow it again, makes it compile all its statements and triggers anew.
    """
    if is_sqlite(engine):
        return _sqlite_engine(engine.url, foreign_keys=False, read_only=True)
    return engine.execution_options(**{READ_ONLY: True})


def connect_to_read(engine: sa.Engine) -> sa.Connection:
    """Connect for transactions that only read, and so wait for no writer."""
    return engine.connect().execution_options(**{READ_ONLY: True})


def ahead(connection: Speaking) -> AbstractContextManager[object]:
    """Let prepared statements on PostgreSQL be sent without waiting for the answers of those before, inside the block.

    The way to the server and back is then paid where rows are read, not for each statement. SQLite is no way off, and a
    line sends ahead by itself.
    """
    if is_sqlite(connection) or not isinstance(connection, sa.Connection):
        return nullcontext()
    driver: Any = connection.connection.driver_connection
    return cast("AbstractContextManager[object]", driver.pipeline())


def looks_idle(connection: sa.Connection) -> bool:
    """Tell whether psycopg takes the transaction for not begun, and would not commit it.

    It goes by what the server said last at a sync, and when all that was sent ahead is answered none has come yet.
    """
    driver: Any = connection.connection.driver_connection
    return not is_sqlite(connection) and bool(driver.pgconn.transaction_status == TransactionStatus.IDLE)


def _without_password(url: sa.URL | None) -> str:
    return "" if url is None else url.render_as_string(hide_password=True)


def _sqlite_engine(url: sa.URL, *, foreign_keys: bool, read_only: bool = False) -> sa.Engine:
    options = {READ_ONLY: read_only}
    engine = sa.create_engine(
        url,
        pool_size=_MOST_CONNECTIONS,
        max_overflow=0,
        connect_args={"timeout": BUSY_SECONDS},
        execution_options=options,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: Any) -> None:
        # We say BEGIN ourselves, or reads would start a transaction that can't become a writing one.
        connection.isolation_level = None
        cursor = connection.cursor()
        for setting in (
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit survives a power cut
            "wal_autocheckpoint = 4000",  # 16 MB: who logs an entry syncs twice more once in 200 times, not once in 50
            "recursive_triggers = ON",  # INSERT OR REPLACE asks DELETE triggers
            "trusted_schema = OFF",
            f"query_only = {'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: sa.Connection) -> None:
    cursor, options = connection.connection.cursor(), connection.get_execution_options()
    cursor.execute("BEGIN" if options.get(READ_ONLY) else "BEGIN IMMEDIATE")


def _say_begin_ourselves(connection: DBAPIConnection, _record: Any) -> None:
    """Let psycopg begin no transaction by itself: ours begins with what else must be said, in one message."""
    connection.autocommit = True


def _refuse_the_dead(connection: DBAPIConnection, _record: Any, _proxy: Any) -> None:
    """Take no connection from the pool that its server has hung up on: it asks no question, it looks for the end."""
    if connection.closed or _has_ended(connection):
        raise sa.exc.DisconnectionError


def _has_ended(connection: DBAPIConnection) -> bool:
    """Tell whether there is something to read though nothing was asked: the server's farewell, or its end."""
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def _begin_postgresql(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    cursor = connection.connection.cursor()
    cursor.execute("BEGIN READ ONLY" if options.get(READ_ONLY) else "BEGIN")
    if (tenant := options.get(TENANT)) is not None:
        cursor.execute("SELECT set_config('app.processor_id', %s, true)", (str(tenant),))
