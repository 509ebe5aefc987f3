"""Payments and the bank entries they were made of; base rates; and what somebody wants to give up of a claim."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import BankEntry, BaseRate, Contract, Invoice, Payment, WriteOffProposal


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
