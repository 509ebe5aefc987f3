"""Workers that die at each commit, and one that dies for good while another lives: each step is done once (F2).

issue --without-files     worker --once ......X SIGKILL     worker --once
3 closings, 6 steps       does some of the steps             does the rest, also those the dead one had in hand
"""

import signal
from collections.abc import Iterator

import pytest

from tests.faults.conftest import Place, Worker
from tests.faults.processes import PATIENCE, alive, children, open_steps, running, wait_until
from tests.faults.seed import MONTH

STEPS = 6
ONCE = ("worker", "--once", "--json")


@pytest.fixture(scope="module")
def waiting(place: Place, worker: Worker) -> Iterator[Place]:
    """March is issued, its six papers are still to be made."""
    with place.copied() as copy:
        for call in (["run", MONTH], ["approve", MONTH], ["issue", MONTH, "--without-files", "--json"]):
            assert worker.call(copy, *call).code == 0
        yield copy


def killed_and_finished(worker: Worker, place: Place, number: int, when: str) -> None:
    """Let a worker die at one of its commits and another go on."""
    with place.copied() as copy:
        died = worker.call(copy, *ONCE, tiny=True, die_at=number, die=when)
        assert died.code == -signal.SIGKILL, (number, when, died)
        left = open_steps(copy)
        # Somebody new may come a moment too early for what the dead one had in hand, and comes again.
        wait_until(lambda: worker.call(copy, *ONCE, tiny=True).code == 0 and not open_steps(copy), "the rest", 30)
        assert left <= STEPS, (number, when)
        assert copy.violations() == [], (number, when)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_killed_at_any_commit_of_a_step_loses_nothing_and_does_nothing_twice(
    waiting: Place, worker: Worker, when: str
) -> None:
    for number in range(1, STEPS + 1):
        killed_and_finished(worker, waiting, number, when)


@pytest.mark.slow
def test_a_worker_killed_at_any_commit_of_its_round_loses_nothing(waiting: Place, worker: Worker) -> None:
    """With its duties: forgetting, proofs, alarms."""
    with waiting.copied() as copy:
        whole = worker.call(copy, *ONCE, tiny=True)
        assert whole.code == 0, whole
    assert whole.commits > STEPS
    for number in range(1, whole.commits + 1):
        for when in ("before", "after"):
            killed_and_finished(worker, waiting, number, when)
    print(f"{2 * whole.commits} points")  # noqa: T201 - for whoever looks at a slow run


def test_one_of_two_workers_killed_for_good_leaves_its_work_to_the_other(waiting: Place) -> None:
    """Real workers with real printers; nobody starts the dead one again."""
    with waiting.copied() as copy, running(copy, "worker") as first:
        wait_until(lambda: bool(children(first.pid)), "a printer of the first")
        printers = children(first.pid)
        with running(copy, "worker") as second:
            first.kill()
            took = wait_until(lambda: open_steps(copy) == 0, "the second to do all", PATIENCE)
            assert second.poll() is None
        wait_until(lambda: not any(alive(pid) for pid in printers), "the printers of the dead to end")
        print(f"done {took:.1f} s after the kill")  # noqa: T201 - for whoever looks at a run
        assert copy.violations() == []
