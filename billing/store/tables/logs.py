"""The trails: audit log, access log, mail, and the outbox of work still to be done."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Deletion,
    TenantRow,
    check,
    choice,
    index,
    link,
    numbered,
    sealed,
    sha256_form,
    table,
    to,
    unique,
)
from billing.store.tables.kinds import DeliveryOutcome


class AuditLog(TenantRow, table=True):
    """One business event: append-only, numbered without a gap and chained by hash per processor, kept eight years.

    `details` is canonical JSON of references and keyed digests, never of personal values.
    """

    __tablename__ = "audit_log"
    __table_args__ = table(
        numbered("seq"), index("subject"), check("seq_positive", "seq >= 1"), *sha256_form("prev_hash", "hash")
    )

    seq: int = Field(sa_type=sa.BigInteger)
    prev_hash: str
    hash: str
    at: datetime
    actor: str
    action: str
    subject: str
    details: str


class AccessLog(TenantRow, table=True):
    """A log-in, export or download: one chain a day, deleted by whole days after six months (law.md T-13)."""

    __tablename__ = "access_log"
    __table_args__ = table(
        numbered("day", "seq"),
        check("seq_positive", "seq >= 1"),
        *sha256_form("prev_hash", "hash"),
        deletion=Deletion.FREE,
    )

    day: date
    seq: int = Field(sa_type=sa.BigInteger)
    prev_hash: str
    hash: str
    at: datetime
    actor: str
    action: str
    subject: str
    details: str


class Outbox(TenantRow, table=True):
    """One step still to do after a commit (render, check, send): unique, so that enqueuing twice is once."""

    __tablename__ = "outbox"
    __table_args__ = table(
        unique("kind", "subject_table", "subject_id"),
        sa.Index(
            "ix_outbox_open",
            "not_before",
            postgresql_where=sa.text("done_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL"),
        ),
        check("attempts_not_negative", "attempts >= 0"),
        may_change="attempts error not_before",
        set_once="done_at",
        deletion=Deletion.FREE,
    )

    kind: str
    subject_table: str
    subject_id: int = Field(sa_type=sa.BigInteger)
    attempts: int = 0
    error: str | None = None
    not_before: datetime
    created_at: datetime
    done_at: datetime | None = None


class Mail(TenantRow, table=True):
    """One message to one address, as it was written; it goes out from the outbox and keeps its Message-ID for ever.

    `subject_table` and `subject_id` name the matter it is about.
    """

    __tablename__ = "mail"
    __table_args__ = table(
        unique("message_id"), index("subject_table", "subject_id"), *sha256_form("recipient_digest"), set_once="sent_at"
    )

    message_id: str
    kind: str
    language: str = Field(default="de", max_length=2)
    recipient: str | None = sealed("mail.recipient")
    recipient_digest: str
    subject: str | None = sealed("mail.subject")
    text: str | None = sealed("mail.text")
    html: str | None = sealed("mail.html")
    subject_table: str
    subject_id: int = Field(sa_type=sa.BigInteger)
    created_at: datetime
    sent_at: datetime | None = None


class MailAttachment(TenantRow, table=True):
    """A stored file that goes with a message; the mailed bytes are the stored bytes."""

    __tablename__ = "mail_attachment"
    __table_args__ = table(
        unique("mail_id", "stored_file_id"), link("mail", "mail_id"), link("stored_file", "stored_file_id")
    )

    mail_id: int = to()
    stored_file_id: int = to()


class MailAttempt(TenantRow, table=True):
    """One attempt to hand a message to the mail server, and what that answered."""

    __tablename__ = "mail_attempt"
    __table_args__ = table(link("mail", "mail_id"), index("mail_id"))

    mail_id: int = to()
    attempted_at: datetime
    outcome: DeliveryOutcome = Field(sa_type=choice(DeliveryOutcome, "outcome"))
    answer: str | None = None
