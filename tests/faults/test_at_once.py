"""The same step started by several processes at once: one effect; the others do nothing or are refused in words."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.conftest import Place, Result, Worker
from tests.faults.seed import CONTRACTS, MONTH, NEXT_MONTH

in_turns = pytest.mark.parametrize("turn", [0, *(pytest.param(turn, marks=pytest.mark.slow) for turn in range(1, 5))])
"""Who comes first is chance: once in every `./dev test`, five times with the slow ones."""


def parsed(results: list[Result]) -> list[dict[str, Any]]:
    assert [result.code for result in results] == [0] * len(results), results
    return [json.loads(result.out) for result in results]


@contextmanager
def at(worker: Worker, place: Place, *calls: str) -> Iterator[Place]:
    """Give a copy of the installation in which these commands were run."""
    with place.copied() as copy:
        for call in calls:
            assert worker.call(copy, *call.split(), "--json", tiny=True).code == 0, call
        yield copy


@pytest.fixture(scope="module")
def approved(place: Place, worker: Worker) -> Iterator[Place]:
    """March is run and approved."""
    with at(worker, place, f"run {MONTH}", f"approve {MONTH}") as copy:
        yield copy


@pytest.fixture(scope="module")
def issued(approved: Place, worker: Worker) -> Iterator[Place]:
    """March is issued, April run and approved."""
    with at(worker, approved, f"issue {MONTH}", f"run {NEXT_MONTH}", f"approve {NEXT_MONTH}") as copy:
        yield copy


@in_turns
def test_four_runs_at_once_write_each_draft_once(place: Place, worker: Worker, turn: int) -> None:
    with place.copied() as copy:
        answers = parsed(worker.at_once(copy, [["run", MONTH, "--json"]] * 4))
        changes = [(row["contract"], row["change"]) for answer in answers for row in answer["contracts"]]
        assert sorted(change for change in changes if change[1] == "new") == [(ref, "new") for ref in CONTRACTS], turn
        assert {change for _, change in changes} == {"new", "unchanged"}
        assert copy.violations() == []


@in_turns
def test_two_approvals_at_once_are_one(place: Place, worker: Worker, turn: int) -> None:
    with at(worker, place, f"run {MONTH}") as copy:
        answers = parsed(worker.at_once(copy, [["approve", MONTH, "--json"]] * 2))
        new = [row["contract"] for answer in answers for row in answer["approved"] if row["newly_approved"]]
        assert sorted(new) == list(CONTRACTS), turn
        assert copy.violations() == []


@in_turns
def test_issuing_four_times_at_once_is_issuing_once(approved: Place, worker: Worker, turn: int) -> None:
    with approved.copied() as copy:
        answers = parsed(worker.at_once(copy, [["issue", MONTH, "--json"]] * 4, tiny=True))
        issued = [row["contract"] for answer in answers for row in answer["issued"]]
        assert sorted(issued) == list(CONTRACTS), turn
        assert [answer["refused"] + answer["failed_files"] for answer in answers] == [[]] * 4
        assert copy.violations() == []


@in_turns
def test_two_contracts_issued_at_once_take_the_first_two_numbers_of_the_year(
    approved: Place, worker: Worker, turn: int
) -> None:
    with approved.copied() as copy:
        calls = [["issue", MONTH, "--contract", ref, "--json"] for ref in CONTRACTS]
        answers = parsed(worker.at_once(copy, calls, tiny=True))
        numbers = sorted(row["number"][-4:] for answer in answers for row in answer["issued"] if row["number"])
        assert numbers == ["0001", "0002"], turn
        assert copy.violations() == []


@in_turns
def test_running_and_issuing_at_once_disturb_nobody(approved: Place, worker: Worker, turn: int) -> None:
    with approved.copied() as copy:
        results = worker.at_once(copy, [["run", MONTH, "--json"], ["issue", MONTH, "--json"]] * 2, tiny=True)
        issued = [row["contract"] for answer in parsed(results) for row in answer.get("issued", [])]
        assert sorted(issued) == list(CONTRACTS), turn
        assert copy.violations() == []


@in_turns
def test_issuing_april_while_march_is_cancelled_bills_march_once_or_is_refused(
    issued: Place, worker: Worker, turn: int
) -> None:
    cancel = ["cancel", "--contract", "AVV-1", "--month", MONTH, "--reason", "Falscher Vorgang", "--json"]
    with issued.copied() as copy:
        issuing, cancelling = worker.at_once(copy, [["issue", NEXT_MONTH, "--json"], cancel], tiny=True)
        assert cancelling.code == 0, (turn, cancelling)
        answer = json.loads(issuing.out)
        refused = [(row["contract"], row["code"]) for row in answer["refused"]]
        # Cancelled first, April would bill March's work as well: not what was approved.
        assert (issuing.code, refused) in [(0, []), (2, [("AVV-1", "draft_is_stale")])]
        assert copy.violations() == []
        if issuing.code:
            assert answer["refused"][0]["changed"] == ["E1", "X1"]


@in_turns
def test_cancelling_three_times_at_once_is_cancelling_once(issued: Place, worker: Worker, turn: int) -> None:
    cancel = ["cancel", "--contract", "AVV-1", "--month", MONTH, "--reason", "Falscher Vorgang", "--json"]
    with issued.copied() as copy:
        results = worker.at_once(copy, [cancel] * 3, tiny=True)
        assert sorted(result.code for result in results) == [0, 2, 2], (turn, results)
        for result in results:
            assert "Traceback" not in result.err
            assert (result.code == 0) is (result.err == "")
        assert copy.violations() == []
