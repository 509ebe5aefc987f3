"""Prepared statements: past SQLAlchemy, and with the same rows, the same problems and the same transaction."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from billing.errors import Conflict, Problem
from billing.store.engine import connect_to, is_sqlite
from billing.store.queries import answers, budgets, logging_work, references, visitors
from billing.store.queries.prepared import insert
from billing.store.session import TenantSession
from billing.store.tables import ApiToken, Entry, EntryVersion, Person, UserSession
from billing.store.wording import Prepared
from tests.support import world as w

WHICH_SERVER = Prepared(sa.select(sa.func.pg_backend_pid().label("pid")))
SECOND: dict[str, Any] = {"version_no": 2, "reason": "Pause", "note": "geheim", "minutes": 30, "recorded_at": w.NOW}

QUESTIONS: dict[str, Callable[[TenantSession, int], Any]] = {
    "whose session": lambda session, tenant: visitors.session_holder(session, tenant, 1),
    "whose token": lambda session, tenant: visitors.token_holder(session, tenant, 1),
    "the answer under a key": lambda session, tenant: answers.answer_under(session, tenant, "user:1", "k1"),
    "the answer to a session's user": lambda session, tenant: answers.answer_of_holder(
        session, tenant, (UserSession, 1), "k1"
    )(),
    "the answer to a token's user": lambda session, tenant: answers.answer_of_holder(
        session, tenant, (ApiToken, 1), "k1"
    )(),
    "the place of a case": lambda session, tenant: logging_work.work_places(session, tenant, "C1", None, "P1")(),
    "its place under a contract": lambda session, tenant: logging_work.work_places(session, tenant, "C1", "V1", "P1")(),
    "work at the time": lambda session, tenant: logging_work.overlapping_work(
        session, tenant, 1, w.WORKED, w.WORKED + timedelta(minutes=5), None
    )(),
    "work of a person at the time": lambda session, tenant: logging_work.overlapping_work_of(
        session, tenant, "P1", w.WORKED, w.WORKED + timedelta(minutes=5)
    )(),
    "approved against worked": lambda session, tenant: budgets.approved_against_worked(session, tenant, 1)(),
    "the newest references": lambda session, _: references.newest_refs(session, Entry)(),
    "the newest of a name": lambda session, _: references.newest_refs_like(session, Entry, "E"),
    "whether one reference is taken": lambda session, _: references.ref_taken(session, Entry, "E1")(),
    "whether a reference is taken": lambda session, _: references.refs_taken(session, Entry, ["E1"]),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_prepared_question_gives_the_rows_that_sqlalchemy_gives(furnished, name):
    say = Prepared.say
    compared: list[Any] = []

    def say_both(prepared: Prepared, line: sa.Connection, values: dict[str, Any]) -> Any:
        rows, usual = say(prepared, line, values)(), session.connection().execute(prepared.statement, values)
        assert [row._asdict() for row in rows] == [row._asdict() for row in usual]
        compared.extend(rows)
        return lambda: rows

    tenant = furnished.world.processor_id
    with furnished.store.tenant(tenant) as session, mock.patch.object(Prepared, "say", say_both):
        assert QUESTIONS[name](session, tenant)
    assert compared


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_brief_session_gives_the_same_rows(furnished, name):
    tenant = furnished.world.processor_id
    with furnished.store.tenant(tenant) as session:
        usual = QUESTIONS[name](session, tenant)
    furnished.store.get_ready()
    for _ in range(2):  # said for the first time, and known to the server
        with furnished.store.briefly(tenant) as session:
            assert QUESTIONS[name](session, tenant) == usual


ONE_ROW = "SCAN last"
"""What a question found before, by itself: the last version before a moment."""
NEWEST_FIRST = {"the newest references", "the newest of a name"}
"""Read on from the newest row and end after some, whatever the index."""


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in NEWEST_FIRST])
@pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)
def test_no_prepared_question_reads_a_table_from_end_to_end(furnished, name):
    """With ten rows nothing tells; with a hundred thousand every entry would take as long as all before it."""
    say = Prepared.say
    plans: list[str] = []

    def explain(prepared: Prepared, line: sa.Connection, values: dict[str, Any]) -> Any:
        compiled = prepared.statement.compile(dialect=line.dialect)  # type: ignore[attr-defined]
        marks = tuple(None for _ in compiled.positiontup)
        plans.extend(row.detail for row in line.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", marks))
        return say(prepared, line, values)

    tenant = furnished.world.processor_id
    with furnished.store.tenant(tenant) as session, mock.patch.object(Prepared, "say", explain):
        QUESTIONS[name](session, tenant)
    assert plans
    assert not [step for step in plans if step.startswith("SCAN") and step != ONE_ROW]


def test_a_prepared_insert_writes_what_the_orm_writes(store, world):
    with store.tenant(world.processor_id) as session:
        first = w.add_entry(session, world)
        session.add(w.version_of(first, **SECOND))
    with store.tenant(world.processor_id) as session:
        by_orm = [_whole(session, Entry), *_whole(session, EntryVersion)]
    again = w.found(store, "again")
    with store.tenant(again.processor_id) as session:
        _insert_alike(session, again)
    with store.tenant(again.processor_id) as session:
        assert [_whole(session, Entry), *_whole(session, EntryVersion)] == by_orm


def _whole(session: Any, model: type[Any]) -> list[dict[str, Any]]:
    """Give all that rows hold but their numbers and links, sealed text opened."""
    rows = session.exec(select(model).order_by(col(model.id)))
    return [
        {name: cell for name, cell in row.model_dump().items() if name != "id" and not name.endswith("_id")}
        for row in rows
    ]


def _insert_alike(session: Any, world: w.World) -> None:
    entry = {"ref": "E1", "person_id": world.person_id, **world.case, **w.recorded(w.WORKED)}
    entry_id = insert(session, Entry, entry)
    row = Entry(id=entry_id, person_id=world.person_id, **w.recorded())
    for said in ({}, SECOND):
        version = w.version_of(row, **said).model_dump(exclude={"id", "processor_id"})
        insert(session, EntryVersion, version)


def test_what_the_orm_writes_and_what_is_prepared_are_one_transaction(store, world):
    def fail() -> None:
        with store.tenant(world.processor_id) as session:
            w.add_person(session, "CD")
            insert(session, Person, {"ref": "EF", "initials": "EF"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.tenant(world.processor_id) as session:
        assert session.exec(select(Person.initials)).all() == ["AB"]
        insert(session, Person, {"ref": "EF", "initials": "EF"})
        assert session.exec(select(Person.initials)).all() == ["AB", "EF"]


def test_trouble_with_a_prepared_statement_is_a_problem_too(store, world):
    with pytest.raises(Conflict) as raised, store.tenant(world.processor_id) as session:
        insert(session, Person, {"ref": "P1", "initials": "XX"})
    assert (raised.value.code, raised.value.fields) == ("row_exists", {"table": "person", "columns": "ref"})


def test_an_own_bug_in_a_prepared_statement_stays_what_it_is(store, world):
    nowhere = Prepared(sa.select(sa.column("x", sa.Integer())).select_from(sa.table("no_such_table")))
    with pytest.raises(Exception, match="no_such_table") as raised, store.tenant(world.processor_id) as session:
        nowhere.ask(session.line, {})
    assert not isinstance(raised.value, Problem)


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_a_connection_lost_under_a_prepared_statement_is_named_and_the_next_session_works(store, world, migrated):
    def cut_off() -> None:
        with store.tenant(world.processor_id) as session:
            assert not is_sqlite(session.line)
            (row,) = WHICH_SERVER.ask(session.line, {})
            superuser = connect_to(migrated.superuser_url)
            with superuser.begin() as connection:
                connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": row.pid})
            superuser.dispose()
            insert(session, Person, {"ref": "EF", "initials": "EF"})

    with pytest.raises(Problem, match="database_unreachable"):
        cut_off()
    with store.tenant(world.processor_id) as session:
        assert session.exec(select(Person.initials)).all() == ["AB"]
