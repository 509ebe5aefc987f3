"""From minutes to units: tables of the rounding, and the allotment against the rule done one unit after the other."""

from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from billing.clause.terms import Price, RateClass
from billing.rating.decisions import Allotment
from billing.rating.ledger import Group
from billing.rating.units import allot, lines_of, units_due

REGULAR, EVENING = Price(RateClass.REGULAR, 25, 1), Price(RateClass.OUT_OF_HOURS, 125, 4)
NIGHT, CHEAP_NIGHT = Price(RateClass.NIGHT_WEEKEND, 75, 2), Price(RateClass.NIGHT_WEEKEND, 25, 1)


@pytest.mark.parametrize(
    ("minutes", "unit", "up", "nearest"),
    [
        pytest.param(0, 15, 0, 0, id="nothing is no unit"),
        pytest.param(1, 15, 1, 1, id="a started unit; at least one"),
        pytest.param(14, 15, 1, 1, id="just under a unit"),
        pytest.param(15, 15, 1, 1, id="a unit"),
        pytest.param(16, 15, 2, 1, id="just over a unit"),
        pytest.param(22, 15, 2, 1, id="under the half"),
        pytest.param(23, 15, 2, 2, id="over the half"),
        pytest.param(10, 20, 1, 1, id="exactly half of the first unit"),
        pytest.param(9, 20, 1, 1, id="less than half, and still at least one"),
        pytest.param(29, 20, 2, 1, id="under one and a half"),
        pytest.param(30, 20, 2, 2, id="exactly one and a half goes up"),
        pytest.param(45, 30, 2, 2, id="exactly one and a half of half an hour"),
        pytest.param(44, 30, 2, 1, id="a minute less"),
        pytest.param(90, 60, 2, 2, id="an hour and a half"),
        pytest.param(89, 60, 2, 1, id="a minute less than an hour and a half"),
        pytest.param(7, 1, 7, 7, id="by the minute"),
    ],
)
def test_units_due(minutes, unit, up, nearest):
    assert (units_due(minutes, unit, "up"), units_due(minutes, unit, "nearest")) == (up, nearest)


def allotted(minutes, units=None, unit=15, direction="up"):
    given_to = allot(Group("C1", minutes, units or {}), "C1", unit, direction)
    return {each.price: each.units for each in given_to.allotted}, given_to.surplus


@pytest.mark.parametrize(
    ("minutes", "units", "expected", "surplus"),
    [
        pytest.param({}, {}, {}, 0, id="nothing"),
        pytest.param({REGULAR: 1}, {}, {REGULAR: 1}, 0, id="a minute"),
        pytest.param({REGULAR: 31}, {REGULAR: 2}, {REGULAR: 1}, 0, id="what is billed already is taken off"),
        pytest.param({REGULAR: 30}, {REGULAR: 2}, {}, 0, id="nothing new is due"),
        pytest.param({REGULAR: 10, NIGHT: 20}, {}, {REGULAR: 1, NIGHT: 1}, 0, id="most minutes first, then the rest"),
        pytest.param({REGULAR: 7, NIGHT: 7}, {}, {REGULAR: 1}, 0, id="a tie goes to the cheaper class"),
        pytest.param({NIGHT: 7, REGULAR: 7}, {}, {REGULAR: 1}, 0, id="in whatever order they were met"),
        pytest.param(
            {NIGHT: 7, CHEAP_NIGHT: 7}, {}, {CHEAP_NIGHT: 1}, 0, id="a tie goes to the lower price of a class"
        ),
        pytest.param({CHEAP_NIGHT: 7, REGULAR: 7}, {}, {REGULAR: 1}, 0, id="at one price the order of classes decides"),
        pytest.param({REGULAR: 1, NIGHT: 29}, {}, {NIGHT: 2}, 0, id="a class may get more than its whole units"),
        pytest.param(
            {REGULAR: 20, NIGHT: 5}, {NIGHT: 1}, {REGULAR: 1}, 0, id="a class covered beyond its minutes waits"
        ),
        pytest.param({REGULAR: 10}, {REGULAR: 3}, {}, 2, id="units beyond what is due are surplus"),
        pytest.param({}, {REGULAR: 2}, {}, 2, id="also when no minute is left"),
        pytest.param({REGULAR: 60}, {NIGHT: 3}, {REGULAR: 1}, 0, id="surplus of one class counts against another"),
        pytest.param({REGULAR: 40, EVENING: 35}, {NIGHT: 2}, {REGULAR: 2, EVENING: 1}, 0, id="unit for unit"),
    ],
)
def test_each_new_unit_goes_to_the_class_with_the_most_minutes_not_covered(minutes, units, expected, surplus):
    assert allotted(minutes, units) == (expected, surplus)


def test_the_reason_of_an_allotment_is_kept():
    given_to = allot(Group("C1", {NIGHT: 20, REGULAR: 31}, {REGULAR: 1}), "C1\n24321", 15, "up")
    assert given_to.allotted == (Allotment(REGULAR, 1, 31, 1), Allotment(NIGHT, 2, 20, 0))
    assert (given_to.group, given_to.case, given_to.minutes_to_date, given_to.due, given_to.before) == (
        "C1\n24321",
        "C1",
        51,
        4,
        1,
    )


PRICES = st.sampled_from([REGULAR, EVENING, NIGHT, CHEAP_NIGHT, Price(RateClass.TRAVEL, 25, 2)])


def one_after_the_other(minutes, units, unit, due):
    """The rule as it is written, without any shortcut."""
    billed = dict(units)
    new: dict[Price, int] = {}
    while sum(billed.values()) < due:
        left = {price: minutes[price] - unit * billed.get(price, 0) for price in minutes}
        chosen = min(
            left, key=lambda price: (-left[price], Fraction(price.numerator, price.denominator), price.rate_class)
        )
        billed[chosen] = billed.get(chosen, 0) + 1
        new[chosen] = new.get(chosen, 0) + 1
    return new


@settings(max_examples=500)
@given(
    st.dictionaries(PRICES, st.integers(1, 200), max_size=4),
    st.dictionaries(PRICES, st.integers(1, 8), max_size=3),
    st.sampled_from([1, 5, 15, 20, 30, 60]),
    st.sampled_from(["up", "nearest"]),
)
def test_whole_units_given_at_once_are_the_same_as_one_after_the_other(minutes, units, unit, direction):
    due = units_due(sum(minutes.values()), unit, direction)
    new, surplus = allotted(minutes, units, unit, direction)
    assert new == one_after_the_other(minutes, units, unit, due)
    assert sum(units.values()) + sum(new.values()) - surplus == due


def test_lines_add_up_groups_of_a_case_and_stand_in_the_order_of_the_invoice():
    groups = [
        allot(Group("C2", {NIGHT: 20, CHEAP_NIGHT: 20, REGULAR: 5}, {}), "C2\nE1", 15, "up"),
        allot(Group("C2", {NIGHT: 1}, {}), "C2\nE2", 15, "up"),
        allot(Group("C10", {EVENING: 1}, {}), "C10\nE3", 15, "up"),
    ]
    assert [(line.case, line.price, line.units, line.net) for line in lines_of(groups)] == [
        ("C10", EVENING, 1, 3125),
        ("C2", REGULAR, 1, 2500),
        ("C2", CHEAP_NIGHT, 1, 2500),
        ("C2", NIGHT, 2, 7500),
    ]


def test_a_line_is_rounded_half_up_once():
    # Three units at half a cent: one and a half cents are two, not three times one.
    group = allot(Group("C1", {Price(RateClass.REGULAR, 1, 200): 45}, {}), "C1", 15, "up")
    assert [line.net for line in lines_of([group])] == [2]
