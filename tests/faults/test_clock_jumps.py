"""The clock jumps while a month is billed: its period, its dates and its numbers stay what they must be (F5)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.faults.conftest import Place, Result, Worker
from tests.faults.seed import MONTH, NEXT_MONTH

HOUR, DAY = 3600, 86400


def at(worker: Worker, place: Place, jump: int, *call: str) -> Result:
    """Run a command by a clock that is so many seconds off."""
    return worker.call(place, *call, "--json", tiny=True, clock=jump)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 31 * DAY, -DAY], ids=["an hour on", "back", "a month on", "a day back"])
def test_a_clock_that_jumps_between_the_steps_bills_the_month_once(place: Place, worker: Worker, jump: int) -> None:
    with place.copied() as copy:
        assert at(worker, copy, 0, "run", MONTH).code == 0
        assert at(worker, copy, 0, "approve", MONTH).code == 0
        jumped = at(worker, copy, jump, "issue", MONTH)
        assert "Traceback" not in jumped.err
        assert jumped.code in (0, 2), jumped
        again = at(worker, copy, 0, "issue", MONTH)
        assert (again.code, jumped.code) in {(0, 0), (0, 2)}, again
        assert copy.violations() == []


def test_after_a_clock_that_was_ahead_no_document_is_dated_before_the_last_one(place: Place, worker: Worker) -> None:
    with place.copied() as copy:
        for month in (MONTH, NEXT_MONTH):
            assert at(worker, copy, 0, "run", month).code == 0
        assert at(worker, copy, 0, "approve", MONTH).code == 0
        assert at(worker, copy, 2 * DAY, "issue", MONTH, "--contract", "AVV-1").code == 0
        refused = at(worker, copy, 0, "issue", MONTH)
        assert refused.code == 2
        assert "Traceback" not in refused.err
        ahead = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=2)  # by the processor's clock
        assert f"{ahead:%d.%m.%Y}" in refused.err + refused.out or f"{ahead:%Y-%m-%d}" in refused.err + refused.out
        assert at(worker, copy, 2 * DAY, "issue", MONTH).code == 0
        assert copy.violations() == []
