"""Whose session or token it is: one statement a request, with the user, who that is, and the grants in force."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows
from billing.store.tables import ApiToken, Person, RoleGrant, User, UserSession

_OF_USER: tuple[Any, ...] = (
    *(col(User.disabled_at), col(User.language), col(User.password_changed_at), col(User.totp_confirmed_at)),
    *(col(User.person_id), col(User.contact_id), col(User.controller_id)),
)
_OF_PERSON: tuple[Any, ...] = (col(Person.ref).label("person_ref"), col(Person.confidentiality_pledged_on).label("pledged_on"))
_OF_GRANT: tuple[Any, ...] = (col(RoleGrant.role), col(RoleGrant.expires_at).label("grant_expires_at"))


def session_holder(session: Session, processor_id: int, session_id: int) -> Sequence[Any]:
    """Give a session with its user, one row for each grant that was not taken back; none for an unknown one."""
    own = [col(UserSession.user_id), col(UserSession.last_seen_at).label("seen_at"), col(UserSession.expires_at)]
    own += [col(UserSession.ended_at), col(UserSession.second_factor_at)]
    return all_rows(session, _holder(UserSession, own, processor_id, session_id))


def token_holder(session: Session, processor_id: int, token_id: int) -> Sequence[Any]:
    """Give a personal token with its user, one row for each grant that was not taken back; none for an unknown one."""
    own = [col(ApiToken.user_id), col(ApiToken.last_used_at).label("seen_at"), col(ApiToken.expires_at)]
    own += [col(ApiToken.revoked_at).label("ended_at"), col(ApiToken.scopes)]
    return all_rows(session, _holder(ApiToken, own, processor_id, token_id))


def note_seen(session: Session, processor_id: int, table: type[Any], row_id: int, values: dict[str, Any]) -> None:
    """Note when a session or token was last used."""
    mine = (table.id == row_id, table.processor_id == processor_id)
    session.execute(sa.update(table).where(*mine).values(values))


def _holder(table: Any, own: list[Any], processor_id: int, row_id: int) -> sa.Select[Any]:
    person = sa.and_(col(Person.id) == col(User.person_id), col(Person.processor_id) == processor_id)
    grants = sa.and_(
        col(RoleGrant.user_id) == col(User.id),
        col(RoleGrant.processor_id) == processor_id,
        col(RoleGrant.revoked_at).is_(None),
    )
    return (
        sa.select(*own, *_OF_USER, *_OF_PERSON, *_OF_GRANT)
        .join(User, col(User.id) == table.user_id)
        .outerjoin(Person, person)
        .outerjoin(RoleGrant, grants)
        .where(table.id == row_id, table.processor_id == processor_id, col(User.processor_id) == processor_id)
    )
