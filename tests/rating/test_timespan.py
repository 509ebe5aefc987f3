"""Instants as whole UTC minutes, months as integers, and what is left of an interval."""

from datetime import UTC, date, datetime, timedelta, timezone

import hypothesis.strategies as st
import pytest
from hypothesis import given

from billing.timespan import Interval, datetime_of, format_month, instant_of, month_index, month_of, without, year_of


@pytest.mark.parametrize(
    ("moment", "minute"),
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), 0, id="the beginning"),
        pytest.param(datetime(1970, 1, 1, 0, 1, 59, 999_999, tzinfo=UTC), 1, id="seconds are cut"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -1, id="cut down also before the beginning"),
        pytest.param(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 0, id="an offset"),
        pytest.param(datetime(2026, 10, 6, 7, tzinfo=UTC), 29_854_500, id="our days"),
    ],
)
def test_a_moment_is_cut_down_to_its_minute(moment, minute):
    assert instant_of(moment) == minute


def test_a_moment_without_an_offset_is_a_bug():
    with pytest.raises(ValueError, match="without an offset: 2026-10-06 09:00:00"):
        instant_of(datetime(2026, 10, 6, 9))  # noqa: DTZ001 - that is the point


@given(st.integers(-(10**7), 10**8))
def test_an_instant_is_its_moment(minute):
    assert instant_of(datetime_of(minute)) == minute
    assert datetime_of(minute).tzinfo is UTC


def test_months_count():
    assert month_index(2026, 12) + 1 == month_index(2027, 1)
    assert month_of(date(2026, 10, 31)) == month_index(2026, 10)
    assert [format_month(month_index(2026, 9)), format_month(month_index(999, 12))] == ["2026-09", "0999-12"]
    assert [year_of(month_index(2026, number)) for number in (1, 12)] == [2026, 2026]


WHOLE = Interval(10, 20)


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        pytest.param([], [(10, 20)], id="nothing taken"),
        pytest.param([(10, 20)], [], id="all taken"),
        pytest.param([(0, 30)], [], id="more than all"),
        pytest.param([(12, 14)], [(10, 12), (14, 20)], id="from the middle"),
        pytest.param([(0, 12)], [(12, 20)], id="from the start"),
        pytest.param([(18, 30)], [(10, 18)], id="from the end"),
        pytest.param([(10, 12), (12, 14), (19, 20)], [(14, 19)], id="several, side by side"),
        pytest.param([(0, 10)], [(10, 20)], id="only before"),
        pytest.param([(20, 30)], [(10, 20)], id="only after"),
        pytest.param([(5, 9), (11, 12), (25, 30)], [(10, 11), (12, 20)], id="before, within and after"),
        pytest.param([(10, 19)], [(19, 20)], id="all but a minute"),
    ],
)
def test_what_is_left_of_an_interval(taken, left):
    assert without(WHOLE, [Interval(*each) for each in taken]) == [Interval(*each) for each in left]


@given(st.integers(0, 60), st.integers(0, 60), st.sets(st.integers(0, 29)))
def test_what_is_left_is_what_was_not_taken(start, length, taken):
    whole = Interval(start, start + length)
    pieces = [Interval(2 * number, 2 * number + 2) for number in sorted(taken)]
    left = without(whole, pieces)
    gone = {minute for piece in pieces for minute in range(*piece)}
    assert [minute for piece in left for minute in range(*piece)] == [
        minute for minute in range(*whole) if minute not in gone
    ]
    assert all(piece.start < piece.end for piece in left)
