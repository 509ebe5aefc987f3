"""Pages over HTTP, without a window: the service of the interface's tests, looked at as people do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billing.store.keyring import KeyRing, new_ring
from billing.store.session import open_store
from tests.api.http.running import Site, furnish_site, open_site
from tests.support.lent_file import LentFiles
from tests.support.migrated import sqlite_copy, sqlite_lent
from tests.web.browsing import Browser, at_work


@pytest.fixture(scope="session")
def site_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, KeyRing, dict[str, int]]:
    """Two processors with a user of each role, on SQLite, as a file that tests copy."""
    path, ring = tmp_path_factory.mktemp("pages") / "mehraufwand.db", new_ring()
    with sqlite_copy(migrated_file, path) as database:
        store = open_store(database.app_url, ring)
        numbers = furnish_site(store)
        store.close()
    return path, ring, numbers


@pytest.fixture(scope="module")
def site_module(site_file: tuple[Path, KeyRing, dict[str, int]], lent_files: LentFiles) -> Iterator[Site]:
    """A service for the tests of a module that change nothing."""
    with _opened(site_file, lent_files) as opened:
        yield opened


@pytest.fixture
def desk(site_file: tuple[Path, KeyRing, dict[str, int]], lent_files: LentFiles) -> Iterator[Site]:
    """A service of one's own with them."""
    with _opened(site_file, lent_files) as opened:
        yield opened


@pytest.fixture
def staff(desk: Site) -> Browser:
    """A member of staff on Monday, 2 November 2026, at ten, in a service of one's own."""
    return at_work(desk, "staff")


@contextmanager
def _opened(site_file: tuple[Path, KeyRing, dict[str, int]], files: LentFiles) -> Iterator[Site]:
    template, ring, numbers = site_file
    with sqlite_lent(files, template) as database:
        store = open_store(database.app_url, ring)
        with open_site(store, numbers) as opened:
            yield opened
        store.close()
