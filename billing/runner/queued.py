"""The runner of many machines: procrastinate on the PostgreSQL that is there anyway says who does which steps.

It dispatches and knows nothing else: a job carries the numbers of some steps of one processor and kind, and its body is
the same function that runs them inline. Jobs are made from the outbox alone, by one worker at a time, and deleted when
they have ended; what is open and in no job is handed over again.

`run_pending` has a second thread for procrastinate's asyncio loop: it fetches, and beats the worker's heart while the
first one prints. There a job does no more than wait.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from typing import Any, TypeVar

import psycopg
from procrastinate.exceptions import ConnectorException

from billing import outbox
from billing.errors import Problem
from billing.outbox import Done, Due
from billing.runner.jobs import Job, Queue, StepsUndone
from billing.runner.port import Did, Handlers
from billing.store.session import Store

_LOOKED_AHEAD = 5000
"""Steps that may wait in jobs at a time: enough for a hundred machines for some seconds."""
_T = TypeVar("_T")


@dataclass(slots=True)
class _Shift:
    """One call of `run_pending`: how many steps it may still do, and whether it was ended early."""

    left: int
    over: bool = False


class QueuedRunner:
    """Does the due steps that procrastinate gives it, also those that a dead worker left."""

    def __init__(self, store: Store, handlers: Handlers, now: Callable[[], datetime]) -> None:
        """Take the store, which must be PostgreSQL, what can be done, and the clock."""
        self._store, self._handlers, self._now = store, handlers, now

    def enqueue(self, due: Sequence[Due]) -> int:
        """Put steps into jobs, but for those that are in one already; gives how many are new."""
        return _result(_in_thread(self._hand_over(due)))

    def run_pending(self, limit: int) -> Generator[Did, None, None]:
        """Hand over what is due, then do jobs, of whatever worker, until there are none or `limit` steps were done."""
        due = outbox.due_steps(self._store, self._handlers(), self._now(), _LOOKED_AHEAD)
        if not due:  # a worker at rest asks one question
            return
        given: SimpleQueue[Job | None] = SimpleQueue()
        shift = _Shift(limit)
        ended = _in_thread(self._work(due, shift, given))
        ended.add_done_callback(lambda _: given.put(None))
        try:
            while job := given.get():
                yield from self._do(job, shift)
        finally:
            shift.over = True
            while not ended.done() and (job := given.get()):
                job.end(StepsUndone())  # came when nobody does it any more
            _result(ended)

    def status(self, processor_id: int, about: Mapping[str, Iterable[int]] | None = None) -> dict[str, int]:
        """Count a processor's steps."""
        with self._store.tenant(processor_id, read_only=True) as session:
            return outbox.status(session, about)

    async def _hand_over(self, due: Sequence[Due]) -> int:
        async with self._queue(lambda _: None) as queue:
            return await queue.hand_over(due)

    async def _work(self, due: Sequence[Due], shift: _Shift, given: "SimpleQueue[Job | None]") -> None:
        async with self._queue(given.put) as queue:
            await queue.take_over()
            await queue.hand_over(due)
            await queue.work(list(self._handlers()), lambda: shift.over or shift.left <= 0)

    def _queue(self, give: Callable[[Job], None]) -> Queue:
        return Queue(self._store.engine, give, self._give_up)

    def _do(self, job: Job, shift: _Shift) -> Generator[Did, None, None]:
        """Do the steps of a job that are still open and due, and let the loop know that it has ended."""
        try:
            with self._store.tenant(job.processor_id, read_only=True) as session:
                items = outbox.open_items(session, self._now(), ids=job.steps)
            with closing(outbox.do_items(self._store, job.processor_id, items, self._handlers(), self._now)) as steps:
                for done in steps:
                    shift.left -= 1
                    yield job.processor_id, done
        except BaseException:
            # The words of what went wrong stay on this side: they may quote what is sealed, and procrastinate logs.
            shift.over = True
            job.end(StepsUndone())
            raise
        job.end()

    def _give_up(self, job: Job) -> None:
        """Note with the open steps of a job that they ended every worker that had them."""
        error = f"its worker ended {job.attempts} times over it"
        with self._store.tenant(job.processor_id) as session:
            for item in outbox.open_items(session, None, ids=job.steps):
                outbox.note_failure(session, Done(item, error, hopeless=True), self._now())


def _in_thread(work: Coroutine[Any, Any, _T]) -> "Future[_T]":
    """Run a loop in a thread of its own, which doesn't keep the process from ending."""
    ended: Future[_T] = Future()

    def run() -> None:
        try:
            ended.set_result(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - handed to who waits for it
            ended.set_exception(error)

    threading.Thread(target=run, name="dispatch", daemon=True).start()
    return ended


def _result(ended: "Future[_T]") -> _T:
    try:
        return ended.result()
    except (ConnectorException, psycopg.Error) as error:
        raise Problem("database_unreachable") from error
