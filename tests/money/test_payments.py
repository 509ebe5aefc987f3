"""Payments by hand: part, whole, too much and back; a mistake is answered, never deleted."""

import pytest
from sqlmodel import select

from billing.errors import Conflict
from billing.store.tables import AuditLog, Invoice, Payment
from tests.money.till import FIRST, Till
from tests.services.furnishing import last_event, refused, rows_of


@pytest.mark.parametrize(
    ("paid", "left"),
    [
        pytest.param([17850], 0, id="the whole amount"),
        pytest.param([10000], 7850, id="a part"),
        pytest.param([10000, 7850], 0, id="two parts"),
        pytest.param([20000], -2150, id="too much is a credit"),
        pytest.param([20000, -2150], 0, id="too much, and paid back"),
    ],
)
def test_what_is_left_after_payments(cash, paid, left):
    for cents in paid:
        cash.pay(FIRST, cents)
    assert cash.open(FIRST) == left
    assert (FIRST in cash.unsettled()) is (left != 0)


def test_a_payment_counts_from_its_day_on(cash):
    cash.pay(FIRST, 17850, "2026-11-10")
    assert [cash.open(FIRST, day) for day in ("2026-11-09", "2026-11-10")] == [17850, 0]


def test_a_mistake_is_answered_by_a_row_with_a_reason(till):
    number = till.pay(FIRST, 17850, reference="Kto 4711")
    counter = till.take_back(FIRST, number)
    first, second = till.payments(FIRST)
    assert (first.id, first.bank_reference, first.reversed_by_id) == (number, "Kto 4711", counter)
    assert (second.amount_cents, second.reverses_id, second.reason, second.paid_on) == (
        -17850,
        number,
        "Vertippt",
        first.paid_on,
    )
    assert till.open(FIRST) == 17850
    assert last_event(till) == ("payment_recorded", f"invoice:{FIRST}", "Erika Beispiel")
    with refused("payment_reversed"):
        till.take_back(FIRST, number)
    with refused("payment_is_reversal"):
        till.take_back(FIRST, counter)


@pytest.mark.parametrize(
    ("cents", "day", "code", "path"),
    [
        pytest.param(100, "2026-11-01", "paid_before_issue", "paid_on", id="before the invoice was there"),
        pytest.param(100, "2026-11-21", "date_in_future", "paid_on", id="tomorrow"),
        pytest.param(-1, "2026-11-10", "more_back_than_paid", "amount", id="more back than came in"),
    ],
)
def test_what_no_payment_can_be(cash, cents, day, code, path):
    with refused(code, path):
        cash.pay(FIRST, cents, day)
    assert cash.count(Payment) == 0


def test_only_invoices_are_paid(cash):
    cash.cancel(FIRST, "2026-11-05 09:00")
    with refused("invoice_asks_nothing"):
        cash.pay("ST-2026-0001", 100)
    with refused("invoice_unknown"):
        cash.pay("RE-2026-0099", 100)


def test_the_log_names_amounts_and_no_people(cash):
    cash.pay(FIRST, 100, reference="Frau Süd privat", reason="Bar von Frau Süd")
    assert "Süd" not in str([row.details for row in rows_of(cash, AuditLog) if row.action == "payment_recorded"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"amount_cents": 100, "invoice": "ST-2026-0001"}, "claim_of_no_invoice", id="to a cancellation"),
        pytest.param({"amount_cents": -99, "reverses": True}, "reversal_differs", id="a part of a payment taken back"),
    ],
)
def test_the_database_refuses_it_too(till: Till, change, code):
    number = till.pay(FIRST, 100)
    till.cancel("RE-2026-0002", "2026-11-05 09:00")
    row = {"paid_on": till.payments(FIRST)[0].paid_on, "reason": "x", **till.act("2026-11-20 09:00").record()}

    def write(session):
        wanted = change.get("invoice", FIRST)
        ids = {found.number: found.id for found in session.exec(select(Invoice))}
        reverses = number if change.get("reverses") else None
        session.add(Payment(invoice_id=ids[wanted], amount_cents=change["amount_cents"], reverses_id=reverses, **row))

    with pytest.raises(Conflict, match=code):
        till.tell(write)
