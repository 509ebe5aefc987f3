"""Databases of the store's tests that many attempts share: nothing they try comes through, so nothing changes."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from tests.support.furnished import furnish
from tests.support.intruder import Intruder, intruders
from tests.support.migrated import Migrated, postgres_copy, sqlite_copy
from tests.support.world import Issued, World, found


@dataclass(frozen=True)
class Furnished:
    """A database with a row in every table, and everybody who may try to change it."""

    database: Migrated
    store: Store
    world: World
    issued: Issued
    people: list[Intruder]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """A world with a row in every table, shared by a module's tests, which must not change it."""
    if request.param == "sqlite":
        target = tmp_path_factory.mktemp("furnished") / "mehraufwand.db"
        copy = sqlite_copy(request.getfixturevalue("migrated_file"), target)
    else:
        copy = postgres_copy(request.getfixturevalue("postgres"))
    with copy as database:
        store = open_store(database.app_url, new_ring())
        world = found(store)
        with store.tenant(world.processor_id) as session:
            issued = furnish(session, world)
        with intruders(database, world.processor_id) as people:
            yield Furnished(database, store, world, issued, people)
        store.close()


@pytest.fixture
def world(store: Store) -> World:
    """A new processor with a contract, a case and a member of staff."""
    return found(store)
