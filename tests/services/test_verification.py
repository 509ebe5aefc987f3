"""`verify` finds what somebody changed behind the product's back: here the owner of the tables, without triggers."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.services.access.trail import note_access
from billing.services.acting import Act
from billing.services.estimate_states import send_estimate
from billing.services.estimates import add_estimate, read_estimate
from billing.services.proofs import ProofFile
from billing.services.verification import verify
from billing.store.keyring import KeyRing
from billing.store.session import TenantSession, open_store
from tests.months.story import Story
from tests.services.furnishing import Desk
from tests.services.test_expenses import add as add_expense
from tests.support.migrated import sqlite_copy
from tests.support.papers import pdf


class Vault(Desk):
    """A story whose database file can be tampered with."""

    file: Path

    def tamper(self, *statements: str) -> None:
        """Change rows as somebody who owns the file could: triggers first, then the rows."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                connection.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement

    def faults(self) -> list[tuple[str, str]]:
        """Give check and code of every fault."""
        return [(fault.check, fault.code) for fault in self.tell(verify).faults]


@pytest.fixture(scope="session")
def closed_books(
    furnished_file: tuple[Path, KeyRing, int], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, KeyRing, int]:
    """Two issued invoices, a receipt, frozen terms and holidays, for tests to copy."""
    template, ring, number = furnished_file
    path = tmp_path_factory.mktemp("books") / "mehraufwand.db"
    with sqlite_copy(template, path) as database:
        store = open_store(database.app_url, ring)
        story = Desk(store, number)
        story.estimate("Q-1", "V-1", regular=600)
        add_expense(story, file=ProofFile("bahn.pdf", pdf()))
        for month, when in (("10", "2026-11-02 09:00"), ("11", "2026-12-02 09:00")):
            story.work(f"Z-{month}", "V-1", f"2026-{month}-06 09:00", 60)
            story.bill(f"2026-{month}", when)
        story.tell(comes_and_goes)
        story.tell(asks_in_writing)
        store.close()
    return path, ring, number


def comes_and_goes(session: TenantSession) -> None:
    """Log in and out."""
    for name in ("login", "logout"):
        note_access(session, Act("tester", datetime(2026, 11, 2, 9, tzinfo=UTC)), name, "user:1")


def asks_in_writing(session: TenantSession) -> None:
    """Send an estimate with a description: sealed, and under the hash of what was asked."""
    act = Act("tester", datetime(2026, 11, 3, 9, tzinfo=UTC))
    line = {"rate_class": "regular", "minutes": 600}
    raw = {"case": "V-1", "contract": "AVV-1", "ref": "Q-2", "lines": [line], "description": "Auskunft"}
    send_estimate(session, act, add_estimate(session, act, read_estimate(raw)))


@pytest.fixture
def vault(closed_books: tuple[Path, KeyRing, int], tmp_path: Path) -> Iterator[Vault]:
    """Closed books of one's own."""
    template, ring, number = closed_books
    with sqlite_copy(template, tmp_path / "mehraufwand.db") as database:
        store = open_store(database.app_url, ring)
        story = Vault(store, number)
        story.file = tmp_path / "mehraufwand.db"
        yield story
        store.close()


def test_what_nobody_touched_is_whole(vault: Vault):
    found = vault.tell(verify)
    assert found.faults == []
    counts = found.counts
    assert (counts["numbers"], counts["invoices"], counts["files"], counts["terms"], counts["holidays"]) == (
        2,
        2,
        5,  # a receipt, and of both documents the XML and the record
        1,
        1,
    )
    assert counts["audit_log"] > 10


def test_a_log_whose_first_rows_went_with_leave_is_whole_and_says_where_it_begins(vault: Vault):
    leave = """INSERT INTO retention_record (processor_id, table_name, row_id, retention_class, retained_until,
        recorded_on, recorded_at, recorded_by_name, reason) SELECT processor_id, 'audit_log', id, 'voucher',
        '2034-12-31', '2035-01-01', '2035-01-01 08:00:00.000000', 'tester', 'Frist' FROM audit_log WHERE seq < 4"""
    vault.tamper(leave, "DELETE FROM audit_log WHERE seq < 4")
    found = vault.tell(verify)
    assert (found.faults, found.log_begins_at) == ([], 4)


def test_what_nobody_touched_is_whole_on_both_databases(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    office.bill("2026-10", "2026-11-02 09:00")
    office.cancel("RE-2026-0001", "2026-11-03 09:00")
    found = office.tell(verify)
    assert (found.faults, found.counts["numbers"]) == ([], 2)


@pytest.mark.parametrize(
    ("statement", "check", "code"),
    [
        pytest.param("UPDATE audit_log SET actor = 'x' WHERE seq = 3", "audit_log", "row_changed", id="an actor"),
        pytest.param("DELETE FROM audit_log WHERE seq = 3", "audit_log", "row_missing", id="a row of the log gone"),
        pytest.param("UPDATE audit_log SET prev_hash = hash WHERE seq = 3", "audit_log", "link_broken", id="a link"),
        pytest.param("UPDATE invoice SET sequence = 7 WHERE sequence = 2", "numbers", "number_gap", id="a number"),
        pytest.param(
            "UPDATE invoice SET issue_date = '2026-01-01' WHERE sequence = 2", "numbers", "date_goes_back", id="a date"
        ),
        pytest.param("UPDATE number_series SET last_sequence = 9", "numbers", "counter_differs", id="the counter"),
        pytest.param(
            "UPDATE invoice SET document = replace(document, 'Wohnbau', 'Wohnbad') WHERE sequence = 1",
            "invoices",
            "hash_differs",
            id="a name on an invoice",
        ),
        pytest.param(
            "UPDATE stored_file SET sha256 = replace(sha256, substr(sha256, 1, 8), '00000000')",
            "files",
            "hash_differs",
            id="the hash of a receipt",
        ),
        pytest.param(
            "UPDATE stored_file SET content = CAST(substr(content, 1, length(content) - 1) || x'00' AS BLOB)",
            "files",
            "seal_broken",
            id="a byte of a sealed receipt",
        ),
        pytest.param(
            "UPDATE terms_version SET terms = replace(terms, '100.00', '101.00')",
            "terms",
            "hash_differs",
            id="the rate",
        ),
        pytest.param(
            "UPDATE access_log SET subject = 'user:9' WHERE seq = 2", "access_log", "row_changed", id="who logged in"
        ),
        pytest.param(
            "DELETE FROM access_log WHERE seq = 1", "access_log", "row_missing", id="a log-in gone from its day"
        ),
        pytest.param("DELETE FROM audit_log", "audit_log", "event_missing", id="the whole log"),
        pytest.param(
            "DELETE FROM audit_log WHERE seq >= (SELECT max(seq) FROM audit_log WHERE action = 'month_closed')",
            "audit_log",
            "event_missing",
            id="the end of the log from a closing on",
        ),
        pytest.param(
            "DELETE FROM audit_log WHERE seq >= (SELECT max(seq) FROM audit_log WHERE action = 'work_logged')",
            "audit_log",
            "ends_early",
            id="the end of the log from the last work on",
        ),
        pytest.param("DELETE FROM audit_log WHERE seq < 4", "audit_log", "deleted_without_leave", id="the first rows"),
        pytest.param(
            "UPDATE estimate_version SET lines = replace(lines, '600', '900')",
            "estimates",
            "hash_differs",
            id="the minutes that were asked for",
        ),
        pytest.param("UPDATE estimate_version SET lines = 'torn'", "estimates", "hash_differs", id="torn lines"),
        pytest.param(
            "UPDATE estimate_version SET description = CAST(substr(description, 1, 9) || x'00' AS BLOB)",
            "estimates",
            "seal_broken",
            id="a sealed description",
        ),
        pytest.param(
            "UPDATE holiday_set SET dates = replace(dates, '2026-01-01', '2026-01-02')",
            "holidays",
            "hash_differs",
            id="a holiday",
        ),
    ],
)
def test_what_was_changed_behind_our_back_is_found(vault: Vault, statement, check, code):
    vault.tamper(statement)
    assert (check, code) in vault.faults()


def test_a_first_number_other_than_the_opening_balance_s_is_a_gap(vault: Vault):
    vault.tamper("UPDATE invoice SET sequence = sequence + 5", "UPDATE number_series SET last_sequence = 7")
    assert vault.faults()[:1] == [("numbers", "number_gap")]
