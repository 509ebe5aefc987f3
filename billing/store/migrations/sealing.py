"""Seals texts that stood in the clear, row by row in a migration's transaction: keys never go to a server.

The ring is asked for when the first text is found, so a database without any needs none.
"""

# ruff: noqa: S608 - statements put together from names of our own tables

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from billing.errors import Problem
from billing.store.engine import is_sqlite
from billing.store.keyring import KeyRing, Seal

Ring = Callable[[], KeyRing]
"""Gives the key ring of an installation; Problem `keys_missing` where there is none."""


def no_ring() -> KeyRing:
    """Refuse to seal: the ring of an upgrade that was given none."""
    raise Problem("keys_missing", path="")


def open_to_owner(connection: sa.Connection, *tables: str) -> None:
    """Let the owner read and write the rows of all tenants; the rules, which come back last, end it."""
    if is_sqlite(connection):
        connection.execute(sa.text("PRAGMA secure_delete = ON"))  # what stood there is overwritten
        return
    for table in tables:
        connection.execute(sa.text(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY'))


def seal_texts(connection: sa.Connection, place: str, ring: Ring) -> None:
    """Seal all that a column `table.column` holds as text, for its tenant each."""
    table, column = place.split(".")
    for number, processor_id, text in _rows(connection, table, column):
        plain = text.encode() if isinstance(text, str) else bytes(text)
        set_column(connection, place, number, sealed(place, processor_id, plain, ring))


def sealed(place: str, processor_id: int, plain: bytes, ring: Ring) -> bytes:
    """Seal a value as its column would."""
    keys = ring()
    return keys.seal(plain, Seal(keys, processor_id).context(place))


def set_column(connection: sa.Connection, place: str, number: int, value: object) -> None:
    """Write one column of one row."""
    table, column = place.split(".")
    statement = sa.text(f'UPDATE "{table}" SET {column} = :value WHERE id = :number')
    connection.execute(statement, {"value": value, "number": number})


def _rows(connection: sa.Connection, table: str, column: str) -> Iterator[tuple[int, int, Any]]:
    query = f'SELECT id, processor_id, {column} FROM "{table}" WHERE {column} IS NOT NULL ORDER BY id'
    for row in connection.execute(sa.text(query)).all():
        yield row[0], row[1], row[2]
