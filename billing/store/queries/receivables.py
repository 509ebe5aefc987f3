"""Claims and what happened to them: invoices with their corrections, payments, goodwill and reminders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import (
    Contract,
    Controller,
    Invoice,
    Mail,
    Payment,
    Reminder,
    WrittenOff,
)
from billing.store.tables.kinds import InvoiceKind

_MOVED = "invoice_id paid_on amount_cents"


@dataclass(frozen=True, slots=True)
class AsOf:
    """A day, and the moment it ends by the processor's clock: what happened later is not seen."""

    day: date
    end: datetime


EVER = AsOf(date(9998, 12, 31), datetime(9999, 1, 1, tzinfo=UTC))
"""A day by which all that is known has happened."""


def claim_rows(
    session: Session,
    processor_id: int,
    conditions: Sequence[sa.ColumnElement[bool]] = (),
    after: int = 0,
    most: int | None = None,
) -> Sequence[Any]:
    """Give invoices (no cancellations or corrections) with controller and contract, by rising id after one."""
    statement = (
        sa.select(
            *columns(Invoice, "id number issue_date gross_cents controller_id contract_id"),
            col(Controller.ref).label("controller_ref"),
            col(Controller.name).label("controller"),
            col(Contract.ref).label("contract"),
        )
        .join(Controller, col(Controller.id) == col(Invoice.controller_id))
        .join(Contract, col(Contract.id) == col(Invoice.contract_id))
        .where(
            *(col(table.processor_id) == processor_id for table in (Invoice, Controller, Contract)),
            col(Invoice.kind) == InvoiceKind.INVOICE,
            col(Invoice.id) > after,
            *conditions,
        )
        .order_by(col(Invoice.id))
    )
    return all_rows(session, statement if most is None else statement.limit(most))


def invoice_numbers(session: Session, processor_id: int) -> list[str]:
    """Give the numbers of all invoices."""
    statement = sa.select(col(Invoice.number)).where(
        col(Invoice.processor_id) == processor_id, col(Invoice.kind) == InvoiceKind.INVOICE
    )
    return list(session.scalars(statement))


def unsettled(processor_id: int, as_of: AsOf) -> list[sa.ColumnElement[bool]]:
    """Give the condition that something is still open of an invoice on a day, or was paid too much.

    What was paid beyond it pays the costs that reminders asked for first.
    """
    left = _left(processor_id, as_of)
    return [col(Invoice.issue_date) <= as_of.day, sa.or_(left > 0, left + _demanded(processor_id, as_of) < 0)]


def demanded_of(session: Session, processor_id: int, invoice_ids: Collection[int], as_of: AsOf) -> dict[int, int]:
    """Give the costs of default that reminders asked for, of the invoices that have any."""
    chosen: list[Any] = [*columns(Invoice, "id"), _demanded(processor_id, as_of).label("cents")]
    statement = sa.select(*chosen).where(col(Invoice.processor_id) == processor_id, col(Invoice.id).in_(invoice_ids))
    return {row.id: int(row.cents) for row in all_rows(session, statement) if row.cents}


def sums(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], as_of: AsOf
) -> Sequence[Any]:
    """Give for each controller how many invoices are unsettled, and what is open and paid too much of them."""
    left = _left(processor_id, as_of)
    each = (
        sa.select(
            col(Invoice.controller_id).label("controller_id"),
            left.label("left_cents"),
            (left + _demanded(processor_id, as_of)).label("beyond_cents"),
        )
        .where(
            col(Invoice.processor_id) == processor_id,
            col(Invoice.kind) == InvoiceKind.INVOICE,
            *unsettled(processor_id, as_of),
            *conditions,
        )
        .subquery()
    )
    chosen: list[Any] = [
        col(Controller.ref).label("controller_ref"),
        col(Controller.name).label("controller"),
        sa.func.count().label("invoices"),
        sa.func.sum(sa.case((each.c.left_cents > 0, each.c.left_cents), else_=0)).label("open_cents"),
        sa.func.sum(sa.case((each.c.beyond_cents < 0, -each.c.beyond_cents), else_=0)).label("credit_cents"),
    ]
    statement = (
        sa.select(*chosen)
        .join(each, each.c.controller_id == col(Controller.id))
        .where(col(Controller.processor_id) == processor_id)
        .group_by(col(Controller.id), col(Controller.ref), col(Controller.name))
        .order_by(col(Controller.id))
    )
    return all_rows(session, statement)


def _left(processor_id: int, as_of: AsOf) -> sa.ColumnElement[int]:
    """Give what is left of an invoice on a day, below zero when it was paid too much."""
    other = sa.orm.aliased(Invoice)
    paid = _total(Payment, processor_id, col(Payment.paid_on) <= as_of.day)
    given_up = _total(WrittenOff, processor_id, col(WrittenOff.recorded_at) < as_of.end)
    answers = (
        col(other.processor_id) == processor_id,
        col(other.cancels_id) == col(Invoice.id),
        col(other.issue_date) <= as_of.day,
    )
    corrected = (
        sa.select(sa.func.coalesce(sa.func.sum(col(other.gross_cents)), 0))
        .where(*answers, col(other.kind) == InvoiceKind.CORRECTION)
        .correlate(Invoice)
        .scalar_subquery()
    )
    cancelled = sa.exists().where(*answers, col(other.kind) == InvoiceKind.CANCELLATION).correlate(Invoice)
    claimed = sa.case((cancelled, 0), else_=col(Invoice.gross_cents) + corrected)
    return claimed - paid - given_up


def _demanded(processor_id: int, as_of: AsOf) -> sa.ColumnElement[int]:
    """Give the costs of default that reminders asked for: all flat fees, and the last one's interest, of all days."""
    mine = (
        col(Reminder.processor_id) == processor_id,
        col(Reminder.invoice_id) == col(Invoice.id),
        col(Reminder.sent_on) <= as_of.day,
    )
    fees = sa.select(sa.func.coalesce(sa.func.sum(Reminder.flat_fee_cents), 0)).where(*mine)
    last = sa.select(col(Reminder.interest_cents)).where(*mine).order_by(col(Reminder.level).desc()).limit(1)
    interest = sa.func.coalesce(last.correlate(Invoice).scalar_subquery(), 0)
    return fees.correlate(Invoice).scalar_subquery() + interest


def _total(
    table: type[Payment] | type[WrittenOff], processor_id: int, condition: sa.ColumnElement[bool]
) -> sa.ScalarSelect[int]:
    """Sum up what reduces an invoice."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(table.amount_cents), 0))
        .where(col(table.processor_id) == processor_id, col(table.invoice_id) == col(Invoice.id), condition)
        .correlate(Invoice)
        .scalar_subquery()
    )


def answers_of(session: Session, processor_id: int, invoice_ids: Collection[int], as_of: AsOf) -> Sequence[Any]:
    """Give the cancellations and corrections of invoices, by their date."""
    statement = (
        sa.select(*columns(Invoice, "cancels_id kind number issue_date gross_cents"))
        .where(
            col(Invoice.processor_id) == processor_id,
            col(Invoice.cancels_id).in_(invoice_ids),
            col(Invoice.issue_date) <= as_of.day,
        )
        .order_by(col(Invoice.issue_date), col(Invoice.id))
    )
    return all_rows(session, statement)


def payment_sums(session: Session, processor_id: int, invoice_ids: Collection[int], as_of: AsOf) -> Sequence[Any]:
    """Give what was paid of invoices day by day, without opening what is sealed."""
    statement = sa.select(*columns(Payment, _MOVED)).where(
        col(Payment.processor_id) == processor_id,
        col(Payment.invoice_id).in_(invoice_ids),
        col(Payment.paid_on) <= as_of.day,
    )
    return all_rows(session, statement)


def goodwill_of(session: Session, processor_id: int, invoice_ids: Collection[int], as_of: AsOf) -> Sequence[Any]:
    """Give what was given up of invoices."""
    statement = sa.select(*columns(WrittenOff, "invoice_id recorded_at amount_cents")).where(
        col(WrittenOff.processor_id) == processor_id,
        col(WrittenOff.invoice_id).in_(invoice_ids),
        col(WrittenOff.recorded_at) < as_of.end,
    )
    return all_rows(session, statement)


def reminder_rows(session: Session, processor_id: int, invoice_ids: Collection[int], as_of: AsOf) -> Sequence[Any]:
    """Give the reminders of invoices by level, with when their mail was accepted."""
    names = "id invoice_id level sent_on open_cents interest_cents flat_fee_cents channel stored_file_id received_on"
    statement = (
        sa.select(
            *columns(Reminder, names),
            *columns(Reminder, "document_sha256 recorded_at recorded_by_name"),
            col(Mail.sent_at).label("mailed_at"),
        )
        .join(Mail, (col(Mail.id) == col(Reminder.mail_id)) & (col(Mail.processor_id) == processor_id), isouter=True)
        .where(
            col(Reminder.processor_id) == processor_id,
            col(Reminder.invoice_id).in_(invoice_ids),
            col(Reminder.sent_on) <= as_of.day,
        )
        .order_by(col(Reminder.invoice_id), col(Reminder.level))
    )
    return all_rows(session, statement)
