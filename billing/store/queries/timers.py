"""Running clocks."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import columns, first_row
from billing.store.tables import Case, Contract, Person, Timer


def held_timer(session: Session, processor_id: int, person_id: int) -> Timer | None:
    """Give a person's running clock, or None; others who want to change it wait for our commit."""
    statement = (
        sa.select(Timer)
        .where(col(Timer.processor_id) == processor_id, col(Timer.person_id) == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).first()


def timer_row(session: Session, processor_id: int, person_id: int) -> Any | None:
    """Give a person's running clock with the case and contract it runs for, or None."""
    statement = (
        sa.select(
            *columns(Timer, "id person_id case_id started_at service document travel onsite urgent note"),
            *columns(Case, "contract_id controller_id"),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
            col(Person.ref).label("person_ref"),
        )
        .join(Case, col(Case.id) == col(Timer.case_id))
        .join(Contract, col(Contract.id) == col(Case.contract_id))
        .join(Person, col(Person.id) == col(Timer.person_id))
        .where(*(col(table.processor_id) == processor_id for table in (Timer, Case, Contract, Person)))
        .where(col(Timer.person_id) == person_id)
    )
    return first_row(session, statement)
