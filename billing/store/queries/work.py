"""Logged work: all that a run asks, and what guards and lists ask."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.session import TenantSession
from billing.store.tables import Case, Closing, Contract, Entry, EntryVersion, Invoice, Person, Segment, WrittenOff
from billing.store.wording import Later, Prepared

RULED_FACTS = "start_at end_at service document travel onsite urgent remedies_processor_defect"


_VERSIONS = Prepared(
    sa.select(
        *columns(EntryVersion, f"entry_id recorded_at superseded_at deleted {RULED_FACTS}"),
        *columns(Entry, "ref case_id"),
        col(WrittenOff.recorded_at).label("written_off_at"),
    )
    .select_from(Case)  # which are found by their contract, and entries by their case
    .join(Entry, (col(Entry.case_id) == col(Case.id)) & (col(Entry.processor_id) == TENANT))
    .join(EntryVersion, (col(EntryVersion.entry_id) == col(Entry.id)) & (col(EntryVersion.processor_id) == TENANT))
    .join(
        WrittenOff,
        (col(WrittenOff.entry_id) == col(Entry.id)) & (col(WrittenOff.processor_id) == TENANT),
        isouter=True,
    )
    .where(col(Case.processor_id) == TENANT, col(Case.contract_id) == CONTRACT)
    .order_by(col(EntryVersion.entry_id), col(EntryVersion.version_no))
)


def entry_versions_of(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for all versions of a contract's entries with ref, case and when they were given up, by entry and version."""
    return say(session, _VERSIONS, processor_id, contract=contract_id)


def first_urgent_start(session: Session, processor_id: int, case_id: int) -> datetime | None:
    """Give when the first urgent work of a case began, or None."""
    statement = (
        sa.select(col(EntryVersion.start_at))
        .join(Entry, col(Entry.id) == col(EntryVersion.entry_id))
        .where(
            col(Entry.processor_id) == processor_id,
            col(EntryVersion.processor_id) == processor_id,
            col(Entry.case_id) == case_id,
            col(EntryVersion.urgent),
            *_living(),
        )
        .order_by(col(EntryVersion.start_at))
        .limit(1)
    )
    return session.scalars(statement).first()


def has_billed_work(session: Session, processor_id: int, case_id: int) -> bool:
    """Tell whether any minute of a case stands on an invoice."""
    statement = (
        sa.select(col(Segment.id))
        .join(Entry, col(Entry.id) == col(Segment.entry_id))
        .where(
            col(Segment.processor_id) == processor_id,
            col(Entry.processor_id) == processor_id,
            col(Entry.case_id) == case_id,
            col(Segment.verdict) == "billed",
            col(Segment.released_by_id).is_(None),
        )
        .limit(1)
    )
    return first_row(session, statement) is not None


def _living() -> tuple[sa.ColumnElement[bool], ...]:
    """Give the condition that a version of an entry still counts."""
    return (col(EntryVersion.superseded_at).is_(None), ~col(EntryVersion.deleted))


def living_version(session: Session, processor_id: int, entry_id: int) -> EntryVersion | None:
    """Give the version of an entry that counts now; None when it was taken back."""
    statement = sa.select(EntryVersion).where(
        col(EntryVersion.processor_id) == processor_id, col(EntryVersion.entry_id) == entry_id, *_living()
    )
    return session.scalars(statement).first()


def settled_stretches(session: Session, processor_id: int, entry_id: int) -> Sequence[Any]:
    """Give what closings decided of an entry and still holds, billed first, with month and invoice number (or None)."""
    statement = (
        sa.select(*columns(Segment, "from_min to_min verdict"), *columns(Closing, "month"), *columns(Invoice, "number"))
        .join(Closing, col(Closing.id) == col(Segment.closing_id))
        .join(Invoice, (col(Invoice.closing_id) == col(Closing.id)) & (col(Invoice.kind) == "invoice"), isouter=True)
        .where(
            col(Segment.processor_id) == processor_id,
            col(Closing.processor_id) == processor_id,
            col(Segment.entry_id) == entry_id,
            col(Segment.released_by_id).is_(None),
        )
        .order_by(col(Segment.verdict), col(Segment.from_min))
    )
    return all_rows(session, statement)


def work_rows(session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]]) -> Sequence[Any]:
    """Give living work with case, contract and person, by start and reference; notes are opened."""
    statement = _work(processor_id).where(*_living(), *conditions)
    return all_rows(session, statement.order_by(col(EntryVersion.start_at), col(Entry.ref)))


def work_rows_after(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], after: int, most: int
) -> Sequence[Any]:
    """Give living work as `work_rows` does, by id, so many from the one after an id."""
    statement = _work(processor_id).where(*_living(), col(Entry.id) > after, *conditions)
    return all_rows(session, statement.order_by(col(Entry.id)).limit(most))


def work_history(session: Session, processor_id: int, entry_id: int) -> Sequence[Any]:
    """Give every version of an entry, oldest first, with who wrote it, when and why."""
    statement = _work(processor_id).where(col(Entry.id) == entry_id)
    more = columns(EntryVersion, "deleted reason recorded_at recorded_by_id recorded_by_name superseded_at")
    return all_rows(session, statement.add_columns(*more).order_by(col(EntryVersion.version_no)))


def _work(processor_id: int) -> sa.Select[Any]:
    tables = (EntryVersion, Entry, Case, Contract, Person)
    return (
        sa.select(
            *columns(EntryVersion, f"version_no note {RULED_FACTS}"),
            *columns(Entry, "id ref case_id contract_id person_id"),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
            col(Person.ref).label("person_ref"),
        )
        .join(Entry, col(Entry.id) == col(EntryVersion.entry_id))
        .join(Case, col(Case.id) == col(Entry.case_id))
        .join(Contract, col(Contract.id) == col(Entry.contract_id))
        .join(Person, col(Person.id) == col(Entry.person_id))
        .where(*(col(table.processor_id) == processor_id for table in tables))
    )
