"""When interest begins to run (§ 286 BGB); the invoice is due on Friday, 17 July 2026.

17 Jul          20 Jul     23 Jul                                  16 Aug (Sun)  17 Aug    18 Aug
due             reminder   ... received                            30 days over  moved     interest at the latest
"""

from datetime import date

import pytest

from billing.receivables.default import DefaultBegins, in_default_since
from tests.deadlines.berlin import calendar_of

DUE = date(2026, 7, 17)


@pytest.mark.parametrize(
    ("begins", "reminders", "since"),
    [
        pytest.param("strict", [], "2026-07-18", id="strict: the day after the due date"),
        pytest.param("reminder", [], "2026-08-18", id="without a reminder after 30 days, moved off the Sunday"),
        pytest.param("reminder", ["2026-07-23"], "2026-07-24", id="the day after a reminder was received"),
        pytest.param("reminder", ["2026-07-23", "2026-08-05"], "2026-07-24", id="the first reminder counts"),
        pytest.param("reminder", ["2026-07-17"], "2026-08-18", id="a reminder on the due date sets nothing going"),
        pytest.param("reminder", ["2026-09-01"], "2026-08-18", id="a reminder after the 30 days changes nothing"),
        pytest.param("strict", ["2026-07-23"], "2026-07-18", id="strict needs no reminder"),
    ],
)
def test_the_first_day_that_bears_interest(begins, reminders, since):
    received = [date.fromisoformat(day) for day in reminders]
    found = in_default_since(DUE, received, DefaultBegins(begins), calendar_of())
    assert found == date.fromisoformat(since)


def test_thirty_days_that_end_on_christmas_end_after_it():
    """25 Nov + 30 days = 25 Dec; the 28th is the first working day."""
    assert in_default_since(date(2026, 11, 25), [], DefaultBegins.REMINDER, calendar_of()) == date(2026, 12, 29)
