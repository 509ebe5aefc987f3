"""Around midnight of 31 December: Germany is in the new year an hour before the day in UTC that a record is of."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.services.acting import Act
from billing.services.retention import run_retention
from billing.store.session import TenantSession
from tests.services.test_retention import Archive, archive
from tests.support.ageing import THIS_YEAR, age

__all__ = ["archive"]
LAST_YEAR_OF_WORK = 2026
WORKED_IN = LAST_YEAR_OF_WORK - 3


def set_clock(session: TenantSession, moment: str) -> None:
    """Let SQLite take a moment for now, in its triggers as well."""
    connection: Any = session.connection().connection.dbapi_connection
    connection.execute("PRAGMA trusted_schema = ON")  # or triggers would not ask functions of ours
    for name in ("strftime", "date"):

        def told(*words: Any, name: str = name) -> Any:
            given = [moment if word == "now" else word for word in words]
            with closing(sqlite3.connect(":memory:")) as clock:
                return clock.execute(f"SELECT {name}({', '.join('?' * len(given))})", given).fetchone()[0]

        connection.create_function(name, -1, told)


# Regression: what ended with the year was due, but its record was refused, and with it the whole run.
@pytest.mark.parametrize("archive", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("moment", "drafts"),
    [
        pytest.param("2026-12-31 22:59:59", 0, id="in the old year"),
        pytest.param("2026-12-31 23:20:00", 0, id="in the hour that is of the new year in Germany alone"),
        pytest.param("2027-01-01 00:00:00", 1, id="in the new year"),
    ],
)
def test_what_is_kept_until_the_end_of_a_year_goes_with_the_new_year_in_utc(archive: Archive, moment: str, drafts: int):
    age(archive.database, THIS_YEAR - WORKED_IN)
    with archive.store.tenant(archive.world.processor_id) as session:
        set_clock(session, moment)
        act = Act("tester", datetime.fromisoformat(moment).replace(tzinfo=UTC))
        assert run_retention(session, act).deleted.get("draft", 0) == drafts
