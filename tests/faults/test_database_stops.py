"""The database goes away in the middle of a month: everybody says so or waits, and all ends by itself (F6).

PostgreSQL      ....X stop -m immediate  ^ start ....X ^ ....X ^ ....      a server of the test's own
SQLite          ....[ locked by somebody else for 20 seconds ]....
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Place, Worker
from tests.faults.crowd import MONTH, REF, crowd
from tests.faults.own_server import installation_on, server_folder
from tests.faults.processes import end, open_steps, running, wait_until
from tests.support import cluster

IDLE_SECONDS = 30
LOCKED_SECONDS = 20


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A server that may be stopped."""
    with server_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def fragile(folder: Path) -> Place:
    """An installation on that server."""
    return installation_on(folder)


def until_done(worker: Worker, place: Place, call: tuple[str, ...]) -> int:
    """Give a command as often as it takes; gives how often it was refused, each time in a sentence."""
    refused = 0
    while True:
        result = worker.call(place, *call, tiny=True)
        assert "Traceback" not in result.err, result
        if result.code == 0:
            return refused
        assert (result.code, bool(result.err)) == (2, True), result
        refused += 1
        time.sleep(0.2)


def month(worker: Worker, place: Place, trouble: Callable[[], None]) -> tuple[int, float]:
    """Bill the month beside a worker, in trouble; gives refusals, and the seconds from its end to the last file."""
    with running(place, "worker", tiny=True) as printing:
        troubling = threading.Thread(target=trouble)
        troubling.start()
        orders = (("run",), ("approve",), ("issue", "--without-files"))
        refused = sum(
            until_done(worker, place, (name, MONTH, *more, "--processor", REF, "--json")) for name, *more in orders
        )
        troubling.join()
        idle = wait_until(lambda: open_steps(place, REF) == 0, "all files", 300)
        code, said = end(printing)
        assert (code, "Traceback" in said) == (0, False), said
    return refused, idle


@pytest.mark.slow
@pytest.mark.parametrize(("contracts", "stops"), [(300, 10)])
def test_a_server_that_is_stopped_hard_again_and_again_loses_nothing(
    worker: Worker, folder: Path, fragile: Place, contracts: int, stops: int
) -> None:
    with fragile.opened() as store:
        crowd(store, contracts)
    chance = random.Random(contracts)  # noqa: S311 - no secret, and the same on every machine

    def stop_and_start() -> None:
        for _ in range(stops):
            time.sleep(chance.uniform(0.5, 5))
            cluster.stop_hard(folder)
            time.sleep(chance.uniform(0, 2))
            cluster.start_again(folder)

    refused, idle = month(worker, fragile, stop_and_start)
    print(f"{stops} stops, {refused} refusals, the last file {idle:.1f} s after the last return")  # noqa: T201
    assert refused > 0
    assert fragile.violations(REF) == []


@pytest.mark.slow
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_file_that_somebody_else_locks_for_twenty_seconds_is_waited_for(place: Place, worker: Worker) -> None:
    with place.copied() as copy:
        with copy.opened() as store:
            crowd(store, 30)

        def lock() -> None:
            line = sqlite3.connect(copy.url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
            line.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED_SECONDS)
            line.close()

        refused, idle = month(worker, copy, lock)
        print(f"{refused} refusals, the last file {idle:.1f} s after the lock")  # noqa: T201
        assert idle <= IDLE_SECONDS
        assert copy.violations(REF) == []
