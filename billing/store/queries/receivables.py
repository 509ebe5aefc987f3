"""Claims and what happened to them: invoices with their corrections, payments, goodwill and reminders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import (
    BankEntry,
    BaseRate,
    Contract,
    Controller,
    Invoice,
    Mail,
    Payment,
    Reminder,
    WriteOffProposal,
    WrittenOff,
)
from billing.store.tables.kinds import InvoiceKind

_MOVED = "invoice_id paid_on amount_cents"


@dataclass(frozen=True, slots=True)
class AsOf:
    """A day, and the moment it ends by the processor's clock: what happened later is not seen."""

    day: date
    end: datetime


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
    """Give the condition that something is still open of an invoice on a day, or was paid too much."""
    return [col(Invoice.issue_date) <= as_of.day, _left(processor_id, as_of) != 0]


def sums(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], as_of: AsOf
) -> Sequence[Any]:
    """Give for each controller how many invoices are unsettled, and what is open and paid too much of them."""
    left = _left(processor_id, as_of)
    each = (
        sa.select(col(Invoice.controller_id).label("controller_id"), left.label("left_cents"))
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
        sa.func.sum(sa.case((each.c.left_cents < 0, -each.c.left_cents), else_=0)).label("credit_cents"),
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


def payments_after(session: Session, processor_id: int, invoice_id: int, after: int, most: int) -> Sequence[Any]:
    """Give the payments of an invoice by rising id, each with the number of the row that takes it back."""
    reversal = sa.orm.aliased(Payment)
    statement = (
        sa.select(
            *columns(Payment, "id paid_on amount_cents bank_reference bank_entry_id reverses_id reason"),
            *columns(Payment, "recorded_at recorded_by_name"),
            col(reversal.id).label("reversed_by_id"),
            col(BankEntry.debtor).label("debtor"),
            col(BankEntry.remittance).label("remittance"),
        )
        .join(
            reversal,
            (col(reversal.reverses_id) == col(Payment.id)) & (col(reversal.processor_id) == processor_id),
            isouter=True,
        )
        .join(
            BankEntry,
            (col(BankEntry.id) == col(Payment.bank_entry_id)) & (col(BankEntry.processor_id) == processor_id),
            isouter=True,
        )
        .where(
            col(Payment.processor_id) == processor_id,
            col(Payment.invoice_id) == invoice_id,
            col(Payment.id) > after,
        )
        .order_by(col(Payment.id))
        .limit(most)
    )
    return all_rows(session, statement)


def booked_entries(session: Session, processor_id: int, digests: Collection[str]) -> dict[str, tuple[int, int]]:
    """Give of bank entries that are there the id and what of each is not booked (any more), by digest."""
    spent = (
        sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_cents), 0))
        .where(col(Payment.processor_id) == processor_id, col(Payment.bank_entry_id) == col(BankEntry.id))
        .correlate(BankEntry)
        .scalar_subquery()
    )
    statement = sa.select(
        *columns(BankEntry, "id digest"), (col(BankEntry.amount_cents) - spent).label("left_cents")
    ).where(col(BankEntry.processor_id) == processor_id, col(BankEntry.digest).in_(digests))
    return {row.digest: (row.id, int(row.left_cents)) for row in all_rows(session, statement)}


def lock_contracts(session: Session, processor_id: int, contract_ids: Collection[int]) -> None:
    """Let one transaction at a time book on invoices of these contracts; on SQLite the write transaction does.

    Always in one order, so that two who lock several never wait for each other in a circle.
    """
    statement = (
        sa.select(col(Contract.id))
        .where(col(Contract.processor_id) == processor_id, col(Contract.id).in_(contract_ids))
        .order_by(col(Contract.id))
        .with_for_update(key_share=True)
    )
    session.execute(statement).all()


def base_rate_rows(session: Session, processor_id: int, after: int = 0, most: int | None = None) -> Sequence[Any]:
    """Give the recorded base rates in the order they were recorded."""
    statement = (
        sa.select(*columns(BaseRate, "id valid_from hundredths source recorded_at recorded_by_name"))
        .where(col(BaseRate.processor_id) == processor_id, col(BaseRate.id) > after)
        .order_by(col(BaseRate.id))
    )
    return all_rows(session, statement if most is None else statement.limit(most))


def held_write_off(session: Session, processor_id: int, proposal_id: int) -> WriteOffProposal | None:
    """Give a proposal to give up a claim, or None; others who want to decide it wait for our commit."""
    statement = (
        sa.select(WriteOffProposal)
        .where(col(WriteOffProposal.processor_id) == processor_id, col(WriteOffProposal.id) == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).first()


def write_off_rows(
    session: Session,
    processor_id: int,
    conditions: Sequence[sa.ColumnElement[bool]] = (),
    after: int = 0,
    most: int | None = None,
) -> Sequence[Any]:
    """Give proposals to give up claims with the invoice's number, by rising id after one."""
    names = "id invoice_id amount_cents reason recorded_at recorded_by_id recorded_by_name"
    statement = (
        sa.select(
            *columns(WriteOffProposal, names),
            *columns(WriteOffProposal, "decided_at decided_by_id decided_by_name accepted decision_reason"),
            col(Invoice.number).label("number"),
        )
        .join(Invoice, col(Invoice.id) == col(WriteOffProposal.invoice_id))
        .where(
            col(WriteOffProposal.processor_id) == processor_id,
            col(Invoice.processor_id) == processor_id,
            col(WriteOffProposal.id) > after,
            *conditions,
        )
        .order_by(col(WriteOffProposal.id))
    )
    return all_rows(session, statement if most is None else statement.limit(most))
