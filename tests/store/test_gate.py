"""The gate: a session before the tenant is known. It writes what belongs to nobody, and sees nothing of anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.canonical import fingerprint
from billing.errors import Problem
from billing.store.session import open_store
from billing.store.tables import Person, RateLimit, User, UserSession
from tests.support import world as w

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def bucket(number: int) -> RateLimit:
    return RateLimit(bucket=f"{number:064d}", window_start=NOW, hits=1)


def test_the_gate_keeps_what_belongs_to_no_tenant(store):
    with store.gate() as gate:
        gate.add(bucket(1))
    with store.gate() as gate:
        assert gate.execute(select(RateLimit.hits).where(RateLimit.bucket == f"{1:064d}")).scalar_one() == 1


def test_a_gate_that_fails_keeps_nothing(store):
    def fail() -> None:
        with store.gate() as gate:
            gate.add(bucket(2))
            gate.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.gate() as gate:
        assert gate.execute(select(RateLimit).where(RateLimit.bucket == f"{2:064d}")).all() == []


def test_the_gate_sees_no_row_of_a_tenant_and_changes_none(store, world):
    with store.gate() as gate:
        assert gate.execute(select(Person)).all() == []
        assert gate.execute(sa.update(Person).values(initials="XX")).rowcount == 0
        assert gate.execute(sa.delete(Person)).rowcount == 0
    with store.tenant(world.processor_id) as session:
        assert session.exec(select(Person.initials)).all() == ["AB"]


def test_the_gate_writes_no_row_of_a_tenant(store, world):
    with pytest.raises(TypeError, match="Person belongs to a tenant"), store.gate() as gate:
        gate.add(Person(ref="P9", initials="ZZ", processor_id=world.processor_id))


def test_without_keys_there_is_no_gate(migrated):
    store = open_store(migrated.app_url)
    with pytest.raises(Problem, match="keys_missing"), store.gate():
        pass
    store.close()


def test_whose_a_hash_is_is_asked_once(store, world):
    """Only what never changes is remembered: which row has it. So a row found once is found without a question."""
    token_hash = fingerprint(f"session of {world.processor_id}")
    assert store.whose("sessions_of", token_hash) is None
    with store.tenant(world.processor_id) as session:
        person = w.add_person(session, "GA")
        user = User(person_id=person.id, email_digest=token_hash, created_at=NOW)
        session.add(user)
        session.flush()
        assert user.id is not None
        row = UserSession(user_id=user.id, token_hash=token_hash, started_at=NOW, last_seen_at=NOW, expires_at=NOW)
        session.add(row)
    asked: list[str] = []
    with counting(asked):
        found = [store.whose("sessions_of", token_hash) for _ in range(3)]
    assert found == [(world.processor_id, row.id)] * 3
    assert len(asked) == 1


@contextmanager
def counting(asked: list[str]) -> Iterator[None]:
    """Note the questions about sessions that reach the database."""

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "session" in statement:
            asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
