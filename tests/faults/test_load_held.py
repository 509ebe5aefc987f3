"""Fifty people log work, ten portals read and a month is run, for ten minutes on each database (F1).

Times and memory are printed: they say something on a quiet machine only.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.processes import children
from tests.support.repository import ROOT

SECONDS, WARM_SECONDS, LAST_SECONDS = 600, 120, 30
WRITES = 20
LOAD = (sys.executable, "-m", "benchmarks.api", "--seconds", str(SECONDS), "--json", "--databases")


def serving(pid: int) -> list[int]:
    """Give the server that a process has started."""
    return [child for child in children(pid) if b"\0serve\0" in Path(f"/proc/{child}/cmdline").read_bytes()]


def mebibytes(pid: int) -> float:
    """Tell how much memory a process has now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_ten_minutes_of_everybody_break_nothing_and_lose_nothing(database: str) -> None:
    used: list[float] = []
    with subprocess.Popen([*LOAD, database], cwd=ROOT, stdout=subprocess.PIPE, text=True) as load:
        while load.poll() is None:
            try:
                used += [mebibytes(pid) for pid in serving(load.pid)]
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            time.sleep(1)
        assert load.stdout
        (report,) = json.loads(load.stdout.read())
    early, late = max(used[:WARM_SECONDS]), sum(used[-LAST_SECONDS:]) / LAST_SECONDS
    print(report, f"load of the machine {os.getloadavg()[1]:.1f}")  # noqa: T201
    print(f"{early:.0f} MiB in the first {WARM_SECONDS} s, {late:.0f} MiB in the last {LAST_SECONDS} s")  # noqa: T201
    assert (report["answers_5xx"], report["lost_writes"], report["broken"]) == (0, 0, [])
    assert report["writes_per_second"] >= WRITES
