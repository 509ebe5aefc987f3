"""Who is it? Each request asks once whose secret it shows: first the tenant, then, in its transaction, the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from billing.services.access.rights import SECOND_FACTOR_ROLES, Right, rights_of
from billing.services.access.visitor import Credentials, Via, Visitor
from billing.services.policies import PolicySettings, current_policy
from billing.store.queries.visitors import note_seen, session_holder, token_holder
from billing.store.session import Store, TenantSession, look_up
from billing.store.tables import ApiToken, UserSession
from billing.store.tables.kinds import Role

READ_SCOPE = "read"
"""The scope of a token that may look at everything its owner may, and change nothing."""

_LOOKUPS = {Via.SESSION: "sessions_of", Via.TOKEN: "api_tokens_of"}
_TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    """The tenant of a secret, and the session or token that it opens."""

    via: Via
    processor_id: int
    row_id: int


def hash_of(secret: str) -> str:
    """Give what is stored of a random secret: its SHA-256; 256 random bits need no slow hash."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def find_tenant(store: Store, credentials: Credentials) -> Found | None:
    """Find whose secret this is, across all processors, by its hash alone; None when it is nobody's."""
    with store.operator() as session:
        rows = look_up(session, _LOOKUPS[credentials.via], token_hash=hash_of(credentials.secret))
    return Found(credentials.via, *rows[0]) if rows else None


def visitor_in(session: TenantSession, found: Found, now: datetime) -> Visitor | None:
    """Recognise who holds a secret, with the rights of this moment; None when it has ended or its user is disabled."""
    holder = session_holder if found.via is Via.SESSION else token_holder
    rows = holder(session, session.processor_id, found.row_id)
    if not rows:
        return None
    policy = current_policy(session)
    row = rows[0]
    if row.disabled_at is not None or row.ended_at is not None or row.expires_at <= now:
        return None
    if found.via is Via.SESSION and row.seen_at + timedelta(minutes=policy.session_idle_minutes) <= now:
        return None
    return _visitor(found, rows, policy, now)


def needs_touch(visitor: Visitor, now: datetime) -> bool:
    """Tell whether the use of the session or token is to be noted: once a minute, not on every click."""
    return visitor.seen_at is None or visitor.seen_at + _TOUCHED_EVERY <= now


def touch(session: TenantSession, visitor: Visitor, now: datetime) -> None:
    """Note that the session or token was used now."""
    if visitor.via is Via.SESSION:
        note_seen(session, session.processor_id, UserSession, visitor.credential_id, {"last_seen_at": now})
    elif visitor.via is Via.TOKEN:
        note_seen(session, session.processor_id, ApiToken, visitor.credential_id, {"last_used_at": now})


def _visitor(found: Found, rows: Sequence[Any], policy: PolicySettings, now: datetime) -> Visitor:
    row = rows[0]
    roles = frozenset(
        Role(one.role) for one in rows if one.role and (one.grant_expires_at is None or one.grant_expires_at > now)
    )
    rights, read_only = rights_of(roles), False
    if found.via is Via.TOKEN:
        scopes = frozenset(row.scopes.split())
        read_only = READ_SCOPE in scopes
        rights = rights if read_only else rights & {Right(scope) for scope in scopes}
    return Visitor(
        processor_id=found.processor_id,
        via=found.via,
        credential_id=found.row_id,
        name=row.person_ref or f"contact:{row.contact_id}",
        roles=roles,
        rights=rights,
        user_id=row.user_id,
        person_id=row.person_id,
        person_ref=row.person_ref,
        pledged_on=row.pledged_on,
        contact_id=row.contact_id,
        controller_id=row.controller_id,
        language=row.language,
        read_only=read_only,
        seen_at=row.seen_at,
        waits_for=None if found.via is Via.TOKEN else _waits_for(row, roles, policy, now),
    )


def _waits_for(row: Any, roles: frozenset[Role], policy: PolicySettings, now: datetime) -> str | None:
    """Say what a session still lacks before it is whole (T-03, T-05)."""
    if row.second_factor_at is None and row.totp_confirmed_at is not None:
        return "second_factor"
    if row.totp_confirmed_at is None and roles & SECOND_FACTOR_ROLES:
        return "second_factor_enrolment"
    oldest = policy.password_max_age_days
    if oldest is not None and (row.password_changed_at is None or row.password_changed_at + timedelta(oldest) <= now):
        return "new_password"
    return None
