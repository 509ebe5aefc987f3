"""Fresh databases that already have the whole schema: copies of a SQLite file and of a PostgreSQL template."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from billing.store.migrations import upgrade
from tests.support.postgres import APP_ROLE, PostgresServer


@dataclass(frozen=True)
class Migrated:
    """A fresh database with the whole schema: as its owner sees it, and as the application does."""

    owner_url: str
    app_url: str
    superuser_url: str = ""

    @property
    def is_sqlite(self) -> bool:
        """Tell which of the two databases this is."""
        return self.owner_url.startswith("sqlite")


@contextmanager
def sqlite_copy(template: Path, target: Path) -> Iterator[Migrated]:
    """Copy a migrated SQLite file."""
    shutil.copy(template, target)
    yield Migrated(f"sqlite:///{target}", f"sqlite:///{target}")


@contextmanager
def postgres_copy(server: PostgresServer) -> Iterator[Migrated]:
    """Copy a migrated PostgreSQL database; the application comes with its own role."""
    with server.database(server.template("migrated", _migrate)) as name:
        superuser = conninfo_to_dict(server.superuser_dsn)["user"]
        yield Migrated(server.url(name), server.url(name, APP_ROLE), server.url(name, str(superuser)))


def _migrate(url: str) -> None:
    upgrade(url, app_role=APP_ROLE)
