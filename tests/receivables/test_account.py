"""What is open of an invoice: gross less corrections, payments and what was written off; never below zero."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.receivables.account import Account, Movement

DAY = date(2026, 8, 3)


def moved(*cents: int) -> tuple[Movement, ...]:
    return tuple(Movement(DAY, one) for one in cents)


@pytest.mark.parametrize(
    ("account", "open_cents", "credit_cents"),
    [
        pytest.param(Account(gross_cents=11900), 11900, 0, id="nothing happened: all of it is open"),
        pytest.param(Account(gross_cents=11900, payments=moved(11900)), 0, 0, id="paid in full"),
        pytest.param(Account(gross_cents=11900, payments=moved(5000, 1900)), 5000, 0, id="two part payments"),
        pytest.param(Account(gross_cents=11900, payments=moved(12000)), 0, 100, id="paid too much is a credit"),
        pytest.param(
            Account(gross_cents=11900, payments=moved(12000, -100)), 0, 0, id="what was paid back is no credit any more"
        ),
        pytest.param(
            Account(gross_cents=11900, corrections=moved(1900)), 10000, 0, id="a correction takes its part off"
        ),
        pytest.param(
            Account(gross_cents=11900, corrections=moved(1900), payments=moved(11900)),
            0,
            1900,
            id="a correction after payment in full leaves a credit",
        ),
        pytest.param(Account(gross_cents=11900, written_off=moved(900)), 11000, 0, id="goodwill takes its part off"),
        pytest.param(Account(gross_cents=11900, cancelled_on=DAY), 0, 0, id="a cancelled invoice asks for nothing"),
        pytest.param(
            Account(gross_cents=11900, payments=moved(11900), cancelled_on=DAY),
            0,
            11900,
            id="a cancelled invoice that was paid is all credit",
        ),
        pytest.param(
            Account(gross_cents=11900, corrections=moved(1900), cancelled_on=DAY),
            0,
            0,
            id="cancelled after a correction: nothing is taken off twice",
        ),
    ],
)
def test_what_is_open_and_what_is_a_credit(account, open_cents, credit_cents):
    balance = account.on(DAY)
    assert (balance.open_cents, balance.credit_cents) == (open_cents, credit_cents)


def test_only_what_happened_up_to_a_day_counts_on_it():
    account = Account(gross_cents=11900, payments=moved(11900), cancelled_on=DAY + timedelta(days=2))
    before, on, after = (account.on(DAY + timedelta(days=shift)) for shift in (-1, 0, 2))
    assert (before.open_cents, on.open_cents, after.credit_cents) == (11900, 0, 11900)


CENTS = st.integers(-20_000, 20_000)
MOVEMENTS = st.lists(st.builds(Movement, st.dates(date(2026, 1, 1), date(2027, 1, 1)), CENTS), max_size=5).map(tuple)


@given(st.integers(0, 50_000), MOVEMENTS, MOVEMENTS, st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_nothing_gets_lost_and_nothing_is_open_below_zero(gross, payments, written_off, day):
    balance = Account(gross_cents=gross, payments=payments, written_off=written_off).on(day)
    assert balance.open_cents >= 0
    assert balance.credit_cents >= 0
    assert 0 in (balance.open_cents, balance.credit_cents)
    accounted = balance.paid_cents + balance.written_off_cents + balance.open_cents - balance.credit_cents
    assert accounted == gross
