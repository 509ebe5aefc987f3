"""The processor and its versions, its staff, its controllers and their contacts."""

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.prepared import TENANT, say
from billing.store.queries.reading import columns
from billing.store.session import TenantSession
from billing.store.tables import ProcessorVersion, User
from billing.store.wording import Later, Prepared

_ZONES = Prepared(
    sa.select(*columns(ProcessorVersion, "valid_from version_no time_zone recorded_at"))
    .where(col(ProcessorVersion.processor_id) == TENANT)
    .order_by(col(ProcessorVersion.valid_from), col(ProcessorVersion.version_no))
)


def processor_zones(session: TenantSession, processor_id: int) -> Later:
    """Ask for the time zones of the processor's versions, oldest first, the last recorded of a day last."""
    return say(session, _ZONES, processor_id)


def account_of_contact(session: Session, processor_id: int, contact_id: int) -> User | None:
    """Give the account that a contact may log in with, or None when there is none or it is disabled."""
    statement = sa.select(User).where(
        col(User.processor_id) == processor_id, col(User.contact_id) == contact_id, col(User.disabled_at).is_(None)
    )
    return session.scalars(statement).one_or_none()
