"""Messages, what goes with them, and whom they are for."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import (
    AccessLog,
    Contact,
    Controller,
    Mail,
    MailAttachment,
    MailAttempt,
    Person,
    RoleGrant,
    User,
)
from billing.store.tables.kinds import Role


def mail_of(session: TenantSession, message_id: str) -> Mail | None:
    """Give the message of an id, if it was written."""
    return session.exec(select(Mail).where(Mail.message_id == message_id)).one_or_none()


def the_mail_of(session: TenantSession, message_id: str) -> Mail:
    """Give the message of an id that was written just now, by us or by somebody else."""
    return session.exec(select(Mail).where(Mail.message_id == message_id)).one()


def attachments_of(session: TenantSession, mail_id: int) -> Sequence[int]:
    """Give the ids of the files that go with a message, in the order they were added."""
    query = select(MailAttachment.stored_file_id).where(MailAttachment.mail_id == mail_id)
    return session.exec(query.order_by(col(MailAttachment.id))).all()


def language_of(session: TenantSession, controller_id: int) -> str:
    """Give the language a controller is written to in."""
    return session.exec(select(Controller.language).where(Controller.id == controller_id)).one()


def name_of_user(session: TenantSession, user: User) -> str:
    """Give the name of the person or contact an account belongs to."""
    whose = (
        select(Person.name).where(Person.id == user.person_id)
        if user.person_id is not None
        else select(Contact.name).where(Contact.id == user.contact_id)
    )
    return session.exec(whose).one() or ""


def active_admins(session: TenantSession, now: datetime) -> Sequence[User]:
    """Give the accounts that may look after the processor now, each once."""
    return _active(session, Role.ADMIN, now)


def active_accountants(session: TenantSession, now: datetime) -> Sequence[User]:
    """Give the accounts that may run its months now, each once."""
    return _active(session, Role.ACCOUNTANT, now)


def _active(session: TenantSession, role: Role, now: datetime) -> Sequence[User]:
    granted = (
        select(RoleGrant.user_id)
        .where(
            RoleGrant.role == role,
            col(RoleGrant.revoked_at).is_(None),
            sa.or_(col(RoleGrant.expires_at).is_(None), col(RoleGrant.expires_at) > now),
            RoleGrant.processor_id == session.processor_id,
        )
        .scalar_subquery()
    )
    here = sa.or_(col(Person.left_on).is_(None), col(Person.left_on) >= now.date())  # else nobody lets him in either
    query = select(User).outerjoin(Person, col(Person.id) == col(User.person_id))
    query = query.where(col(User.id).in_(granted), col(User.disabled_at).is_(None), here)
    return session.exec(query.order_by(col(User.id))).all()


def mails_to(session: TenantSession, controller_id: int, most: int) -> Sequence[Mail]:
    """Give the newest messages to the addresses that a controller's contacts have, known by their keyed digests."""
    known = select(Contact.email_digest).where(
        Contact.processor_id == session.processor_id, Contact.controller_id == controller_id
    )
    query = select(Mail).where(Mail.processor_id == session.processor_id, col(Mail.recipient_digest).in_(known))
    return session.exec(query.order_by(col(Mail.id).desc()).limit(most)).all()


def is_alarm(session: TenantSession, mail_id: int) -> bool:
    """Tell whether a message is itself an alarm."""
    return session.exec(select(Mail.kind).where(Mail.id == mail_id)).one().startswith("alarm_")


def was_noted_on(session: TenantSession, day: date, action: str) -> bool:
    """Tell whether the access log of a day (UTC) holds such an event."""
    query = select(AccessLog.id).where(AccessLog.day == day, AccessLog.action == action).limit(1)
    return session.exec(query).first() is not None


def unsent(session: TenantSession) -> int:
    """Count the messages that were written and not sent yet."""
    return session.exec(select(sa.func.count()).select_from(Mail).where(col(Mail.sent_at).is_(None))).one()


def newest_mails(session: TenantSession, most: int, before: int | None) -> Sequence[Mail]:
    """Give messages by falling id, those below a number first to come."""
    query = select(Mail).where(Mail.processor_id == session.processor_id).order_by(col(Mail.id).desc()).limit(most)
    return session.exec(query if before is None else query.where(col(Mail.id) < before)).all()


def last_attempts(session: TenantSession, mail_ids: Sequence[int]) -> dict[int, str]:
    """Give what the mail server answered last, by message."""
    rows = session.exec(
        select(MailAttempt.mail_id, MailAttempt.answer)
        .where(col(MailAttempt.mail_id).in_(mail_ids))
        .order_by(col(MailAttempt.id))
    )
    return {mail_id: answer or "" for mail_id, answer in rows}
