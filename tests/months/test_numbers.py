"""Numbers are gapless per series and year, and their dates never go back (§ 14 Abs. 4 Nr. 4 UStG, architecture 2.4).

2026                                  | 2027
RE-2026-0001  RE-2026-0002            | RE-2027-0001
ST-2026-0001 (takes RE-2026-0001 back)| ST-2027-0001
"""

import pytest

from billing.errors import Refused
from tests.months.story import Story


def test_two_series_count_on_their_own_and_begin_anew_each_year(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 09:00")
    simple.cancel("RE-2026-0001", "2026-12-30 09:00")
    simple.work("E2", "C1", "2026-11-04 09:00", 60)
    simple.bill("2026-11", "2026-12-31 23:59")
    simple.work("E3", "C1", "2026-12-04 09:00", 60)
    simple.bill("2026-12", "2027-01-01 00:00")
    simple.cancel("RE-2026-0002", "2027-01-02 09:00")
    assert simple.numbers() == ["RE-2026-0001", "ST-2026-0001", "RE-2026-0002", "RE-2027-0001", "ST-2027-0001"]


@pytest.mark.parametrize(
    "today",
    [
        pytest.param("2026-11-01 23:59", id="by a day"),
        pytest.param("2025-12-31 09:00", id="into another year, which has a counter of its own"),
    ],
)
def test_an_issue_date_before_the_last_one_is_refused(simple: Story, today: str) -> None:
    simple.bill("2026-10", "2026-11-02 00:00")
    simple.contract("AVV-2")
    simple.case("C2", "2025-06-02 08:00", contract="AVV-2")
    simple.estimate("Q2", "C2", "2025-06-02 08:00", regular=600)
    simple.work("E2", "C2", "2025-06-03 09:00", 60, person="P2")
    simple.run("2025-06", "2025-07-01 09:00")
    simple.approve("2025-06", "2025-07-01 09:00", contract="AVV-2")
    with pytest.raises(Refused, match="issue_date_goes_back"):
        simple.issue("2025-06", today)
    assert simple.numbers() == ["RE-2026-0001"]


def test_the_same_day_is_no_step_back(simple: Story) -> None:
    simple.bill("2026-10", "2026-11-02 23:00")
    simple.work("E2", "C1", "2026-10-07 09:00", 60, when="2026-11-02 23:10")
    simple.run("2026-11", "2026-11-02 23:20")
    simple.approve("2026-11", "2026-11-02 23:20")
    simple.issue("2026-11", "2026-11-02 23:59")
    assert simple.numbers() == ["RE-2026-0001", "RE-2026-0002"]


def test_the_date_is_that_of_our_own_clock(simple: Story) -> None:
    """23:30 UTC on 31 October is 00:30 on 1 November here."""
    simple.run("2026-10", "2026-11-01 00:30")
    simple.approve("2026-10", "2026-11-01 00:30")
    simple.issue("2026-10", "2026-11-01 00:30")
    assert simple.invoice("RE-2026-0001").issue_date.isoformat() == "2026-11-01"
    simple.cancel("RE-2026-0001", "2027-01-01 00:30")
    assert simple.numbers() == ["RE-2026-0001", "ST-2027-0001"]
