"""Reminders of open invoices: proposed from the day after the due date on, sent by a person, frozen as they went out.

A reminder asks for money and does nothing else: no function of this product looks at it before it helps a controller
(13(9), Section 18).
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from billing import outbox
from billing.clause import refs
from billing.clause.reading import Reader, one_of, read_date, read_flag
from billing.deadlines.counting import next_business_day
from billing.errors import Conflict, InvalidInput, NotFound, Refused
from billing.money import format_cents
from billing.services.acting import Act, audit, id_of, put
from billing.services.due_dates import land_of, payment_days_of, place_calendar
from billing.services.moments import local_day, processor_zone
from billing.services.open_items import Receivable
from billing.services.payments import hold_claims
from billing.services.receivables import Receivables
from billing.store.queries.receivables import EVER, reminder_rows
from billing.store.session import TenantSession
from billing.store.tables import Contract, Controller, Invoice, Reminder
from billing.store.tables.kinds import Channel
from invoices.reminder import Earlier, InterestDays, ReminderLetter
from invoices.run.letters import buyer_of, controller_of, processor_on, seller_of

REMINDER = "reminder"
"""The kind of outbox items that print and mail a reminder, and the table they are about."""
_DAYS_TO_PAY = 10

DRAFT: dict[str, Reader] = {"costs?": read_flag}
SENDING: dict[str, Reader] = {
    "channel?": one_of(Channel.MAIL, Channel.LETTER),
    "costs?": read_flag,
    "rate_confirmed?": read_flag,
}
"""`costs` false: ask for the invoice alone (Kulanz). `rate_confirmed`: the sender has checked a base rate that is not
in the table."""
RECEIVED: dict[str, Reader] = {"received_on": read_date}


@dataclass(frozen=True, slots=True)
class Draft:
    """A reminder as it would go out today; not `rate_confirmed`: its interest is provisional."""

    letter: ReminderLetter
    rate_confirmed: bool
    recipient: str | None


def remindable(session: TenantSession, now: datetime) -> list[Receivable]:
    """Give what a person could remind of today, by rising id."""
    found = []
    for item in Receivables(session, now).unsettled():
        try:
            _require_overdue(session, item)
        except (Conflict, Refused):
            continue
        found.append(item)
    return found


def draft_reminder(session: TenantSession, act: Act, invoice: Invoice, *, costs: bool = True) -> Draft:
    """Write the next reminder of an invoice; nothing is stored.

    Conflict: nothing is open, it was cancelled, or the term of the last reminder still runs. Refused (13(8)): it is not
    overdue.
    """
    item = Receivables(session, act.at).of(id_of(invoice))
    _require_overdue(session, item)
    contract = session.exec(select(Contract).where(Contract.id == invoice.contract_id)).one()
    controller = controller_of(session, contract)
    letter = _letter(session, item, invoice, contract, controller, costs=costs)
    return Draft(letter, not letter.interest_cents or item.is_confirmed, controller.invoice_email)


def send_reminder(
    session: TenantSession,
    act: Act,
    invoice: Invoice,
    *,
    costs: bool = True,
    rate_confirmed: bool = False,
    channel: str = Channel.MAIL,
) -> Reminder:
    """Freeze the next reminder of an invoice and order its PDF and mail; one of each level, whoever asks at once.

    As `draft_reminder`, and Conflict `rate_not_confirmed` when it asks for interest by a base rate that nobody has
    confirmed; InvalidInput when the controller has no address for invoices.
    """
    hold_claims(session, [invoice.contract_id])
    draft = draft_reminder(session, act, invoice, costs=costs)
    letter = draft.letter
    if not (draft.rate_confirmed or rate_confirmed):
        raise Conflict("rate_not_confirmed", value=invoice.number)
    if channel == Channel.MAIL and not draft.recipient:
        raise InvalidInput("reminder_address_missing", path="channel", value=channel)
    asked_before = any(row.flat_fee_cents for row in _rows(session, invoice))
    reminder = Reminder(
        invoice_id=id_of(invoice),
        level=letter.level,
        sent_on=letter.written_on,
        open_cents=letter.open_cents,
        interest_cents=letter.interest_cents,
        flat_fee_cents=0 if asked_before else letter.flat_fee_cents,
        channel=Channel(channel),
        document=letter.to_json(),
        document_sha256=letter.sha256,
        **act.record(),
    )
    put(session, reminder)
    outbox.enqueue(session, REMINDER, REMINDER, id_of(reminder), act.at)
    told = {name: format_cents(getattr(letter, f"{name}_cents")) for name in ("open", "interest", "flat_fee")}
    audit(
        session,
        act,
        "reminder_sent",
        f"invoice:{invoice.number}",
        level=letter.level,
        channel=str(channel),
        document=letter.sha256,
        rate_confirmed=draft.rate_confirmed,
        **told,
    )
    return reminder


def record_receipt(session: TenantSession, act: Act, invoice: Invoice, level: int, day: date) -> Reminder:
    """Record when a reminder was received, as of one that went by post; once. InvalidInput: a day that can't be."""
    reminder = next((row for row in _rows(session, invoice) if row.level == level), None)
    if reminder is None:
        raise NotFound("reminder_not_found", value=level)
    if reminder.received_on is not None:
        raise Conflict("reminder_received", value=level)
    if not reminder.sent_on <= day <= local_day(act.at, processor_zone(session)):
        raise InvalidInput("reminder_day_impossible", path="received_on", value=day)
    reminder.received_on = day
    put(session, reminder)
    audit(session, act, "reminder_received", f"invoice:{invoice.number}", level=level, received_on=day.isoformat())
    return reminder


def reminders_of(session: TenantSession, invoice: Invoice) -> list[Any]:
    """Give the reminders of an invoice by level, with when their mail was accepted."""
    return list(reminder_rows(session, session.processor_id, [id_of(invoice)], EVER))


def _rows(session: TenantSession, invoice: Invoice) -> list[Reminder]:
    query = select(Reminder).where(Reminder.invoice_id == invoice.id).order_by(col(Reminder.level))
    return list(session.exec(query))


def _require_overdue(session: TenantSession, item: Receivable) -> None:
    """Refuse to remind of what is not owed, not owed yet, or was just reminded of."""
    number = item.row.number
    if item.account.cancelled_on is not None:
        raise Conflict("reminder_of_cancelled", value=number)
    if not item.balance.open_cents:
        raise Conflict("reminder_nothing_open", value=number)
    if not item.days_overdue:
        due_on = None if item.due is None else item.due.due_on
        raise Refused(
            "reminder_without_receipt" if due_on is None else "reminder_not_due",
            clause=refs.INVOICING.number,
            value=number,
            due_on=due_on,
        )
    if item.reminders:
        last = session.get_one(Reminder, item.reminders[-1].id)
        pay_by = json.loads(last.document).get("pay_by", "")
        if item.as_of.isoformat() <= pay_by:
            raise Conflict("reminder_term_runs", value=number, level=last.level, pay_by=date.fromisoformat(pay_by))


def _letter(
    session: TenantSession,
    item: Receivable,
    invoice: Invoice,
    contract: Contract,
    controller: Controller,
    *,
    costs: bool,
) -> ReminderLetter:
    due, balance, today = item.due, item.balance, item.as_of
    assert due is not None  # noqa: S101 - it is overdue
    in_default = costs and item.default_since is not None
    calendar = place_calendar(land_of(controller))
    return ReminderLetter(
        level=item.level + 1,
        written_on=today,
        pay_by=next_business_day(today + timedelta(days=_DAYS_TO_PAY), calendar),
        language=controller.language,
        seller=seller_of(processor_on(session, today)),
        buyer=buyer_of(controller, contract),
        contract_number=contract.number,
        number=invoice.number,
        issue_date=invoice.issue_date,
        received_on=due.received_on,
        due_on=due.due_on,
        payment_days=payment_days_of(invoice),
        gross_cents=balance.gross_cents,
        corrected_cents=balance.corrected_cents,
        paid_cents=balance.paid_cents,
        written_off_cents=balance.written_off_cents,
        open_cents=balance.open_cents,
        default_since=item.default_since,
        interest=_interest(item) if in_default else (),
        interest_cents=item.interest_cents if in_default else 0,
        flat_fee_cents=item.flat_fee_cents if in_default else 0,
        earlier=tuple(Earlier(level=row.level, sent_on=row.sent_on) for row in item.reminders),
    )


def _interest(item: Receivable) -> tuple[InterestDays, ...]:
    return tuple(
        InterestDays(
            first=part.first,
            last=part.last,
            days=part.days,
            owed_cents=part.owed_cents,
            rate_hundredths=part.rate_hundredths,
        )
        for part in item.stretches
    )
