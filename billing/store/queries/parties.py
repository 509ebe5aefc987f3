"""The processor and its versions, its staff, its controllers and their contacts."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import TENANT, say
from billing.store.queries.reading import columns
from billing.store.session import TenantSession
from billing.store.tables import Contact, ProcessorVersion, User
from billing.store.wording import Later, Prepared

_ZONES = Prepared(
    sa.select(*columns(ProcessorVersion, "valid_from version_no time_zone recorded_at"))
    .where(col(ProcessorVersion.processor_id) == TENANT)
    .order_by(col(ProcessorVersion.valid_from), col(ProcessorVersion.version_no))
)


def processor_zones(session: TenantSession, processor_id: int) -> Later:
    """Ask for the time zones of the processor's versions, oldest first, the last recorded of a day last."""
    return say(session, _ZONES, processor_id)


def contacts_of(session: Session, processor_id: int, controller_id: int) -> Sequence[Contact]:
    """Give all contacts of a controller, those who have ended too, in the order they were added."""
    statement = sa.select(Contact).where(
        col(Contact.processor_id) == processor_id, col(Contact.controller_id) == controller_id
    )
    return session.scalars(statement.order_by(col(Contact.id))).all()


def account_of_contact(session: Session, processor_id: int, contact_id: int) -> User | None:
    """Give the account that a contact may log in with, or None when there is none or it is disabled."""
    statement = sa.select(User).where(
        col(User.processor_id) == processor_id, col(User.contact_id) == contact_id, col(User.disabled_at).is_(None)
    )
    return session.scalars(statement).one_or_none()
