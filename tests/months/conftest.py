"""Stories on both databases, and on SQLite alone where the database makes no difference."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.services.verification import verify
from billing.store.keyring import new_ring
from billing.store.session import Store, open_store
from tests.months.story import Story
from tests.support.lent_file import LentFiles
from tests.support.migrated import sqlite_lent


@pytest.fixture
def story(store: Store) -> Iterator[Story]:
    """A processor to tell a story about, on both databases; whatever it did, `verify` finds all as it must be."""
    told = Story(store)
    yield told
    require_whole(told)


def require_whole(story: Story) -> None:
    """Have everything proved, closed months settled once more among it."""
    assert story.tell(verify).faults == []


@pytest.fixture
def paper_story(migrated_file: Path, lent_files: LentFiles) -> Iterator[Story]:
    """A processor to tell a story about, on SQLite: for what is printed, whatever the database."""
    with sqlite_lent(lent_files, migrated_file) as database:
        store = open_store(database.app_url, new_ring())
        told = Story(store)
        yield told
        require_whole(told)
        store.close()


@pytest.fixture
def simple(story: Story) -> Story:
    """One contract, one case, released for ten hours, 90 minutes of work in October."""
    return begin(story)


def begin(story: Story) -> Story:
    """Agree a contract, open a case, release ten hours, and work 90 minutes in October."""
    story.contract()
    work_once(story)
    return story


def work_once(story: Story) -> None:
    """Open a case under AVV-1, release ten hours, and work 90 minutes in October."""
    story.case("C1")
    story.estimate("Q1", "C1", regular=600)
    story.work("E1", "C1", "2026-10-06 09:00", 90)
