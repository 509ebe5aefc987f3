"""Fresh databases that already have the whole schema: lent, or copies of a SQLite file and of a PostgreSQL template."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from billing.store.migrations import upgrade
from tests.support.lent import Lent, Rows
from tests.support.lent_file import LentFile, LentFiles
from tests.support.postgres import APP_ROLE, OWNER_ROLE, PostgresServer

Content = sqlite3.Connection | Rows
"""All that a database has: a copy in memory of SQLite, or the rows of PostgreSQL."""


class Migrated:
    """A fresh database with the whole schema: as the application sees it, as its owner does, and as a superuser."""

    def __init__(
        self, app_url: str, owner_url: str, superuser_url: str = "", lent: Lent | LentFile | None = None
    ) -> None:
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
        """Give all that is in a database that is lent, once nobody is connected any more."""
        assert self._lent is not None
        return self._lent.content()

    def fill(self, content: Content) -> None:
        """Fill it, while it is empty and nobody is connected yet, with what was in another one."""
        if isinstance(content, Rows):
            assert isinstance(self._lent, Lent)
            self._lent.put(content)
        else:
            assert isinstance(self._lent, LentFile)
            self._lent.put(content)

    def _for_the_mighty(self, url: str) -> str:
        if self._lent is not None:
            self._lent.must_go = True
        return url


@contextmanager
def sqlite_lent(files: LentFiles, template: Path) -> Iterator[Migrated]:
    """Lend a SQLite database with what is in a migrated file."""
    with files.lent(template) as lent:
        yield Migrated(f"sqlite:///{lent.path}", f"sqlite:///{lent.path}", lent=lent)


@contextmanager
def sqlite_copy(template: Path, target: Path) -> Iterator[Migrated]:
    """Copy a migrated SQLite file, for those who do more to it than write rows, or keep it."""
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
