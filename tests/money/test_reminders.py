"""Reminders: from the day after the due date, one of each level, frozen, printed, mailed; they lock nothing.

2 Nov        16 Nov   17 Nov       18 Nov     27 Nov    30 Nov                      16 Dec
received     due      reminder 1   received   its term  reminder 2, interest since  30 days, without reminders
                                                        19 Nov: 12 days
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlmodel import select

from billing.errors import Problem
from billing.services.acting import Act
from billing.services.base_rates import set_base_rate
from billing.services.policies import set_policy
from billing.store.files import read_file
from billing.store.tables import BankEntry, Mail, MailAttachment, Reminder, StoredFile
from billing.store.tables.kinds import RetentionClass, Role
from invoices.run.scheduled import propose_reminders
from tests.banking.statements import entry
from tests.money.till import FIRST, NOW, SECOND, Till, told
from tests.months.facts import at
from tests.services.furnishing import last_event, refused, rows_of
from tests.support.correspondence import Correspondence

LATE = "2026-11-17 10:00"
AGAIN = "2026-11-30 10:00"


def confirm_rate(till: Till) -> None:
    till.tell(lambda s: set_base_rate(s, Act("chief", at(NOW)), date(2026, 7, 1), 127, "Bundesbank"))


def test_the_first_reminder_asks_for_the_invoice_alone(till):
    till.pay(FIRST, 5000, "2026-11-12", LATE)
    letter = till.remind(FIRST, LATE)
    assert (letter.level, letter.open_cents, letter.paid_cents, letter.total_cents) == (1, 12850, 5000, 12850)
    assert (letter.default_since, letter.interest_cents, letter.flat_fee_cents) == (None, 0, 0)
    assert (letter.received_on, letter.due_on, letter.pay_by) == (
        date(2026, 11, 2),
        date(2026, 11, 16),
        date(2026, 11, 27),
    )
    (row,) = rows_of(till, Reminder)
    assert (row.level, row.open_cents, row.document_sha256) == (1, 12850, letter.sha256)
    assert last_event(till) == ("reminder_sent", f"invoice:{FIRST}", "Erika Beispiel")
    item = till.item(FIRST, when=LATE)
    assert (item.level, item.default_since) == (1, None)


def test_interest_runs_from_the_day_after_the_reminder_was_received(till):
    confirm_rate(till)
    till.remind(FIRST, LATE)
    till.reminded(FIRST, 1, "2026-11-18", "2026-11-19 09:00")
    letter = till.remind(FIRST, AGAIN)
    assert (letter.level, letter.default_since) == (2, date(2026, 11, 19))
    assert [(part.first, part.last, part.days, part.rate_hundredths) for part in letter.interest] == [
        (date(2026, 11, 19), date(2026, 11, 30), 12, 1027)
    ]
    # 178.50 x 10.27 % x 12 / 365 = 0.6027
    assert (letter.interest_cents, letter.flat_fee_cents, letter.total_cents) == (60, 4000, 17850 + 60 + 4000)
    assert [(one.level, one.sent_on) for one in letter.earlier] == [(1, date(2026, 11, 17))]


def test_a_mailed_reminder_is_received_when_its_mail_was_accepted_in_business_hours(till):
    """Accepted at 17:30 on Tuesday, the 17th: received on Wednesday, interest from Thursday on."""
    till.remind(FIRST, LATE)
    assert till.print_letters(LATE) == [""]

    def accept(session):
        mail = session.exec(select(Mail).where(Mail.kind == "reminder")).one()
        mail.sent_at = at("2026-11-17 17:30")

    till.tell(accept)
    assert till.item(FIRST, "2026-11-18", AGAIN).default_since is None
    assert till.item(FIRST, "2026-11-19", AGAIN).default_since == date(2026, 11, 19)


def test_the_flat_fee_is_asked_for_until_it_is_paid_and_recorded_once(till):
    confirm_rate(till)
    till.remind(FIRST, LATE)
    till.reminded(FIRST, 1, "2026-11-18", "2026-11-19 09:00")
    till.remind(FIRST, AGAIN)
    third = till.remind(FIRST, "2026-12-14 10:00")
    assert (third.level, third.flat_fee_cents) == (3, 4000)
    assert [row.flat_fee_cents for row in rows_of(till, Reminder)] == [0, 4000, 0]
    till.pay(FIRST, 17850 + 4000, "2026-12-15", "2026-12-16 09:00")
    item = till.item(FIRST, when="2026-12-16 09:00")
    assert (item.balance.open_cents, item.costs_open_cents, item.credit_cents) == (0, third.interest_cents, 0)


def test_costs_may_be_waived_in_a_letter(cash):
    cash.remind(FIRST, LATE)
    cash.reminded(FIRST, 1, "2026-11-18", "2026-11-19 09:00")
    letter = cash.remind(FIRST, AGAIN, costs=False)
    assert (letter.interest, letter.costs_cents, letter.total_cents) == ((), 0, 17850)


def test_interest_by_a_rate_that_nobody_confirmed_takes_a_word(cash):
    cash.remind(FIRST, LATE)
    cash.reminded(FIRST, 1, "2026-11-18", "2026-11-19 09:00")
    assert not cash.draft(FIRST, AGAIN).rate_confirmed
    with refused("rate_not_confirmed"):
        cash.remind(FIRST, AGAIN)
    assert cash.remind(FIRST, AGAIN, rate_confirmed=True).interest_cents == 60


def test_a_draft_stores_nothing(cash):
    assert cash.draft(FIRST, LATE).letter.level == 1
    assert cash.count(Reminder) == 0


def _paid(till: Till) -> None:
    till.pay(FIRST, 17850, "2026-11-12", LATE)


def _cancelled(till: Till) -> None:
    till.cancel(FIRST, "2026-11-05 09:00")


def _reminded(till: Till) -> None:
    till.remind(FIRST, LATE)


@pytest.mark.parametrize(
    ("before", "when", "code"),
    [
        pytest.param(None, "2026-11-16 23:00", "reminder_not_due", id="on the due date"),
        pytest.param(_paid, LATE, "reminder_nothing_open", id="paid"),
        pytest.param(_cancelled, LATE, "reminder_of_cancelled", id="cancelled"),
        pytest.param(_reminded, "2026-11-17 10:01", "reminder_term_runs", id="a second click"),
        pytest.param(_reminded, "2026-11-27 10:00", "reminder_term_runs", id="while the term of the last one runs"),
    ],
)
def test_what_is_not_owed_or_not_yet_is_not_reminded_of(cash, before, when, code):
    if before:
        before(cash)
    rows = cash.count(Reminder)
    with refused(code):
        cash.remind(FIRST, when)
    assert cash.count(Reminder) == rows


def test_an_invoice_that_nobody_is_known_to_have_received_is_not_reminded_of(cash):
    cash.work("E9", "C1", "2026-11-10 10:00", 60)
    cash.bill("2026-11", "2026-12-01 09:00")
    with refused("reminder_without_receipt"):
        cash.remind("RE-2026-0003", "2027-03-01 09:00")


def test_the_letter_is_printed_stored_and_mailed_once(till):
    letter = till.remind(FIRST, LATE)
    assert till.print_letters(LATE) == [""]
    assert till.print_letters(LATE) == []
    (row,) = rows_of(till, Reminder)
    file = till.tell(lambda s: read_file(s, row.stored_file_id))
    assert (file.name, file.retention_class, file.retain_until) == (
        f"{FIRST}-Mahnung-1.pdf",
        RetentionClass.LETTER,
        date(2032, 12, 31),
    )
    assert file.content.startswith(b"%PDF-")
    (mail,) = [one for one in rows_of(till, Mail) if one.kind == "reminder"]
    assert (mail.id, mail.recipient, mail.subject) == (
        row.mail_id,
        "rechnung@wohnbau.example",
        f"Zahlungserinnerung zur Rechnung {FIRST}",
    )
    assert "178,50" in (mail.text or "")
    assert [one.stored_file_id for one in rows_of(till, MailAttachment) if one.mail_id == mail.id] == [file.id]
    assert letter.total_cents == 17850


def test_a_letter_by_post_is_printed_and_not_mailed(cash):
    cash.remind(FIRST, LATE, channel="letter")
    assert cash.print_letters(LATE) == [""]
    (row,) = rows_of(cash, Reminder)
    assert (row.stored_file_id is not None, row.mail_id) == (True, None)


def test_a_letter_that_was_changed_is_not_printed(cash):
    """Whoever gets past the database's rules gets no letter."""
    cash.remind(FIRST, LATE)
    kept = cash.count(StoredFile)
    with cash.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER mehraufwand_reminder_update")
        connection.exec_driver_sql("UPDATE reminder SET document = replace(document, '17850', '99999')")
    assert cash.print_letters(LATE) == ["document_damaged"]
    assert cash.count(StoredFile) == kept


def test_two_who_remind_at_once_send_one_letter(till):
    def remind(_: int) -> str:
        try:
            till.remind(FIRST, LATE)
        except Problem as problem:
            return problem.code
        return ""

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(remind, range(8)))
    assert outcomes[0] == ""
    assert set(outcomes[1:]) <= {"reminder_term_runs", "reminder_sent_before", "written_meanwhile"}
    assert till.count(Reminder) == 1


@pytest.mark.parametrize(
    ("level", "day", "code"),
    [
        (2, "2026-11-18", "reminder_not_found"),
        (1, "2026-11-16", "reminder_day_impossible"),
        (1, "2026-12-01", "reminder_day_impossible"),
    ],
)
def test_a_receipt_that_cannot_be(cash, level, day, code):
    cash.remind(FIRST, LATE)
    with refused(code):
        cash.reminded(FIRST, level, day, AGAIN)


def test_a_receipt_is_recorded_once(cash):
    cash.remind(FIRST, LATE)
    cash.reminded(FIRST, 1, "2026-11-18", AGAIN)
    with refused("reminder_received"):
        cash.reminded(FIRST, 1, "2026-11-19", AGAIN)


def test_reminding_locks_no_work_no_breach_and_no_export(till):
    """13(9), Section 18: however late a controller is, its requests and breaches are worked on all the same."""
    confirm_rate(till)
    till.remind(FIRST, LATE)
    till.reminded(FIRST, 1, "2026-11-18", "2026-11-19 09:00")
    till.remind(FIRST, AGAIN)
    till.case("B1", "2026-12-01 08:00", kind="breach")
    till.work("E8", "B1", "2026-12-01 09:00", 60, "breach_first_notice")
    till.case("D1", "2026-12-01 08:00", kind="data_subject_request")
    till.work("E9", "D1", "2026-12-01 11:00", 60, "request_intake")
    assert till.bill("2026-12", "2027-01-04 09:00") == {"AVV-1": None, "AVV-2": None}
    assert [one.minutes for case in till.record("2026-12").cases for one in case.stretches] == [60, 60]


def test_a_month_with_its_money(till):
    """Part paid, reminded, paid by bank with costs; the other invoice paid in time."""
    confirm_rate(till)
    till.pay(SECOND, 11900, "2026-11-16")
    till.pay(FIRST, 7850, "2026-11-12")
    till.remind(FIRST, LATE)
    till.reminded(FIRST, 1, "2026-11-18", "2026-11-19 09:00")
    letter = till.remind(FIRST, AGAIN)
    assert (letter.open_cents, letter.interest_cents, letter.total_cents) == (10000, 34, 14034)
    days = {"booked": "2026-12-03", "valued": "2026-12-03"}
    report = till.book(entry("140.34", FIRST, **days), when="2026-12-04 09:00")
    assert told(report) == [("pays", "with_costs")]
    item = till.item(FIRST, when="2026-12-04 09:00")
    assert (item.balance.open_cents, item.costs_open_cents, item.credit_cents) == (0, 0, 0)
    assert (till.count(BankEntry), till.unsettled("2026-12-04")) == (1, [])
    with refused("reminder_nothing_open"):
        till.remind(FIRST, "2026-12-14 10:00")


def test_on_the_chosen_weekday_the_accountants_hear_what_could_be_reminded_of(till):
    """Due on Monday, the 16th: on Tuesday at six there are two; nothing is sent, and the week is asked about once."""
    Correspondence(till.store, till.processor_id, 0, 0).user("CLAIRE", Role.ACCOUNTANT)
    till.tell(lambda session: set_policy(session, till.act(LATE), {"reminders_weekday": 2}))

    def look(*moments: str) -> list[bool]:
        return [till.tell(lambda s, moment=moment: propose_reminders(s, till.act(moment))) for moment in moments]

    assert look("2026-11-17 06:00", "2026-11-17 06:05", "2026-11-24 05:59") == [True, False, False]
    (mail,) = rows_of(till, Mail)
    assert mail.subject == "Rechnungen, die angemahnt werden können: 2"
    assert f"{FIRST}, {SECOND}" in mail.text
    assert rows_of(till, Reminder) == []
    till.pay(FIRST, 17850)
    till.pay(SECOND, 11900)
    assert look("2026-11-24 06:00") == [True]
    assert len(rows_of(till, Mail)) == 1, "no mail about nothing"
