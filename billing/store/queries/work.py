"""Logged work and expenses."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Entry, EntryVersion, Expense

RULED_FACTS = "start_at end_at service document travel onsite urgent remedies_processor_defect"


def entry_versions_of(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give every version of a contract's entries with the entry's ref and case, by entry and version."""
    statement = (
        sa.select(
            *columns(EntryVersion, f"entry_id recorded_at superseded_at deleted {RULED_FACTS}"),
            *columns(Entry, "ref case_id"),
        )
        .join(Entry, (col(Entry.id) == col(EntryVersion.entry_id)) & (col(Entry.processor_id) == processor_id))
        .where(col(EntryVersion.processor_id) == processor_id, col(Entry.contract_id) == contract_id)
        .order_by(col(EntryVersion.entry_id), col(EntryVersion.version_no))
    )
    return all_rows(session, statement)


def expenses_of(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give a contract's expenses, by id; withdrawn ones too."""
    names = (
        "id ref case_id kind incurred_on net_cents receipt receipt_file_id approved_at remedies_processor_defect"
        " withdrawn_at recorded_at"
    )
    statement = (
        sa.select(*columns(Expense, names))
        .where(col(Expense.processor_id) == processor_id, col(Expense.contract_id) == contract_id)
        .order_by(col(Expense.id))
    )
    return all_rows(session, statement)
