"""`verify` finds what somebody changed behind the product's back: here the owner of the tables, without triggers."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from billing.canonical import canonical, fingerprint
from billing.errors import InvalidInput
from billing.services import closing_proofs
from billing.services.access.first_admin import NewAdmin, create_admin
from billing.services.access.grants import NewGrant, grant_role, revoke_grant
from billing.services.access.trail import note_access
from billing.services.acting import Act
from billing.services.estimate_states import send_estimate
from billing.services.estimates import add_estimate, read_estimate
from billing.services.proofs import ProofFile
from billing.services.verification import read_head, verify
from billing.store.audit import Head, audit_hash
from billing.store.keyring import KeyRing
from billing.store.rules.logs import GENESIS
from billing.store.session import TenantSession, open_store
from billing.store.tables import AuditLog
from billing.store.tables.kinds import Role
from tests.months.story import Story
from tests.services.furnishing import Desk
from tests.services.test_expenses import add as add_expense
from tests.support.migrated import sqlite_copy
from tests.support.papers import pdf


def without_record(settlement: str) -> str:
    """Give what the hash of a closing covers."""
    return canonical({name: part for name, part in json.loads(settlement).items() if name != "record"})


LEAVE = """INSERT INTO retention_record (processor_id, table_name, row_id, retention_class, retained_until,
    recorded_on, recorded_at, recorded_by_name, reason) SELECT processor_id, 'audit_log', id, 'voucher',
    '2034-12-31', '2035-01-01', '2035-01-01 08:00:00.000000', 'tester', 'Frist' FROM audit_log WHERE seq < 4"""
FIRST_THREE_GO = (LEAVE, "DELETE FROM audit_log WHERE seq < 4")


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

    def tamper_with(
        self, table: str, column: str, change: Callable[[str], str], digest: str, hashed: Callable[[str], str]
    ) -> None:
        """Change a text of the first row, and its hash with it."""
        with closing(sqlite3.connect(self.file)) as connection:
            (text,) = connection.execute(f"SELECT {column} FROM {table} WHERE id = 1").fetchone()  # noqa: S608
        new = change(text)
        assert new != text
        quoted = new.replace("'", "''")
        self.tamper(
            f"UPDATE {table} SET {column} = '{quoted}', {digest} = '{fingerprint(hashed(new))}' WHERE id = 1"  # noqa: S608
        )

    def write_chain_anew(self, action: str, change: Callable[[str], str]) -> None:
        """Change what the first event of a kind says, and all hashes from there on, as who knows them could."""
        rows = self.tell(lambda session: list(session.exec(select(AuditLog).order_by(col(AuditLog.seq)))))
        (first, *_) = [row for row in rows if row.action == action]
        changed, before, anew = change(first.details), GENESIS, []
        assert changed != first.details
        for row in rows:
            said = {name: getattr(row, name) for name in ("seq", "at", "actor", "action", "subject", "details")}
            said |= {"prev_hash": before} | ({"details": changed} if row is first else {})
            whole = said | {"processor_id": row.processor_id, "at": row.at.astimezone(UTC).isoformat()}
            before = fingerprint(canonical(whole))
            quoted = said["details"].replace("'", "''")
            anew.append(
                f"UPDATE audit_log SET details = '{quoted}', prev_hash = '{said['prev_hash']}', hash = '{before}'"  # noqa: S608
                f" WHERE id = {row.id}"
            )
        self.tamper(*anew)

    def faults(self, expect: Head | None = None) -> list[tuple[str, str]]:
        """Give check and code of every fault."""
        found = self.tell(lambda session: verify(session, expect=expect))
        return [(fault.check, fault.code) for fault in found.faults]


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
        story.fact("V-1", "2026-10-02 09:00", cause="controller", cause_reason="E-Mail vom 1.10.")
        add_expense(story, file=ProofFile("bahn.pdf", pdf()))
        for month, when in (("10", "2026-11-02 09:00"), ("11", "2026-12-02 09:00")):
            story.work(f"Z-{month}", "V-1", f"2026-{month}-06 09:00", 60)
            story.bill(f"2026-{month}", when)
        story.tell(comes_and_goes)
        story.tell(asks_in_writing)
        story.tell(appoints)
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
    send_estimate(session, act, add_estimate(session, act, read_estimate(raw)), act.at)


def appoints(session: TenantSession) -> None:
    """Make the person an admin, and for a while an auditor as well."""
    act = Act("tester", datetime(2026, 11, 4, 9, tzinfo=UTC))
    user, _ = create_admin(session, act, NewAdmin(email="eb@immoinvent.example", person="EB"), None)
    revoke_grant(session, act, grant_role(session, act, user, NewGrant(role=Role.AUDITOR, reason="Prüfung")))


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
    assert (counts["closings"], counts["issued_files"], counts["grants"]) == (2, 2, 2)


def test_a_log_whose_first_rows_went_with_leave_is_whole_and_says_where_it_begins(vault: Vault):
    vault.tamper(*FIRST_THREE_GO)
    found = vault.tell(verify)
    assert (found.faults, found.log_begins_at) == ([], 4)


def test_a_head_that_was_noted_outside_still_lies_on_the_way_after_more_was_done(office: Story):
    noted = office.tell(verify).head
    office.work("Z-1", "V-1", "2026-10-06 09:00", 60)
    found = office.tell(lambda session: verify(session, expect=read_head(noted, "expect")))
    assert (found.faults, found.counts["anchor"]) == ([], 1)
    assert found.head != noted


def test_a_chain_that_was_written_anew_is_whole_in_itself_and_does_not_lead_through_a_noted_head(vault: Vault):
    """It has no key: who may write the file and knows how it is made leaves no trace in it."""
    noted = read_head(vault.tell(verify).head, "expect")
    vault.write_chain_anew("case_opened", lambda details: details.replace("other", "audit"))
    assert vault.faults() == []
    assert vault.faults(noted) == [("anchor", "anchor_differs")]


def test_a_log_that_ends_before_a_noted_head_is_not_the_one_it_was_noted_of(vault: Vault):
    noted = read_head(vault.tell(verify).head, "expect")
    later = Head(noted.seq + 1, noted.hash)
    assert vault.faults(later) == [("anchor", "anchor_missing")]


@pytest.mark.parametrize(
    ("seq", "codes"),
    [
        pytest.param(5, [], id="a row that is still there"),
        pytest.param(3, [], id="the last that went, as the first links to it"),
        pytest.param(2, ["anchor_gone"], id="one that went long ago"),
    ],
)
def test_a_noted_head_is_proved_as_far_back_as_the_log_goes(vault: Vault, seq: int, codes: list[str]):
    noted = Head(seq, str(vault.tell(lambda session: audit_hash(session, seq))))
    vault.tamper(*FIRST_THREE_GO)
    assert [code for _, code in vault.faults(noted)] == codes


@pytest.mark.parametrize("said", ["", "12", "12:abc", f"x:{'0' * 64}", f"1:{'g' * 64}", f"1:{'0' * 64}0", 7])
def test_what_is_no_head_is_refused(said: object):
    with pytest.raises(InvalidInput, match="head_unreadable"):
        read_head(said, "expect")


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
        pytest.param(
            "UPDATE invoice SET gross_cents = gross_cents - 100, net_cents = net_cents - 100",
            "invoices",
            "row_differs",
            id="what an invoice asks for in lists and open items",
        ),
        pytest.param(
            "UPDATE invoice SET controller_id = 2", "invoices", "row_differs", id="whose portal shows an invoice"
        ),
    ],
)
def test_what_was_changed_behind_our_back_is_found(vault: Vault, statement, check, code):
    vault.tamper(statement)
    assert (check, code) in vault.faults()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        pytest.param(
            "UPDATE audit_log SET at = 'never' WHERE seq = 3", ("audit_log", "-", "unreadable"), id="no moment"
        ),
        pytest.param(
            "UPDATE audit_log SET actor = x'00ff' WHERE seq = 1", ("audit_log", "-", "unreadable"), id="bytes"
        ),
        pytest.param(
            "UPDATE access_log SET at = 'never' WHERE seq = 1", ("access_log", "-", "unreadable"), id="in a day's log"
        ),
        pytest.param("UPDATE invoice SET issue_date = 'x' WHERE id = 1", ("invoices", "-", "unreadable"), id="no day"),
        pytest.param(
            "UPDATE role_grant SET expires_at = 'x' WHERE id = 2", ("grants", "-", "unreadable"), id="no end of a role"
        ),
        pytest.param("UPDATE unit SET group_key = x'00'", ("closings", "-", "unreadable"), id="no text"),
    ],
)
def test_what_can_not_even_be_read_is_a_fault_and_stops_no_other_check(vault: Vault, statement, found):
    vault.tamper(statement, "UPDATE holiday_set SET dates = replace(dates, '2026-01-01', '2026-01-02')")
    faults = [(fault.check, fault.subject, fault.code) for fault in vault.tell(verify).faults]
    assert found in faults
    assert ("holidays", "hash_differs") in [(check, code) for check, _, code in faults]


def test_a_cancellation_of_another_invoice_than_its_paper_names_is_found(vault: Vault):
    vault.cancel("RE-2026-0001", "2026-12-03 09:00")
    assert vault.faults() == []
    vault.tamper("UPDATE invoice SET cancels_id = 2 WHERE kind = 'cancellation'")
    assert ("invoices", "row_differs") in vault.faults()


def test_a_first_number_other_than_the_opening_balance_s_is_a_gap(vault: Vault):
    vault.tamper("UPDATE invoice SET sequence = sequence + 5", "UPDATE number_series SET last_sequence = 7")
    assert vault.faults()[:1] == [("numbers", "number_gap")]


NOT_GRANTED = """INSERT INTO role_grant (processor_id, user_id, role, reason, recorded_at, recorded_by_name)
    SELECT processor_id, user_id, 'lead', 'x', recorded_at, 'x' FROM role_grant LIMIT 1"""


@pytest.mark.parametrize(
    ("statement", "check", "code"),
    [
        pytest.param(
            "UPDATE entry_version SET end_at = replace(end_at, '08:00:', '08:30:') WHERE id = 1",
            "closings",
            "facts_differ",
            id="when billed work ended",
        ),
        pytest.param(
            "UPDATE entry_version SET start_at = replace(start_at, '07:00:', '07:10:') WHERE id = 1",
            "closings",
            "facts_differ",
            id="when billed work began",
        ),
        pytest.param(
            "UPDATE approval SET approved_at = '2026-10-20 06:00:00.000000'",
            "closings",
            "facts_differ",
            id="when work was approved",
        ),
        pytest.param(
            "UPDATE estimate_line SET minutes = 45", "closings", "facts_differ", id="how much work was approved"
        ),
        pytest.param("UPDATE case_version SET cause = 'processor'", "closings", "facts_differ", id="who caused a case"),
        pytest.param(
            "UPDATE terms_version SET recorded_at = '2027-01-01 00:00:00.000000', terms = 'torn'",
            "closings",
            "facts_differ",
            id="terms that can't be read",
        ),
        pytest.param(
            "UPDATE segment SET from_min = from_min + 15 WHERE id = 1", "closings", "decisions_differ", id="a minute"
        ),
        pytest.param(
            "UPDATE segment SET price_numerator = 7 WHERE id = 1", "closings", "decisions_differ", id="a price"
        ),
        pytest.param("UPDATE segment SET code = 'urgent' WHERE id = 1", "closings", "decisions_differ", id="a reason"),
        pytest.param("DELETE FROM segment WHERE id = 1", "closings", "decisions_differ", id="a stretch gone"),
        pytest.param("UPDATE unit SET units = 9 WHERE id = 1", "closings", "decisions_differ", id="units"),
        pytest.param(
            "UPDATE closing SET settlement = replace(settlement, '100.00', '200.00')",
            "closings",
            "hash_differs",
            id="what was settled",
        ),
        pytest.param("UPDATE closing SET settlement = '[]'", "closings", "hash_differs", id="all of what was settled"),
        pytest.param("UPDATE closing SET month = '2025-12' WHERE id = 1", "closings", "event_differs", id="the month"),
        pytest.param("DELETE FROM invoice_file WHERE kind = 'xml'", "issued_files", "file_missing", id="an XML gone"),
        pytest.param(
            "DELETE FROM invoice_file WHERE kind = 'activity_record_csv'",
            "issued_files",
            "file_missing",
            id="a record gone",
        ),
        pytest.param(
            "UPDATE outbox SET done_at = not_before WHERE kind = 'pdf'", "issued_files", "file_missing", id="a PDF gone"
        ),
        pytest.param(
            """UPDATE invoice_file SET stored_file_id = (SELECT max(f.stored_file_id) FROM invoice_file f
            WHERE f.kind = 'xml') WHERE kind = 'xml'""",
            "issued_files",
            "xml_differs",
            id="another XML in its place",
        ),
        pytest.param("UPDATE role_grant SET role = 'lead' WHERE id = 1", "grants", "not_granted", id="another role"),
        pytest.param(
            "UPDATE role_grant SET expires_at = '2030-01-01 06:00:00.000000' WHERE id = 1",
            "grants",
            "not_granted",
            id="a role's end",
        ),
        pytest.param(NOT_GRANTED, "grants", "not_granted", id="a role nobody granted"),
        pytest.param(
            "UPDATE role_grant SET revoked_at = NULL WHERE revoked_at IS NOT NULL",
            "grants",
            "not_granted",
            id="a role taken back",
        ),
    ],
)
def test_what_was_changed_of_rows_that_nothing_hashes_is_found(vault: Vault, statement, check, code):
    vault.tamper(statement)
    assert {fault for fault in vault.faults() if fault[0] in ("closings", "issued_files", "grants")} == {(check, code)}


def test_a_month_written_anew_with_its_hash_is_not_what_the_log_was_told(vault: Vault):
    vault.tamper_with("closing", "settlement", lambda text: text.replace("V-1", "V-2"), "facts_hash", without_record)
    assert set(vault.faults()) == {("closings", "event_differs")}


def test_an_invoice_written_anew_with_its_hash_is_not_what_the_log_was_told(vault: Vault):
    vault.tamper_with("invoice", "document", lambda text: text.replace("Wohnbau", "Wohnbad"), "document_sha256", str)
    assert set(vault.faults()) == {("closings", "event_differs")}


def test_an_invoice_that_says_something_else_than_its_closing_is_found_without_the_log(vault: Vault):
    vault.tamper_with("invoice", "document", lambda text: text.replace("Wohnbau", "Wohnbad"), "document_sha256", str)
    vault.tamper("DELETE FROM audit_log WHERE action = 'month_closed'")
    assert ("closings", "document_differs") in vault.faults()


def test_months_settled_by_other_rules_are_not_settled_again(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    vault.tamper("UPDATE case_version SET cause = 'processor'")
    monkeypatch.setattr(closing_proofs, "rated_with", lambda: "later rules")
    assert vault.faults() == []


def test_a_fact_of_the_run_s_own_minute_that_came_after_the_closing_is_no_fault(vault: Vault):
    vault.work("Z-12", "V-1", "2026-11-09 09:00", 60, when="2026-12-02 09:00")
    assert vault.faults() == []


def test_work_that_was_corrected_cancelled_and_billed_again_is_whole(vault: Vault):
    vault.expense("X-1", "V-1", "2026-12-01", "12.00")
    vault.cancel("RE-2026-0002", "2026-12-03 09:00")
    vault.correct("Z-11", "2026-12-03 10:00", "2026-11-06 09:00", 75)
    vault.fact("V-1", "2026-12-03 11:00", cause="processor", cause_reason="Bericht")
    vault.bill("2026-11", "2026-12-04 09:00")
    vault.fact("V-1", "2026-12-05 11:00", cause="controller", cause_reason="Gutachten")
    vault.work("Z-12", "V-1", "2026-12-09 09:00", 60)
    vault.bill("2026-12", "2027-01-04 09:00")
    assert vault.faults() == []
