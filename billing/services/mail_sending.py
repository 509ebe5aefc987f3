"""A written message on its way out: what is handed to the mail server, and what came of it, attempt by attempt."""

import re
from dataclasses import dataclass
from datetime import datetime

from billing.services.access.trail import note_access
from billing.services.acting import Act, put
from billing.services.deliveries import record_delivery
from billing.services.moments import local_day, processor_zone
from billing.services.processors import current_processor
from billing.services.sendings import SENDING
from billing.store.files import read_file
from billing.store.queries.mails import attachments_of
from billing.store.session import TenantSession
from billing.store.tables import Mail, MailAttempt
from billing.store.tables.kinds import DeliveryOutcome

_LONGEST_ANSWER = 300
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


@dataclass(frozen=True, slots=True)
class Attached:
    """A stored file as it goes out: the very bytes, proved against their SHA-256 when they were read."""

    name: str
    media_type: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message with all that its envelope and headers need; links still begin with `addresses.PORTAL`."""

    id: int
    message_id: str
    kind: str
    language: str
    recipient: str
    recipient_digest: str
    subject: str
    text: str
    html: str
    written_at: datetime
    is_sent: bool
    company: str
    reply_to: str | None
    attachments: tuple[Attached, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the mail server said; `hopeless`: it would say the same about this message again."""

    outcome: DeliveryOutcome
    answer: str
    hopeless: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether the message is the server's now."""
        return self.outcome is DeliveryOutcome.ACCEPTED


def mail_to_send(session: TenantSession, mail_id: int) -> Outgoing:
    """Read a message to send. Problems: `file_damaged` when a file is not what was stored, `key_missing`."""
    mail = session.get_one(Mail, mail_id)
    zone = processor_zone(session)
    processor = current_processor(session, local_day(mail.created_at, zone))
    files = [read_file(session, number) for number in attachments_of(session, mail_id)]
    return Outgoing(
        id=mail_id,
        message_id=mail.message_id,
        kind=mail.kind,
        language=mail.language,
        recipient=mail.recipient or "",
        recipient_digest=mail.recipient_digest,
        subject=mail.subject or "",
        text=mail.text or "",
        html=mail.html or "",
        written_at=mail.created_at.astimezone(zone),
        is_sent=mail.sent_at is not None,
        company=processor.company_name,
        reply_to=processor.email,
        attachments=tuple(Attached(file.name, file.media_type, file.content, file.sha256) for file in files),
    )


def record_attempt(session: TenantSession, act: Act, mail: Outgoing, attempt: Attempt) -> None:
    """Record an attempt; the first that was accepted makes the message sent, and who got what is logged (T-25).

    Of a document's message it is a delivery as well, and an accepted one the document's receipt.
    """
    answer, row = without_people(attempt.answer), session.get_one(Mail, mail.id)
    put(session, MailAttempt(mail_id=mail.id, attempted_at=act.at, outcome=attempt.outcome, answer=answer))
    if attempt.is_accepted:
        _note_sent(session, act, mail, row)
    if row.subject_table == SENDING:
        record_delivery(session, act, row, attempt.outcome, answer)


def _note_sent(session: TenantSession, act: Act, mail: Outgoing, row: Mail) -> None:
    if row.sent_at is None:
        row.sent_at = act.at
        put(session, row)
    note_access(
        session,
        act,
        "mail_sent",
        f"mail:{mail.id}",
        kind=mail.kind,
        recipient=mail.recipient_digest,
        message_id=mail.message_id,
        attachments=[file.sha256 for file in mail.attachments],
    )


def without_people(answer: str) -> str:
    """Give a server's answer as it may be kept unsealed: one line, short, without the addresses it quotes."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in answer).split())
    return _ADDRESS.sub("…@…", line)[:_LONGEST_ANSWER]
