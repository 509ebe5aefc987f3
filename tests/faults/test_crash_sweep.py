"""A SIGKILL before and after every COMMIT of the month, then the same command again: nothing lost, nothing twice (F2).

run ------> approve ------> issue ------------------------> correct ------------> cancel
3 drafts,   3 approvals     3 closings, then 4 papers       1 document, 1 file    1 document, 1 file
2 at once   at once
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.faults.conftest import Place, Worker
from tests.faults.seed import MONTH

RUN = ("run", MONTH, "--json")
APPROVE = ("approve", MONTH, "--json")
ISSUE = ("issue", MONTH, "--json")
CANCEL = ("cancel", "--contract", "AVV-1", "--month", MONTH, "--reason", "Falscher Vorgang", "--json")
CORRECT = (
    *("correct", f"RE-{datetime.now(UTC).year}-0002", "--case", "C2"),
    *("--reason", "Vorgang war kostenfrei", "--json"),
)
CHAIN = (RUN, APPROVE, ISSUE, CORRECT, CANCEL)


def go(worker: Worker, place: Place, calls: Sequence[Sequence[str]]) -> None:
    for call in calls:
        result = worker.call(place, *call, tiny=True)
        assert result.code == 0, (call, result)


def points(worker: Worker, place: Place, call: Sequence[str]) -> list[tuple[int, str]]:
    """Run a command to its end on a copy, and give every point at which it can die."""
    with place.copied() as copy:
        whole = worker.call(copy, *call, tiny=True)
        assert whole.code == 0, whole
    return [(number, when) for number in range(1, whole.commits + 1) for when in ("before", "after")]


@pytest.mark.parametrize(
    ("step", "commits"),
    [(0, 2), (1, 1), (2, 3 + 4), (3, 1 + 1), (4, 1 + 1)],
    ids=["run", "approve", "issue", "correct", "cancel"],
)
def test_a_command_killed_at_any_commit_ends_well_when_it_is_given_again(
    place: Place, worker: Worker, step: int, commits: int
) -> None:
    with place.copied() as start:
        go(worker, start, CHAIN[:step])
        deaths = points(worker, start, CHAIN[step])
        assert len(deaths) == 2 * commits
        for number, when in deaths:
            with start.copied() as copy:
                died = worker.call(copy, *CHAIN[step], tiny=True, die_at=number, die=when)
                assert died.code == -9, (number, when, died)
                again = worker.call(copy, *CHAIN[step], tiny=True)
                # A correction or cancellation that was committed is refused the second time, once its files are made.
                done_before = CHAIN[step] in (CORRECT, CANCEL) and (number, when) != (1, "before")
                assert again.code == (2 if done_before else 0), (number, when, again)
                go(worker, copy, CHAIN[step + 1 : 3])
                assert copy.violations() == [], (number, when)
