"""The port between whoever wants steps done and whatever does them."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Protocol

from billing.outbox import Done, Due, Handler

Handlers = Callable[[], Mapping[str, Handler]]
"""What can be done now, by kind; asked anew for each batch, as its handlers act at a moment."""
URGENT = frozenset({"mail"})
"""Kinds that go before all others: a person waits for them, and ten thousand papers take an hour."""
Did = tuple[int, Done]
"""The processor whose step it was, and what came of it."""


class Runner(Protocol):
    """Does the steps of all processors of a store; to be used from one thread."""

    def enqueue(self, due: Sequence[Due]) -> int:
        """Hand over steps that stand in the outbox; gives how many nobody had been given yet."""

    def run_pending(self, limit: int) -> Generator[Did, None, None]:
        """Do about `limit` due steps, a batch at most more; who stops asking ends it after the step in hand.

        Problems: `database_unreachable` and others of the store, when it is the database that fails, and no step.
        """

    def status(self, processor_id: int, about: Mapping[str, Iterable[int]] | None = None) -> dict[str, int]:
        """Count a processor's steps, or those about the rows of these tables: `open`, `failed`, `done`."""
