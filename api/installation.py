"""Open the installation a command works on: database, key ring, processor, and who acts now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from api import clock
from api.settings import Settings, read_settings
from billing.services.acting import Act
from billing.services.fields import read_line
from billing.services.installation import Places, choose_processor, installation, open_installation
from billing.store.session import Store, TenantSession

__all__ = ["Installation", "Store", "TenantSession", "act_of", "opened", "places_of", "stores_kept"]


@dataclass(frozen=True, slots=True)
class Installation:
    """An opened store with one processor chosen; `act` is who acts, and when the command began."""

    store: Store
    processor_id: int
    processor_ref: str
    act: Act

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[TenantSession]:
        """Open a session of the processor; it commits at the end."""
        with self.store.tenant(self.processor_id, read_only=read_only) as session:
            yield session


@contextmanager
def opened(database: str | None, processor: str | None, actor: str | None) -> Iterator[Installation]:
    """Open the installation that options and environment name.

    NotFound `nothing_set_up` before `mehraufwand init`; InvalidInput `processor_choice` when there are several.
    """
    settings = read_settings()
    with _store(places_of(settings, database)) as store:
        number, ref = choose_processor(store, processor or settings.processor)
        yield Installation(store, number, ref, act_of(settings, actor))


_kept: dict[Places, Store] | None = None


@contextmanager
def stores_kept() -> Iterator[None]:
    """Let commands that follow each other inside the block share an opened store; it is closed at the end.

    For a program that runs them by the hundred, on an installation of its own: to open a store, and to make its
    statements anew, is a good half of a short command.
    """
    global _kept  # noqa: PLW0603 - one stock a process, as one command line
    mine: dict[Places, Store] = {}
    before, _kept = _kept, mine
    try:
        yield
    finally:
        _kept = before
        for store in mine.values():
            store.close()


@contextmanager
def _store(places: Places) -> Iterator[Store]:
    if _kept is None:
        with installation(places) as store:
            yield store
        return
    if places not in _kept:
        _kept[places] = open_installation(places)
    yield _kept[places]


def places_of(settings: Settings, database: str | None, owner: str | None = None) -> Places:
    """Say where the installation is; a database named on the command line is its owner's as well, if not said."""
    url = database or settings.database_url
    return Places(url, owner or (database or settings.owner_url), settings.keys_path, settings.numbers_path)


def act_of(settings: Settings, actor: str | None) -> Act:
    """Say who acts, and that it is now."""
    return Act(read_line(actor or settings.actor, "as"), clock.utc_now())
