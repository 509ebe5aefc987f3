"""Two requests at the same moment: waits until the one is in the other's way."""

import time
from concurrent.futures import Future
from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.http.running import Site

_WAITING = sa.text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE datname = current_database() AND NOT granted"
)
_SECONDS = 30


def wait_for_a_lock(site: Site, deed: Future[Any] | None = None) -> None:
    """Go on once somebody waits for a lock of PostgreSQL; a deed that is done meanwhile found none in its way."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and not (deed is not None and deed.done()):
        with site.store.operator() as session:
            if session.connection().execute(_WAITING).scalar_one():
                return
        time.sleep(0.02)
    pytest.fail("nobody waits for a lock")
