"""A month of hundreds of contracts, commands and workers killed at random moments until each ends by itself (F2)."""

import random
import time

import pytest

from tests.faults.conftest import Place, Worker
from tests.faults.crowd import MONTH, REF, crowd
from tests.faults.processes import open_steps

# Each with the longest life it is given: less than all it has to do, or it ends before the first kill; to issue begins
# with most of a second for the rules of electronic invoices.
CALLS = (
    (("run", MONTH, "--processor", REF, "--json"), 0.4),
    (("approve", MONTH, "--processor", REF, "--json"), 0.2),
    (("issue", MONTH, "--without-files", "--processor", REF, "--json"), 2.0),
    (("worker", "--once", "--json"), 0.5),
)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "contracts", "kills"), [(1, 300, 20), (2, 300, 20), (3, 1000, 100)])
def test_a_month_killed_at_random_moments_is_billed_once(
    place: Place, worker: Worker, seed: int, contracts: int, kills: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret, and the same on every machine
    with place.copied() as copy:
        with copy.opened() as store:
            crowd(store, contracts)
        begun, killed = time.monotonic(), 0
        for position, (call, longest) in enumerate(CALLS, 1):
            # The kills are dealt out over the steps, so that each of them is hit.
            while True:
                seconds = chance.uniform(0.05, longest) if killed < kills * position // len(CALLS) else 0
                result = worker.call(copy, *call, tiny=True, die_in=seconds)
                assert result.code in (0, -14), (seed, result)
                killed += result.code != 0
                if result.code == 0 and not (call[0] == "worker" and open_steps(copy, REF)):
                    break
        took = time.monotonic() - begun
        print(f"seed {seed}: {killed} kills in {contracts} invoices, {took:.0f} s")  # noqa: T201
        assert killed >= kills // 2
        assert copy.violations(REF) == [], f"seed {seed}"
