"""A line whose work lies on both sides of a change of the VAT rate: each whole unit has the rate of its last minute."""

from collections.abc import Sequence
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from billing.clause.terms import Price, RateClass
from billing.money import line_net
from billing.rating.bands import BandReason
from billing.rating.decisions import Allotment, Answer, Stretch, Verdict
from billing.timespan import month_index
from invoices.shares import Share, shares_of
from invoices.vat import taxing

JUNE, DECEMBER, JANUARY = month_index(2020, 6), month_index(2020, 12), month_index(2021, 1)
OLD, LOWERED = Fraction(19, 100), Fraction(16, 100)
UNIT = 15
PRICE = Price(RateClass.REGULAR, 25, 1)
BILLED = Answer(13, Verdict.BILLED, "approved", "13(5)a")


def stretches(*worked: tuple[int, int]) -> list[Stretch]:
    """Give (month, minutes) as work on one entry each, one after the other."""
    made, start = [], 0
    for name, (month, minutes) in enumerate(worked):
        end = start + minutes
        made.append(
            Stretch(
                f"E{name}", "C1", start, end, month, BILLED, RateClass.REGULAR, BandReason.BUSINESS_HOURS, price=PRICE
            )
        )
        start = end
    return made


def shared(
    new: Sequence[Stretch], units: int, *, earlier: Sequence[Stretch] = (), living_units: int = 0
) -> list[Share]:
    """Share out `units` of these minutes."""
    to_date = sum(stretch.minutes for stretch in (*earlier, *new))
    allotment = Allotment(PRICE, units, to_date, living_units)
    return shares_of(new, allotment, UNIT, taxing("domestic", small_business=False).rate_of, lambda: earlier)


def shown(shares: Sequence[Share]) -> list[tuple[str, int, int]]:
    """Give shares as (percent, units, minutes)."""
    return [(f"{share.rate * 100}", share.units, share.worked_minutes) for share in shares]


@pytest.mark.parametrize(
    ("worked", "units", "expected"),
    [
        pytest.param(
            [(DECEMBER, 30), (JANUARY, 15)], 3, [("16", 2, 30), ("19", 1, 15)], id="whole units on both sides"
        ),
        pytest.param([(DECEMBER, 20), (JANUARY, 20)], 3, [("16", 1, 15), ("19", 2, 25)], id="one unit over the change"),
        pytest.param([(DECEMBER, 10), (JANUARY, 10)], 2, [("19", 2, 20)], id="no unit was full before the change"),
        pytest.param([(DECEMBER, 31)], 3, [("16", 3, 31)], id="the last unit is never full"),
        pytest.param(
            [(DECEMBER, 29), (JANUARY, 1)], 2, [("16", 1, 15), ("19", 1, 15)], id="full with the first minute"
        ),
        pytest.param(
            [(JUNE, 30), (DECEMBER, 30), (JANUARY, 30)], 6, [("19", 4, 60), ("16", 2, 30)], id="down and up again"
        ),
        pytest.param([(DECEMBER, 16), (JANUARY, 20)], 1, [("16", 1, 36)], id="more minutes than units"),
    ],
)
def test_units_go_to_the_rate_of_the_minute_that_fills_them(
    worked: list[tuple[int, int]], units: int, expected: list[tuple[str, int, int]]
) -> None:
    assert shown(shared(stretches(*worked), units)) == expected


def test_minutes_that_an_earlier_unit_covers_fill_no_new_one() -> None:
    """Five minutes of December have a unit; ten of January fill it up, and six begin the next one."""
    december, january = stretches((DECEMBER, 5), (JANUARY, 16))
    assert shown(shared([january], 1, earlier=[december], living_units=1)) == [("19", 1, 16)]


def test_a_unit_that_was_released_alone_has_the_rate_of_the_earlier_work() -> None:
    """Its minutes stand on another invoice, so this line bills none of them."""
    december, january = stretches((DECEMBER, 30), (JANUARY, 10))
    (share,) = shared([], 1, earlier=[december], living_units=1)
    assert (share.rate, share.units, share.worked_minutes) == (LOWERED, 1, 0)
    assert shown(shared([january], 2, earlier=[december], living_units=1)) == [("16", 1, 0), ("19", 1, 10)]


WORK = st.lists(st.tuples(st.sampled_from([JUNE, DECEMBER, JANUARY]), st.integers(1, 70)), min_size=1, max_size=6)


@given(WORK, WORK, st.integers(0, 10), st.integers(1, 12), st.integers(1, 100_000), st.sampled_from([1, 3, 32]))
def test_no_unit_no_minute_and_no_cent_is_lost_or_invented(
    before: list[tuple[int, int]],
    worked: list[tuple[int, int]],
    living_units: int,
    units: int,
    numerator: int,
    denominator: int,
) -> None:
    """A price of whole cents adds up to the cent; another one to half a cent for each line that was told apart."""
    everything = stretches(*sorted(before + worked))
    earlier, new = everything[: len(before)], everything[len(before) :]
    shares = shared(new, units, earlier=earlier, living_units=living_units)
    assert sum(share.units for share in shares) == units
    assert sum(share.worked_minutes for share in shares) == sum(stretch.minutes for stretch in new)
    assert all(share.units > 0 for share in shares)
    assert {share.rate for share in shares} <= {OLD, LOWERED}
    price = Fraction(numerator, 100 * denominator)
    apart = sum(line_net(share.units, price) for share in shares) - line_net(units, price)
    assert abs(apart) <= (0 if denominator == 1 else len(shares) / 2)
