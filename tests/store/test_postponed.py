"""Sessions that may not wait: while somebody else writes, or for what takes longer, they are postponed at once."""

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlmodel import select

from billing.store.engine import Postponed
from billing.store.tables import Person
from tests.support import world as w

pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)


def path_of(migrated) -> str:
    return str(migrated.app_url.removeprefix("sqlite:///"))


def initials(store, world) -> list[str]:
    with store.tenant(world.processor_id, read_only=True) as session:
        return sorted(session.exec(select(Person.initials)))


def add_at_once(store, world, ref: str) -> None:
    with store.tenant(world.processor_id, may_wait=False) as session:
        w.add_person(session, ref)


def test_with_nobody_in_the_way_it_writes_like_any_other(store, world):
    add_at_once(store, world, "CD")
    assert initials(store, world) == ["AB", "CD"]


def test_while_a_thread_of_ours_writes_it_is_postponed(store, world):
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            add_at_once(store, world, "EF")
        except Postponed:
            outcomes.append("postponed")

    with store.tenant(world.processor_id) as session:
        w.add_person(session, "CD")
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    assert (outcomes, initials(store, world)) == (["postponed"], ["AB", "CD"])
    add_at_once(store, world, "EF")
    assert initials(store, world) == ["AB", "CD", "EF"]


def test_while_another_program_writes_it_is_postponed_and_those_who_may_wait_still_do(store, world, migrated):
    with closing(sqlite3.connect(path_of(migrated), isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Postponed):
            add_at_once(store, world, "CD")
        ended = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
        ended.start()
        with store.tenant(world.processor_id) as session:
            w.add_person(session, "EF")
        ended.join()
    assert initials(store, world) == ["AB", "EF"]


def test_what_takes_longer_is_postponed_and_nothing_of_it_is_done(store, world):
    def long_work() -> None:
        with store.tenant(world.processor_id, may_wait=False) as session:
            w.add_person(session, "CD")
            session.take_time()

    with pytest.raises(Postponed):
        long_work()
    assert initials(store, world) == ["AB"]


def test_who_may_wait_may_take_time(store, world):
    with store.tenant(world.processor_id) as session:
        session.take_time()
        w.add_person(session, "CD")
    assert initials(store, world) == ["AB", "CD"]
