"""Whose session or token it is: one statement a request, with the user, who that is, the grants, and the policy.

Every request asks it, so the statements are `prepared`.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from billing.store.queries.prepared import TENANT, ask, at_most, like, number, table_of
from billing.store.session import TenantSession
from billing.store.tables import ApiToken, Contact, Person, Policy, ProcessorVersion, RoleGrant, User, UserSession
from billing.store.wording import Prepared

_ROW = number("row")


def session_holder(session: TenantSession, processor_id: int, session_id: int) -> Sequence[Any]:
    """Give a session with its user, one row for each grant that was not taken back; none for an unknown one."""
    return ask(session, _SESSION, processor_id, row=session_id)


def token_holder(session: TenantSession, processor_id: int, token_id: int) -> Sequence[Any]:
    """Give a personal token with its user, one row for each grant that was not taken back; none for an unknown one."""
    return ask(session, _TOKEN, processor_id, row=token_id)


def note_session_seen(session: TenantSession, processor_id: int, session_id: int, at: Any) -> None:
    """Note when a session was last used."""
    ask(session, _SESSION_SEEN, processor_id, row=session_id, at=at)


def note_token_used(session: TenantSession, processor_id: int, token_id: int, at: Any) -> None:
    """Note when a token was last used."""
    ask(session, _TOKEN_USED, processor_id, row=token_id, at=at)


def _holder(model: Any, seen: str, ended: str, own: str) -> sa.Select[Any]:
    table, user, person, contact, grant = (table_of(one) for one in (model, User, Person, Contact, RoleGrant))
    living_grant = (grant.c.user_id == user.c.id) & (grant.c.processor_id == TENANT) & grant.c.revoked_at.is_(None)
    return (
        sa.select(
            *(table.c.user_id, table.c.expires_at, table.c[seen].label("seen_at"), table.c[ended].label("ended_at")),
            table.c[own],
            *(user.c.disabled_at, user.c.language, user.c.password_changed_at, user.c.totp_confirmed_at),
            *(user.c.person_id, user.c.contact_id, user.c.controller_id),
            person.c.ref.label("person_ref"),
            person.c.confidentiality_pledged_on.label("pledged_on"),
            person.c.left_on,
            contact.c.ended_at.label("contact_ended_at"),
            *(grant.c.role, grant.c.expires_at.label("grant_expires_at")),
            _policy().label("policy"),
            _zone().label("time_zone"),
        )
        .select_from(table)
        .join(user, (user.c.id == table.c.user_id) & (user.c.processor_id == TENANT))
        .outerjoin(person, (person.c.id == user.c.person_id) & (person.c.processor_id == TENANT))
        .outerjoin(contact, (contact.c.id == user.c.contact_id) & (contact.c.processor_id == TENANT))
        .outerjoin(grant, living_grant)
        .where(table.c.id == _ROW, table.c.processor_id == TENANT)
    )


def _policy() -> sa.ScalarSelect[str]:
    policy = table_of(Policy)
    newest = sa.select(policy.c.settings).where(policy.c.processor_id == TENANT)
    return newest.order_by(policy.c.version_no.desc()).limit(at_most(1)).scalar_subquery()


def _zone() -> sa.ScalarSelect[str]:
    """Ask for the zone of the processor's last version, as `processor_zone` does."""
    version = table_of(ProcessorVersion)
    zones = sa.select(version.c.time_zone).where(version.c.processor_id == TENANT)
    return zones.order_by(version.c.valid_from.desc(), version.c.version_no.desc()).limit(at_most(1)).scalar_subquery()


def _seen(model: Any, column: str) -> sa.Update:
    table = table_of(model)
    mine = (table.c.id == _ROW, table.c.processor_id == TENANT)
    return sa.update(table).where(*mine).values({column: like(table.c[column], "at")})


_SESSION = Prepared(_holder(UserSession, "last_seen_at", "ended_at", "second_factor_at"))
_TOKEN = Prepared(_holder(ApiToken, "last_used_at", "revoked_at", "scopes"))
_SESSION_SEEN = Prepared(_seen(UserSession, "last_seen_at"))
_TOKEN_USED = Prepared(_seen(ApiToken, "last_used_at"))
