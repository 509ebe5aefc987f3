"""Brief sessions: as durable as all others; for whatever would keep somebody waiting they are postponed at once."""

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.errors import Conflict, Problem
from billing.store.engine import Postponed, connect_to, is_sqlite
from billing.store.queries.prepared import insert, insert_ahead, insert_all, number, one_ahead, reserve
from billing.store.session import Store, TenantSession, hold
from billing.store.tables import Person
from billing.store.waiting import turning_to_others
from billing.store.wording import Later, Prepared
from tests.support.world import World, initials

HOW_MANY = Prepared(sa.select(sa.func.count().label("people")).select_from(sa.table("person")))
WHICH_SERVER = Prepared(sa.select(sa.func.pg_backend_pid().label("pid")))
A_DOZEN = Prepared(
    sa.select(number("n").label("said")).select_from(sa.func.generate_series(1, 12).table_valued("value"))
)
on_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
pytestmark = pytest.mark.usefixtures("known")


def person(ref: str) -> dict[str, Any]:
    return {"ref": ref, "initials": ref}


def add_at_once(store: Store, world: World, *refs: str) -> None:
    with store.briefly(world.processor_id) as session:
        for ref in refs:
            insert_ahead(session, Person, person(ref))


def test_with_nobody_in_the_way_it_writes_like_any_other(store, world):
    add_at_once(store, world, "CD")
    with store.briefly(world.processor_id) as session:
        number = insert(session, Person, person("EF"))
        assert insert(session, Person, person("GH")) == number + 1
    assert initials(store, world) == ["AB", "CD", "EF", "GH"]


def test_while_a_thread_of_ours_writes_it_is_postponed_on_sqlite(store, world):
    outcomes: list[str] = []

    def attempt() -> None:
        try:
            add_at_once(store, world, "EF")
            outcomes.append("written")
        except Postponed:
            outcomes.append("postponed")

    with store.tenant(world.processor_id) as session:
        insert(session, Person, person("CD"))
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    written = [] if is_sqlite(store.engine) else ["EF"]
    assert (outcomes, initials(store, world)) == (["written" if written else "postponed"], ["AB", "CD", *written])
    add_at_once(store, world, "GH")
    assert initials(store, world) == ["AB", "CD", *written, "GH"]


@on_sqlite
def test_while_another_program_writes_it_is_postponed_and_those_who_may_wait_still_do(store, world, migrated):
    other = connect_to(migrated.app_url)
    with other.begin():
        with pytest.raises(Postponed):
            add_at_once(store, world, "CD")
        assert initials(store, world) == ["AB"]
    other.dispose()
    add_at_once(store, world, "EF")
    assert initials(store, world) == ["AB", "EF"]


def test_what_takes_longer_is_postponed_and_nothing_of_it_is_done(store, world):
    def long_work(take: Any) -> None:
        with store.briefly(world.processor_id) as session:
            insert_ahead(session, Person, person("CD"))
            take(session)

    for take in (
        lambda session: session.take_time(),
        lambda session: session.exec(select(Person)).all(),
        _leave_to_the_orm,
    ):
        with pytest.raises(Postponed):
            long_work(take)
    assert initials(store, world) == ["AB"]


def _leave_to_the_orm(session: TenantSession) -> None:
    session.add(Person(**person("EF")))


def test_a_processor_that_was_never_opened_is_postponed(store):
    with pytest.raises(Postponed), store.briefly(999_999):
        pass


def test_who_may_wait_may_take_time(store, world):
    with store.tenant(world.processor_id) as session:
        session.take_time()
        insert(session, Person, person("CD"))
    assert initials(store, world) == ["AB", "CD"]


@pytest.mark.parametrize("following", ["the commit", "the next answer"])
def test_a_failure_comes_with_what_follows_and_the_next_session_works(store, world, following):
    def fail() -> None:
        with store.briefly(world.processor_id) as session:
            insert_ahead(session, Person, person("CD"))
            insert_ahead(session, Person, {"ref": "P1", "initials": "XX"})
            if following == "the next answer":
                HOW_MANY.ask(session.line, {})

    for _ in range(2):
        with pytest.raises(Conflict) as raised:
            fail()
        assert (raised.value.code, raised.value.fields) == ("row_exists", {"table": "person", "columns": "ref"})
    add_at_once(store, world, "EF")
    assert initials(store, world) == ["AB", "EF"]


def test_who_fails_otherwise_hears_of_that_and_nothing_is_written(store, world):
    def fail() -> None:
        with store.briefly(world.processor_id) as session:
            insert_ahead(session, Person, person("CD"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert initials(store, world) == ["AB"]


def test_rows_are_read_in_any_order_and_tell_of_the_moment_they_were_asked_in(store, world):
    with store.briefly(world.processor_id) as session:
        before = HOW_MANY.say(session.line, {})
        hold(session, "people")
        insert_ahead(session, Person, person("CD"))
        after = HOW_MANY.say(session.line, {})
        assert after()[0].people - before()[0].people == 1


@on_postgresql
def test_a_text_that_the_server_can_t_hold_is_refused_and_not_cut(store, world):
    def write() -> None:
        with store.briefly(world.processor_id) as session:
            insert(session, Person, person("C\0D"))

    with pytest.raises(ValueError, match="NUL"):
        write()
    assert initials(store, world) == ["AB"]


@on_postgresql
def test_row_level_security_holds_on_a_line_and_the_tenant_is_the_transactions_alone(store, world):
    with store.briefly(world.processor_id) as session:
        assert HOW_MANY.ask(session.line, {})[0].people == 1
        line: Any = session.line
    line.begin(999_999)
    assert HOW_MANY.ask(line, {})[0].people == 0
    assert line.end()


@on_postgresql
def test_without_a_line_that_lies_ready_it_is_postponed(migrated, store, world):
    other = Store(connect_to(migrated.app_url), store.ring)
    assert initials(other, world) == ["AB"]
    before = other.is_brief
    with pytest.raises(Postponed):
        add_at_once(other, world, "CD")
    other.get_ready()
    assert (before, other.is_brief) == (False, True)
    add_at_once(other, world, "EF")
    other.close()
    assert initials(store, world) == ["AB", "EF"]


@on_postgresql
def test_a_line_that_can_t_be_opened_is_no_trouble_of_who_asks(migrated, store):
    other = Store(connect_to(migrated.app_url), store.ring)
    pool: Any = other.engine.pool
    lent = [other.engine.connect() for _ in range(pool.size())]
    other.get_ready()  # nobody waits for a connection until one is given back
    for connection in lent:
        connection.close()
    other.close()
    gone = Store(connect_to("postgresql://nobody@localhost:1/nothing"), store.ring)
    gone.get_ready()
    assert (other.is_brief, gone.is_brief) == (False, False)
    gone.close()


@on_postgresql
def test_a_line_that_its_server_cut_is_named_or_postponed_and_a_new_one_works(store, world, migrated, caplog):
    superuser = connect_to(migrated.superuser_url)

    def cut(pid: int) -> None:
        with superuser.begin() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    def pid_of(session: TenantSession) -> int:
        return int(WHICH_SERVER.ask(session.line, {})[0].pid)

    def cut_amidst() -> None:
        with store.briefly(world.processor_id) as session:
            insert_ahead(session, Person, person("CD"))
            cut(pid_of(session))

    with pytest.raises(Problem, match="database_unreachable"):
        cut_amidst()
    store.get_ready()
    with store.briefly(world.processor_id) as session:
        pid = pid_of(session)
    cut(pid)
    with pytest.raises(Postponed):
        add_at_once(store, world, "EF")
    store.get_ready()
    add_at_once(store, world, "GH")
    superuser.dispose()
    assert initials(store, world) == ["AB", "GH"]
    assert caplog.text == ""  # nor does the pool write a traceback to standard error, as it would at a rollback


@on_postgresql
def test_while_a_lock_is_waited_for_others_go_on_and_it_is_done_at_last(store, world):
    done: list[str] = []

    def write(ref: str) -> None:
        with store.briefly(world.processor_id) as session:
            hold(session, "people")
            insert(session, Person, person(ref))
        done.append(ref)

    async def go(holder: TenantSession) -> None:
        waiting = asyncio.create_task(turning_to_others(lambda: write("CD")))
        await asyncio.sleep(0.05)
        assert done == []
        holder.line.commit()
        await waiting

    with store.tenant(world.processor_id) as holder:
        hold(holder, "people")
        holder.connection()
        asyncio.run(go(holder))
    assert (done, initials(store, world)) == (["CD"], ["AB", "CD"])


@on_postgresql
def test_work_that_is_called_off_while_it_waits_leaves_nothing_and_its_line_works_on(store, world):
    def write() -> None:
        with store.briefly(world.processor_id) as session:
            insert_ahead(session, Person, person("CD"))
            hold(session, "people")
            HOW_MANY.ask(session.line, {})

    async def call_off(holder: TenantSession) -> None:
        waiting = asyncio.create_task(turning_to_others(write))
        await asyncio.sleep(0.05)
        waiting.cancel()
        letting_go = threading.Timer(0.1, holder.line.commit)
        letting_go.start()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        letting_go.join()

    with store.tenant(world.processor_id) as holder:
        hold(holder, "people")
        holder.connection()
        asyncio.run(call_off(holder))
    add_at_once(store, world, "EF")
    assert initials(store, world) == ["AB", "EF"]


def test_work_is_done_briefly_or_once_more_where_it_may_take_its_time(store, world):
    tries: list[str] = []

    def add_by_the_orm(session: TenantSession) -> int:
        tries.append(type(session).__name__)
        session.add(Person(**person("CD")))
        session.flush()
        return len(tries)

    assert store.do_briefly(world.processor_id, lambda session: insert(session, Person, person("EF"))) > 0
    assert store.do_briefly(world.processor_id, add_by_the_orm) == 2
    assert tries == ["BriefSession", "TenantSession"]
    assert initials(store, world) == ["AB", "CD", "EF"]


def test_who_reads_briefly_writes_nothing_and_keeps_nobody_waiting(store, world):
    def how_many(session: TenantSession) -> int:
        return int(HOW_MANY.ask(session.line, {})[0].people)

    before = store.read_briefly(world.processor_id, how_many)
    with store.tenant(world.processor_id) as session:
        insert(session, Person, person("CD"))
        assert store.read_briefly(world.processor_id, how_many) == before
    assert store.read_briefly(world.processor_id, how_many) == before + 1
    with pytest.raises(Problem, match="database_read_only"):
        store.read_briefly(world.processor_id, lambda session: insert(session, Person, person("EF")))
    assert initials(store, world) == ["AB", "CD"]


def test_ids_that_were_reserved_are_taken_once_each_and_then_others(store, world):
    def add_three(session: TenantSession) -> list[int]:
        reserve(session, Person, Person)
        return [insert(session, Person, person(ref)) for ref in ("CD", "EF", "GH")]

    ids = store.do_briefly(world.processor_id, add_three)
    assert len(set(ids)) == len(ids)
    with store.tenant(world.processor_id, read_only=True) as session:
        written = session.exec(select(Person.id).where(Person.initials != "AB").order_by(sa.text("initials"))).all()
    assert written == ids
    assert store.do_briefly(world.processor_id, lambda session: insert(session, Person, person("JK"))) > max(ids)


def test_rows_by_the_dozen_are_written_as_they_were_given(store, world):
    texts = ['"', "\\", "ü\n", "', $1"]
    rows = [{"ref": f"dozen-{number}", "initials": text} for number, text in enumerate(texts)]
    store.do_briefly(world.processor_id, lambda session: insert_all(session, Person, rows))
    with store.tenant(world.processor_id, read_only=True) as session:
        written = select(Person.initials).where(Person.initials != "AB").order_by(Person.ref)
        assert session.exec(written).all() == texts


def test_what_is_asked_one_ahead_comes_in_order_and_each_after_the_next_was_asked(store, world):
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        return number

    def work(session: TenantSession) -> list[tuple[int, int]]:
        return [(one, len(asked)) for one in one_ahead(session, map(ask, range(3)))]

    assert store.read_briefly(world.processor_id, work) == [(0, 2), (1, 3), (2, 3)]
    assert store.read_briefly(world.processor_id, lambda session: list(one_ahead(session, []))) == []


def test_what_was_asked_is_read_after_its_transaction_too_but_not_if_that_had_failed_before(store, world):
    kept: list[Later] = []

    def ask(session: TenantSession) -> None:
        kept.append(HOW_MANY.say(session.line, {}))

    def fail_and_ask(session: TenantSession) -> None:
        insert_ahead(session, Person, person("P1"))  # is there already
        ask(session)

    store.do_briefly(world.processor_id, ask)
    assert kept.pop()()[0].people > 0
    with pytest.raises(Problem):
        store.do_briefly(world.processor_id, fail_and_ask)
    for later in kept:  # on SQLite the error came at once, and nothing was asked
        with pytest.raises(psycopg.errors.PipelineAborted):
            later()


@on_postgresql
def test_what_was_answered_is_read_by_two_threads_at_once_and_each_has_its_own(store, world):
    """The first transaction is over, its line serves another: each of a dozen rows is still that of its question."""
    kept: list[Later] = []
    for said in range(2):
        store.do_briefly(world.processor_id, lambda session, n=said: kept.append(A_DOZEN.say(session.line, {"n": n})))
    wrong: list[int] = []

    def read(said: int) -> None:
        for _ in range(2000):
            wrong.extend(row.said for row in kept[said]() if row.said != said)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # two threads take turns in the middle of everything
    try:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(read, range(2)))
    finally:
        sys.setswitchinterval(usual)
    assert not wrong
