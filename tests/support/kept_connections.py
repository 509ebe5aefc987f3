"""Connections that one test closed and the next has, where both are lent the same database.

A connection has to learn the schema: of SQLite that takes 12 ms, and 4 to forget it again; PostgreSQL starts a process
that does so. Many tests need less for all else. What a test has set on its connection, or left open, ends with it.
"""

import sqlite3
from collections.abc import Callable, Hashable
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg._preparing import PrepareManager
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from sqlalchemy import event

_SQLALCHEMYS = ("regexp", "floor")
"""Functions that each connection is given."""
_USUAL_TIMEOUT = 5.0
_SHELVES: dict[str, "Shelf"] = {}


class Shelf:
    """What was closed of the connections to a database that is lent, by how it was opened."""

    def __init__(self, database: str) -> None:
        """Keep the connections of a database from now on: the file of SQLite, or PostgreSQL's name."""
        self._database = database
        self._closed: dict[Hashable, list[Any]] = {}
        self.in_use, self._is_open = 0, True
        _SHELVES[database] = self

    def open_again(self, how: Hashable) -> Any | None:
        """Give one that was opened in the same way and can still be used."""
        self.in_use += 1
        kept = self._closed.get(how, [])
        while kept:
            connection = kept.pop()
            if connection.is_well():
                return connection
            connection.end()
        return None

    def put(self, how: Hashable, connection: Any) -> None:
        """Keep one that was closed."""
        self.in_use -= 1
        if self._is_open:
            self._closed.setdefault(how, []).append(connection)
        else:
            connection.end()

    def all(self) -> list[Any]:
        """Give all that lie here."""
        return [connection for kept in self._closed.values() for connection in kept]

    def clear(self) -> None:
        """Close all for good, and keep none any more."""
        self._is_open = False
        _SHELVES.pop(self._database, None)
        for connection in self.all():
            connection.end()
        self._closed.clear()


class _KeptFile(sqlite3.Connection):
    """A connection to a SQLite file."""

    place: tuple[Shelf, Hashable] | None = None
    patience = _USUAL_TIMEOUT
    is_spoilt = False
    """Whether it was given functions or listeners, which can't be asked for to be taken away again."""

    def close(self) -> None:
        if self.place is None:
            return
        (shelf, how), self.place = self.place, None
        if self.is_spoilt:
            shelf.in_use -= 1
            self.end()
            return
        if self.in_transaction:
            self.rollback()
        shelf.put(how, self)

    def end(self) -> None:
        super().close()

    def is_well(self) -> bool:
        self.isolation_level = "DEFERRED"  # Python's own
        self.execute(f"PRAGMA busy_timeout = {round(self.patience * 1000)}")
        return True

    def create_function(self, name: str, *args: Any, **options: Any) -> None:
        self.is_spoilt |= name not in _SQLALCHEMYS
        super().create_function(name, *args, **options)

    def set_trace_callback(self, *args: Any) -> None:
        self.is_spoilt = True
        super().set_trace_callback(*args)


class _KeptServer(psycopg.Connection[Any]):
    """A connection to a PostgreSQL server."""

    place: tuple[Shelf, Hashable] | None = None

    def close(self) -> None:
        if self.place is None:
            return
        (shelf, how), self.place = self.place, None
        if self._forget():
            shelf.put(how, self)
        else:
            shelf.in_use -= 1
            self.end()

    def end(self) -> None:
        super().close()

    def is_well(self) -> bool:
        return not self.closed

    def _forget(self) -> bool:
        """Be as new, but for what the server knows of the schema; tells whether that was possible."""
        server = self.pgconn
        if self.closed or server.pipeline_status != PipelineStatus.OFF:
            return False
        if server.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            server.exec_(b"ROLLBACK")
        if server.transaction_status != TransactionStatus.IDLE:
            return False
        self._autocommit, self._prepared = False, PrepareManager()
        self._notice_handlers.clear()
        return server.exec_(b"DISCARD ALL").status == ExecStatus.COMMAND_OK


def keep_connections_of(engine: sa.Engine, options: dict[str, Any]) -> None:
    """Let an engine take and leave connections where its database is lent; `options` are those it was made with."""
    how = str(options.get("execution_options"))
    connect = _connect_to_file if engine.dialect.name == "sqlite" else _connect_to_server

    def again_or_anew(_dialect: sa.Dialect, _record: Any, args: list[Any], named: dict[str, Any]) -> Any:
        shelf = _SHELVES.get(args[0] if args else named.get("dbname", ""))
        return None if shelf is None else _opened(shelf, how, connect, args, named)

    event.listen(engine, "do_connect", again_or_anew)


def _opened(shelf: Shelf, how: str, connect: Callable[..., Any], args: list[Any], named: dict[str, Any]) -> Any:
    way = (how, *sorted((name, str(value)) for name, value in named.items() if name != "context"))
    connection = shelf.open_again(way) or connect(*args, **named)
    connection.place = (shelf, way)
    return connection


def _connect_to_file(path: str, *, timeout: float = _USUAL_TIMEOUT, **named: Any) -> Any:
    connection = sqlite3.connect(path, timeout, factory=_KeptFile, **named)
    connection.patience = timeout
    return connection


def _connect_to_server(*args: Any, **named: Any) -> Any:
    return _KeptServer.connect(*args, **named)
