"""What somebody is told about his own account and log-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.errors import NotAllowed
from billing.services.access.visitor import Via, Visitor
from billing.store.queries.access import recovery_codes_left
from billing.store.queries.mails import name_of_user
from billing.store.session import TenantSession
from billing.store.tables import ApiToken, Controller, Processor, User, UserSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Myself:
    """An account as its owner sees it; `expires_at` is the end of the session or token he came with."""

    who: Visitor
    user_id: int
    name: str
    email: str
    processor: str
    controller: str | None
    has_second_factor: bool
    recovery_codes_left: int
    password_changed_at: datetime | None
    expires_at: datetime


def myself(session: TenantSession, who: Visitor) -> Myself:
    """Give what somebody may know of himself; NotAllowed `session_needed` for who has a link and no account."""
    if who.user_id is None:
        raise NotAllowed("session_needed")
    user = session.get_one(User, who.user_id)
    controller = None if user.controller_id is None else session.get_one(Controller, user.controller_id).ref
    came_with: Any = session.get_one(UserSession if who.via is Via.SESSION else ApiToken, who.credential_id)
    return Myself(
        who=who,
        user_id=who.user_id,
        name=name_of_user(session, user),
        email=user.email or "",
        processor=session.get_one(Processor, session.processor_id).ref,
        controller=controller,
        has_second_factor=user.totp_confirmed_at is not None,
        recovery_codes_left=recovery_codes_left(session, session.processor_id, who.user_id),
        password_changed_at=user.password_changed_at,
        expires_at=came_with.expires_at,
    )
