"""Proposals that wait for a second person, and what became of them; and work given up."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, Contract, Entry, Person, Proposal, User

_FACTS = (
    "id entry_id kind content reason recorded_at recorded_by_id recorded_by_name"
    " decided_at decided_by_id decided_by_name accepted decision_reason"
)


def held_proposal(session: Session, processor_id: int, proposal_id: int) -> Proposal | None:
    """Give a proposal, or None; others who want to decide it wait for our commit."""
    statement = (
        sa.select(Proposal)
        .where(col(Proposal.processor_id) == processor_id, col(Proposal.id) == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).first()


def proposal_rows(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], after: int = 0, most: int = -1
) -> Sequence[Any]:
    """Give proposals with entry, case, contract and person, by id after one; `most` below 0 gives all."""
    tables = (Proposal, Entry, Case, Contract, Person)
    statement = (
        sa.select(
            *columns(Proposal, _FACTS),
            col(Entry.ref).label("entry_ref"),
            *columns(Entry, "case_id contract_id person_id"),
            col(Entry.recorded_by_id).label("logged_by_id"),
            col(Entry.recorded_by_name).label("logged_by_name"),
            col(User.person_id).label("decider_person_id"),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
            col(Person.ref).label("person_ref"),
        )
        .join(Entry, col(Entry.id) == col(Proposal.entry_id))
        .join(Case, col(Case.id) == col(Entry.case_id))
        .join(Contract, col(Contract.id) == col(Entry.contract_id))
        .join(Person, col(Person.id) == col(Entry.person_id))
        .join(
            User,
            (col(User.id) == col(Proposal.decided_by_id)) & (col(User.processor_id) == processor_id),
            isouter=True,
        )
        .where(*(col(table.processor_id) == processor_id for table in tables))
        .where(col(Proposal.id) > after, *conditions)
        .order_by(col(Proposal.id))
    )
    return all_rows(session, statement if most < 0 else statement.limit(most))


def open_proposal(session: Session, processor_id: int, entry_id: int) -> int | None:
    """Give the number of the proposal about an entry that nobody has decided, or None."""
    statement = sa.select(col(Proposal.id)).where(
        col(Proposal.processor_id) == processor_id,
        col(Proposal.entry_id) == entry_id,
        col(Proposal.decided_at).is_(None),
    )
    return session.scalars(statement).first()


def person_of_user(session: Session, processor_id: int, user_id: int) -> int | None:
    """Give the member of staff that an account is of, or None."""
    statement = sa.select(col(User.person_id)).where(col(User.processor_id) == processor_id, col(User.id) == user_id)
    return session.scalars(statement).first()
