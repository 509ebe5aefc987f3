"""Log-ins (law.md T-06): each begins with a new random token, of which only the SHA-256 is stored.

A token is made here and nowhere else: what a client sends is looked up, never taken over (no fixation). When a session
gains rights, at the second factor, it ends and another with a new token goes on.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.errors import NotAllowed
from billing.services.access.authentication import hash_of
from billing.services.acting import id_of, put
from billing.services.policies import current_policy
from billing.store.queries.access import drop_dead_sessions, end_session, lock_user
from billing.store.session import TenantSession
from billing.store.tables import User, UserSession

_RANDOM_BYTES = 32
_KEPT_AFTER_END = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that has just begun; the token is known to its owner only and can't be had again."""

    token: str
    row: UserSession


def start_session(session: TenantSession, user: User, at: datetime, *, second_factor: bool = False) -> NewSession:
    """Begin a session of a user: until the policy's hours are over, or its owner is away for its idle minutes."""
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    row = UserSession(
        user_id=id_of(user),
        token_hash=hash_of(token),
        started_at=at,
        last_seen_at=at,
        expires_at=at + timedelta(hours=current_policy(session).session_hours),
        second_factor_at=at if second_factor else None,
    )
    put(session, row)
    return NewSession(token, row)


def renew_session(session: TenantSession, old: UserSession, at: datetime, *, second_factor: bool) -> NewSession:
    """Go on under a new token: the old one opens nothing any more. The absolute end stays where it was.

    NotAllowed `not_logged_in` for a session that somebody ended meanwhile: whoever ends all of a user's ends this one.
    """
    lock_user(session, session.processor_id, old.user_id)
    if not end_session(session, session.processor_id, id_of(old), at):
        raise NotAllowed("not_logged_in")
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    row = UserSession(
        user_id=old.user_id,
        token_hash=hash_of(token),
        started_at=old.started_at,
        last_seen_at=at,
        expires_at=old.expires_at,
        second_factor_at=at if second_factor else old.second_factor_at,
    )
    put(session, row)
    return NewSession(token, row)


def forget_sessions(session: TenantSession, now: datetime) -> int:
    """Delete what nobody can use any more; gives how many."""
    return drop_dead_sessions(session, session.processor_id, now - _KEPT_AFTER_END)
