"""Takes all rows out of a migrated PostgreSQL database, or puts some in: each costs a tenth of a copy of the database.

For databases in which nothing but rows was changed. Triggers are told to keep still: what they guard is put back whole.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

_ALONE = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_FILLED = """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0 ORDER BY relname"""
_COUNTED = """SELECT relname, pg_sequence_last_value(seqrelid) FROM pg_sequence JOIN pg_class ON oid = seqrelid
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""
_RESTART = """SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""
_QUIETLY = sql.SQL("SET session_replication_role = replica")


@dataclass(frozen=True)
class Rows:
    """All rows of a database, by table, and how far its counters have come."""

    tables: dict[str, bytes]
    counters: dict[str, int]

    @classmethod
    def of(cls, superuser_dsn: str) -> "Rows":
        """Read them."""
        with psycopg.connect(superuser_dsn, autocommit=True) as connection:
            names = [name for (name,) in connection.execute(_FILLED)]
            return cls(
                {name: _copied(connection, name) for name in names},
                dict(connection.execute(_COUNTED).fetchall()),
            )

    def put_into(self, superuser_dsn: str) -> None:
        """Write them into a database of the same schema that has none."""
        with psycopg.connect(superuser_dsn) as connection:
            connection.execute(_QUIETLY)
            for name, content in self.tables.items():
                with connection.cursor().copy(_copy(name, "FROM STDIN")) as copy:
                    copy.write(content)
            for name, value in self.counters.items():
                connection.execute("SELECT setval(%s::regclass, %s)", [name, value])


def empty(superuser_dsn: str) -> None:
    """Take all rows out and let all counters begin anew; who is still connected is thrown out."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        connection.execute(_ALONE)
        names = [sql.Identifier(name) for (name,) in connection.execute(_FILLED)]
        deletions = [sql.SQL("DELETE FROM {}").format(name) for name in names]
        connection.execute(sql.SQL("; ").join([_QUIETLY, *deletions, sql.SQL(_RESTART)]))
        if names:
            connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(names)))


def _copied(connection: psycopg.Connection, name: str) -> bytes:
    with connection.cursor().copy(_copy(name, "TO STDOUT")) as copy:
        return b"".join(bytes(block) for block in copy)


def _copy(name: str, whereto: str) -> sql.Composed:
    return sql.SQL("COPY {} {} (FORMAT binary)").format(sql.Identifier(name), sql.SQL(whereto))
