"""Receipt by the hour of delivery (law.md A.7), and the last day to pay by §§ 187, 188, 193 BGB (D-19)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.deadlines.payment import Shift, payment_day, received_on
from tests.deadlines.berlin import calendar_of, moment

DELIVERIES = [
    ("2026-07-03 00:00", "2026-07-03", "just after midnight of a working day"),
    ("2026-07-03 06:30", "2026-07-03", "before anybody is at work"),
    ("2026-07-03 15:59", "2026-07-03", "in the last minute before 16:00"),
    ("2026-07-03 16:00", "2026-07-06", "at 16:00 of a Friday"),
    ("2026-07-02 16:00", "2026-07-03", "at 16:00 of a Thursday"),
    ("2026-07-04 10:00", "2026-07-06", "on a Saturday"),
    ("2026-07-05 23:59", "2026-07-06", "on a Sunday"),
    ("2026-06-03 17:00", "2026-06-05", "on the evening before Corpus Christi"),
    ("2026-06-04 09:00", "2026-06-05", "on Corpus Christi"),
    ("2026-12-24 15:00", "2026-12-24", "on Christmas Eve, a working day"),
    ("2026-12-24 16:00", "2026-12-28", "on Christmas Eve, too late"),
    ("2026-12-31 16:30", "2027-01-04", "on New Year's Eve, before a Friday that is a holiday"),
    ("2026-10-26 15:59", "2026-10-26", "on the first day of winter time"),
]


@pytest.mark.parametrize(("delivered", "received", "_"), DELIVERIES, ids=[row[2] for row in DELIVERIES])
def test_mail_is_received_the_day_it_can_be_read_within_business_hours(delivered: str, received: str, _: str) -> None:
    assert received_on(moment(delivered), calendar_of()) == date.fromisoformat(received)


def test_a_holiday_of_another_land_delays_nothing_there() -> None:
    corpus_christi = moment("2026-06-04 09:00")
    assert received_on(corpus_christi, calendar_of("DE-HH")) == date(2026, 6, 4)


PAYMENTS = [
    ("2026-07-03", 14, "2026-07-17", "2026-07-17", None, "two weeks later is a Friday"),
    ("2026-12-11", 14, "2026-12-25", "2026-12-28", Shift.HOLIDAY, "Christmas before a weekend"),
    ("2026-05-21", 14, "2026-06-04", "2026-06-05", Shift.HOLIDAY, "Corpus Christi, a holiday in BW"),
    ("2026-10-19", 14, "2026-11-02", "2026-11-02", None, "over the change to winter time and All Saints"),
    ("2026-12-12", 14, "2026-12-26", "2026-12-28", Shift.HOLIDAY, "Boxing Day on a Saturday"),
    ("2026-07-04", 14, "2026-07-18", "2026-07-20", Shift.SATURDAY, "a Saturday"),
    ("2026-07-05", 14, "2026-07-19", "2026-07-20", Shift.SUNDAY, "a Sunday"),
    ("2026-03-20", 14, "2026-04-03", "2026-04-07", Shift.HOLIDAY, "Good Friday before Easter"),
    ("2028-02-15", 14, "2028-02-29", "2028-02-29", None, "a leap day"),
    ("2026-07-03", 30, "2026-08-02", "2026-08-03", Shift.SUNDAY, "thirty days"),
    ("2026-07-03", 0, "2026-07-03", "2026-07-03", None, "at once"),
    ("2026-07-04", 0, "2026-07-04", "2026-07-06", Shift.SATURDAY, "at once, handed over on a Saturday"),
]


@pytest.mark.parametrize(("received", "days", "raw", "due", "shift", "_"), PAYMENTS, ids=[row[-1] for row in PAYMENTS])
def test_the_last_day_to_pay_counts_from_the_day_after_receipt(
    received: str, days: int, raw: str, due: str, shift: Shift | None, _: str
) -> None:
    found = payment_day(date.fromisoformat(received), days, calendar_of())
    assert (found.raw.isoformat(), found.on.isoformat(), found.shift) == (raw, due, shift)


def test_corpus_christi_moves_nothing_where_it_is_no_holiday() -> None:
    found = payment_day(date(2026, 5, 21), 14, calendar_of("DE-BE"))
    assert (found.raw, found.on, found.shift) == (date(2026, 6, 4), date(2026, 6, 4), None)


DAYS = st.dates(date(2018, 1, 1), date(2098, 12, 1))


@given(DAYS, st.integers(0, 90))
def test_a_last_day_is_a_working_day_never_earlier_than_counted(received: date, days: int) -> None:
    calendar = calendar_of()
    found = payment_day(received, days, calendar)
    assert found.raw - received == timedelta(days=days)
    assert calendar.is_business_day(found.on)
    assert (found.shift is None) == (found.on == found.raw)
    assert not any(
        calendar.is_business_day(found.raw + timedelta(days=step)) for step in range((found.on - found.raw).days)
    )


@given(DAYS, st.integers(0, 24 * 60 - 1))
def test_what_comes_later_is_never_received_earlier(day: date, minute: int) -> None:
    calendar = calendar_of()
    delivered = moment(f"{day} {minute // 60:02d}:{minute % 60:02d}")
    received = received_on(delivered, calendar)
    assert day <= received <= received_on(type(delivered)(delivered + 1), calendar)
    assert calendar.is_business_day(received)
