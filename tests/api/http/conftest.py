"""The service as its callers meet it: over HTTP, on both databases, with somebody of every role at two processors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.store.keyring import KeyRing, new_ring
from billing.store.session import open_store
from tests.api.http.running import Site, furnish_site, open_site
from tests.api.http.witness import witnessed
from tests.support.kept import Kept
from tests.support.lent_file import LentFiles
from tests.support.migrated import Migrated, sqlite_copy, sqlite_lent

_SITE = Kept(furnish_site)


@pytest.fixture
def site(migrated: Migrated) -> Iterator[Site]:
    """A service with two processors, a user of each role with a token, and a case to work on; on both databases."""
    with (
        _SITE.opened(migrated) as (store, numbers),
        open_site(store, numbers) as opened,
        witnessed(store, opened.client),
    ):
        yield opened


@pytest.fixture(scope="session")
def site_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyRing, dict[str, int]]:
    """The same on SQLite, as a file that tests copy."""
    path, ring = tmp_path_factory.mktemp("site") / "mehraufwand.db", new_ring()
    with sqlite_copy(migrated_file, path) as database:
        store = open_store(database.app_url, ring)
        numbers = furnish_site(store)
        store.close()
    return path, ring, numbers


@pytest.fixture
def desk(site_file: tuple[Path, KeyRing, dict[str, int]], lent_files: LentFiles) -> Iterator[Site]:
    """The same on SQLite alone, for what no database is asked about."""
    template, ring, numbers = site_file
    with sqlite_lent(lent_files, template) as database:
        store = open_store(database.app_url, ring)
        with open_site(store, numbers) as opened, witnessed(store, opened.client):
            yield opened
        store.close()
