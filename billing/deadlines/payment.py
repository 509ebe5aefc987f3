"""When an invoice was received and when it is due: receipt (Zugang) by the hour of delivery, then §§ 187-193 BGB.

Pure: the calendar of the place of performance - the debtor's seat in doubt (§§ 269, 270 Abs. 4 BGB) - is passed in.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from billing.deadlines.counting import Calendar, next_business_day
from billing.timespan import Instant, datetime_of

CLOSE_OF_BUSINESS = time(16)
"""Mail that is there before this hour of a working day is received that day (13(4)b keeps the same hours)."""


class Shift(StrEnum):
    """Why the last day to pay is not the one that was counted (§ 193 BGB)."""

    HOLIDAY = "holiday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


@dataclass(frozen=True, slots=True)
class PaymentDay:
    """The last day to pay as counted (`raw`) and as it is (`on`); `shift` says why they differ, None if they don't."""

    raw: date
    on: date
    shift: Shift | None


def received_on(delivered_at: Instant, calendar: Calendar) -> date:
    """Give the day on which something was received that could be read at the recipient's from `delivered_at` on.

    Read or not, it is received when it is there within usual hours (BGH 6.10.2022, VII ZR 895/21): on the day itself
    if that is a working day and it is before 16:00, else on the next working day.
    """
    local = datetime_of(delivered_at).astimezone(calendar.zone)
    if calendar.is_business_day(local.date()) and local.time() < CLOSE_OF_BUSINESS:
        return local.date()
    return next_business_day(local.date() + timedelta(days=1), calendar)


def payment_day(received: date, days: int, calendar: Calendar) -> PaymentDay:
    """Give the last day to pay within so many days of receipt (13(8)), whose own day does not count (§ 187 Abs. 1).

    With 0 days the invoice is due at once, on the day it is received (§ 271 Abs. 1 BGB).
    """
    raw = received + timedelta(days=days)
    on = next_business_day(raw, calendar)
    return PaymentDay(raw, on, None if on == raw else _reason(raw, calendar))


def _reason(day: date, calendar: Calendar) -> Shift:
    if calendar.is_holiday(day):
        return Shift.HOLIDAY
    return Shift.SUNDAY if not calendar.is_working_day(day) else Shift.SATURDAY
