"""Real processes of the product, to be killed: commands, workers, their printers, and what the store says of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from billing.services.installation import choose_processor
from tests.faults.conftest import Place
from tests.support.repository import ROOT

PATIENCE = 90


def start(place: Place, *call: str, tiny: bool = False) -> subprocess.Popen[str]:
    """Start a command as a process of its own; `tiny` prints papers as a few bytes, in no time."""
    environment = {**os.environ, **place.environment, "PYTHONPATH": str(ROOT), "MEHRAUFWAND_LANG": "de"}
    command = [sys.executable, "-m", "tests.faults.worker" if tiny else "api.cli", *call]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


@contextmanager
def running(place: Place, *call: str, tiny: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Run a command inside the block; killed at its end, if it has not ended."""
    process = start(place, *call, tiny=tiny)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ask a process to end; gives its exit code and what it wrote to standard error."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


def wait_until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
    """Wait for something; gives how many seconds it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() < begun + patience, f"waited in vain: {what}"
        time.sleep(0.02)
    return time.monotonic() - begun


def count(place: Place, query: str, processor: str = "immoinvent") -> int:
    """Ask the store for a number."""
    with place.opened() as store, store.tenant(choose_processor(store, processor)[0], read_only=True) as session:
        found: int = session.connection().execute(sa.text(query)).scalar_one()
        return found


def open_steps(place: Place, processor: str = "immoinvent") -> int:
    """Count what is still to be done."""
    return count(place, "SELECT count(*) FROM outbox WHERE done_at IS NULL", processor)


def children(pid: int) -> list[int]:
    """Give the processes a process has started, whichever of its threads did."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def alive(pid: int) -> bool:
    """Tell whether a process still runs; one that only waits to be buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
