"""Who is it? Each request asks once whose secret it shows: first the tenant, then, in its transaction, the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from billing.services.access.passwords import is_too_old
from billing.services.access.rights import SECOND_FACTOR_ROLES, Right, rights_of
from billing.services.access.visitor import Credentials, Via, Visitor
from billing.services.policies import PolicySettings, settings_of
from billing.store.queries.answers import answer_of_holder
from billing.store.queries.visitors import note_session_seen, note_token_used, session_holder, token_holder
from billing.store.session import Store, TenantSession
from billing.store.tables import ApiToken, UserSession
from billing.store.tables.kinds import Role
from billing.store.wording import Later

BEFORE_ANY_LETTER = "Europe/Berlin"
"""The clock of a processor whose letter data, which name one, are not recorded yet."""
READ_SCOPE = "read"
"""The scope of a token that may look at everything its owner may, and change nothing."""

SECOND_FACTOR = "second_factor"
SECOND_FACTOR_ENROLMENT = "second_factor_enrolment"
NEW_PASSWORD = "new_password"  # noqa: S105 - the name of a step, not a password
"""What a half session waits for, in this order."""

_HOLDERS = {Via.SESSION: UserSession, Via.TOKEN: ApiToken}
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


def find_tenant(store: Store, credentials: Credentials, *, may_wait: bool = True) -> Found | None:
    """Find whose secret this is, across all processors, by its hash alone; None when it is nobody's."""
    lookup = _LOOKUPS.get(credentials.via)
    row = store.whose(lookup, hash_of(credentials.secret), may_wait=may_wait) if lookup else None
    return Found(credentials.via, *row) if row else None


def visitor_in(session: TenantSession, found: Found, now: datetime) -> Visitor | None:
    """Recognise who holds a secret, with the rights of this moment; None when it is worth nothing any more.

    That is: ended, expired, idle for too long (T-06), its user disabled, or its holder gone: a contact no longer at the
    controller, a member of staff whose last day is over.
    """
    holder = session_holder if found.via is Via.SESSION else token_holder
    rows = holder(session, session.processor_id, found.row_id)
    if not rows:
        return None
    row, policy = rows[0], settings_of(rows[0].policy)
    if any(end is not None for end in (row.ended_at, row.disabled_at, row.contact_ended_at)) or row.expires_at <= now:
        return None
    if has_left(row.left_on, ZoneInfo(row.time_zone or BEFORE_ANY_LETTER), now):
        return None
    if found.via is Via.SESSION and row.seen_at + timedelta(minutes=policy.session_idle_minutes) <= now:
        return None
    return _visitor(found, rows, policy, now)


def has_left(last_day: date | None, zone: ZoneInfo, now: datetime) -> bool:
    """Tell whether somebody's last day is over, by the processor's clock."""
    return last_day is not None and last_day < now.astimezone(zone).date()


def ask_earlier(session: TenantSession, found: Found, key: str) -> Later:
    """Ask what the holder of a secret was answered under a key, before it is known who that is: one answer awaited.

    For a session it is what the whole sessions of its user were answered (`Visitor.asker`).
    """
    return answer_of_holder(session, session.processor_id, (_HOLDERS[found.via], found.row_id), key)


def needs_touch(visitor: Visitor, now: datetime) -> bool:
    """Tell whether the use of the session or token is to be noted: once a minute, not on every click."""
    return visitor.seen_at is None or visitor.seen_at + _TOUCHED_EVERY <= now


def touch(session: TenantSession, visitor: Visitor, now: datetime) -> None:
    """Note that the session or token was used now."""
    if visitor.via is Via.SESSION:
        note_session_seen(session, session.processor_id, visitor.credential_id, now)
    elif visitor.via is Via.TOKEN:
        note_token_used(session, session.processor_id, visitor.credential_id, now)


def _visitor(found: Found, rows: Sequence[Any], policy: PolicySettings, now: datetime) -> Visitor:
    row = rows[0]
    roles = frozenset(
        Role(one.role) for one in rows if one.role and (one.grant_expires_at is None or one.grant_expires_at > now)
    )
    rights, read_only = rights_of(roles), False
    if found.via is Via.TOKEN:
        rights, read_only = _within(rights, frozenset(row.scopes.split()))
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
        time_zone=row.time_zone or BEFORE_ANY_LETTER,
        waits_for=_waits_for(found.via, row, roles, policy, now),
    )


def _within(rights: frozenset[Right], scopes: frozenset[str]) -> tuple[frozenset[Right], bool]:
    """Give what a token's scopes leave of its owner's rights, and whether it may only look."""
    if READ_SCOPE in scopes:
        return rights, True
    return frozenset(right for right in rights if right in scopes), False


def _waits_for(via: Via, row: Any, roles: frozenset[Role], policy: PolicySettings, now: datetime) -> str | None:
    """Say what is still lacking before its rights count (T-03, T-05).

    A token needs no code, but none counts for somebody whose roles ask for a second factor and who has none: it may be
    older than the role.
    """
    if row.totp_confirmed_at is None:
        if roles & SECOND_FACTOR_ROLES:
            return SECOND_FACTOR_ENROLMENT
    elif via is Via.SESSION and row.second_factor_at is None:
        return SECOND_FACTOR
    if via is Via.SESSION and is_too_old(row.password_changed_at, policy, now):
        return NEW_PASSWORD
    return None
