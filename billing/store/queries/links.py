"""Links sent by mail and the codes that go with them: what still lives, and changes that only one of several makes."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import Contact, Controller, DecisionCode, MailLink, User


def living_link(session: TenantSession, token_hash: str, now: datetime) -> MailLink | None:
    """Give the link of a hash while it lives and its owner is still with us."""
    statement = (
        select(MailLink)
        .outerjoin(Contact, col(Contact.id) == col(MailLink.contact_id))
        .outerjoin(User, col(User.id) == col(MailLink.user_id))
        .where(
            MailLink.token_hash == token_hash,
            *_alive(now),
            col(Contact.ended_at).is_(None),
            col(User.disabled_at).is_(None),
        )
    )
    return session.exec(statement).one_or_none()


def lock_link(session: TenantSession, link_id: int, now: datetime) -> int | None:
    """Hold a living link for one transaction at a time, until its commit; None when it lives no more."""
    return session.exec(select(MailLink.id).where(MailLink.id == link_id, *_alive(now)).with_for_update()).one_or_none()


def use_up(session: TenantSession, link_id: int, now: datetime) -> bool:
    """Mark a living link as used; False when it lives no more."""
    used = sa.update(MailLink).where(col(MailLink.id) == link_id, *_alive(now)).values(used_at=now)
    return _changed(session, used) == 1


def revoke(session: TenantSession, which: Sequence[sa.ColumnElement[bool]], now: datetime) -> int:
    """Revoke those of the links that still live; gives how many."""
    return _changed(session, sa.update(MailLink).where(*which, *_alive(now)).values(revoked_at=now))


def asks_for_code(session: TenantSession, controller_id: int | None) -> bool:
    """Tell whether a controller wants six digits beside the link."""
    return bool(session.exec(select(Controller.decision_code).where(Controller.id == controller_id)).one_or_none())


def codes_of(session: TenantSession, link_id: int) -> int:
    """Count the codes that were ever sent for a link."""
    return session.exec(select(sa.func.count()).where(DecisionCode.mail_link_id == link_id)).one()


def try_code(session: TenantSession, link_id: int, now: datetime, tries: int) -> int | None:
    """Count one try of a link's newest code and give that code's id; None when it has none left to try."""
    number = _newest_code(session, link_id)
    left = _tries_left(number, now, tries)
    counted = sa.update(DecisionCode).where(*left).values(attempts=col(DecisionCode.attempts) + 1)
    return number if number is not None and _changed(session, counted) else None


def can_try(session: TenantSession, link_id: int, now: datetime, tries: int) -> bool:
    """Tell whether a link's newest code may still be tried."""
    left = _tries_left(_newest_code(session, link_id), now, tries)
    return session.exec(select(DecisionCode.id).where(*left)).one_or_none() is not None


def code_hash(session: TenantSession, code_id: int) -> str:
    """Give the hash of a code."""
    return session.exec(select(DecisionCode.code_hash).where(DecisionCode.id == code_id)).one()


def use_code(session: TenantSession, code_id: int, now: datetime) -> bool:
    """Mark a code as used; False when another was faster."""
    unused = (col(DecisionCode.id) == code_id, col(DecisionCode.used_at).is_(None))
    return _changed(session, sa.update(DecisionCode).where(*unused).values(used_at=now)) == 1


def forget(session: TenantSession, ended_before: datetime) -> int:
    """Delete the links that ended before a moment, and their codes; gives how many links."""
    ended = (col(MailLink.processor_id) == session.processor_id, col(MailLink.expires_at) < ended_before)
    their_codes = col(DecisionCode.mail_link_id).in_(sa.select(col(MailLink.id)).where(*ended))
    _changed(session, sa.delete(DecisionCode).where(their_codes))
    return _changed(session, sa.delete(MailLink).where(*ended))


def _newest_code(session: TenantSession, link_id: int) -> int | None:
    return session.exec(select(sa.func.max(DecisionCode.id)).where(DecisionCode.mail_link_id == link_id)).one()


def _tries_left(code_id: int | None, now: datetime, tries: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(DecisionCode.id) == code_id,
        col(DecisionCode.attempts) < tries,
        col(DecisionCode.used_at).is_(None),
        col(DecisionCode.expires_at) > now,
    )


def _alive(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (col(MailLink.used_at).is_(None), col(MailLink.revoked_at).is_(None), col(MailLink.expires_at) > now)


def _changed(session: TenantSession, statement: sa.Update | sa.Delete) -> int:
    """Change rows by one statement, whose conditions hold under its own lock; gives how many were changed."""
    return session.exec(statement, execution_options={"synchronize_session": False}).rowcount
