"""Reminders to print and to break."""

from dataclasses import replace
from datetime import date

from invoices.reminder import Earlier, InterestDays, ReminderLetter
from tests.invoices.samples import BUYER, SELLER

FIRST = ReminderLetter(
    level=1,
    written_on=date(2026, 7, 20),
    pay_by=date(2026, 7, 30),
    language="de",
    seller=SELLER,
    buyer=BUYER,
    contract_number="AVV-2026-07",
    number="RE-2026-0118",
    issue_date=date(2026, 7, 2),
    received_on=date(2026, 7, 3),
    due_on=date(2026, 7, 17),
    payment_days=14,
    gross_cents=119_000,
    corrected_cents=0,
    paid_cents=0,
    written_off_cents=0,
    open_cents=119_000,
    default_since=None,
    interest=(),
    interest_cents=0,
    flat_fee_cents=0,
    earlier=(),
)
SECOND = replace(
    FIRST,
    level=2,
    written_on=date(2026, 8, 17),
    pay_by=date(2026, 8, 27),
    corrected_cents=11_900,
    paid_cents=50_000,
    written_off_cents=1_000,
    open_cents=56_100,
    default_since=date(2026, 7, 22),
    interest=(
        InterestDays(first=date(2026, 7, 22), last=date(2026, 8, 9), days=19, owed_cents=107_100, rate_hundredths=1027),
        InterestDays(first=date(2026, 8, 10), last=date(2026, 8, 17), days=8, owed_cents=56_100, rate_hundredths=1027),
    ),
    interest_cents=699,
    flat_fee_cents=4000,
    earlier=(Earlier(level=1, sent_on=date(2026, 7, 20)),),
)
LETTERS = {
    "first": FIRST,
    "second": SECOND,
    "English": replace(SECOND, language="en", buyer=replace(BUYER, language="en")),
    "third": replace(
        SECOND,
        level=3,
        earlier=(*SECOND.earlier, Earlier(level=2, sent_on=date(2026, 8, 1))),
        interest=SECOND.interest * 5,
        interest_cents=3494,
    ),
}
