"""A small office: what the use cases are tried on, on both databases where the database could make a difference."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.store.keyring import KeyRing, new_ring
from billing.store.session import open_store
from tests.months.story import Story
from tests.services.furnishing import Desk, furnish
from tests.support.hashing import as_dear_as_in_the_product
from tests.support.kept import Kept
from tests.support.lent_file import LentFiles
from tests.support.migrated import Migrated, sqlite_copy, sqlite_lent


@pytest.fixture
def dear_hashing() -> Iterator[None]:
    """Passwords hashed as in the product, for tests of that."""
    with as_dear_as_in_the_product():
        yield


_OFFICE = Kept(lambda store: furnish(Story(store)).processor_id)


@pytest.fixture
def office(migrated: Migrated) -> Iterator[Story]:
    """A processor with one contract, one case, a contact who may approve, one who may not, and a person."""
    with _OFFICE.opened(migrated) as (store, number):
        with store.tenant(number):
            pass  # the first session asks whether there is such a processor, and those of the tests don't
        yield Desk(store, number)


@pytest.fixture(scope="session")
def furnished_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyRing, int]:
    """The same office as a SQLite file that tests copy, with its keys and the processor's number."""
    path, ring = tmp_path_factory.mktemp("office") / "mehraufwand.db", new_ring()
    with sqlite_copy(migrated_file, path) as database:
        store = open_store(database.app_url, ring)
        number = furnish(Story(store)).processor_id
        store.close()
    return path, ring, number


@pytest.fixture
def desk(furnished_file: tuple[Path, KeyRing, int], lent_files: LentFiles) -> Iterator[Story]:
    """The same office on SQLite alone, for refusals that no database is asked about."""
    template, ring, number = furnished_file
    with sqlite_lent(lent_files, template) as database:
        store = open_store(database.app_url, ring)
        yield Desk(store, number)
        store.close()
