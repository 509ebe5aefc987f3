"""A pool of rendering processes: documents go in as JSON, PDFs come out as bytes.

WeasyPrint holds the interpreter lock, so it runs in processes of its own, started fresh ("spawn"), that never touch the
database. One that dies fails the one paper it had and is replaced; all end when the process that started them ends.
"""

import gc
import os
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from tempfile import TemporaryDirectory
from types import ModuleType, TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from invoices.einvoice.enclosed import Enclosed
from invoices.paper import Paper

_OBJECTS_BETWEEN_SWEEPS = 50_000
"""A printing process looks for garbage when so many objects are new: hundreds of papers leave as many."""
_SWEEPS_BETWEEN_LARGE_ONES = 3
_ROOM = 32 * 1024
"""Slots of eight bytes: as much again is left for the calls below."""

Returned = TypeVar("Returned")


class RenderFailed(Exception):  # noqa: N818 - an outcome the outbox stores beside successes
    """A paper that could not be printed; the text says why, for the log and the outbox."""


class Job(NamedTuple):
    """A paper to print, under a key of the caller's; an electronic invoice has its XML inside."""

    key: str
    paper: Paper
    json: str
    enclosed: Enclosed | None


class Rendered(NamedTuple):
    """What became of a job: the PDF, or why there is none."""

    key: str
    outcome: bytes | RenderFailed

    def pdf(self) -> bytes:
        """Give the PDF or raise RenderFailed."""
        if isinstance(self.outcome, RenderFailed):
            raise self.outcome
        return self.outcome


class _Worker:
    """One rendering process and the job it has in hand."""

    job: Job | None = None
    since = 0.0

    def __init__(self) -> None:
        context = get_context("spawn")
        self.line, theirs = context.Pipe()
        # WeasyPrint keeps fonts in a temporary folder, which a process that is killed can't clear away.
        self._scratch = TemporaryDirectory(prefix="mehraufwand-render-", ignore_cleanup_errors=True)
        self.process = context.Process(target=_work, args=(theirs, self._scratch.name), daemon=True, name="render")
        with _nameless_program(), _without_ctrl_c():
            self.process.start()
        theirs.close()

    def give(self, job: Job) -> None:
        """Hand over a job; a process that has died meanwhile is noticed when its result is asked for."""
        self.job, self.since = job, time.monotonic()
        with suppress(BrokenPipeError):
            self.line.send((str(job.paper), job.json, job.enclosed))

    def take(self) -> Rendered:
        """Take the finished job; when the process died over it, that is its outcome."""
        job, self.job = self.job, None
        assert job is not None  # noqa: S101 - only called for a worker that has one
        try:
            done, content = self.line.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            return Rendered(job.key, RenderFailed(f"rendering process ended with code {self.process.exitcode}"))
        return Rendered(job.key, content if done else RenderFailed(content))

    def end(self) -> None:
        """End the process, also in the middle of a job."""
        self.line.close()
        self.process.kill()
        self.process.join()
        self.process.close()
        self._scratch.cleanup()


_starting = threading.Lock()


@contextmanager
def _nameless_program() -> Iterator[None]:
    """Let a process be started that doesn't import the program that starts it: only `_work` is to run there.

    Multiprocessing looks at `__main__` for what to import first; a benchmark's took longer than WeasyPrint.
    """
    with _starting:
        program = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = program


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Let a process be started that Ctrl-C does not reach, from its first moment: it is the parent's to answer.

    A terminal gives the signal to all of them, and who is importing modules then dies of it with a traceback. A mask is
    inherited, and any thread may set its own.
    """
    resource_tracker.ensure_running()  # else it is started in between, and lifts the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_kept: list[_Worker] = []
_most_kept = 0


@contextmanager
def printers_kept(most: int) -> Iterator[None]:
    """Let up to so many idle processes outlive their pool inside the block: the next pool goes on with them.

    For programs that open one pool after the other, as to start a process costs a second. Around a block in which
    none are to be kept it says 0.
    """
    global _most_kept  # noqa: PLW0603 - one stock a process
    before, _most_kept = _most_kept, most
    _end_kept(most)
    try:
        yield
    finally:
        _most_kept = before
        _end_kept(before)


def _end_kept(most: int) -> None:
    while len(_kept) > most:
        _kept.pop().end()


def _worker() -> _Worker:
    """Give a process that was kept, or a new one."""
    while _kept:
        worker = _kept.pop()
        if worker.process.is_alive():
            return worker
        worker.end()
    return _Worker()


def _dismiss(worker: _Worker) -> None:
    if worker.job is None and len(_kept) < _most_kept:
        _kept.append(worker)
    else:
        worker.end()


class RenderPool:
    """Prints papers side by side; to be used from one thread.

    with RenderPool(workers=2) as pool:
        for invoice in invoices:
            pool.submit(invoice.number, Paper.INVOICE, invoice.to_json())
        for rendered in pool.results():
            store(rendered.key, rendered.pdf())
    """

    def __init__(self, workers: int, *, seconds_per_paper: float = 120) -> None:
        """Take how many processes to use at most, and how long one may take over a paper before it is ended."""
        if workers < 1:
            message = f"a pool needs at least one worker: {workers}"
            raise ValueError(message)
        self._most = workers
        self._patience = seconds_per_paper
        self._workers: list[_Worker] = []
        self._waiting: deque[Job] = deque()

    def submit(self, key: str, paper: Paper, json: str, enclosed: Enclosed | None = None) -> None:
        """Queue a paper; processes start when first needed."""
        self._waiting.append(Job(key, paper, json, enclosed))
        self._hand_out()

    def results(self) -> Iterator[Rendered]:
        """Give every submitted paper as it is finished, in no fixed order; more may be submitted meanwhile."""
        while busy := [worker for worker in self._workers if worker.job]:
            overdue = min(worker.since for worker in busy) + self._patience - time.monotonic()
            ready = connection.wait([worker.line for worker in busy], timeout=max(0, overdue))
            for worker in busy:
                if worker.line in ready:
                    rendered = worker.take()
                    self._hand_out()
                    yield rendered
                elif time.monotonic() - worker.since > self._patience:
                    worker.process.kill()  # its line then ends, and the next turn says so

    def render(self, paper: Paper, json: str, enclosed: Enclosed | None = None) -> bytes:
        """Print one paper and wait for it; RenderFailed when it can't be printed."""
        self.submit("", paper, json, enclosed)
        (rendered,) = self.results()
        return rendered.pdf()

    def close(self) -> None:
        """End all processes, but for those that are kept (`printers_kept`)."""
        while self._workers:
            _dismiss(self._workers.pop())
        self._waiting.clear()

    def __enter__(self) -> Self:
        """Give the pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all processes."""
        self.close()

    def _hand_out(self) -> None:
        while self._waiting:
            self._bury_the_dead()
            idle = next((worker for worker in self._workers if worker.job is None), None)
            if idle is None and len(self._workers) < self._most:
                idle = _worker()
                self._workers.append(idle)
            if idle is None:
                return
            idle.give(self._waiting.popleft())

    def _bury_the_dead(self) -> None:
        for worker in [worker for worker in self._workers if worker.job is None and not worker.process.is_alive()]:
            self._workers.remove(worker)
            worker.end()


def roomy(function: Callable[..., Returned]) -> Callable[..., Returned]:
    """Give the same function with room on the stack for all that it calls.

    CPython keeps the frames of calls in chunks of 16 KiB that it takes from the system and gives back. Where a
    recursion goes to and fro over the end of one, as laying out a page does, each turn maps and unmaps memory: some
    thousand times a paper, a tenth of its time, or never, as the depth happens to be. A frame of more than a chunk gets
    one of its own size, twice as large as it needs, and the calls below it stay in that.
    """

    def call(*given: Any, **named: Any) -> Returned:
        return function(*given, **named)

    call.__code__ = call.__code__.replace(co_stacksize=_ROOM)
    return call


def _work(line: Connection, scratch: str) -> None:
    """Print what comes in, in a process of its own, until the line ends."""
    roomy(_print_all)(line, scratch)


def _print_all(line: Connection, scratch: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tempfile.tempdir = scratch
    # The boxes of a page are many objects and none is garbage while it is printed: to look for some every 700 objects
    # took a tenth of the time. What was imported never is any.
    gc.set_threshold(_OBJECTS_BETWEEN_SWEEPS, _SWEEPS_BETWEEN_LARGE_ONES, _SWEEPS_BETWEEN_LARGE_ONES)
    from invoices import pdf  # noqa: PLC0415 - WeasyPrint only here, see above

    gc.freeze()
    press: pdf.Press | None = None
    with suppress(EOFError, BrokenPipeError):
        while True:
            paper, json, enclosed = line.recv()
            try:
                press = press or pdf.Press()  # it writes fonts to a disk that may be full
                line.send((True, pdf.print_paper(press, Paper(paper), json, enclosed)))
            except Exception as error:  # noqa: BLE001 - whatever it was, it must reach the outbox
                line.send((False, f"{type(error).__name__}: {error}"))


def _end_with_parent() -> None:
    """End this process when its parent is gone, also in the middle of a page."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
