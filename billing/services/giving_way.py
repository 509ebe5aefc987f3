"""Long work gives way to short: between two steps it waits while somebody else's request is in hand.

Python runs one thread at a time, and lets one that only computes do so for five milliseconds before another's turn. A
request asks the database a dozen questions and needs a turn after each, so beside a month being settled each question
took five milliseconds longer. Long work that stands aside between two contracts keeps a request waiting for the
contract in hand, and no longer. It still gets a third of the time, however many others are there.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_WAITED_TO_WORKED = 2.0
"""So many times what it computed since its last stop may work stand aside."""


class Traffic:
    """The requests in hand of one process, but for those that turned out to be long work."""

    def __init__(self) -> None:
        """Begin with none."""
        self._in_hand: set[object] = set()
        self._quiet = threading.Event()
        self._quiet.set()

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Let long work stand aside as long as the block lasts; to be entered in one thread, the event loop's."""
        request = object()
        before = _request.get()
        _request.set(request)
        self._in_hand.add(request)
        self._quiet.clear()
        try:
            yield
        finally:
            self._leave(request)
            _request.set(before)

    def long_work(self, steps: Iterable[T]) -> Iterator[T]:
        """Take steps one after the other, in whatever thread, so that they give way wherever they say `give_way`.

        The request that asks for it is long work from now on, and nobody stands aside for it.
        """
        self._leave(_request.get())
        return self._aside(steps)

    def _leave(self, request: object) -> None:
        self._in_hand.discard(request)
        if not self._in_hand:
            self._quiet.set()

    def _aside(self, steps: Iterable[T]) -> Iterator[T]:
        before = _aside.get()
        _aside.set(_Aside(self._quiet))
        try:
            for step in steps:
                yield step
                give_way()  # what the caller did with the step was work as well
        finally:
            _aside.set(before)


class _Aside:
    """Long work of one thread: what it computed, by its own CPU time, since it last stood aside."""

    def __init__(self, quiet: threading.Event) -> None:
        self._quiet, self._since = quiet, time.thread_time()

    def stand(self) -> None:
        self._quiet.wait(_WAITED_TO_WORKED * (time.thread_time() - self._since))
        self._since = time.thread_time()


_request: ContextVar[object] = ContextVar("mehraufwand_request", default=None)
_aside: ContextVar[_Aside | None] = ContextVar("mehraufwand_long_work", default=None)


def give_way() -> None:
    """Stand aside while others are in hand, if this is long work of a service; hold no lock and no turn here."""
    if (aside := _aside.get()) is not None:
        aside.stand()
