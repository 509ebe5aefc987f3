"""Doing for somebody what is done for whoever is known, and undoing it: neither an answer nor its time tells who is."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from billing.services.access.limits import is_within
from billing.services.installation import processors
from billing.services.processors import processor_versions
from billing.store.session import Store, TenantSession


class _Undone(Exception):  # noqa: N818 - no error: it ends a rehearsal
    """Rolls back what was done for nobody."""


def writing_processors(store: Store) -> list[int]:
    """Give the processors that can write mail: those whose letter data, which sign it, are recorded."""
    return [number for number, _ in processors(store) if _has_letter(store, number)]


@contextmanager
def rehearsed(store: Store, processor_id: int, network: str, at: datetime) -> Iterator[TenantSession]:
    """Open a session of a processor whose work is undone at the end.

    Something is written all the same: a disk takes its time for what is kept, and none for what is not.
    """
    with suppress(_Undone), store.tenant(processor_id) as session:
        yield session
        raise _Undone
    with store.gate() as gate:
        is_within(gate, "rehearsed", network, 1, timedelta(hours=1), at=at)


def _has_letter(store: Store, processor_id: int) -> bool:
    with store.tenant(processor_id, read_only=True) as session:
        return bool(processor_versions(session))
