"""Offices on both databases, and on SQLite alone, with a mail server that takes everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from tests.months.story import Story
from tests.sending.office import bill
from tests.support.lent_file import LentFiles
from tests.support.migrated import sqlite_lent
from tests.support.smtp import PostOffice, post_office


@pytest.fixture
def office(store: Store) -> Story:
    """An office with one invoice, on both databases."""
    return bill(Story(store))


@pytest.fixture
def blank(migrated_file: Path, lent_files: LentFiles) -> Iterator[Story]:
    """An office without anything, on SQLite alone."""
    with sqlite_lent(lent_files, migrated_file) as database:
        store = open_store(database.app_url, new_ring())
        yield Story(store)
        store.close()


@pytest.fixture
def desk(blank: Story) -> Story:
    """An office with one invoice, on SQLite alone: for what no database makes a difference to."""
    return bill(blank)


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A server that takes everything, if not told otherwise."""
    with post_office() as office:
        yield office
