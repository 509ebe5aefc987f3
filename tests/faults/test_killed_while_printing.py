"""The real command with the real printing processes, killed from outside: what was committed stays, the rest follows.

issue  [closings committed]....[prints]...X SIGKILL        issue  [prints what is missing]
                                 |  |
          rendering processes    +--+- end with their parent
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.conftest import Place, Worker
from tests.faults.seed import MONTH
from tests.support.repository import ROOT

PATIENCE = 60


def start(place: Place, *call: str) -> subprocess.Popen[str]:
    environment = {**os.environ, **place.environment, "PYTHONPATH": str(ROOT), "MEHRAUFWAND_LANG": "de"}
    command = [sys.executable, "-m", "api.cli", *call]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


def count(place: Place, query: str) -> int:
    with place.opened() as store, store.tenant(1, read_only=True) as session:
        found: int = session.connection().execute(sa.text(query)).scalar_one()
        return found


def children(pid: int) -> list[int]:
    """Give the processes a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_issue_killed_while_it_prints_is_finished_by_the_next_issue(place: Place, worker: Worker) -> None:
    with place.copied() as copy:
        for call in (["run", MONTH], ["approve", MONTH]):
            assert worker.call(copy, *call).code == 0
        process = start(copy, "issue", MONTH)
        wait_until(lambda: count(copy, "SELECT count(*) FROM outbox") == 6, "all contracts to be closed")
        wait_until(lambda: bool(children(process.pid)), "a rendering process")
        printers = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        wait_until(lambda: not any(alive(pid) for pid in printers), "the rendering processes to end")
        assert count(copy, "SELECT count(*) FROM closing") == 3
        assert count(copy, "SELECT count(*) FROM outbox WHERE done_at IS NULL") > 0

        again = start(copy, "issue", MONTH)
        out, err = again.communicate(timeout=PATIENCE)
        assert (again.returncode, err) == (0, "")
        assert "nichts zu tun" in out
        assert copy.violations() == []


def alive(pid: int) -> bool:
    """Tell whether a process still runs; one that only waits to be buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_paper_that_was_printed_and_not_stored_is_printed_again(place: Place, worker: Worker) -> None:
    """The fourth commit is the one of the first PDF; what prints is the same for both databases."""
    with place.copied() as copy:
        for call in (["run", MONTH], ["approve", MONTH]):
            assert worker.call(copy, *call).code == 0
        assert worker.call(copy, "issue", MONTH, die_at=4, die="before").code == -signal.SIGKILL
        assert count(copy, "SELECT count(*) FROM stored_file WHERE media_type = 'application/pdf'") == 0
        assert worker.call(copy, "issue", MONTH).code == 0
        assert copy.violations() == []
