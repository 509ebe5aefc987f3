"""Work that waits for a server without keeping the thread that it was begun in: brief requests on PostgreSQL.

Another thread and back costs a request as much as its statements do. So the work runs where the request came in, in a
greenlet; where it would wait, the event loop goes on with others and comes back when there is something to read.
"""

import asyncio
import select
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

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


async def _readable(place: int) -> None:
    loop = asyncio.get_running_loop()
    is_there: asyncio.Future[None] = loop.create_future()
    loop.add_reader(place, is_there.set_result, None)
    try:
        await is_there
    finally:
        loop.remove_reader(place)
