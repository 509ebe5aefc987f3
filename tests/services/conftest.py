"""A small office: what the use cases are tried on, on both databases where the database could make a difference."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from tests.months.story import Story
from tests.services.furnishing import furnish
from tests.support.migrated import sqlite_copy


@pytest.fixture
def office(store: Store) -> Story:
    """A processor with one contract, one case, a contact who may approve, one who may not, and a person."""
    return furnish(Story(store))


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path) -> Iterator[Story]:
    """The same on SQLite alone, for refusals that no database is asked about."""
    with sqlite_copy(migrated_file, tmp_path / "mehraufwand.db") as database:
        store = open_store(database.app_url, new_ring())
        yield furnish(Story(store))
        store.close()
