"""Open items: due dates, default and what it costs, sums by controller, and days that are past.

Received on Monday, 2 November 2026; due on the 16th. Without a reminder 30 days end on 16 December, and interest begins
on the 17th.
"""

from datetime import date

import pytest

from billing.services.acting import Act
from billing.services.base_rates import set_base_rate
from billing.services.policies import set_policy
from billing.services.receivables import Receivables
from tests.money.till import FIRST, NOW, SECOND
from tests.months.facts import at
from tests.services.furnishing import refused


def strict(till) -> None:
    till.tell(lambda s: set_policy(s, Act("chief", at(NOW)), {"default_begins": "strict"}))


def test_an_open_item_says_what_it_is(till):
    till.pay(FIRST, 10000)
    item = till.item(FIRST, "2026-11-20")
    assert (item.row.number, item.row.controller, item.row.contract) == (FIRST, "Wohnbau Süd GmbH", "AVV-1")
    assert (item.balance.gross_cents, item.balance.paid_cents, item.balance.open_cents) == (17850, 10000, 7850)
    assert item.due is not None
    assert (item.due.received_on, item.due.due_on, item.days_overdue) == (date(2026, 11, 2), date(2026, 11, 16), 4)
    assert (item.level, item.default_since, item.interest_cents, item.flat_fee_cents) == (0, None, 0, 0)


@pytest.mark.parametrize(
    ("day", "overdue", "since", "days"),
    [
        pytest.param("2026-11-16", 0, None, 0, id="on the due date nothing is late"),
        pytest.param("2026-11-17", 1, None, 0, id="a day later it is overdue"),
        pytest.param("2026-12-16", 30, None, 0, id="on the thirtieth day there is no default yet"),
        pytest.param("2026-12-17", 31, "2026-12-17", 1, id="the day after bears interest"),
        pytest.param("2026-12-31", 45, "2026-12-17", 15, id="and each day that follows"),
    ],
)
def test_default_without_a_reminder(cash, day, overdue, since, days):
    item = cash.item(FIRST, day, "2027-01-04 09:00")
    assert item.days_overdue == overdue
    assert item.default_since == (since and date.fromisoformat(since))
    assert sum(part.days for part in item.stretches) == days
    assert item.flat_fee_cents == (4000 if days else 0)


def test_the_strict_reading_begins_the_day_after_the_due_date(cash):
    strict(cash)
    item = cash.item(FIRST, "2026-11-20")
    assert (item.default_since, item.interest_cents) == (date(2026, 11, 17), 20)  # 178.50 x 10.27 % x 4 / 365


def test_what_is_not_known_to_be_received_is_not_due(cash):
    cash.work("E9", "C1", "2026-11-10 10:00", 60)
    cash.bill("2026-11", "2026-12-01 09:00")
    item = cash.item("RE-2026-0003", "2026-12-20", "2026-12-20 09:00")
    assert (item.due, item.days_overdue, item.default_since) == (None, 0, None)


def test_a_rate_that_is_not_confirmed_is_told_until_somebody_records_it(cash):
    """The second half of 2026 is not in the product's own table."""
    strict(cash)
    assert not cash.item(FIRST, "2026-11-20").is_confirmed
    clerk = Act("chief", at(NOW))
    cash.tell(lambda s: set_base_rate(s, clerk, date(2026, 7, 1), 227, "Bundesbank, 1. Juli 2026"))
    item = cash.item(FIRST, "2026-11-20")
    assert (item.is_confirmed, item.stretches[0].rate_hundredths, item.interest_cents) == (True, 1127, 22)
    cash.tell(lambda s: set_base_rate(s, clerk, date(2026, 7, 1), 127, "Bundesbank, berichtigt"))
    assert cash.item(FIRST, "2026-11-20").stretches[0].rate_hundredths == 1027


def test_a_cancelled_invoice_and_its_cancellation_net_to_nothing(till):
    till.cancel(FIRST, "2026-11-18 09:00")
    assert till.unsettled("2026-11-17") == [FIRST, SECOND]
    assert till.unsettled("2026-11-18") == [SECOND]
    till.pay(FIRST, 17850, "2026-11-19")
    assert (till.item(FIRST).balance.credit_cents, till.unsettled()) == (17850, [FIRST, SECOND])


def test_sums_by_controller_are_those_of_the_items(till):
    till.pay(FIRST, 20000)
    till.pay(SECOND, 1900)
    sums = till.tell(lambda s: Receivables(s, at(NOW)).sums())
    assert [(row.controller, row.invoices, row.open_cents, row.credit_cents) for row in sums] == [
        ("Wohnbau Süd GmbH", 1, 0, 2150),
        ("Klinikum Filder gGmbH", 1, 10000, 0),
    ]
    items = till.tell(lambda s: Receivables(s, at(NOW)).unsettled())
    assert [item.balance.left_cents for item in items] == [-2150, 10000]


def test_items_come_in_pages_and_of_one_controller(till):
    def pages(session):
        reader = Receivables(session, at(NOW))
        first = reader.unsettled(0, 1)
        return first, reader.unsettled(first[0].id, 1), reader.unsettled(controller_id=first[0].row.controller_id)

    first, second, one = till.tell(pages)
    assert [[item.row.number for item in page] for page in (first, second, one)] == [[FIRST], [SECOND], [FIRST]]


def test_no_item_of_another_processor_or_of_none(cash):
    with refused("claim_not_found"):
        cash.tell(lambda s: Receivables(s, at(NOW)).of(999))
