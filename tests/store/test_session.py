"""Sessions: one commit at the edge, the same for SQLite and PostgreSQL, and database trouble as a clear sentence."""

import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.errors import Conflict, NotFound, Problem
from billing.store.problems import BUSY_SECONDS
from billing.store.session import open_store
from billing.store.tables import Person
from tests.support import world as w
from tests.support.engines import as_made
from tests.support.world import initials

only_sqlite = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


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


@only_sqlite
def test_sqlite_is_set_up_to_keep_what_it_promises(migrated, monkeypatch):
    kept = {"journal_mode": "wal", "wal_autocheckpoint": 4000, "synchronous": 2}
    expected = {**kept, "foreign_keys": 1, "recursive_triggers": 1}
    as_made(monkeypatch)
    with closing(open_store(migrated.app_url)) as store, store.engine.connect() as connection:
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
