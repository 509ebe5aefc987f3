"""The page before a month is issued, which can't be undone: it says what will happen."""

from datetime import UTC, datetime

import pytest

from tests.api.http.billing_months import approve, complete_letters, run, work
from tests.api.http.running import NOW, Site
from tests.web.browsing import at_work


@pytest.mark.parametrize(
    ("now", "warns"),
    [
        pytest.param(datetime(2026, 10, 20, 8, tzinfo=UTC), True, id="in the month"),
        pytest.param(datetime(2026, 10, 31, 22, 59, tzinfo=UTC), True, id="in its last minute, by the clock here"),
        pytest.param(datetime(2026, 10, 31, 23, 0, tzinfo=UTC), False, id="when it has ended, by the clock here"),
        pytest.param(NOW, False, id="afterwards"),
    ],
)
def test_a_month_that_has_not_ended_is_issued_after_a_warning_only(desk: Site, now: datetime, *, warns: bool):
    complete_letters(desk)
    work(desk)
    desk.clock.now = now
    run(desk)
    approve(desk, "AVV-1")
    page = at_work(desk, "accountant").get("/abrechnung/2026-10/ausstellen").text
    assert ("Der Monat läuft noch." in page) is warns
