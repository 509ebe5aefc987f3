"""The month of a hundred contracts, its commands killed at random moments until each ends by itself (F2, full size)."""

import random
from collections.abc import Iterator

import pytest

from tests.faults.conftest import Place, Worker
from tests.months.story import Story

MONTH = "2025-02"
CONTRACTS = 100
KILLS = 100
LONGEST_SECONDS = 0.6


@pytest.fixture(scope="module")
def crowded(place: Place) -> Iterator[Place]:
    """A hundred contracts, each with half an hour to bill in a month that nobody has run."""
    with place.copied() as copy:
        with copy.opened() as store:
            story = Story(store, "viele")
            for number in range(1, CONTRACTS + 1):
                ref = f"B-{number:03d}"
                story.contract(ref)
                story.case(f"C-{ref}", "2025-02-03 08:00", contract=ref)
                story.estimate(f"Q-{ref}", f"C-{ref}", "2025-02-03 08:00", regular=60)
                story.work(f"E-{ref}", f"C-{ref}", "2025-02-04 09:00", 30, person=f"P{number}")
        yield copy


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_month_killed_at_random_moments_is_billed_once(crowded: Place, worker: Worker, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret, and the same on every machine
    kills = 0
    with crowded.copied() as copy:
        for command in ("run", "approve", "issue"):
            call = (command, MONTH, "--processor", "viele", "--json")
            while True:
                seconds = chance.uniform(0.05, LONGEST_SECONDS) if kills < KILLS else 0
                result = worker.call(copy, *call, tiny=True, die_in=seconds)
                assert result.code in (0, -14), (seed, result)
                if result.code == 0:
                    break
                kills += 1
        print(f"seed {seed}: {kills} kills")  # noqa: T201 - for whoever looks at a slow run
        assert kills > 0
        assert copy.violations("viele") == [], f"seed {seed}"
