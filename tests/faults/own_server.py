"""A PostgreSQL server that a test may stop, starve and start again: nobody else uses it."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
from psycopg import sql

from billing.store.keyring import new_ring
from billing.store.migrations import upgrade
from tests.faults.conftest import Place
from tests.support import cluster
from tests.support.postgres import APP_ROLE, OWNER_ROLE, PostgresServer


@contextmanager
def server_folder() -> Iterator[Path]:
    """Give the folder of such a server; it is stopped and gone afterwards."""
    folder = Path(tempfile.gettempdir()) / f"mehraufwand_own_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        yield folder
    finally:
        cluster.stop(folder)


def installation_on(folder: Path) -> Place:
    """Start the server, and give an installation on it."""
    dsn = cluster.ensure_running(folder, os.getpid())
    server = PostgresServer(dsn, "own")
    template = server.template("migrated", _migrate)
    name = f"own_{secrets.token_hex(4)}"
    with psycopg.connect(dsn, autocommit=True) as line:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        line.execute(words.format(*map(sql.Identifier, (name, template, OWNER_ROLE))))
    server.close()

    place = Place(server.url(name, APP_ROLE), new_ring(), lambda: nullcontext(place))
    return place


def _migrate(url: str) -> None:
    upgrade(url, app_role=APP_ROLE)
