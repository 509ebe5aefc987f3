"""Open the installation a command works on: database, key ring, processor, and who acts now."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from api.settings import read_settings
from billing.errors import InvalidInput, NotFound
from billing.services.acting import Act
from billing.store.keyring import load_ring
from billing.store.session import Store, TenantSession, look_up, open_store


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
    store = open_store(database or settings.database_url, load_ring(settings.keys_path))
    try:
        with store.operator() as session:
            known = {str(ref): int(number) for number, ref in look_up(session, "processors")}
        ref = _chosen(known, processor or settings.processor)
        yield Installation(store, known[ref], ref, Act(actor or settings.actor, datetime.now(UTC)))
    finally:
        store.close()


def _chosen(known: dict[str, int], wanted: str | None) -> str:
    if not known:
        raise NotFound("nothing_set_up")
    if wanted is None and len(known) == 1:
        return next(iter(known))
    if wanted is None:
        raise InvalidInput("processor_choice", path="--processor", value="", known=", ".join(sorted(known)))
    if wanted not in known:
        raise InvalidInput("processor_unknown_ref", path="--processor", value=wanted, known=", ".join(sorted(known)))
    return wanted
