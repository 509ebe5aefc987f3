"""A PostgreSQL database that is lent to one test after the other, its rows taken out in between.

To take all rows out, or put some in, costs a tenth of a copy of the database. Triggers are told to keep still: what
they guard is put back whole. It is for databases in which nothing but rows was changed.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from tests.support.kept_connections import Shelf

_ALONE = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)"""
_FILLED = """SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname IN ('public', 'mehraufwand_queue')
    AND relname <> 'alembic_version' AND pg_relation_size(pg_class.oid) > 0 ORDER BY 1"""
_COUNTED = """SELECT seqrelid::regclass::text, pg_sequence_last_value(seqrelid) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""
_RESTART = """SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""

# What VACUUM learns of a table without rows makes PostgreSQL read all of it from then on, however it grows.
_UNKNOWN = """UPDATE pg_class SET relpages = 0, reltuples = -1, relallvisible = 0
    WHERE relkind = 'r' AND relnamespace::regnamespace || '.' || relname = ANY(%s)"""


@dataclass(frozen=True)
class Rows:
    """All rows of a database, by table, and how far its counters have come."""

    tables: dict[str, bytes]
    counters: dict[str, int]


class Lent:
    """The database and a superuser's connection to it; `must_go` says that more than its rows may have been changed."""

    def __init__(self, name: str, superuser_dsn: str) -> None:
        """Connect: an idle connection stays, as a new one would learn the whole schema anew."""
        self.name, self.must_go = name, False
        self._shelf = Shelf(name)
        quiet = "-c session_replication_role=replica"
        self._connection = psycopg.connect(superuser_dsn, dbname=name, options=quiet, autocommit=True)

    def close(self) -> None:
        """End all connections."""
        self._shelf.clear()
        self._connection.close()

    def content(self) -> Rows:
        """Read all rows."""
        counters = self._connection.execute(_COUNTED).fetchall()
        return Rows({name: self._copied(name) for name in self._filled()}, dict(counters))

    def put(self, rows: Rows) -> None:
        """Write the rows of a database of the same schema into this one, which has none."""
        with self._connection.transaction():
            for name, content in rows.tables.items():
                with self._connection.cursor().copy(_copy(name, "FROM STDIN")) as copy:
                    copy.write(content)
            for name, value in rows.counters.items():
                self._connection.execute("SELECT setval(%s::regclass, %s)", [name, value])

    def empty(self) -> None:
        """Take all rows out, and what is known of their number; let all counters begin anew.

        Who is still connected is thrown out, but for connections that were closed and are kept.
        """
        self._connection.execute(_ALONE, [[kept.info.backend_pid for kept in self._shelf.all()]])
        filled = self._filled()
        names = [_table(name) for name in filled]
        deletions = [sql.SQL("DELETE FROM {}").format(name) for name in names]
        self._connection.execute(sql.SQL("; ").join([*deletions, sql.SQL(_RESTART)]))
        if names:
            self._connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(names)))
            self._connection.execute(_UNKNOWN, [filled])

    def _filled(self) -> list[str]:
        return [name for (name,) in self._connection.execute(_FILLED)]

    def _copied(self, name: str) -> bytes:
        with self._connection.cursor().copy(_copy(name, "TO STDOUT")) as copy:
            return b"".join(bytes(block) for block in copy)


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


def _copy(name: str, whereto: str) -> sql.Composed:
    return sql.SQL("COPY {} {} (FORMAT binary)").format(_table(name), sql.SQL(whereto))
