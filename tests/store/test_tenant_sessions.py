"""Sessions of a tenant: what they see, write and may ask before the tenant is known, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from billing.errors import NotFound, Problem
from billing.store.rules.tenancy import LOOKUPS
from billing.store.session import look_up
from billing.store.tables import Contract, Person
from tests.support import world as w
from tests.support.furnished import furnish
from tests.support.intruder import Intruder, intruders

only_postgresql = pytest.mark.parametrize("furnished", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Neighbours:
    """Two processors with a row in every table, and somebody who works for the first with plain SQL."""

    people: list[Intruder]
    ours: w.World
    theirs: w.World


@pytest.fixture(scope="module")
def neighbours(furnished) -> Iterator[Neighbours]:
    theirs = w.found(furnished.store, "other")
    with furnished.store.tenant(theirs.processor_id) as session:
        furnish(session, theirs, "c")
    with intruders(furnished.database, furnished.world.processor_id) as people:
        yield Neighbours([person for person in people if person.role != "superuser"], furnished.world, theirs)


def test_a_session_reads_its_own_rows_only(furnished, neighbours):
    with furnished.store.tenant(neighbours.ours.processor_id) as session:
        assert session.get(Contract, neighbours.theirs.contract_id) is None
        assert [row.id for row in session.exec(select(Contract))] == [neighbours.ours.contract_id]
        other = sa.orm.aliased(Contract)
        pairs = session.exec(select(Contract.id, other.id).join(other, sa.true())).all()
        assert pairs == [(neighbours.ours.contract_id, neighbours.ours.contract_id)]


def test_two_sessions_one_after_the_other_keep_apart(furnished, neighbours):
    """Statements are cached; the tenant in them must not be."""
    seen = []
    for world in (neighbours.ours, neighbours.theirs, neighbours.ours):
        with furnished.store.tenant(world.processor_id) as session:
            seen.append(session.exec(select(Contract.id)).all())
    ours, theirs = [neighbours.ours.contract_id], [neighbours.theirs.contract_id]
    assert seen == [ours, theirs, ours]


def test_a_session_changes_its_own_rows_only(store):
    ours, theirs = w.found(store, "ours"), w.found(store, "theirs")
    with store.tenant(ours.processor_id) as session:
        session.execute(sa.update(Person).values(initials="ZZ"))
    with store.tenant(theirs.processor_id) as session:
        assert session.exec(select(Person.initials)).all() == ["AB"]


def test_a_session_writes_its_own_rows_only(furnished, neighbours):
    with pytest.raises(RuntimeError, match="a row of processor"), furnished.store.tenant(1) as session:
        session.add(Person(processor_id=neighbours.theirs.processor_id, ref="X", initials="X"))


def test_a_session_of_no_processor_is_refused(store):
    with pytest.raises(NotFound, match="processor_unknown"), store.tenant(4711):
        pytest.fail("a session of nobody")


def test_questions_before_the_tenant_is_known(furnished, neighbours):
    with furnished.store.operator() as session:
        processors = look_up(session, "processors")
        assert processors == [(neighbours.ours.processor_id, "acme"), (neighbours.theirs.processor_id, "other")]
        for name in ("sessions_of", "api_tokens_of", "mail_links_of"):
            ((tenant, _),) = look_up(session, name, token_hash="c" * 64)
            assert tenant == neighbours.theirs.processor_id
        users = look_up(session, "users_of", email_digest=w.HASH)
        assert [tenant for tenant, _ in users] == [neighbours.ours.processor_id, neighbours.theirs.processor_id]
        assert len(look_up(session, "open_outbox", moment=w.NOW, kinds=",render,", limit=1)) == 1
        assert look_up(session, "open_outbox", moment=w.LONG_BEFORE, kinds=",render,", limit=9) == []
        assert look_up(session, "open_outbox", moment=w.NOW, kinds=",mail,", limit=9) == []


def test_every_question_was_asked_above():
    assert {lookup.name for lookup in LOOKUPS} == {
        "processors",
        "open_outbox",
        "sessions_of",
        "api_tokens_of",
        "mail_links_of",
        "users_of",
    }


def test_questions_give_nothing_but_numbers():
    """Whoever asks before he is known learns which row it is, of a step also what kind, and nothing more."""
    given = {lookup.name: [column for column, _ in lookup.columns] for lookup in LOOKUPS}
    assert given.pop("processors") == ["id", "ref"]
    assert given.pop("open_outbox") == ["processor_id", "kind", "id"]
    assert set(map(tuple, given.values())) == {("processor_id", "id")}


GIVEN = {
    "mehraufwand_processors": "id bigint, ref character varying",
    "mehraufwand_open_outbox": "processor_id bigint, kind character varying, id bigint",
}


@only_postgresql
def test_the_database_gives_nothing_but_numbers_either(furnished):
    """As the catalogue of the database has it: every function of ours that runs with its owner's rights."""
    (anybody, *_) = furnished.people
    found = anybody.ask("""SELECT proname, pg_get_function_result(oid), proconfig FROM pg_proc WHERE prosecdef""")
    assert {name.removeprefix("mehraufwand_") for name, _, _ in found} == {lookup.name for lookup in LOOKUPS}
    for name, result, settings in found:
        columns = GIVEN.get(name, "processor_id bigint, id bigint")
        assert result == f"TABLE({columns})", name
        assert settings == ["search_path=public, pg_temp"], name  # nobody puts a table of his own in between


@only_postgresql
def test_looking_up_opens_no_other_door(furnished, neighbours):
    """What the look-up functions may read while they run stays closed to the application, before and after."""
    with psycopg.connect(furnished.database.app_url.replace("+psycopg", "")) as connection:
        connection.execute("SELECT set_config('app.lookup', 'on', false)")
        assert connection.execute("SELECT count(*) FROM session").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM mehraufwand_processors()").fetchall() == [(2,)]
        assert connection.execute("SELECT count(*) FROM session").fetchall() == [(0,)]
    assert neighbours.ours != neighbours.theirs


def test_founding_is_whole_or_not_at_all(store):
    with pytest.raises(ZeroDivisionError), store.new_tenant("half", w.NOW):
        _ = 1 // 0
    with store.operator() as session:
        assert "half" not in [ref for _, ref in look_up(session, "processors")]


def test_a_processor_is_founded_once(store):
    w.found(store, "once")
    with pytest.raises(Problem, match="row_exists"):
        w.found(store, "once")


def test_ids_of_a_new_processor_are_its_own(store):
    first, second = w.found(store, "first"), w.found(store, "second")
    assert first.processor_id != second.processor_id
    with store.tenant(second.processor_id) as session:
        assert session.exec(select(col(Person.processor_id))).all() == [second.processor_id]
