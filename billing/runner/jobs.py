"""What is between us and procrastinate: its tables, its worker, and the jobs that carry steps."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self

import procrastinate
import sqlalchemy as sa
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as TheirJob
from procrastinate.jobs import Status
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from billing.outbox import Due
from billing.runner.port import URGENT
from billing.store.migrations.dispatcher import QUEUE_SCHEMA

STALLED_SECONDS = 10.0
"""A worker that was not heard of for so long is dead, and others take over its jobs; if it lives after all, no harm."""
STEPS_PER_JOB = 20
DEATHS_TOGETHER, MOST_DEATHS = 3, 8
"""So often may a job be taken over before its steps go each alone, and so often a single step before it is set aside.

A database that was away counts as well: nobody can tell it from a death afterwards.
"""
_HEARTBEAT_SECONDS = 2.0
_LOOK_AFTER_SECONDS = 5.0
_CONNECT_SECONDS = 5.0
_TASK = "steps"
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)  # by whichever machine's clock
_LOCK = 7_240_113_352_027  # one at a time hands steps over; any number nobody else takes


class StepsUndone(Exception):  # noqa: N818 - an outcome of a job; what went wrong is told elsewhere
    """A job ended early because the store failed; its steps are open, and are handed over again."""


class Job:
    """Steps of one processor and kind, given to this worker: it ends them, and the loop hears of it."""

    def __init__(self, processor_id: int, steps: Sequence[int], attempts: int = 0) -> None:
        """Take what the job carries; to be made inside the loop."""
        self.processor_id, self.steps, self.attempts = processor_id, steps, attempts
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def end(self, error: Exception | None = None) -> None:
        """Say from another thread that the job has ended; only the first word counts."""
        with suppress(RuntimeError):  # a loop that has ended itself needs no word
            self._loop.call_soon_threadsafe(self._end, error)

    def _end(self, error: Exception | None) -> None:
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)


class Queue:
    """An open connection to procrastinate's tables, for as long as the block lasts."""

    def __init__(self, engine: sa.Engine, give: Callable[[Job], None], give_up: Callable[[Job], None]) -> None:
        """Take the store's engine, who gets the jobs of this worker, and who hears of those that end every worker."""
        _, known = engine.dialect.create_connect_args(engine.url)
        options = f"{known.pop('options', '')} -c search_path={QUEUE_SCHEMA}".strip()
        self._pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            kwargs={**known, "options": options}, min_size=1, max_size=4, timeout=_CONNECT_SECONDS, open=False
        )
        self._give, self._give_up = give, give_up
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())
        self._task = self._app.task(name=_TASK, pass_context=True)(self._work_off)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect; psycopg's PoolTimeout when the database is away."""
        async with AsyncExitStack() as opening:
            opening.push_async_callback(self._pool.close)
            await self._pool.open(wait=True, timeout=_CONNECT_SECONDS)
            await opening.enter_async_context(self._app.open_async(self._pool))
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        await self._open.aclose()

    async def hand_over(self, due: Iterable[Due]) -> int:
        """Put into jobs what is in none yet, one worker at a time; gives how many steps."""
        async with self._alone() as connection:
            known = {step for status in (Status.TODO, Status.DOING) async for step in self._steps_in(status)}
            new = sorted((one for one in due if one.id not in known), key=lambda one: (one.processor_id, one.kind))
            for (processor_id, kind), group in groupby(new, key=lambda one: (one.processor_id, one.kind)):
                await self._defer(processor_id, kind, _batches([one.id for one in group]), connection)
        return len(new)

    async def take_over(self) -> None:
        """Have the jobs of dead workers done again; one that ends every worker is given up."""
        manager = self._app.job_manager
        async with self._alone():
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                left = Job(**_carried(job), attempts=job.attempts + 1)
                if len(left.steps) > 1 or left.attempts < MOST_DEATHS:
                    await manager.retry_job(job, retry_at=_AT_ONCE)
                    continue
                await asyncio.to_thread(self._give_up, left)
                await manager.finish_job(job, Status.FAILED, delete_job=True)

    async def work(self, kinds: Sequence[str], enough: Callable[[], bool]) -> None:
        """Do jobs of these kinds, one at a time, until there are none or it is enough; those of the dead as well."""

        async def until_enough(go_on: AsyncCallNext, _: object, worker: Worker) -> Any:
            try:
                return await go_on()
            finally:
                if enough():
                    worker.stop()  # type: ignore[no-untyped-call]

        looking_after = asyncio.create_task(self._look_after())
        try:
            await self._app.run_worker_async(
                queues=kinds,
                wait=False,
                listen_notify=False,
                install_signal_handlers=False,
                delete_jobs="always",
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                worker_middleware=[until_enough],
            )
        finally:
            looking_after.cancel()

    async def _look_after(self) -> None:
        """Take over again and again, in no queue: behind long papers in one it would have to wait."""
        while True:
            await asyncio.sleep(_LOOK_AFTER_SECONDS)
            with suppress(ConnectorException):  # the worker beside meets the same trouble, and ends with it
                await self.take_over()

    async def _work_off(self, context: procrastinate.JobContext, processor_id: int, steps: list[int]) -> None:
        """Give a job to who does the work, and wait; steps that ended several workers together go each alone."""
        if len(steps) > 1 and context.job.attempts >= DEATHS_TOGETHER:
            await self._defer(processor_id, context.job.queue, [[step] for step in steps])
            return
        job = Job(processor_id, steps, context.job.attempts)
        self._give(job)
        await job.ended

    async def _defer(
        self,
        processor_id: int,
        kind: str,
        batches: Iterable[list[int]],
        connection: AsyncConnection[Any] | None = None,
    ) -> None:
        jobs = self._task.configure(queue=kind, priority=int(kind in URGENT), connection=connection)
        carried: list[dict[str, Any]] = [{"processor_id": processor_id, "steps": batch} for batch in batches]
        await jobs.batch_defer_async(*carried)

    async def _steps_in(self, status: Status) -> AsyncIterator[int]:
        for job in await self._app.job_manager.list_jobs_async(status=status.value):
            for step in _carried(job)["steps"]:
                yield step

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncConnection[Any]]:
        """Let one worker of all machines at a time do this, in a transaction of its own."""
        async with self._pool.connection() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            yield connection


def _carried(job: TheirJob) -> dict[str, Any]:
    """Give what a job of theirs carries: `processor_id` and `steps`, as `_defer` wrote them."""
    return dict(job.task_kwargs)


def _batches(steps: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(steps), STEPS_PER_JOB):
        yield steps[first : first + STEPS_PER_JOB]
