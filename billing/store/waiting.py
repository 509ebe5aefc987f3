"""Work that waits for a server without keeping the thread that it was begun in: brief requests on PostgreSQL.

Another thread and back costs a request as much as its statements do. So the work runs where the request came in, in a
greenlet; where it would wait, the event loop goes on with others and comes back when there is something to read. Those
who share a transaction go side by side: where one would wait, the next one asks.
"""

import asyncio
import select
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import Any, TypeVar

from greenlet import GreenletExit, getcurrent, greenlet

_T = TypeVar("_T")
_AT_ONCE_MS = 1
"""A server nearby answers within that time; the event loop would need as long to turn to somebody else and back."""


_TURNING: set[Any] = set()
"""The pieces of work that turn to others where they wait."""


async def turning_to_others(work: Callable[[], _T]) -> _T:
    """Do some work in this thread, and others' while it waits; give what it gives, or raise what it raises.

    When the caller is cancelled, the work hears of it where it waits, and then ends without turning to others.
    """
    piece = greenlet(work)
    piece.gr_context = copy_context()
    _TURNING.add(piece)
    try:
        said: Any = piece.switch()
        while not piece.dead:
            try:
                await _readable(said)
            except BaseException as error:
                _TURNING.discard(piece)
                piece.throw(error)
                raise
            said = piece.switch()
        given: _T = said
        return given
    finally:
        _TURNING.discard(piece)


def wait_for(place: int, *, long: bool = False) -> None:
    """Wait until there is something to read at a file descriptor; inside `turning_to_others` others go on meanwhile.

    `long` is a wait that one of them may have to end. In all others, the one who waits may be waited for himself.
    """
    look = select.poll()
    look.register(place, select.POLLIN)
    piece = getcurrent()
    if piece not in _TURNING:
        look.poll()
    elif not look.poll(0 if long and len(_TURNING) > 1 else _AT_ONCE_MS):
        piece.parent.switch(place)


class _SideBySide(greenlet):  # type: ignore[misc]  # greenlet tells no types
    """A piece of work among others in one transaction."""


def side_by_side(pieces: Sequence[Callable[[], _T]]) -> list[_T]:
    """Do several pieces of work by turns, each until it lets the others (`let_others`); give what each gives.

    Raises what the first one raises that fails; the others end where they are.
    """
    runs = [_SideBySide(piece) for piece in pieces]
    given: dict[int, _T] = {}
    going: deque[tuple[int, Callable[[], object]]] = deque((place, _at_once) for place in range(len(runs)))
    for run in runs:
        run.gr_context = copy_context()
    try:
        while going:
            place, wait = going.popleft()
            wait()
            said: Any = runs[place].switch()
            if runs[place].dead:
                given[place] = said
            else:
                going.append((place, said))
    finally:
        for run in runs:
            run.throw(GreenletExit)  # nothing, where it has ended
    return [given[place] for place in range(len(runs))]


def let_others(wait: Callable[[], object] | None = None) -> None:
    """Let all others who work side by side with us get as far as this, and wait then; nobody else is kept by it."""
    piece = getcurrent()
    if isinstance(piece, _SideBySide):
        piece.parent.switch(wait or _at_once)
    elif wait is not None:
        wait()


def _at_once() -> None:
    """Wait for nothing."""


async def _readable(place: int) -> None:
    loop = asyncio.get_running_loop()
    is_there: asyncio.Future[None] = loop.create_future()
    loop.add_reader(place, is_there.set_result, None)
    try:
        await is_there
    finally:
        loop.remove_reader(place)
