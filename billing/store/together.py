"""Brief work that comes in while other is done: done together, in one transaction that is committed and synced once.

A processor's audit log is one chain, so its work is written one piece after the other, and a disk takes as long to say
that one piece is there as that a dozen are. What came in at the same time is worth one commit. Whose work fails must
not be others' concern: then nothing of it was done, and each is done once more in a transaction of its own.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from billing.errors import Problem
from billing.store.session import Store, TenantSession
from billing.store.waiting import side_by_side, turning_to_others

_T = TypeVar("_T")
_MOST = 16
"""Pieces of one transaction: on SQLite nobody else is answered until all are done."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece of work, and what it comes to."""

    work: Callable[[TenantSession], Any]
    outcome: asyncio.Future[Any]

    def comes_to(self, given: Any) -> None:
        if not self.outcome.done():  # cancelled: whoever asked for it is gone
            self.outcome.set_result(given)

    def fails(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class Together:
    """Does the brief work of each processor, as much of it at once as came in while other was done."""

    def __init__(self, store: Store) -> None:
        """Take the store; nothing waits yet."""
        self._store = store
        self._waiting: dict[tuple[asyncio.AbstractEventLoop, int], deque[_Piece]] = {}
        self._doing: set[asyncio.Task[None]] = set()

    async def do(self, processor_id: int, work: Callable[[TenantSession], _T]) -> _T:
        """Do some work in a session of `Store.briefly`, perhaps with others'; give what it gives when it is committed.

        It may be begun twice; what it did the first time is undone then. Raises what it raises alone; Postponed as
        `Store.briefly` does.
        """
        loop = asyncio.get_running_loop()
        piece = _Piece(work, loop.create_future())
        pieces = self._waiting.get((loop, processor_id))
        if pieces is None:
            pieces = self._waiting[loop, processor_id] = deque()
            task = loop.create_task(self._do_all(loop, processor_id))
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)
        pieces.append(piece)
        given: _T = await piece.outcome
        return given

    async def _do_all(self, loop: asyncio.AbstractEventLoop, processor_id: int) -> None:
        """Do what waits at a processor until nothing does."""
        pieces = self._waiting[loop, processor_id]
        try:
            while pieces:
                await asyncio.sleep(0)  # who has just arrived gets here first
                await self._do(processor_id, [pieces.popleft() for _ in range(min(len(pieces), _MOST))])
        finally:
            del self._waiting[loop, processor_id]

    async def _do(self, processor_id: int, pieces: list[_Piece]) -> None:
        """Do some in one transaction; if it fails, each in one of its own, where it shows whose fault it was."""
        try:
            given = await turning_to_others(partial(self._do_in_session, processor_id, pieces))
        except Exception as error:  # noqa: BLE001 - it is raised where the work was asked for
            if len(pieces) > 1 and not _is_unsure(error):
                for piece in pieces:
                    await self._do(processor_id, [piece])
                return
            for piece in pieces:
                piece.fails(error)
        else:
            for piece, one in zip(pieces, given, strict=True):
                piece.comes_to(one)

    def _do_in_session(self, processor_id: int, pieces: list[_Piece]) -> list[Any]:
        with self._store.briefly(processor_id) as session:
            if len(pieces) == 1:
                return [pieces[0].work(session)]
            return side_by_side([partial(piece.work, session) for piece in pieces])


def _is_unsure(error: Exception) -> bool:
    """Tell whether nobody knows what was committed: then nothing may be done once more."""
    return isinstance(error, Problem) and error.code == "database_unreachable"
