"""Fresh databases that already have the whole schema: copies of a SQLite file and of a PostgreSQL template."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from billing.store.migrations import upgrade
from tests.support.lent import Lent, Rows
from tests.support.postgres import APP_ROLE, OWNER_ROLE, PostgresServer

Content = bytes | Rows
"""All that a database has: the file of SQLite, or the rows of PostgreSQL."""


class Migrated:
    """A fresh database with the whole schema: as the application sees it, as its owner does, and as a superuser."""

    def __init__(self, app_url: str, owner_url: str, superuser_url: str = "", lent: Lent | None = None) -> None:
        """Take the ways in; those of the mighty lead past the rows, so a database that was lent won't be lent again."""
        self.app_url = app_url
        self._owner_url, self._superuser_url = owner_url, superuser_url
        self._lent = lent

    @property
    def is_sqlite(self) -> bool:
        """Tell which of the two databases this is."""
        return self.app_url.startswith("sqlite")

    @property
    def owner_url(self) -> str:
        """The way in of the owner, who may change the schema."""
        return self._for_the_mighty(self._owner_url)

    @property
    def superuser_url(self) -> str:
        """The way in of the superuser, who may do anything; PostgreSQL alone."""
        return self._for_the_mighty(self._superuser_url)

    def content(self) -> Content:
        """Give all that is in it, once nobody is connected any more."""
        return self._file.read_bytes() if self._lent is None else self._lent.rows()

    def fill(self, content: Content) -> None:
        """Fill it, while it is empty and nobody is connected yet, with what was in another one."""
        if isinstance(content, bytes):
            self._file.write_bytes(content)
        elif self._lent is not None:
            self._lent.put(content)

    @property
    def _file(self) -> Path:
        return Path(str(sa.make_url(self.app_url).database))

    def _for_the_mighty(self, url: str) -> str:
        if self._lent is not None:
            self._lent.must_go = True
        return url


@contextmanager
def sqlite_copy(template: Path, target: Path) -> Iterator[Migrated]:
    """Copy a migrated SQLite file."""
    shutil.copy(template, target)
    yield Migrated(f"sqlite:///{target}", f"sqlite:///{target}")


@contextmanager
def postgres_copy(server: PostgresServer) -> Iterator[Migrated]:
    """Lend a migrated PostgreSQL database without rows; the application comes with its own role."""
    with server.lent(server.template("migrated", _migrate)) as lent:
        superuser = str(conninfo_to_dict(server.superuser_dsn)["user"])
        app, owner, mighty = (server.url(lent.name, role) for role in (APP_ROLE, OWNER_ROLE, superuser))
        yield Migrated(app, owner, mighty, lent)


def _migrate(url: str) -> None:
    upgrade(url, app_role=APP_ROLE)
