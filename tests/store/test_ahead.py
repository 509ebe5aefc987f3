"""Statements that are said ahead: what goes wrong with one comes with what follows, and leaves nothing behind."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.errors import Conflict
from billing.store.queries.prepared import insert, insert_ahead
from billing.store.session import TenantSession, hold
from billing.store.tables import Person
from billing.store.wording import Prepared

TAKEN = {"ref": "P1", "initials": "XX"}
FREE = {"ref": "CD", "initials": "CD"}
HOW_MANY = Prepared(sa.select(sa.func.count().label("people")).select_from(sa.table("person")))

FOLLOWING: dict[str, Callable[[TenantSession], Any]] = {
    "the commit": lambda _session: None,
    "the next answer": lambda session: HOW_MANY.ask(session.line, {}),
    "the ORM that joins": lambda session: session.exec(select(Person)).all(),
}


def people(store, world) -> list[str]:
    with store.tenant(world.processor_id, read_only=True) as session:
        return sorted(session.exec(select(Person.initials)))


@pytest.mark.parametrize("following", FOLLOWING)
def test_a_failure_comes_with_what_follows_as_what_it_is_and_nothing_is_written(store, world, following):
    def fail(session: TenantSession) -> None:
        insert_ahead(session, Person, TAKEN)
        insert_ahead(session, Person, FREE)
        FOLLOWING[following](session)

    with pytest.raises(Conflict) as raised, store.tenant(world.processor_id) as session:
        fail(session)
    assert (raised.value.code, raised.value.fields) == ("row_exists", {"table": "person", "columns": "ref"})
    assert people(store, world) == ["AB"]


def test_who_fails_otherwise_hears_of_that(store, world):
    def fail(session: TenantSession) -> None:
        with suppress(sqlite3.Error, psycopg.Error):  # it may come at once
            insert_ahead(session, Person, TAKEN)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.tenant(world.processor_id) as session:
        fail(session)
    assert people(store, world) == ["AB"]


def test_what_was_answered_to_the_last_is_committed_too(store, world):
    people(store, world)
    with store.tenant(world.processor_id) as session:
        insert(session, Person, FREE)
    assert people(store, world) == ["AB", "CD"]


def test_rows_are_read_in_any_order_and_tell_of_the_moment_they_were_asked_in(store, world):
    with store.tenant(world.processor_id) as session:
        before = HOW_MANY.say(session.line, {})
        hold(session, "people")
        number = insert_ahead(session, Person, FREE)
        after = HOW_MANY.say(session.line, {})
        assert after()[0].people - before()[0].people == 1
        assert number()[0].id == insert(session, Person, {"ref": "EF", "initials": "EF"}) - 1
    assert people(store, world) == ["AB", "CD", "EF"]
