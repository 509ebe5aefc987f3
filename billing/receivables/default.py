"""When a debtor comes into default (Verzug, § 286 BGB), read as the processor chose to read it.

The contract's term of 14 days from receipt may be enough by itself (§ 286 Abs. 2 Nr. 2); the careful reading asks for a
reminder, or for the 30 days of § 286 Abs. 3. Interest runs from the day after (§ 187 Abs. 1 BGB alike).
"""

from datetime import date, timedelta
from enum import StrEnum

from billing.deadlines.counting import Calendar

_ONE_DAY = timedelta(days=1)
_THIRTY_DAYS = timedelta(days=30)
_LONGEST_RUN = 10
"""No Land has so many days off in a row."""


class DefaultBegins(StrEnum):
    """The processor's choice."""

    REMINDER = "reminder"
    """With the first reminder after the due date, or 30 days after due date and receipt, whichever is first."""
    STRICT = "strict"
    """With the end of the due date."""


def in_default_since(
    due_on: date, reminders_received_on: list[date], begins: DefaultBegins, calendar: Calendar
) -> date:
    """Give the first day that bears interest; it may be still to come.

    A reminder that was received before anything was due sets nothing going.
    """
    if begins is DefaultBegins.STRICT:
        return due_on + _ONE_DAY
    last_of_thirty = next(
        day
        for day in (due_on + _THIRTY_DAYS + timedelta(days=more) for more in range(_LONGEST_RUN))
        if calendar.is_business_day(day)  # § 193 BGB holds for terms that bring default (BGH NJW 2007, 1581)
    )
    ends = [day for day in reminders_received_on if day > due_on] + [last_of_thirty]
    return min(ends) + _ONE_DAY
