"""Default interest: base rate + 9 points, by days of a year of 365, on what is owed at the time (§ 288 Abs. 2 BGB)."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.receivables.account import Account, Movement
from billing.receivables.base_rates import BaseRate, BaseRates, announced, next_half_year
from billing.receivables.interest import FLAT_FEE, interest, stretches

RATES = BaseRates.of(announced())
LATER = BaseRates.of(announced(), [BaseRate(date(2026, 7, 1), 177, "test")])


def of(account: Account, first: str, last: str, rates: BaseRates = RATES) -> int:
    return interest(stretches(account, rates, date.fromisoformat(first), date.fromisoformat(last)))


def test_thirty_days_on_a_thousand_euros():
    """1,000 x 10.27 % x 30 / 365 = 8.4411."""
    assert of(Account(gross_cents=100_000), "2026-03-02", "2026-03-31") == 844


@pytest.mark.parametrize(
    ("account", "first", "last", "cents"),
    [
        pytest.param(Account(gross_cents=100_000), "2026-03-02", "2026-03-01", 0, id="no day, no interest"),
        pytest.param(Account(gross_cents=100_000), "2026-03-02", "2026-03-02", 28, id="one day: 28.137 cents"),
        pytest.param(Account(gross_cents=100_000), "2026-01-01", "2026-12-31", 10270, id="a year of 365 days"),
        pytest.param(
            Account(gross_cents=100_000, payments=(Movement(date(2026, 3, 17), 40_000),)),
            "2026-03-02",
            "2026-03-31",
            675,  # 15 days on 1,000 and 15 days on 600
            id="a part payment counts from its own day on",
        ),
        pytest.param(
            Account(gross_cents=100_000, payments=(Movement(date(2026, 3, 1), 100_000),)),
            "2026-03-02",
            "2026-03-31",
            0,
            id="what was paid before bears none",
        ),
        pytest.param(
            Account(gross_cents=100_000, corrections=(Movement(date(2026, 3, 20), 50_000),)),
            "2026-03-02",
            "2026-03-31",
            422,
            id="a correction says that it was never owed",
        ),
        pytest.param(
            Account(gross_cents=100_000, cancelled_on=date(2026, 3, 20)),
            "2026-03-02",
            "2026-03-31",
            0,
            id="a cancelled invoice bore none",
        ),
        pytest.param(
            Account(gross_cents=100_000, payments=(Movement(date(2026, 3, 10), 110_000),)),
            "2026-03-02",
            "2026-03-31",
            225,
            id="a credit earns none",
        ),
    ],
)
def test_interest_by_what_is_owed(account, first, last, cents):
    assert of(account, first, last) == cents


def test_each_half_year_has_its_own_rate():
    """30 June is of the old rate, 1 July of the new one."""
    parts = stretches(Account(gross_cents=100_000), LATER, date(2026, 6, 21), date(2026, 7, 10))
    assert [(part.first, part.last, part.days, part.rate_hundredths) for part in parts] == [
        (date(2026, 6, 21), date(2026, 6, 30), 10, 1027),
        (date(2026, 7, 1), date(2026, 7, 10), 10, 1077),
    ]
    assert interest(parts) == 576


def test_a_half_year_without_a_confirmed_rate_takes_the_last_known_and_says_so():
    parts = stretches(Account(gross_cents=100_000), RATES, date(2026, 6, 21), date(2026, 7, 10))
    assert [(part.rate_hundredths, part.is_confirmed) for part in parts] == [(1027, True), (1027, False)]


def test_days_before_the_first_known_rate_take_that_one_and_say_so():
    assert RATES.on(date(2024, 5, 1)) == (127, False)


def test_a_rate_recorded_later_replaces_the_one_of_the_same_half_year():
    corrected = BaseRates.of(announced(), [BaseRate(date(2026, 1, 1), -88, "test")])
    assert corrected.on(date(2026, 3, 1)) == (-88, True)
    assert of(Account(gross_cents=100_000), "2026-03-02", "2026-03-31", corrected) == 667


def test_the_rates_of_the_product_are_of_half_years_and_have_a_source():
    assert [(rate.valid_from, rate.hundredths) for rate in announced()] == [
        (date(2025, 7, 1), 127),
        (date(2026, 1, 1), 127),
    ]
    assert all(rate.source for rate in announced())


def test_the_flat_fee():
    assert FLAT_FEE == 4000


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
PAYMENTS = st.lists(st.builds(Movement, DAYS, st.integers(-30_000, 60_000)), max_size=4).map(tuple)


@given(st.integers(0, 200_000), PAYMENTS, DAYS, st.integers(0, 400), st.integers(0, 400))
def test_interest_is_additive_over_cuts(gross, payments, first, before, after):
    account = Account(gross_cents=gross, payments=payments)
    cut, last = first + timedelta(days=before), first + timedelta(days=before + after)

    def exact(start: date, end: date) -> Fraction:
        return sum((part.exact_cents for part in stretches(account, LATER, start, end)), Fraction(0))

    assert exact(first, cut) + exact(cut + timedelta(days=1), last) == exact(first, last)


@given(st.integers(1, 200_000), PAYMENTS, DAYS, st.integers(0, 800))
def test_stretches_hold_each_owing_day_once_and_are_of_one_amount_and_rate(gross, payments, first, length):
    account, last = Account(gross_cents=gross, payments=payments), first + timedelta(days=length)
    by_day = {}
    for part in stretches(account, LATER, first, last):
        assert part.last < next_half_year(part.first)
        for shift in range(part.days):
            day = part.first + timedelta(days=shift)
            assert day not in by_day
            by_day[day] = part.owed_cents
    days = [first + timedelta(days=shift) for shift in range(length + 1)]
    assert by_day == {day: account.owed_on(day) for day in days if account.owed_on(day)}
