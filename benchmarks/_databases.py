"""Fresh databases to measure on: a SQLite file, or a private PostgreSQL that keeps every commit on disk."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from billing.store.migrations import upgrade

KINDS = ("sqlite", "postgresql")
_OWNER, _APP = "mehraufwand_owner", "mehraufwand_app"
_SERVER_USER = "postgres"


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database as the application sees it."""

    kind: str
    app_url: str
    data: Path
    maintenance: str | None = None
    """Where PostgreSQL's superuser connects to; none on SQLite."""

    def maintain(self) -> None:
        """Do at once what autovacuum does within the minute: PostgreSQL plans by how many rows it knows of."""
        if self.maintenance is not None:
            with psycopg.connect(self.maintenance, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """Make a migrated, empty database of a kind in a folder; the server of PostgreSQL ends with the block."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'bench.db'}"
        upgrade(url)
        yield Database(kind, url, folder)
        return
    with _cluster(folder) as (socket, data):
        maintenance = f"host={socket} dbname=bench user={_SERVER_USER}"
        yield Database(kind, _prepared(socket), data, maintenance)


def _prepared(socket: Path) -> str:
    where = f"host={socket} dbname=postgres user={_SERVER_USER}"
    with psycopg.connect(where, autocommit=True) as connection:
        for role in (_OWNER, _APP):
            connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"CREATE DATABASE bench OWNER {_OWNER}")
    upgrade(f"postgresql://{_OWNER}@/bench?host={socket}", app_role=_APP)
    return f"postgresql://{_APP}@/bench?host={socket}"


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Run a PostgreSQL with its usual durability: fsync and synchronous commits on."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder.chmod(0o711)
    data, socket = folder / "data", folder / "socket"
    for place in (data, socket):
        place.mkdir(mode=0o700)
        shutil.chown(place, _SERVER_USER, _SERVER_USER)
    _as_server(programs / "initdb", "-D", data, "-U", _SERVER_USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(f"listen_addresses = ''\nunix_socket_directories = '{socket}'\n")
    _as_server(programs / "pg_ctl", "start", "-D", data, "--wait", "-l", data / "log")
    try:
        yield socket, data
    finally:
        _as_server(programs / "pg_ctl", "stop", "-D", data, "-m", "fast")


def _as_server(*words: str | Path) -> None:
    subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        list(words),
        check=True,
        user=_SERVER_USER,
        group=_SERVER_USER,
        extra_groups=[],
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
