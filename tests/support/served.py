"""The real program serving in a process of its own: started, asked, told to end, and looked for afterwards."""

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

from tests.support.repository import ROOT

_PATIENCE_SECONDS = 120
"""For a busy machine; nothing is measured by it."""


@dataclass
class Served:
    """A process that serves, in a session of its own, so that all it starts can be found by the session's number."""

    process: "subprocess.Popen[str]"
    said: list[str] = field(default_factory=list)
    """What was read of its standard error."""
    _lines: "SimpleQueue[str]" = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        """Take its lines as they come: a pipe that nobody empties would stop it at some line of its log."""
        self._reader = Thread(target=self._listen)
        self._reader.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)
        self._lines.put("")

    def read_until(self, pattern: str) -> str:
        """Read on until a line has the pattern; gives its first group."""
        while line := self._lines.get(timeout=_PATIENCE_SECONDS):
            self.said.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("".join(self.said))

    def children(self) -> list[int]:
        """Give the processes it has started, and those that these have started."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                number, _, rest = status.read_text().partition(" ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            state, _, _, session = rest.rpartition(")")[2].split()[:4]
            if int(session) == self.process.pid and int(number) != self.process.pid and state != "Z":
                found.append(int(number))
        return found

    def end_by_itself(self) -> int:
        """Wait until it has ended, and give the exit code."""
        code = self.process.wait(_PATIENCE_SECONDS)
        self._reader.join(_PATIENCE_SECONDS)
        while not self._lines.empty():
            self.said.append(self._lines.get())
        return code

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit code, once all children have ended as well."""
        watched = [os.pidfd_open(child) for child in self.children()]
        self.process.send_signal(number)
        code = self.end_by_itself()
        for child in watched:
            assert select.select([child], [], [], _PATIENCE_SECONDS)[0], "a child lives on"
            os.close(child)
        wait_until(lambda: not self.children())
        return code


@contextmanager
def served(command: Sequence[str | Path], environment: Mapping[str, str]) -> Iterator[Served]:
    """Start a program; whatever happens in the block, it and all its children are gone afterwards."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MEHRAUFWAND", "XDG_"))}
    process = subprocess.Popen(
        command,
        env={**inherited, **environment, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        one = Served(process)
        try:
            yield one
        finally:
            for number in [*one.children(), *([] if process.poll() is not None else [process.pid])]:
                os.kill(number, signal.SIGKILL)
            one.end_by_itself()


def wait_until(is_so: Callable[[], object]) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.03)


def place_of(base_url: str) -> tuple[str, int]:
    """Give host and port of an address."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
