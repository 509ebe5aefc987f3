"""Sessions: one commit at the edge, the same for SQLite and PostgreSQL, and database trouble as a clear sentence."""

import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from billing.errors import Conflict, NotFound, Problem
from billing.store import engine as store_engine
from billing.store.engine import connect_to
from billing.store.keyring import new_ring
from billing.store.problems import BUSY_SECONDS
from billing.store.session import open_store
from billing.store.tables import Contract, Person
from tests.support import world as w
from tests.support.migrated import sqlite_copy

only_sqlite = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


def initials(store, world) -> list[str]:
    with store.tenant(world.processor_id, read_only=True) as session:
        return sorted(session.exec(select(Person.initials)))


def test_a_session_commits_at_its_edge(store, world):
    with store.tenant(world.processor_id) as session:
        session.add(Person(ref="P2", initials="CD"))
    assert initials(store, world) == ["AB", "CD"]


def test_a_session_that_fails_leaves_nothing(store, world):
    def fail():
        with store.tenant(world.processor_id) as session:
            w.add_person(session, "CD")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert initials(store, world) == ["AB"]


def test_rows_stay_readable_after_the_commit(store, world):
    with store.tenant(world.processor_id) as session:
        person = w.add_person(session, "CD")
    assert person.initials == "CD"


def test_moments_come_back_aware_and_in_utc(store, world):
    berlin = datetime.fromisoformat("2026-10-06T09:00+02:00")
    with store.tenant(world.processor_id) as session:
        w.add_entry(session, world, start=berlin)
    with store.tenant(world.processor_id) as session:
        (start,) = session.connection().execute(sa.text("SELECT start_at FROM entry_version")).scalars()
    assert "07:00" in str(start if isinstance(start, str) else start.astimezone(UTC))


def test_a_moment_without_an_offset_is_refused(store, world):
    naive = datetime(2026, 10, 6, 9)  # noqa: DTZ001 - that is the point
    with pytest.raises(sa.exc.StatementError, match="timezone"), store.tenant(world.processor_id) as session:
        w.add_entry(session, world, start=naive)


def test_a_reader_can_not_write(store, world):
    with (
        pytest.raises(Problem, match="database_read_only"),
        store.tenant(world.processor_id, read_only=True) as session,
    ):
        w.add_person(session, "CD")
    with store.tenant(world.processor_id) as session:
        w.add_person(session, "EF")  # the pooled connection writes again
    assert initials(store, world) == ["AB", "EF"]


def test_a_reader_does_not_wait_for_a_writer(store, world):
    with store.tenant(world.processor_id) as session:
        w.add_person(session, "CD")
        assert initials(store, world) == ["AB"]


def test_own_bugs_stay_what_they_are(store, world):
    with pytest.raises(DBAPIError, match="no_such_table"), store.tenant(world.processor_id) as session:
        session.connection().execute(sa.text("SELECT * FROM no_such_table"))


def test_the_same_row_twice_is_a_conflict_that_names_its_key(store, world):
    with pytest.raises(Conflict) as raised, store.tenant(world.processor_id) as session:
        session.add(Person(ref="P1", initials="XX"))
    assert raised.value.fields == {"table": "person", "columns": "ref"}


def test_a_contract_is_decided_by_one_at_a_time(store, world):
    order: list[str] = []
    first_holds = threading.Event()

    def decide(name: str):
        if name == "second":
            first_holds.wait()
        with store.tenant(world.processor_id) as session:
            store.lock_contract(session, world.contract_id)
            order.append(f"{name} in")
            if name == "first":
                first_holds.set()
                time.sleep(0.3)
            order.append(f"{name} out")

    threads = [threading.Thread(target=decide, args=[name]) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["first in", "first out", "second in", "second out"]


def test_locking_sees_what_the_one_before_wrote(store, world):
    with store.tenant(world.processor_id) as session:
        contract = store.lock_contract(session, world.contract_id)
        contract.ended_on = w.NOW.date()
    with store.tenant(world.processor_id) as session:
        assert store.lock_contract(session, world.contract_id).ended_on == w.NOW.date()


def test_a_contract_that_is_not_there_can_not_be_locked(store, world):
    with pytest.raises(NotFound, match="contract_unknown"), store.tenant(world.processor_id) as session:
        store.lock_contract(session, 4711)


@only_postgresql
def test_work_logged_while_its_month_is_closed_waits(store, world):
    """Else a correction could slip in between the decision and its commit."""
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world)
    closed, outcomes = threading.Event(), []

    def close_month():
        with store.tenant(world.processor_id) as session:
            closing_row = w.add_closing(session, world)
            w.put(session, w.segment_of(closing_row, entry))
            closed.set()
            time.sleep(0.3)

    def correct():
        closed.wait()
        try:
            with store.tenant(world.processor_id) as session:
                w.put(session, w.version_of(entry, minutes=30, version_no=2, reason="Pause", recorded_at=w.NOW))
            outcomes.append("corrected")
        except Conflict as conflict:
            outcomes.append(conflict.code)

    threads = [threading.Thread(target=job) for job in (close_month, correct)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["entry_already_billed"]


@only_postgresql
def test_two_that_wait_for_each_other_are_a_conflict(store, world):
    with store.tenant(world.processor_id) as session:
        people = [w.add_person(session, ref) for ref in ("CD", "EF")]
    meet, outcomes = threading.Barrier(2), []

    def change(first: Person, second: Person):
        try:
            with store.tenant(world.processor_id) as session:
                session.execute(sa.update(Person).where(col(Person.id) == first.id).values(initials="X"))
                meet.wait()
                session.execute(sa.update(Person).where(col(Person.id) == second.id).values(initials="Y"))
            outcomes.append("done")
        except Conflict as conflict:
            outcomes.append(conflict.code)

    threads = [threading.Thread(target=change, args=pair) for pair in (people, people[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "written_meanwhile"]


@only_postgresql
def test_a_lost_connection_is_named_and_the_next_session_works(store, world, migrated):
    def cut_off():
        with store.tenant(world.processor_id) as session:
            (pid,) = session.connection().execute(sa.text("SELECT pg_backend_pid()")).one()
            superuser = connect_to(migrated.superuser_url)
            with superuser.begin() as connection:
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            superuser.dispose()
            session.exec(select(Contract)).all()

    with pytest.raises(Problem, match="database_unreachable"):
        cut_off()
    assert initials(store, world) == ["AB"]


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(Problem, match="database_unreachable"):
        open_store("postgresql://nobody@127.0.0.1:1/nothing")


@only_sqlite
def test_a_database_that_another_program_holds_is_named(migrated, world, monkeypatch):
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", 0.1)
    hasty = open_store(migrated.app_url, new_ring())
    with closing(sqlite3.connect(migrated.app_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Problem, match="database_locked"), hasty.tenant(world.processor_id) as session:
            w.add_person(session, "CD")
        other.execute("ROLLBACK")
    hasty.close()


def test_a_full_disk_is_named_and_nothing_is_half_written(migrated_file, tmp_path):
    with sqlite_copy(migrated_file, tmp_path / "full.db") as database:
        store = open_store(database.app_url, new_ring())
        world = w.found(store)
        with store.tenant(world.processor_id) as session:
            pages = session.connection().execute(sa.text("PRAGMA page_count")).scalar_one()
            session.connection().execute(sa.text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(Problem, match="disk_full"), store.tenant(world.processor_id) as session:
            w.add_file(session, b"x" * 1_000_000)
        store.close()
        again = open_store(database.app_url, new_ring())
        assert initials(again, world) == ["AB"]
        again.close()


def test_a_damaged_database_is_named(migrated_file, tmp_path):
    damaged = bytearray(migrated_file.read_bytes())
    damaged[4096:40_960] = b"\xff" * (40_960 - 4096)
    (tmp_path / "damaged.db").write_bytes(damaged)
    with pytest.raises(Problem, match="database_damaged"):
        open_store(f"sqlite:///{tmp_path / 'damaged.db'}")


@only_sqlite
def test_sqlite_is_set_up_to_keep_what_it_promises(store):
    expected = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "recursive_triggers": 1}
    with store.engine.connect() as connection:
        found = {name: connection.execute(sa.text(f"PRAGMA {name}")).scalar_one() for name in expected}
        waits = connection.execute(sa.text("PRAGMA busy_timeout")).scalar_one()
    assert found == expected
    assert waits == BUSY_SECONDS * 1000


def test_many_threads_work_for_their_own_processors(store):
    worlds = [w.found(store, f"thread-{number}-{id(store)}") for number in range(6)]
    seen: dict[int, list[str]] = {}

    def work(world):
        for number in range(3):
            with store.tenant(world.processor_id) as session:
                w.add_person(session, f"{world.processor_id}-{number}")
        with store.tenant(world.processor_id) as session:
            seen[world.processor_id] = sorted(session.exec(select(Person.ref)))

    threads = [threading.Thread(target=work, args=[world]) for world in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for world in worlds:
        assert seen[world.processor_id] == sorted(["P1", *(f"{world.processor_id}-{number}" for number in range(3))])
