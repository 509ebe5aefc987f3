"""A process that runs commands in forks of itself: a fresh process each, without the two seconds of start-up.

It reads orders from standard input, a JSON object a line, and answers each with one:

    {"calls": [["issue", "2025-03"]], "environment": {...}, "die_at": 3, "die": "before", "tiny": true}
    {"results": [{"code": -9, "out": "", "err": "", "commits": 2}]}

All calls of an order start at the same moment. `die_at` ends a call with SIGKILL before or after its commit of that
number (only commits of transactions that may write count), `die_in` after so many seconds, wherever it is then. `tiny`
prints papers as a few bytes or so many, in no time. `clock` is by how many seconds the clock is off, `largest_file` to
how many bytes a file may grow, `scratch` the folder for temporary files. A dead worker is missed after half a second.

With arguments it is the command itself, `tiny`: `python -m tests.faults.worker worker`.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from hashlib import sha256
from typing import IO, Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.orm import configure_mappers

from api import cli, clock
from api import worker as api_worker
from api.commands import files
from billing.public_holidays import public_holidays
from billing.runner import jobs
from billing.store.engine import READ_ONLY
from billing.store.tenant_sessions import BriefSession
from billing.texts import catalogue
from invoices.einvoice.enclosed import Enclosed
from invoices.format import money
from invoices.paper import Paper
from invoices.render import Rendered
from invoices.run import drafts


class Commits:
    """Counts the commits of this process, and ends it at the one it was told."""

    def __init__(self, die_at: int, when: str) -> None:
        """Die before or after (`when`) the commit of number `die_at`; 0 is never."""
        self.count, self._die_at, self._when = 0, die_at, when
        self._writing = False

    def watch(self) -> None:
        """Stand between SQLAlchemy and every driver, and before the commits that go past it."""
        commit, conclude = DefaultDialect.do_commit, BriefSession.conclude

        def do_commit(dialect: DefaultDialect, connection: Any) -> None:
            writing, self._writing = self._writing, False
            if writing:
                self._pass("before")
            commit(dialect, connection)
            if writing:
                self.count += 1
                self._pass("after")

        def do_conclude(session: BriefSession) -> None:
            self._pass("before")
            conclude(session)
            self.count += 1
            self._pass("after")

        DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]  # the fault we plant
        BriefSession.conclude = do_conclude  # type: ignore[method-assign, assignment]
        event.listen(sa.Engine, "commit", self._begin)

    def _begin(self, connection: sa.Connection) -> None:
        self._writing = not connection.get_execution_options().get(READ_ONLY)

    def _pass(self, when: str) -> None:
        reached = self.count + (1 if when == "before" else 0)
        if when == self._when and reached == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)


class TinyPool:
    """Prints a paper as its hash: for the many points of a sweep that are not about printing."""

    padding = b""

    def __init__(self, _workers: int) -> None:
        """Start no process."""
        self._waiting: list[tuple[str, str]] = []

    def submit(self, key: str, _paper: Paper, text: str, _enclosed: Enclosed | None = None) -> None:
        """Queue a paper."""
        self._waiting.append((key, text))

    def results(self) -> Iterator[Rendered]:
        """Give every paper."""
        while self._waiting:
            key, text = self._waiting.pop(0)
            yield Rendered(key, b"%PDF-1.7 " + sha256(text.encode()).digest() + self.padding)

    def close(self) -> None:
        """Forget what was not printed."""
        self._waiting.clear()

    def __enter__(self) -> Self:
        """Give the pool."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave nothing to end."""


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Fork a process for each call, let all go at once, and wait for them."""
    ready, go = os.pipe()
    children = [_fork(call, order, ready, go) for call in order["calls"]]
    os.close(ready)
    os.close(go)  # the end of the pipe is the sign to start
    return {"results": [_result(*child) for child in children]}


def _fork(call: list[str], order: dict[str, Any], ready: int, go: int) -> tuple[int, list[IO[bytes]]]:
    streams: list[IO[bytes]] = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - closed by `_result`
    child = os.fork()
    if child == 0:
        os.close(go)
        for number, stream in enumerate(streams[:2], 1):
            os.dup2(stream.fileno(), number)
        os.read(ready, 1)
        os._exit(_run(call, order, streams[2]))
    return child, streams


def _run(call: list[str], order: dict[str, Any], report: IO[bytes]) -> int:
    """Run the command line as `mehraufwand` would, in this process; give its exit code."""
    commits = Commits(order.get("die_at", 0), order.get("die", "before"))
    commits.watch()
    os.environ.update(order["environment"])
    sys.argv = ["mehraufwand", *call]
    # Nobody handles this signal, so it ends the process on the spot, as SIGKILL does.
    signal.setitimer(signal.ITIMER_REAL, order.get("die_in", 0))
    _arrange(order)
    code: Any = 70
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - whatever it was, it must be seen
        traceback.print_exc()
    with contextlib.suppress(ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    report.write(str(commits.count).encode())
    report.flush()
    return int(code)


def _arrange(order: dict[str, Any]) -> None:
    """Make this process as small, poor and mistaken as the order says."""
    if size := order.get("tiny"):
        TinyPool.padding = b"." * int(size)
        for module in (files, api_worker):
            vars(module)["RenderPool"] = TinyPool
    if jump := order.get("clock"):
        vars(clock)["datetime"] = _clock_off_by(timedelta(seconds=jump))
    if scratch := order.get("scratch"):
        tempfile.tempdir = scratch
    if (most := order.get("largest_file")) is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    impatient = {"STALLED_SECONDS": 0.5, "_HEARTBEAT_SECONDS": 0.1, "_LOOK_AFTER_SECONDS": 0.2}
    vars(jobs).update(impatient)


def _clock_off_by(jump: timedelta) -> type[datetime]:
    """Give a clock that is wrong."""

    class Off(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + jump

    return Off


def _result(child: int, streams: list[IO[bytes]]) -> dict[str, Any]:
    _, status = os.waitpid(child, 0)
    said = []
    for stream in streams:
        stream.seek(0)
        said.append(stream.read().decode())
        stream.close()
    code = os.waitstatus_to_exitcode(status)
    return {"code": code, "out": said[0], "err": said[1], "commits": int(said[2] or 0)}


def warm_up() -> None:
    """Read and build once what every fork would: drivers, mappings, texts, holidays, the tree of commands."""
    for driver in ("sqlite+pysqlite://", "postgresql+psycopg://"):
        sa.create_engine(driver).dispose()
    configure_mappers()
    money(0, "de")
    catalogue("de")
    for year in (2024, 2025):
        public_holidays("DE-BW", year)
    cli._command()  # noqa: SLF001 - what `main` builds on its first call


def main() -> None:
    """Answer orders until there are no more, or be one command."""
    drafts._AT_ONCE = 2  # noqa: SLF001 - a run of three contracts then has a middle to die in
    if sys.argv[1:]:
        _arrange({"tiny": True})
        cli.main()
        return
    warm_up()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
