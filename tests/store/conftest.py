"""Databases of the store's tests that many attempts share: nothing they try comes through, so nothing changes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from billing.store import migrations, schema
from billing.store.keyring import new_ring
from billing.store.schema import REVISIONS, head
from billing.store.session import Store, open_store
from tests.support.furnished import furnish
from tests.support.intruder import Intruder, intruders
from tests.support.migrated import Migrated, postgres_copy, sqlite_copy
from tests.support.world import Issued, World, found, initials


@dataclass(frozen=True)
class Furnished:
    """A database with a row in every table, and everybody who may try to change it."""

    database: Migrated
    store: Store
    world: World
    issued: Issued
    people: list[Intruder]


@contextmanager
def fresh_database(request: pytest.FixtureRequest, factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """Give a migrated database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        target = factory.mktemp("store") / "mehraufwand.db"
        with sqlite_copy(request.getfixturevalue("migrated_file"), target) as database:
            yield database
    else:
        with postgres_copy(request.getfixturevalue("postgres")) as database:
            yield database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """A migrated database for all tests of a module: each works for a processor of its own, and sees no other."""
    with fresh_database(request, tmp_path_factory) as database:
        yield database


@pytest.fixture(scope="module")
def store(migrated: Migrated) -> Iterator[Store]:
    """The opened store of the module's database."""
    opened = open_store(migrated.app_url, new_ring())
    yield opened
    opened.close()


_NUMBERS = count(1)


@pytest.fixture
def world(store: Store) -> World:
    """A new processor with a contract, a case and a member of staff."""
    return found(store, f"acme-{next(_NUMBERS)}")


@pytest.fixture
def known(store: Store, world: World) -> None:
    """A brief session begins where another was before it."""
    initials(store, world)
    store.get_ready()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """A world with a row in every table, shared by a module's tests, which must not change it."""
    with fresh_database(request, tmp_path_factory) as database:
        store = open_store(database.app_url, new_ring())
        world = found(store)
        with store.tenant(world.processor_id) as session:
            issued = furnish(session, world)
        with intruders(database, world.processor_id) as people:
            yield Furnished(database, store, world, issued, people)
        store.close()


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Pretend that a later product has one more migration, with the given body; undone after the test."""

    def pretend(body: str) -> None:
        copy = tmp_path / "migrations"
        shutil.copytree(Path(migrations.__file__).parent, copy, dirs_exist_ok=True)
        lines = ["import sqlalchemy as sa", "from alembic import op", f'revision, down_revision = "9001", "{head()}"']
        (copy / "versions" / "9001_later.py").write_text("\n".join([*lines, "def upgrade():", f"    {body}", ""]))
        monkeypatch.setattr(migrations, "_FOLDER", copy)
        monkeypatch.setattr(schema, "REVISIONS", (*REVISIONS, "9001"))

    return pretend
