"""Keys rotate (law.md T-15, T-17): both open everything meanwhile, a kill loses nothing, old ones go when unused."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.services.acting import Act
from billing.services.installation import Places, installation
from billing.services.key_rotation import (
    KeyInUse,
    Rotation,
    drop_old_keys,
    keys_in_use,
    rotate_keys,
    take_over_keys,
    warn_of_old_key,
)
from billing.services.policies import set_policy
from billing.store.key_file import KEYS_VARIABLE, load_ring, save_ring
from billing.store.keyring import new_ring
from billing.store.queries.sealed import SEALED_TABLES, sealed_columns
from billing.store.session import Store, open_store
from billing.store.tables import AuditLog, CaseVersion, StoredFile, User
from tests.services.furnishing import refused
from tests.support import world as w
from tests.support.furnished import furnish
from tests.support.migrated import Migrated

DAY = timedelta(days=1)
AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
ACT, LATER = Act("Erika Beispiel", AT), Act("Erika Beispiel", AT + DAY)
NOT_SET: dict[str, str] = {}


@pytest.fixture
def places(migrated: Migrated, tmp_path: Path) -> Places:
    """An installation of two processors with a row in every table, on both databases."""
    keys = tmp_path / "config" / "keys.json"
    keys.parent.mkdir()
    ring = new_ring()
    save_ring(ring, keys)
    store = open_store(migrated.app_url, ring)
    for ref, letter in (("acme", "b"), ("other", "c")):
        world = w.found(store, ref)
        with store.tenant(world.processor_id) as session:
            furnish(session, world, letter)
    store.close()
    return Places(migrated.app_url, migrated.owner_url, keys)


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    """A service that runs all the while, with the keys it read when it started."""
    opened = open_store(places.database_url, load_ring(places.keys, NOT_SET))
    yield opened
    opened.close()


def values_of(store: Store) -> list[tuple[str, Any]]:
    """Open every sealed value of both processors."""
    found: list[tuple[str, Any]] = []
    for processor_id in (1, 2):
        with store.tenant(processor_id, read_only=True) as session:
            for table in SEALED_TABLES:
                query = sa.select(*sealed_columns(table)).where(table.c.processor_id == processor_id)
                found += [(table.name, tuple(row)) for row in session.execute(query.order_by(table.c.id))]
    return found


def test_every_sealed_value_is_sealed_anew_and_reads_as_before(places: Places, store: Store):
    before = values_of(store)
    (old,) = keys_in_use(store)
    done = rotate_keys(places, ACT, environment=NOT_SET)
    assert done.keys == (
        KeyInUse(done.key_id, is_current=True, values=old.values),
        KeyInUse(old.key_id, is_current=False, values=0),
    )
    assert sum(done.sealed.values()) == old.values
    assert {name for name, values in before if any(value is not None for value in values)} == set(done.sealed)
    with installation(places) as fresh:
        assert values_of(fresh) == before


def test_a_service_that_runs_meanwhile_takes_over_the_new_key(places: Places, store: Store):
    done = rotate_keys(places, ACT, environment=NOT_SET)
    take_over_keys(store)
    with store.tenant(1) as session:
        assert w.add_file(session).key_id == done.key_id


def test_a_service_that_runs_meanwhile_opens_what_the_new_key_sealed(places: Places, store: Store):
    before = values_of(store)
    rotate_keys(places, ACT, environment=NOT_SET)
    assert values_of(store) == before


def test_what_a_running_service_still_seals_with_the_old_key_is_sealed_anew_next_time(places: Places, store: Store):
    done = rotate_keys(places, ACT, environment=NOT_SET)
    with store.tenant(1) as session:
        w.put(session, CaseVersion(case_id=1, cause_reason="Nachtrag", **w.recorded()))
    again = rotate_keys(places, ACT, environment=NOT_SET)
    assert (again.key_id, again.resumed, dict(again.sealed)) == (done.key_id, True, {"case_version": 1})


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("when", [1, 5, 12, 20])
def test_a_rotation_that_was_killed_goes_on(places: Places, store: Store, when: int):
    before, steps = values_of(store), []

    def kill(table: str, _values: int) -> None:
        steps.append(table)
        if len(steps) == when:
            raise Killed

    with pytest.raises(Killed):
        rotate_keys(places, ACT, kill, NOT_SET)
    assert values_of(store) == before
    key_id = load_ring(places.keys, NOT_SET).current
    done = rotate_keys(places, ACT, environment=NOT_SET)
    assert (done.key_id, done.resumed) == (key_id, True)
    assert [key.values for key in done.keys if not key.is_current] == [0]
    assert values_of(store) == before


def test_a_kill_before_the_first_value_keeps_the_new_key_and_leaves_the_trail(places: Places, store: Store):
    save_ring(load_ring(places.keys, NOT_SET).rotated(), places.keys)
    done = rotate_keys(places, ACT, environment=NOT_SET)
    assert done.resumed
    with store.tenant(1, read_only=True) as session:
        noted = session.exec(select(AuditLog.action, AuditLog.subject)).all()
    assert noted[-2:] == [("key_rotated", f"key:{done.key_id}"), ("values_sealed_anew", f"key:{done.key_id}")]


def test_two_calls_at_once_make_two_keys_one_after_the_other(places: Places, store: Store):
    """The second waits, then finds a finished rotation: it makes a key of its own, and nothing is lost."""
    before, done = values_of(store), list[Rotation]()
    threads = [
        threading.Thread(target=lambda: done.append(rotate_keys(places, ACT, environment=NOT_SET))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.resumed for each in done] == [False, False]
    assert len(load_ring(places.keys, NOT_SET).keys) == 3
    assert values_of(store) == before


def test_a_text_written_between_two_steps_stays_as_it_was_written(places: Places, store: Store):
    written: list[str] = []

    def write(table: str, _values: int) -> None:
        if not written:
            written.append(table)
            with store.tenant(1) as session:
                session.exec(select(User)).one().email = "neu@acme.example"

    rotate_keys(places, ACT, write, NOT_SET)
    with store.tenant(1, read_only=True) as session:
        assert session.exec(select(User.email)).all() == ["neu@acme.example"]


def test_old_keys_go_when_nothing_is_sealed_with_them(places: Places, store: Store):
    before = values_of(store)
    (old,) = keys_in_use(store)
    rotate_keys(places, ACT, environment=NOT_SET)
    with store.tenant(2) as session:
        w.add_file(session, b"%PDF late")  # the service has not read the new key yet
    done = drop_old_keys(places, LATER, environment=NOT_SET)
    assert (done.dropped, dict(done.sealed)) == ((old.key_id,), {"stored_file": 1})
    assert set(load_ring(places.keys, NOT_SET).keys) == {done.key_id}
    with installation(places) as fresh:
        assert len(values_of(fresh)) == len(before) + 1


def test_old_keys_stay_until_every_service_has_the_new_one(places: Places):
    rotate_keys(places, ACT, environment=NOT_SET)
    with refused("key_too_young"):
        drop_old_keys(places, Act("Erika Beispiel", AT + timedelta(minutes=59)), environment=NOT_SET)
    assert len(load_ring(places.keys, NOT_SET).keys) == 2


def test_old_keys_stay_though_the_rotation_was_killed_before_it_left_its_trail(places: Places, store: Store):
    """Else the old key goes under a service that still seals with it, and what it sealed opens never again."""
    save_ring(load_ring(places.keys, NOT_SET).rotated(), places.keys)
    with refused("key_too_young"):
        drop_old_keys(places, LATER, environment=NOT_SET)
    assert len(load_ring(places.keys, NOT_SET).keys) == 2
    with store.tenant(1) as session:
        number = w.add_file(session, b"%PDF late").id  # the service has not read the new key yet
    drop_old_keys(places, Act("Erika Beispiel", LATER.at + timedelta(hours=1)), environment=NOT_SET)
    with installation(places) as fresh, fresh.tenant(1, read_only=True) as session:
        assert session.get_one(StoredFile, number).content == b"%PDF late"


def test_a_ring_out_of_the_environment_is_handed_over_first(places: Places, monkeypatch: pytest.MonkeyPatch):
    old = load_ring(places.keys, NOT_SET)
    given = {KEYS_VARIABLE: old.to_json()}
    monkeypatch.setenv(KEYS_VARIABLE, given[KEYS_VARIABLE])
    first = rotate_keys(places, ACT, environment=given)
    assert first.handed_over is not None
    assert first.handed_over.stat().st_mode & 0o777 == 0o600
    assert (dict(first.sealed), load_ring(places.keys, NOT_SET)) == ({}, old)
    new = first.handed_over.read_text()
    monkeypatch.setenv(KEYS_VARIABLE, new)
    second = rotate_keys(places, ACT, environment={KEYS_VARIABLE: new})
    assert (second.key_id, second.resumed, second.handed_over) == (first.key_id, True, None)
    assert [key.values for key in second.keys if key.key_id == old.current] == [0]


@pytest.mark.parametrize(
    ("days", "limit", "alarms"),
    [
        pytest.param(365, 365, [False, False], id="on its last day"),
        pytest.param(366, 365, [True, False], id="a day too old, told once"),
        pytest.param(5000, None, [False, False], id="switched off"),
    ],
)
def test_an_old_key_raises_an_alarm(store: Store, days: int, limit: int | None, alarms: list[bool]):
    """The first key is as old as the processor: founded on 2 November 2026."""
    looks = [Act("worker", AT + days * DAY), Act("worker", AT + days * DAY + timedelta(hours=1))]
    with store.tenant(1) as session:
        set_policy(session, ACT, {"key_max_age_days": limit, "reason": "Vorgabe"})
        assert [warn_of_old_key(session, act) for act in looks] == alarms


def test_a_new_key_is_young_again(places: Places):
    rotate_keys(places, Act("worker", AT + 400 * DAY), environment=NOT_SET)
    with installation(places) as fresh, fresh.tenant(1) as session:
        assert warn_of_old_key(session, Act("worker", AT + 401 * DAY)) is False


def test_values_sealed_with_a_lost_key_stop_the_rotation_and_are_named(places: Places, store: Store):
    lost = load_ring(places.keys, NOT_SET).rotated()
    with Store(store.engine, lost).tenant(1) as session:
        w.add_file(session)
    with refused("key_missing"):
        rotate_keys(places, ACT, environment=NOT_SET)
