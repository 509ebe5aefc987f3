"""What an import asks: what a row may point to, which rows are known, who is busy when, what is incomplete."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.tables import (
    Case,
    Contract,
    Controller,
    Entry,
    EntryVersion,
    ImportRowKey,
    IncompleteEntry,
    Person,
)


def person_ids(session: Session, processor_id: int) -> Sequence[tuple[str, int]]:
    """Give the id of each person by reference, and by initials that only one has."""
    statement = sa.select(*columns(Person, "id ref initials")).where(col(Person.processor_id) == processor_id)
    rows = all_rows(session, statement)
    initials = [row.initials for row in rows]
    return [
        *((row.initials, row.id) for row in rows if initials.count(row.initials) == 1),
        *((row.ref, row.id) for row in rows),
    ]


def contract_ids(session: Session, processor_id: int) -> Sequence[Any]:
    """Give each contract's id, reference and controller."""
    statement = (
        sa.select(*columns(Contract, "id ref controller_id"), col(Controller.ref).label("controller_ref"))
        .join(Controller, col(Controller.id) == col(Contract.controller_id))
        .where(col(Contract.processor_id) == processor_id, col(Controller.processor_id) == processor_id)
    )
    return all_rows(session, statement)


def case_ids(session: Session, processor_id: int) -> Sequence[Any]:
    """Give each case's id, reference and contract."""
    statement = sa.select(*columns(Case, "id ref contract_id")).where(col(Case.processor_id) == processor_id)
    return all_rows(session, statement)


def known_digests(session: Session, processor_id: int, digests: Sequence[str]) -> set[str]:
    """Give those of some digests whose rows were imported before."""
    statement = sa.select(col(ImportRowKey.digest)).where(
        col(ImportRowKey.processor_id) == processor_id, col(ImportRowKey.digest).in_(digests)
    )
    return set(session.scalars(statement))


def busy_times(session: Session, processor_id: int, person_id: int) -> Sequence[Any]:
    """Give when a person worked on what, by start."""
    statement = (
        sa.select(*columns(EntryVersion, "start_at end_at"), *columns(Entry, "ref"))
        .join(Entry, col(Entry.id) == col(EntryVersion.entry_id))
        .where(
            col(EntryVersion.processor_id) == processor_id,
            col(Entry.processor_id) == processor_id,
            col(EntryVersion.person_id) == person_id,
            col(EntryVersion.superseded_at).is_(None),
            ~col(EntryVersion.deleted),
        )
        .order_by(col(EntryVersion.start_at))
    )
    return all_rows(session, statement)


def incomplete_by_digest(session: Session, processor_id: int, digest: str) -> Any | None:
    """Give the incomplete entry of an imported row, or None."""
    statement = sa.select(*columns(IncompleteEntry, "id completed_by_id discarded_at")).where(
        col(IncompleteEntry.processor_id) == processor_id, col(IncompleteEntry.digest) == digest
    )
    return first_row(session, statement)


def open_incomplete(session: Session, processor_id: int) -> Sequence[Any]:
    """Give the incomplete entries that still wait for their clock times, by day, with what is known of each."""
    statement = (
        sa.select(
            *columns(IncompleteEntry, "id digest worked_on duration_minutes service document note"),
            col(Person.ref).label("person_ref"),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
        )
        .join(Person, col(Person.id) == col(IncompleteEntry.person_id), isouter=True)
        .join(Case, col(Case.id) == col(IncompleteEntry.case_id), isouter=True)
        .join(Contract, col(Contract.id) == col(Case.contract_id), isouter=True)
        .where(
            col(IncompleteEntry.processor_id) == processor_id,
            col(IncompleteEntry.completed_by_id).is_(None),
            col(IncompleteEntry.discarded_at).is_(None),
        )
        .order_by(col(IncompleteEntry.worked_on), col(IncompleteEntry.id))
    )
    return all_rows(session, statement)
