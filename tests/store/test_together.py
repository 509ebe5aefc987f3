"""Brief work that came in at the same time: one commit for all of it, and whose work fails is nobody else's concern."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from billing.errors import Conflict, Problem
from billing.store.audit import Event, append_audit, ask_for_chain_end, verify_audit
from billing.store.engine import Postponed
from billing.store.queries.prepared import insert_ahead
from billing.store.session import Store, TenantSession
from billing.store.tables import Person
from billing.store.tenant_sessions import BriefSession
from billing.store.together import Together
from billing.store.wording import Prepared
from tests.support.asked import committed
from tests.support.world import World, initials

Work = Callable[[TenantSession], Any]
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOW_MANY = Prepared(sa.select(sa.func.count().label("people")).select_from(sa.table("person")))
on_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
pytestmark = pytest.mark.usefixtures("known")


@pytest.fixture
def commits() -> Iterator[list[int]]:
    """The processor of each commit of a brief session."""
    made: list[int] = []
    with committed(lambda session: made.append(session.processor_id)):
        yield made


def adding(ref: str) -> Work:
    """Give work that adds a person, tells how many there are, and leaves that in the audit log."""

    def add(session: TenantSession) -> int:
        insert_ahead(session, Person, {"ref": ref, "initials": ref})
        people = int(HOW_MANY.ask(session.line, {})[0].people)
        ask_for_chain_end(session)
        append_audit(session, Event(NOW, "EB", "person_added", f"person:{ref}", {}))
        return people

    return add


def all_at_once(store: Store, world: World, *works: Work, processors: list[int] | None = None) -> list[Any]:
    """Do all of it at the same time; give what each gave or raised."""
    tenants = processors or [world.processor_id] * len(works)

    async def do_all() -> list[Any]:
        together = Together(store)
        asked = [together.do(tenant, work) for tenant, work in zip(tenants, works, strict=True)]
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(do_all())


def test_what_came_in_at_the_same_time_is_one_commit_and_each_gets_its_own_answer(store, world, commits):
    given = all_at_once(store, world, *(adding(ref) for ref in ("CD", "EF", "GH")))
    assert given == [2, 3, 4]
    assert (commits, initials(store, world)) == ([world.processor_id], ["AB", "CD", "EF", "GH"])


def test_the_audit_log_of_what_was_done_together_is_one_chain(store, world):
    with store.tenant(world.processor_id) as session:
        before = verify_audit(session).rows
    all_at_once(store, world, *(adding(f"P-{number}") for number in range(20)))
    with store.tenant(world.processor_id) as session:
        report = verify_audit(session)
    assert (report.rows - before, report.fault) == (20, None)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_whose_work_fails_hears_of_it_and_the_others_is_done(store, world, commits, place):
    def fail(session: TenantSession) -> None:
        adding("XX")(session)
        raise ZeroDivisionError

    works = [adding("CD"), adding("EF")]
    works.insert(place, fail)
    given = all_at_once(store, world, *works)
    assert [type(one) for one in given] == [ZeroDivisionError if work is fail else int for work in works]
    assert (len(commits), initials(store, world)) == (2, ["AB", "CD", "EF"])


def test_a_row_that_two_would_write_is_the_first_one_s(store, world):
    given = all_at_once(store, world, adding("CD"), adding("CD"), adding("EF"))
    assert [type(one) for one in given] == [int, Conflict, int]
    assert given[1].code == "row_exists"
    assert initials(store, world) == ["AB", "CD", "EF"]


def test_what_takes_longer_is_postponed_alone(store, world):
    given = all_at_once(store, world, lambda session: session.take_time(), adding("CD"))
    assert [type(one) for one in given] == [Postponed, int]
    assert initials(store, world) == ["AB", "CD"]


def test_each_processor_has_transactions_of_its_own(store, world, commits):
    with store.new_tenant("second", NOW) as session:
        second = session.processor_id
    with store.tenant(second):  # from now on it is known that there is one
        store.get_ready()
    given = all_at_once(
        store,
        world,
        *(adding(ref) for ref in ("CD", "EF", "GH")),
        processors=[world.processor_id, second, world.processor_id],
    )
    assert all(isinstance(one, int) for one in given), given
    assert sorted(commits) == sorted([world.processor_id, second])
    assert initials(store, world) == ["AB", "CD", "GH"]


def test_who_is_called_off_is_not_waited_for_and_the_others_is_done(store, world):
    async def call_one_off() -> list[Any]:
        together = Together(store)
        tasks = [asyncio.create_task(together.do(world.processor_id, adding(ref))) for ref in ("CD", "EF")]
        await asyncio.sleep(0)
        tasks[0].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    given = asyncio.run(call_one_off())
    assert [type(one) for one in given] == [asyncio.CancelledError, int]
    assert "EF" in initials(store, world)


def test_where_it_is_not_known_what_was_committed_nothing_is_done_once_more(store, world, monkeypatch):
    begun: list[str] = []

    def lost(_session: BriefSession) -> None:
        raise psycopg.OperationalError

    def work(session: TenantSession) -> None:
        begun.append(type(session).__name__)

    monkeypatch.setattr(BriefSession, "conclude", lost)
    given = all_at_once(store, world, work, work)
    assert [(type(one), one.code) for one in given] == [(Problem, "database_unreachable")] * 2
    assert len(begun) == 2


def test_more_than_a_transaction_takes_is_done_in_the_next_ones(store, world, commits):
    refs = [f"P-{number:02d}" for number in range(40)]
    given = all_at_once(store, world, *(adding(ref) for ref in refs))
    assert (len(given), len(commits)) == (40, 3)
    assert initials(store, world) == sorted(["AB", *refs])


@on_sqlite
def test_while_a_thread_writes_all_are_postponed_and_none_is_begun(store, world):
    begun: list[str] = []
    given: list[Any] = []

    def attempt() -> None:
        given.extend(all_at_once(store, world, *[lambda _: begun.append("begun")] * 3))

    thread = threading.Thread(target=attempt)
    with store.tenant(world.processor_id):
        thread.start()
        thread.join()
    assert [type(one) for one in given] == [Postponed] * 3
    assert begun == []


@on_postgresql
def test_a_server_is_asked_by_all_before_any_waits(store, world):
    order: list[str] = []

    def asking(name: str) -> Work:
        def ask(session: TenantSession) -> None:
            read = HOW_MANY.say(session.line, {})
            order.append(f"{name} asks")
            read()
            order.append(f"{name} reads")

        return ask

    all_at_once(store, world, asking("A"), asking("B"), asking("C"))
    assert order == ["A asks", "B asks", "C asks", "A reads", "B reads", "C reads"]


@on_postgresql
def test_the_log_comes_after_what_all_wrote(store, world):
    """Locks are taken in one order everywhere: rows, then the log; else two transactions wait for each other."""
    order: list[str] = []

    def writing(name: str) -> Work:
        def write(session: TenantSession) -> None:
            HOW_MANY.ask(session.line, {})
            order.append(f"{name} writes")
            ask_for_chain_end(session)
            order.append(f"{name} logs")
            append_audit(session, Event(NOW, "EB", "tested", f"test:{name}", {}))

        return write

    all_at_once(store, world, writing("A"), writing("B"))
    assert order == ["A writes", "B writes", "A logs", "B logs"]
