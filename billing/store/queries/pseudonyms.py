"""People whose names nothing needs any more: they have gone, their time is over, and rows that stay still name them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.engine import is_sqlite
from billing.store.queries.retention import NOW
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.rules.retention import held, kept, of_row
from billing.store.rules.speech import spoken
from billing.store.session import TenantSession
from billing.store.tables import Contact, Person, User


def _over(session: TenantSession, table: str) -> sa.ColumnElement[bool]:
    """Give the condition that a row's time is over and no hold covers it."""
    dialect = SQLITE if is_sqlite(session.connection()) else POSTGRESQL
    condition = f"NOT ({kept(table, NOW)}) AND NOT {held(table)}"
    # A colon would name a parameter, a doubled one is a cast.
    return sa.text(spoken(of_row(condition, table), dialect).replace(":", r"\:"))  # type: ignore[return-value]


def leavers_to_reduce(session: TenantSession) -> Sequence[Person]:
    """Give staff who have gone, whose time is over, and who still have a name."""
    query = select(Person).where(Person.processor_id == session.processor_id, _over(session, "person"))
    people = session.exec(query.order_by(col(Person.id))).all()
    return [person for person in people if person.name is None or person.name != person.initials]


def contacts_to_reduce(session: TenantSession) -> Sequence[Contact]:
    """Give contacts whose time is over and who still have an address."""
    query = select(Contact).where(Contact.processor_id == session.processor_id, _over(session, "contact"))
    return session.exec(query.where(col(Contact.email).is_not(None)).order_by(col(Contact.id))).all()


def accounts_of(session: TenantSession, whose: Any, number: int) -> Sequence[User]:
    """Give the accounts of a person or contact that may not come in any more."""
    query = select(User).where(User.processor_id == session.processor_id, whose == number)
    return session.exec(query.where(col(User.disabled_at).is_not(None))).all()
