"""A real server is killed and its data deleted while somebody writes: what is lost, and when work goes on."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.repository import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rounds() -> dict[str, list[dict[str, Any]]]:
    """Lose the server twice in each way, on 64 MB of files."""
    command = [sys.executable, "-m", "benchmarks.restore", "--json", "--rounds", "2", "--megabytes", "64"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found = json.loads(done.stdout)
    return {way: [row for row in found if row["way"] == way] for way in ("standby", "archive")}


def test_a_synchronous_standby_loses_nothing_and_takes_over_in_thirty_seconds(rounds):
    assert [row["lost"] for row in rounds["standby"]] == [0, 0]
    assert max(row["rto_seconds"] for row in rounds["standby"]) <= 30


def test_the_sealed_archive_loses_at_most_five_seconds(rounds):
    assert max(row["rpo_seconds"] for row in rounds["archive"]) <= 5


def test_the_sealed_archive_is_restored_in_thirty_seconds(rounds):
    assert max(row["rto_seconds"] for row in rounds["archive"]) <= 30


def test_what_comes_back_is_whole(rounds):
    assert [row["faults"] for rows in rounds.values() for row in rows] == [[], [], [], []]
    assert min(row["invoices"] for rows in rounds.values() for row in rows) > 1
    assert min(row["acknowledged"] for rows in rounds.values() for row in rows) > 50
