"""People with a plain SQL connection: the application's role, the tables' owner, the superuser - or anybody on SQLite.

What they try is always rolled back; what counts is whether the database let it happen.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from billing.store.tables import metadata
from tests.support.migrated import Migrated


@dataclass(frozen=True)
class Intruder:
    """One open connection and whose it is."""

    role: str
    connection: Any

    def attempt(self, *statements: str) -> str:
        """Run statements and take them back; give the refusal of the last one, "" when it went through."""
        *before, last = statements
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN")
            for statement in before:
                cursor.execute(statement)
            try:
                cursor.execute(last)
            except (sqlite3.Error, psycopg.Error) as error:
                return str(error)
            return "no row" if cursor.rowcount == 0 else ""
        finally:
            cursor.execute("ROLLBACK")  # at once: nobody waits for another's locks
            cursor.close()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Give the rows of a query."""
        cursor = self.connection.cursor()
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        cursor.close()
        return found


@contextmanager
def intruders(database: Migrated, processor_id: int) -> Iterator[list[Intruder]]:
    """Open a connection of every kind; on PostgreSQL they say that they work for the processor."""
    if database.is_sqlite:
        # None of our settings, as with any other SQLite program.
        with closing(sqlite3.connect(database.owner_url.removeprefix("sqlite:///"), isolation_level=None)) as plain:
            yield [Intruder("anybody", plain)]
        return
    found = []
    urls = {"app": database.app_url, "owner": database.owner_url, "superuser": database.superuser_url}
    for role, url in urls.items():
        connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        connection.execute("SELECT set_config('app.processor_id', %s, false)", [str(processor_id)])
        found.append(Intruder(role, connection))
    yield found
    for intruder in found:
        intruder.connection.close()


def refusals(people: list[Intruder], *statements: str) -> set[str]:
    """Let everybody try, and give the ways the last statement was refused: codes of rules, or the database's words."""
    return {_code(intruder, intruder.attempt(*statements)) for intruder in people}


def _code(intruder: Intruder, refusal: str) -> str:
    """Shorten a refusal to what tells it apart; the application's role may also lack the right altogether."""
    if intruder.role == "app" and "permission denied" in refusal:
        return "no right"
    if broken := re.search(r"mehraufwand\.([a-z_]+)", refusal):
        return broken[1]
    return refusal or f"{intruder.role} went through"


def copied(table: str, row_id: int | None, /, **changes: str) -> str:
    """Give the INSERT of a copy of a row with other values (SQL expressions) in some columns."""
    columns = [column.name for column in metadata.tables[table].columns if column.name != "id"]
    values = ", ".join(changes.get(column, column) for column in columns)
    return f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {values} FROM "{table}" WHERE id = {row_id}'  # noqa: S608
