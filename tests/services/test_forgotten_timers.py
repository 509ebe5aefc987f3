"""A clock that somebody forgot: after four hours, or past eight in the evening, it asks when the work really ended."""

import pytest

from billing.errors import Conflict
from billing.services.timers import limit_of
from tests.months.facts import BERLIN, at
from tests.months.story import Story
from tests.services.clocks import logged, running, start, stop
from tests.services.furnishing import refused


#              start          limit                   stop
# four hours   |09:00 ------- 13:00|13:01             asks from 13:01 on
# evening      |18:30 -- 20:00|20:01                  asks from 20:01 on
# after eight  |20:00 --------------- 24:00|00:01     its four hours
@pytest.mark.parametrize(
    ("since", "limit"),
    [
        pytest.param("2026-10-06 09:00", "2026-10-06 13:00", id="four hours of a morning"),
        pytest.param("2026-10-06 16:00", "2026-10-06 20:00", id="both at once"),
        pytest.param("2026-10-06 18:30", "2026-10-06 20:00", id="eight in the evening comes first"),
        pytest.param("2026-10-06 19:59", "2026-10-06 20:00", id="a minute before eight"),
        pytest.param("2026-10-06 20:00", "2026-10-07 00:00", id="begun at eight: four hours"),
        pytest.param("2026-10-06 23:30", "2026-10-07 03:30", id="over midnight"),
        pytest.param(
            "2026-10-25 00:30", "2026-10-25 03:30", id="the night the clocks go back: an hour more on the wall"
        ),
        pytest.param("2026-03-29 00:30", "2026-03-29 05:30", id="the night they go forward: an hour less"),
        pytest.param("2026-10-25 18:00", "2026-10-25 20:00", id="eight by the winter clock"),
        pytest.param("2026-03-29 18:00", "2026-03-29 20:00", id="eight by the summer clock"),
    ],
)
def test_until_when_a_clock_may_run_without_a_question(since, limit):
    assert limit_of(at(since), BERLIN) == at(limit)


@pytest.mark.parametrize(
    ("since", "last_moment", "too_late", "limit"),
    [
        pytest.param("2026-10-06 09:00", "2026-10-06 13:00:59", "2026-10-06 13:01", "13:00", id="four hours"),
        pytest.param("2026-10-06 18:30", "2026-10-06 20:00:59", "2026-10-06 20:01", "20:00", id="eight o'clock"),
        pytest.param("2026-10-06 22:00", "2026-10-07 02:00", "2026-10-07 02:01", "02:00", id="a night"),
        pytest.param("2026-10-25 00:30", "2026-10-25 03:30", "2026-10-25 03:31", "03:30", id="clocks going back"),
    ],
)
def test_a_forgotten_clock_asks_when_the_work_ended_and_cuts_nothing(desk: Story, since, last_moment, too_late, limit):
    start(desk, since)
    with refused("timer_needs_end", "end") as caught:
        stop(desk, too_late)
    assert isinstance(caught.value, Conflict)
    assert caught.value.fields["start"] == at(since)
    assert f"{caught.value.fields['limit']:%H:%M}" == limit
    assert (len(running(desk)), logged(desk)) == (1, [])
    stop(desk, last_moment)
    assert len(logged(desk)) == 1


@pytest.mark.parametrize(
    ("end", "entry"),
    [
        pytest.param("2026-10-06 12:15", ("06. 09:00", "06. 12:15"), id="an early end"),
        pytest.param("2026-10-06 15:00", ("06. 09:00", "06. 15:00"), id="six hours, as really worked"),
        pytest.param("2026-10-07 08:00", ("06. 09:00", "07. 08:00"), id="now"),
    ],
)
def test_the_end_that_is_said_counts_as_it_is(desk: Story, end, entry):
    start(desk, "2026-10-06 09:00")
    stop(desk, "2026-10-07 08:00", end)
    assert (logged(desk), running(desk)) == ([entry], [])


@pytest.mark.parametrize(
    ("end", "code"),
    [
        pytest.param("2026-10-06 08:59", "end_before_start", id="before the start"),
        pytest.param("2026-10-06 09:00", "entry_is_empty", id="no minute"),
        pytest.param("2026-10-07 09:01", "work_too_long", id="more than a day"),
    ],
)
def test_an_end_that_can_t_be_is_refused_and_the_clock_runs_on(desk: Story, end, code):
    start(desk, "2026-10-06 09:00")
    with refused(code, "end"):
        stop(desk, "2026-10-08 10:00", end)
    assert (len(running(desk)), logged(desk)) == (1, [])
