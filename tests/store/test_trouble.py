"""Trouble with the database comes out as a clear sentence, and nothing is half written."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from billing.errors import Conflict, Problem
from billing.services.installation import Places, schema_status
from billing.store import engine as store_engine
from billing.store.engine import connect_to
from billing.store.keyring import new_ring
from billing.store.session import open_store
from billing.store.tables import Contract, Person
from tests.support import world as w
from tests.support.migrated import sqlite_copy
from tests.support.world import initials

only_sqlite = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)


only_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


def test_own_bugs_stay_what_they_are(store, world):
    with pytest.raises(DBAPIError, match="no_such_table"), store.tenant(world.processor_id) as session:
        session.connection().execute(sa.text("SELECT * FROM no_such_table"))


def test_the_same_row_twice_is_a_conflict_that_names_its_key(store, world):
    with pytest.raises(Conflict) as raised, store.tenant(world.processor_id) as session:
        session.add(Person(ref="P1", initials="XX"))
    assert raised.value.fields == {"table": "person", "columns": "ref"}


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


@only_sqlite
def test_a_database_that_another_program_holds_is_opened_and_looked_at(migrated, world, monkeypatch):
    """A worker that starts while somebody holds the file has no reason to end."""
    monkeypatch.setattr(store_engine, "BUSY_SECONDS", 0.1)
    path = migrated.app_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert schema_status(Places(migrated.app_url, migrated.app_url, Path("keys"))).is_current
        hasty = open_store(migrated.app_url, new_ring())
        assert initials(hasty, world) == ["AB"]
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
