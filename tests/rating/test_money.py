"""Money: whole cents, exact prices, every rounding half up and once."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import hypothesis.strategies as st
import pytest
from hypothesis import given

from billing.money import cents_of, format_cents, format_price, line_net, round_half_up, vat_on


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        pytest.param(Fraction(0), 0, id="nothing"),
        pytest.param(Fraction(1, 2), 1, id="a half goes up"),
        pytest.param(Fraction(3, 2), 2, id="one and a half goes up, too"),
        pytest.param(Fraction(5, 2), 3, id="two and a half is no banker's two"),
        pytest.param(Fraction(49, 100), 0, id="under the half"),
        pytest.param(Fraction(1, 3), 0, id="a third"),
        pytest.param(Fraction(2, 3), 1, id="two thirds"),
        pytest.param(Fraction(10**30 * 2 + 1, 2), 10**30 + 1, id="beyond any binary fraction"),
    ],
)
def test_half_up(amount, rounded):
    assert round_half_up(amount) == rounded


def test_a_negative_amount_is_a_bug():
    with pytest.raises(ValueError, match="no negative amount: -1/2"):
        round_half_up(Fraction(-1, 2))


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_half_up_is_that_of_decimal(numerator, denominator):
    exact = Decimal(numerator * 10**3) / Decimal(denominator * 10**3)
    if exact * denominator == numerator:
        assert round_half_up(Fraction(numerator, denominator)) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert abs(round_half_up(Fraction(numerator, denominator)) - Fraction(numerator, denominator)) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("0", 0),
        ("1", 100),
        ("1.5", 150),
        ("1.05", 105),
        ("0.01", 1),
        ("-0.01", -1),
        ("-12.3", -1230),
        ("007.10", 710),
        ("999999999999.99", 99_999_999_999_999),
    ],
)
def test_an_amount_is_read_as_cents(text, cents):
    assert cents_of(text) == cents


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "1.005", "1,50", "1e2", "+1", "--1", " 1", "1 ", "1\n", "１", "NaN", "1" * 13, "0x1"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="^" + "".join(f"[{char}]" if char in "+." else char for char in text) + "$"):
        cents_of(text)


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0.00"),
        (1, "0.01"),
        (10, "0.10"),
        (105, "1.05"),
        (-5, "-0.05"),
        (-12_345, "-123.45"),
        (10**9, "10000000.00"),
    ],
)
def test_cents_are_written_with_two_decimals(cents, text):
    assert format_cents(cents) == text


@given(st.integers(-(10**13), 10**13))
def test_writing_and_reading_give_the_same(cents):
    assert cents_of(format_cents(cents)) == cents


@pytest.mark.parametrize(
    ("price", "text"),
    [
        pytest.param(Fraction(25), "25.00", id="whole euros"),
        pytest.param(Fraction(125, 4), "31.25", id="whole cents"),
        pytest.param(Fraction(5, 2), "2.50", id="two decimals at least"),
        pytest.param(Fraction(4140625, 100_000), "41.40625", id="as many as it needs"),
        pytest.param(Fraction(1, 3), "0.333333", id="six decimals at most"),
        pytest.param(Fraction(2, 3), "0.666667", id="rounded there"),
        pytest.param(Fraction(1, 2_000_000), "0.000001", id="half up"),
        pytest.param(Fraction(29_999_999, 10_000_000), "3.00", id="carried over"),
        pytest.param(Fraction(0), "0.00", id="nothing"),
    ],
)
def test_a_price_is_written_with_two_to_six_decimals(price, text):
    assert format_price(price) == text


@pytest.mark.parametrize(
    ("units", "price", "cents"),
    [
        pytest.param(0, Fraction(25), 0, id="no unit"),
        pytest.param(3, Fraction(125, 4), 9375, id="exact"),
        pytest.param(1, Fraction(1, 200), 1, id="half a cent goes up"),
        pytest.param(3, Fraction(1, 200), 2, id="rounded once, not per unit"),
        pytest.param(3, Fraction(1, 300), 1, id="a third of a cent, three times"),
    ],
)
def test_the_net_of_a_line_is_rounded_once(units, price, cents):
    assert line_net(units, price) == cents


@pytest.mark.parametrize(
    ("net", "rate", "cents"),
    [
        pytest.param(10_000, Fraction(19, 100), 1900, id="19 %"),
        pytest.param(50, Fraction(19, 100), 10, id="9.5 cents go up"),
        pytest.param(1, Fraction(19, 100), 0, id="a fifth of a cent"),
        pytest.param(10_000, Fraction(0), 0, id="none"),
    ],
)
def test_vat_is_rounded_once(net, rate, cents):
    assert vat_on(net, rate) == cents
