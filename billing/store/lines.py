"""The lines of brief sessions: connections that stay open, past SQLAlchemy's pool and transactions.

What SQLAlchemy does to lend a connection, begin and take it back costs a brief request as much as its rows do. A line
takes prepared statements only. On SQLite it doesn't wait for another program, on PostgreSQL it sends ahead (`pipeline`)
and turns to others while it waits (`waiting`).
"""

import sqlite3
from collections import deque
from contextlib import suppress
from threading import Lock
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from billing.store.engine import Postponed, is_sqlite
from billing.store.pipeline import Pipeline

_MOST = 4
"""Lines to PostgreSQL: their requests take turns at the audit log anyway."""


class Line(Protocol):
    """One connection with its transaction."""

    dialect: Dialect

    @property
    def pipeline(self) -> Pipeline | None:
        """The way statements go, None where they go through a cursor."""

    def cursor(self) -> Any:
        """Give what statements are asked by; its rows are read before the next is asked."""

    def begin(self, tenant: int, *, read_only: bool = False) -> None:
        """Begin a transaction that sees a tenant's rows; Postponed if it would have to wait.

        On SQLite it always may write: who only reads has connections of its own there.
        """

    def commit(self) -> None:
        """Commit; what went wrong and was not read yet is raised here."""

    def end(self) -> bool:
        """Roll back what was not committed; tells whether the line can be used again."""

    def hang_up(self) -> None:
        """Close the connection."""


class Lines:
    """The lines of a store; some lie ready."""

    def __init__(self, engine: sa.Engine) -> None:
        """Take the engine whose connections they are; none is opened yet."""
        self._engine = engine
        self._ready: deque[Line] = deque()
        self._open, self._counting = 0, Lock()

    @property
    def lie_ready(self) -> bool:
        """Whether one may be taken at once: those to a server were opened before, where it may take its time."""
        return is_sqlite(self._engine) or bool(self._ready)

    def take(self) -> Line:
        """Take a line; Postponed when none lies ready, or its server has hung up."""
        try:
            line = self._ready.pop()
        except IndexError:
            if is_sqlite(self._engine):
                return _SqliteLine(self._engine)
            raise Postponed from None
        if line.pipeline is not None and line.pipeline.has_ended():
            self._hang_up(line)
            raise Postponed
        return line

    def give_back(self, line: Line) -> None:
        """Take a line back, and roll back what it did not commit."""
        if line.end():
            self._ready.append(line)
        else:
            self._hang_up(line)

    def open_one(self) -> None:
        """Open one more line to a server, unless there are enough; nobody waits for it, and it may fail."""
        pool: Any = self._engine.pool
        if is_sqlite(self._engine) or pool.checkedout() >= pool.size():
            return
        with self._counting:
            if self._open >= _MOST:
                return
            self._open += 1
        try:
            self._ready.append(_PostgresqlLine(self._engine))
        except (sa.exc.SQLAlchemyError, psycopg.Error):
            self._count_down()

    def close(self) -> None:
        """Close those that lie ready."""
        while self._ready:
            self._hang_up(self._ready.pop())

    def _count_down(self) -> None:
        with self._counting:
            self._open -= 1

    def _hang_up(self, line: Line) -> None:
        self._count_down()
        with suppress(sqlite3.Error, psycopg.Error):
            line.hang_up()


class _SqliteLine:
    """A connection to the file that doesn't wait for its other writers."""

    pipeline = None

    def __init__(self, engine: sa.Engine) -> None:
        self.dialect = engine.dialect
        self._lent = engine.raw_connection()
        driver: Any = self._lent.driver_connection
        self._lent.detach()
        self._driver: sqlite3.Connection = driver
        self._cursor: sqlite3.Cursor = self._driver.cursor()
        self._cursor.execute("PRAGMA busy_timeout = 0")

    def cursor(self) -> sqlite3.Cursor:
        return self._cursor

    def begin(self, _tenant: int, *, read_only: bool = False) -> None:
        assert not read_only  # noqa: S101 - see `Line`
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise Postponed from None
            raise

    def commit(self) -> None:
        self._driver.commit()

    def end(self) -> bool:
        if self._driver.in_transaction:
            try:
                self._driver.rollback()
            except sqlite3.Error:
                return False
        return True

    def hang_up(self) -> None:
        self._lent.close()


class _PostgresqlLine:
    """A connection to the server whose statements are all sent ahead."""

    def __init__(self, engine: sa.Engine) -> None:
        self.dialect = engine.dialect
        self._lent = engine.raw_connection()
        driver: Any = self._lent.driver_connection
        self._lent.detach()
        self._driver = driver
        # At a rollback the driver forgets all that is prepared, if it prepared anything itself.
        driver.prepare_threshold = None
        self.pipeline = Pipeline(driver)

    def cursor(self) -> Any:
        raise NotImplementedError("its statements go by the pipeline")

    def begin(self, tenant: int, *, read_only: bool = False) -> None:
        self.pipeline.begin(tenant, read_only=read_only)

    def commit(self) -> None:
        self.pipeline.commit()

    def end(self) -> bool:
        return self.pipeline.close()

    def hang_up(self) -> None:
        # The pool would roll back first, and write a traceback to the log when the server is no longer there.
        self._driver.close()
        self._lent.invalidate()
