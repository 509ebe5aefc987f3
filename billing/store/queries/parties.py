"""The processor and its versions, its staff, its controllers and their contacts."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import ProcessorVersion, User


def processor_zones(session: Session, processor_id: int) -> Sequence[Any]:
    """Give the time zones of the processor's versions, oldest first, the last recorded of a day last."""
    statement = (
        sa.select(*columns(ProcessorVersion, "valid_from version_no time_zone recorded_at"))
        .where(col(ProcessorVersion.processor_id) == processor_id)
        .order_by(col(ProcessorVersion.valid_from), col(ProcessorVersion.version_no))
    )
    return all_rows(session, statement)


def account_of_contact(session: Session, processor_id: int, contact_id: int) -> User | None:
    """Give the account that a contact may log in with, or None when there is none or it is disabled."""
    statement = sa.select(User).where(
        col(User.processor_id) == processor_id, col(User.contact_id) == contact_id, col(User.disabled_at).is_(None)
    )
    return session.scalars(statement).one_or_none()
