"""Reminders over HTTP: looked at as they would go out, sent by a person, their files, and when they were received."""

import json
from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import Call, Reply
from api.v1.downloads import download
from api.v1.month_out import FileOut
from api.v1.routing import get, post
from billing.clause.reading import read_object
from billing.errors import Conflict, NotFound
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.claims import claim_by_id, document_by_id
from invoices.reminder import ReminderLetter
from invoices.run.reminders import (
    DRAFT,
    RECEIVED,
    SENDING,
    draft_reminder,
    record_receipt,
    reminders_of,
    send_reminder,
)


class ReminderDraftOut(BaseModel):
    """The next reminder of an invoice as it would go out today."""

    level: int
    written_on: date
    pay_by: date
    open: str
    interest: str
    flat_fee: str
    total: str
    default_since: date | None
    rate_confirmed: bool = Field(description="false: sending it takes a word about the base rate.")
    recipient: str | None
    letter: dict[str, Any] = Field(description="All that the letter says, as it is frozen.")


class ReminderOut(BaseModel):
    """A reminder as it was sent; `flat_fee` stands at the first one that asked for it."""

    level: int
    sent_on: date
    open: str
    interest: str
    flat_fee: str
    channel: str
    mailed_at: AwareDatetime | None
    received_on: date | None = Field(description="As a person proved it; else it counts by when the mail was accepted.")
    printed: bool
    document_sha256: str
    recorded_at: AwareDatetime
    recorded_by: str | None


class RemindersOut(BaseModel):
    """The reminders of an invoice by level; there are few."""

    items: list[ReminderOut]


@get("/invoices/{invoice_id:int}/reminders", right=Right.READ_MONTHS, gives=RemindersOut)
def list_reminders(call: Call) -> Reply:
    """List the reminders of an invoice."""
    return Reply(RemindersOut(items=[_show(row) for row in _sent(call)]))


@get("/invoices/{invoice_id:int}/reminder-draft", right=Right.READ_MONTHS, query=DRAFT, gives=ReminderDraftOut)
def draft_reminder_(call: Call) -> Reply:
    """Write the next reminder of an overdue invoice, to be looked at; nothing is stored or sent.

    409: nothing is open, it is cancelled or not overdue (13(8)), or the term of the last reminder runs.
    """
    draft = draft_reminder(call.session, call.act, _invoice(call), costs=call.query.get("costs", True))
    return Reply(
        ReminderDraftOut(
            **letter_values(draft.letter),
            rate_confirmed=draft.rate_confirmed,
            recipient=draft.recipient,
            letter=_plain(draft.letter),
        )
    )


@post(
    "/invoices/{invoice_id:int}/reminders",
    right=Right.RUN_MONTHS,
    reads=SENDING,
    gives=RemindersOut,
    example={"channel": "mail", "costs": True, "rate_confirmed": False},
)
def send_reminder_(call: Call) -> Reply:
    """Send the next reminder: it is frozen now, printed and mailed right after. It locks nothing (13(9), Section 18).

    409 as for its draft, and `rate_not_confirmed` when its interest rests on a base rate that nobody has confirmed.
    """
    invoice = _invoice(call)
    send_reminder(call.session, call.act, invoice, **read_object(call.raw, "", SENDING))
    return Reply(RemindersOut(items=[_show(row) for row in _sent(call)]), location=f"/invoices/{invoice.id}/reminders")


@post(
    "/invoices/{invoice_id:int}/reminders/{level:int}/receipt",
    right=Right.RUN_MONTHS,
    reads=RECEIVED,
    gives=RemindersOut,
    status=200,
    example={"received_on": "2026-11-02"},
)
def reminder_received(call: Call) -> Reply:
    """Record when a reminder was received, as of one that went by post; interest runs from the day after."""
    day = read_object(call.raw, "", RECEIVED)["received_on"]
    record_receipt(call.session, call.act, _invoice(call), call.path["level"], day)
    return Reply(RemindersOut(items=[_show(row) for row in _sent(call)]))


@get(
    "/invoices/{invoice_id:int}/reminders/{level:int}/file",
    right=Right.READ_MONTHS,
    gives=FileOut,
    media_types=("application/pdf",),
    writes=True,
)
def reminder_file(call: Call) -> Reply:
    """Download the PDF of a reminder."""
    level = call.path["level"]
    row = next((row for row in _sent(call) if row.level == level), None)
    if row is None:
        raise NotFound("reminder_not_found", value=level)
    if row.stored_file_id is None:
        raise Conflict("reminder_file_not_made", value=level)
    return download(call, row.stored_file_id, f"reminder:{row.id}")


def letter_values(letter: ReminderLetter) -> dict[str, Any]:
    """Give the amounts of a letter."""
    return {
        "level": letter.level,
        "written_on": letter.written_on,
        "pay_by": letter.pay_by,
        "open": format_cents(letter.open_cents),
        "interest": format_cents(letter.interest_cents),
        "flat_fee": format_cents(letter.flat_fee_cents),
        "total": format_cents(letter.total_cents),
        "default_since": letter.default_since,
    }


def _plain(letter: ReminderLetter) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(letter.to_json())
    return plain


def _invoice(call: Call) -> Any:
    return claim_by_id(call.session, call.path["invoice_id"])


def _sent(call: Call) -> list[Any]:
    return reminders_of(call.session, document_by_id(call.session, call.path["invoice_id"]))


def _show(row: Any) -> ReminderOut:
    return ReminderOut(
        level=row.level,
        sent_on=row.sent_on,
        open=format_cents(row.open_cents),
        interest=format_cents(row.interest_cents),
        flat_fee=format_cents(row.flat_fee_cents),
        channel=str(row.channel),
        mailed_at=row.mailed_at,
        received_on=row.received_on,
        printed=row.stored_file_id is not None,
        document_sha256=row.document_sha256,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by_name,
    )
