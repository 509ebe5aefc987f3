"""The retention engine (law.md G, T-20): what has served its time goes, in order and with its record; nothing else."""

# ruff: noqa: S608 - statements put together from names of our own tables

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from billing.services.acting import Act
from billing.services.policies import set_policy
from billing.services.retention import (
    RetentionRun,
    ask_retention,
    retention_on_time,
    run_retention,
    show_retention,
    try_retention,
)
from billing.services.retention_records import gone_under
from billing.services.verification import verify
from billing.store.audit import verify_audit
from billing.store.keyring import new_ring
from billing.store.rules.retention import retained_tables
from billing.store.session import Store, TenantSession, open_store
from billing.store.tables import AccessLog, AuditLog, Correction, LegalHold, Person, RetentionRecord, User, metadata
from tests.services.furnishing import refused
from tests.store.conftest import fresh_database
from tests.store.test_retention import ENDLESS, YEARS
from tests.support import world as w
from tests.support.ageing import ENDED, THIS_YEAR, age, back_to
from tests.support.furnished import furnish
from tests.support.migrated import Migrated


@dataclass(frozen=True)
class Archive:
    """A processor whose matters have all ended; a test moves it back in time."""

    database: Migrated
    store: Store
    world: w.World

    def run(self, *, dry: bool = False) -> RetentionRun:
        with self.store.tenant(self.world.processor_id) as session:
            return (try_retention if dry else run_retention)(session, now())

    def counts(self) -> dict[str, int]:
        with self.store.tenant(self.world.processor_id, read_only=True) as session:
            return {name: rows_of(session, name) for name in sorted(metadata.tables) if name != "login_attempt"}


def now() -> Act:
    return Act("tester", datetime.now(UTC))


def rows_of(session: TenantSession, table: str) -> int:
    return int(session.connection().execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar_one())


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A row in every table, all of this year and ended."""
    with fresh_database(request, tmp_path_factory) as database:
        store = open_store(database.app_url, new_ring())
        world = w.found(store)
        with store.tenant(world.processor_id) as session:
            furnish(session, world)
            free = w.add_entry(session, world, "E-held", start=datetime(2026, 10, 7, 7, tzinfo=UTC))
            assert free.id
        age(database, back_to(THIS_YEAR), *ENDED)
        yield Archive(database, store, world)
        store.close()


def test_nothing_goes_while_its_time_runs_and_all_goes_in_the_end(archive: Archive):
    """Year after year: whatever must still be there is there to the last row, whoever else has gone."""
    before = after = archive.counts()
    for years_ago in range(12):
        if years_ago:
            age(archive.database, 1)
        archive.run()
        after = archive.counts()
        kept = {name for name, years in YEARS.items() if years_ago <= years and name not in ("entry", "entry_version")}
        assert {name for name in kept if after[name] < before[name]} == set(), years_ago
    left = {name for name in retained_tables() if after[name]}
    assert left == {*ENDLESS, "audit_log"}, "what is in force, and the events of the runs"


def test_work_that_was_never_billed_goes_after_three_years_and_billed_work_stays(archive: Archive):
    assert archive.counts()["entry"] == 2
    age(archive.database, 3)
    archive.run()
    assert archive.counts()["entry"] == 2
    age(archive.database, 1)
    archive.run()
    with archive.store.tenant(archive.world.processor_id, read_only=True) as session:
        assert session.connection().execute(sa.text("SELECT ref FROM entry")).scalars().all() == ["E1"]
        assert rows_of(session, "segment") == 1


def test_a_dry_run_says_what_a_run_does_and_touches_nothing(archive: Archive):
    age(archive.database, 12)
    before = archive.counts()
    foretold = archive.run(dry=True)
    assert archive.counts() == before
    done = archive.run()
    assert (foretold.deleted, foretold.people, foretold.dry) == (done.deleted, done.people, True)
    after = archive.counts()
    gone = {name: before[name] - after[name] for name in retained_tables()}
    assert done.deleted == {name: number for name, number in gone.items() if number > 0 and name != "audit_log"} | {
        "audit_log": 1
    }


def test_each_row_leaves_its_record_and_the_run_its_event_without_what_was_there(archive: Archive):
    age(archive.database, 12)
    done = archive.run()
    with archive.store.tenant(archive.world.processor_id, read_only=True) as session:
        records = session.exec(select(RetentionRecord)).all()
        assert Counter(record.table_name for record in records) == done.deleted
        (invoice,) = [record for record in records if record.table_name == "invoice"]
        year = THIS_YEAR - 12
        assert (invoice.reason, str(invoice.retained_until)) == ("voucher_8y", f"{year + 8}-12-31")
        assert invoice.reference_digest == session.ring.digest(f"invoice:RE-{year}-1")
        event = session.exec(select(AuditLog).where(AuditLog.action == "retention_run")).one()
        assert json.loads(event.details) == {"deleted": done.deleted, "people": done.people}
        assert verify_audit(session).broken_at is None


@pytest.mark.parametrize("scope", [{}, {"from_year": 1990}], ids=["all", "since a year"])
def test_nothing_goes_while_a_hold_covers_it(archive: Archive, scope: dict[str, Any]):
    age(archive.database, 12)
    with archive.store.tenant(archive.world.processor_id) as session:
        w.put(session, LegalHold(ref="S2", reason="Betriebsprüfung", **scope, **w.recorded()))
    before = archive.counts()
    done = archive.run()
    assert (done.rows, sum(done.people.values())) == (0, 0)
    assert archive.counts() == before


def test_a_month_that_was_cancelled_goes_with_all_that_refers_to_it(archive: Archive):
    """Closing, correction and both documents name each other in a circle, so they go in one step."""
    other = w.found(archive.store, "other")
    with archive.store.tenant(other.processor_id) as session:
        w.cancel(session, other, w.issue(session, other))
    age(archive.database, 10, *ENDED)
    with archive.store.tenant(other.processor_id) as session:
        gone = run_retention(session, now()).deleted
        assert {name: gone[name] for name in ("closing", "correction", "invoice")} == {
            "closing": 1,
            "correction": 1,
            "invoice": 2,
        }


def test_names_of_leavers_and_contacts_are_taken_away_after_their_time(archive: Archive):
    def names() -> tuple[list[str | None], set[str | None]]:
        with archive.store.tenant(archive.world.processor_id, read_only=True) as session:
            people = session.exec(select(Person)).all()
            accounts = session.exec(select(User).where(col(User.person_id).is_not(None))).all()
            return [person.initials for person in people], {user.email for user in accounts}

    age(archive.database, 3)
    assert archive.run().people["person"] == 0
    assert names() == (["AB"], {"ab@acme.example"})
    age(archive.database, 1)
    assert archive.run().people["person"] == 1
    (initials,), emails = names()
    assert initials is not None
    assert initials.startswith("X")
    assert emails <= {None}
    assert archive.run().people["person"] == 0


@pytest.mark.parametrize("archive", ["sqlite"], indirect=True)
def test_what_went_is_overwritten_in_the_file(archive: Archive):
    """T-20: not only taken out of the table, but gone from the pages it stood on, the index included."""
    age(archive.database, 12)
    path = Path(archive.database.owner_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")  # what the test's own journey in time left behind
    values = (b"AVV-1", b"RE-2026-0001", b"E-held", b"Auskunft")
    assert all(value in path.read_bytes() for value in values)
    archive.run()
    archive.store.close()
    assert [value for value in values if value in path.read_bytes()] == []


def test_what_is_shown_counts_what_would_go(archive: Archive):
    age(archive.database, 12)
    with archive.store.tenant(archive.world.processor_id, read_only=True) as session:
        shown = {kept.table: kept for kept in show_retention(session)}
    assert shown.keys() == set(retained_tables())
    invoice = shown["invoice"]
    assert (invoice.stock.rows, invoice.stock.over, invoice.stock.held) == (1, 1, 0)
    assert invoice.periods[0][1] == 8
    assert shown["processor_version"].stock.over == 0


def test_the_numbers_that_went_are_no_gap_and_are_found_by_their_name(archive: Archive):
    """The second invoice of a series is alone once the first has gone; nobody took its number away."""
    world, moved = archive.world, back_to(THIS_YEAR)
    age(archive.database, -moved)
    with archive.store.tenant(world.processor_id) as session:
        closing = w.add_closing(session, world, "2026-11", as_of=w.NOW.replace(month=12))
        w.put(session, w.invoice_of(closing, world, 2))
    age(archive.database, moved + 8)
    with archive.store.tenant(world.processor_id) as session:
        late = {"scope": "partial", "reason": "spät", **w.recorded(datetime.now(UTC))}
        w.put(session, Correction(closing_id=w.number(closing), **late))
    age(archive.database, 1)
    with archive.store.tenant(world.processor_id) as session:
        assert run_retention(session, now()).deleted["invoice"] == 1
        assert gone_under(session, "invoice", f"RE-{THIS_YEAR - 9}-1").retention_class == "voucher"
        with refused("nothing_gone", "name"):
            gone_under(session, "invoice", f"RE-{THIS_YEAR - 9}-2")
        assert [fault for fault in verify(session).faults if fault.check == "numbers"] == []


def test_the_worker_deletes_only_when_the_policy_says_so(archive: Archive):
    age(archive.database, 12)
    with archive.store.tenant(archive.world.processor_id) as session:
        assert retention_on_time(session, now()) is None
        set_policy(session, now(), {"delete_on_time": True})
        done = retention_on_time(session, now())
        assert done is not None
        assert done.rows > 50


@pytest.mark.parametrize("dry", [True, False], ids=["who tries it", "who runs it"])
def test_who_asks_what_goes_is_in_the_access_log_whichever_way_he_asks(archive: Archive, dry: bool):  # noqa: FBT001
    age(archive.database, 12)
    with archive.store.tenant(archive.world.processor_id) as session:
        done = ask_retention(session, now(), dry=dry)
        asked = select(AccessLog).where(AccessLog.action == "retention_asked")
        (row,) = session.exec(asked).all()
        assert (done.dry, json.loads(row.details)) == (dry, {"dry_run": dry, "rows": done.rows})
        run_retention(session, now())
        assert len(session.exec(asked).all()) == 1, "the worker asks nobody"
