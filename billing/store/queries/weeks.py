"""What the week of a member of staff asks: the work of some days, and the cases work may be logged on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.queries.work import RULED_FACTS
from billing.store.tables import Case, Contract, Controller, Entry, EntryVersion


def work_between(
    session: Session, processor_id: int, person_id: int, since: datetime, until: datetime
) -> Sequence[Any]:
    """Give a person's living work that touches `[since, until)` with its case, contract and controller, by start."""
    statement = (
        _work(processor_id)
        .where(col(Entry.person_id) == person_id)
        .where(col(EntryVersion.end_at) > since, col(EntryVersion.start_at) < until)
        .order_by(col(EntryVersion.start_at), col(Entry.ref))
    )
    return all_rows(session, statement)


def work_of_entry(session: Session, processor_id: int, entry_id: int) -> Any | None:
    """Give an entry as `work_between` does; None when it was taken back or there is none."""
    return first_row(session, _work(processor_id).where(col(Entry.id) == entry_id))


def last_work(session: Session, processor_id: int, person_id: int) -> Any | None:
    """Give the work that a person logged last, as `work_between` does, or None."""
    statement = _work(processor_id).where(col(Entry.person_id) == person_id).order_by(col(Entry.id).desc()).limit(1)
    return first_row(session, statement)


def cases_to_work_on(session: Session, processor_id: int, besides: int | None = None) -> Sequence[Any]:
    """Give the cases that are not closed, and one more by its id, with controller and kind, newest first."""
    statement = (
        sa.select(
            *columns(Case, "id ref kind title contract_id closed_at"),
            col(Contract.ref).label("contract_ref"),
            col(Contract.number).label("contract_number"),
            col(Controller.name).label("controller"),
        )
        .join(Contract, col(Contract.id) == col(Case.contract_id))
        .join(Controller, col(Controller.id) == col(Case.controller_id))
        .where(*(col(table.processor_id) == processor_id for table in (Case, Contract, Controller)))
        .where(col(Case.closed_at).is_(None) | (col(Case.id) == besides))
        .order_by(col(Case.id).desc())
    )
    return all_rows(session, statement)


def _work(processor_id: int) -> sa.Select[Any]:
    tables = (EntryVersion, Entry, Case, Contract, Controller)
    return (
        sa.select(
            *columns(EntryVersion, f"version_no note {RULED_FACTS}"),
            *columns(Entry, "id ref case_id contract_id person_id"),
            *columns(Case, "title kind"),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
            col(Controller.name).label("controller"),
        )
        .join(Entry, col(Entry.id) == col(EntryVersion.entry_id))
        .join(Case, col(Case.id) == col(Entry.case_id))
        .join(Contract, col(Contract.id) == col(Entry.contract_id))
        .join(Controller, col(Controller.id) == col(Entry.controller_id))
        .where(*(col(table.processor_id) == processor_id for table in tables))
        .where(col(EntryVersion.superseded_at).is_(None), ~col(EntryVersion.deleted))
    )
