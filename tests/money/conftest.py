"""A processor with two issued invoices, made once and copied for each test; on both databases, or on SQLite alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.store.keyring import KeyRing, new_ring
from billing.store.session import open_store
from tests.money.till import Till
from tests.support.kept import Kept
from tests.support.lent_file import LentFiles
from tests.support.migrated import Migrated, sqlite_copy, sqlite_lent

_TILL = Kept(lambda store: Till.opened(store).processor_id)


class Reopened(Till):
    """A till that goes on where a copied database left off."""

    def __init__(self, store, processor_id: int) -> None:
        self.store, self.processor_id, self.ref = store, processor_id, "immoinvent"


@pytest.fixture
def till(migrated: Migrated) -> Iterator[Till]:
    """Two issued invoices, on both databases."""
    with _TILL.opened(migrated) as (store, number):
        yield Reopened(store, number)


@pytest.fixture(scope="session")
def till_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyRing, int]:
    """The same as a SQLite file that tests copy."""
    path, ring = tmp_path_factory.mktemp("till") / "mehraufwand.db", new_ring()
    with sqlite_copy(migrated_file, path) as database:
        store = open_store(database.app_url, ring)
        number = Till.opened(store).processor_id
        store.close()
    return path, ring, number


@pytest.fixture
def cash(till_file: tuple[Path, KeyRing, int], lent_files: LentFiles) -> Iterator[Till]:
    """Two issued invoices on SQLite alone, for what no database is asked about."""
    template, ring, number = till_file
    with sqlite_lent(lent_files, template) as database:
        store = open_store(database.app_url, ring)
        yield Reopened(store, number)
        store.close()
