"""The clock that a visitor has running, and whether it ran too long to go on without a question."""

from datetime import datetime
from typing import Any

from billing.services.access.rights import Right
from billing.services.access.visitor import Visitor
from billing.services.timers import limit_of, timer_of
from billing.store.session import TenantSession


def running_clock(session: TenantSession, visitor: Visitor | None) -> Any | None:
    """Give the row of a visitor's running clock, or None."""
    if visitor is None or visitor.person_id is None or Right.WORK not in visitor.rights:
        return None
    return timer_of(session, visitor.person_id)


def ran_too_long(session: TenantSession, visitor: Visitor, now: datetime) -> bool:
    """Tell whether a visitor's clock ran past what we take for granted: he says first when the work ended."""
    row = running_clock(session, visitor)
    return row is not None and now > limit_of(row.started_at, visitor.zone)
