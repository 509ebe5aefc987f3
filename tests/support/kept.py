"""Furnished databases, furnished once a process: later tests get what was in the first one's, with the same keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from billing.store.keyring import KeyRing, new_ring
from billing.store.session import Store, open_store
from tests.support.migrated import Content, Migrated

Told = TypeVar("Told")


class Kept(Generic[Told]):
    """What is done to an empty database at first, and what that told: numbers, nothing that hangs on the store."""

    def __init__(self, furnish: Callable[[Store], Told]) -> None:
        """Take what furnishes an empty database."""
        self._furnish = furnish
        self._made: dict[bool, tuple[Content, KeyRing, Told]] = {}

    @contextmanager
    def opened(self, database: Migrated) -> Iterator[tuple[Store, Told]]:
        """Furnish an empty database and open it."""
        made = self._made.get(database.is_sqlite)
        if made is None:
            made = self._made[database.is_sqlite] = self._make(database)
        else:
            database.fill(made[0])
        store = open_store(database.app_url, made[1])
        yield store, made[2]
        store.close()

    def _make(self, database: Migrated) -> tuple[Content, KeyRing, Told]:
        ring = new_ring()
        store = open_store(database.app_url, ring)
        told = self._furnish(store)
        store.close()
        return database.content(), ring, told
