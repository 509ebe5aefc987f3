"""The runner of one machine, without an engine: it walks the outbox itself."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime

from billing import outbox
from billing.outbox import Due, Handler
from billing.runner.port import URGENT, Did, Handlers
from billing.store.session import Store


class InlineRunner:
    """Does due steps where it is called, processor by processor; papers side by side, as their handler does them."""

    def __init__(self, store: Store, handlers: Handlers, now: Callable[[], datetime]) -> None:
        """Take the store, what can be done, and the clock."""
        self._store, self._handlers, self._now = store, handlers, now

    def enqueue(self, due: Sequence[Due]) -> int:
        """Hand over steps: they stand in the outbox, and there is nobody else to tell."""
        return len(due)

    def run_pending(self, limit: int) -> Generator[Did, None, None]:
        """Do at most `limit` due steps of each processor, first those that a person waits for."""
        handlers = self._handlers()
        urgent = {kind: handler for kind, handler in handlers.items() if kind in URGENT}
        for share in (urgent, {kind: handler for kind, handler in handlers.items() if kind not in URGENT}):
            yield from self._share(share, limit)

    def status(self, processor_id: int, about: Mapping[str, Iterable[int]] | None = None) -> dict[str, int]:
        """Count a processor's steps."""
        with self._store.tenant(processor_id, read_only=True) as session:
            return outbox.status(session, about)

    def _share(self, handlers: Mapping[str, Handler], limit: int) -> Generator[Did, None, None]:
        if not handlers:
            return
        due = outbox.due_steps(self._store, handlers, self._now(), limit)
        for processor_id in dict.fromkeys(step.processor_id for step in due):
            steps = outbox.run_pending(self._store, processor_id, handlers, self._now, limit=limit)
            with closing(steps):
                for done in steps:
                    yield processor_id, done
