"""The mail log: what was written to whom, whether it went out, and what the mail server last said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.store.queries.mails import last_attempts, mails_to, newest_mails, unsent
from billing.store.session import TenantSession


@dataclass(frozen=True, slots=True)
class LoggedMail:
    """One message: `attempt` is the server's last answer, None before the first try."""

    id: int
    kind: str
    recipient: str
    subject: str
    created_at: datetime
    sent_at: datetime | None
    attempt: str | None


def mail_log(session: TenantSession, most: int, before: int | None = None) -> Sequence[LoggedMail]:
    """Give messages, the newest first; `before` continues after one that was given (its id)."""
    mails = newest_mails(session, most, before)
    answers = last_attempts(session, [mail.id for mail in mails if mail.id is not None])
    return [
        LoggedMail(
            id=mail.id or 0,
            kind=mail.kind,
            recipient=mail.recipient or "",
            subject=mail.subject or "",
            created_at=mail.created_at,
            sent_at=mail.sent_at,
            attempt=answers.get(mail.id or 0),
        )
        for mail in mails
    ]


def mails_to_controller(session: TenantSession, controller_id: int, most: int) -> Sequence[Any]:
    """Give the newest messages to the contacts of a client, also to those who have ended."""
    return mails_to(session, controller_id, most)


def waiting_mails(session: TenantSession) -> int:
    """Count the messages that were written and not sent yet."""
    return unsent(session)
