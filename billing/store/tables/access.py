"""Who may come in: users, their grants, sessions, tokens and mail links. Secrets are stored as hashes only."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from billing.store.tables.columns import (
    Deletion,
    Recorded,
    Row,
    TenantRow,
    always_sealed,
    check,
    choice,
    index,
    key,
    link,
    maybe_to,
    numbered,
    recorded,
    sealed,
    sha256_form,
    table,
    to,
    unique,
)
from billing.store.tables.kinds import AttemptKind, LinkPurpose, Role


class User(TenantRow, table=True):
    """A personal account at one processor (T-01): of a member of staff, or of a controller's contact.

    Somebody who works for several processors has one account at each, found by the same e-mail digest: so the admin of
    one processor can never reset the way into another.
    """

    __tablename__ = "user"
    __table_args__ = table(
        unique("email_digest"),
        link("person", "person_id"),
        link("contact", "contact_id", "controller_id"),
        check("somebody", "(person_id IS NULL) <> (contact_id IS NULL)"),
        check("contact_has_controller", "(contact_id IS NULL) = (controller_id IS NULL)"),
        sa.Index("ix_user_email_digest", "email_digest"),
        may_change=(
            "email email_digest language password_hash password_changed_at"
            " totp_secret totp_confirmed_at last_totp_step disabled_at"
        ),
    )

    person_id: int | None = maybe_to()
    contact_id: int | None = maybe_to()
    controller_id: int | None = maybe_to()
    email: str | None = sealed("user.email")
    email_digest: str = Field(min_length=64, max_length=64)
    language: str = Field(default="de", max_length=2)
    password_hash: str | None = None
    password_changed_at: datetime | None = None
    totp_secret: str | None = sealed("user.totp_secret")
    totp_confirmed_at: datetime | None = None
    last_totp_step: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: datetime
    disabled_at: datetime | None = None


class RecoveryCode(TenantRow, table=True):
    """A one-time way in when the second factor is lost."""

    __tablename__ = "recovery_code"
    __table_args__ = table(
        unique("user_id", "code_hash"), link("user", "user_id"), set_once="used_at", deletion=Deletion.FREE
    )

    user_id: int = to()
    code_hash: str
    used_at: datetime | None = None


class RoleGrant(Recorded, table=True):
    """A right with its grantor, reason and optional end (T-08); taken back, never deleted."""

    __tablename__ = "role_grant"
    __table_args__ = table(
        link("user", "user_id"),
        link("user", "revoked_by_id"),
        index("user_id"),
        *recorded(),
        set_once="revoked_at revoked_by_id",
    )

    user_id: int = to()
    role: Role = Field(sa_type=choice(Role, "role"))
    reason: str = always_sealed("role_grant.reason")
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by_id: int | None = maybe_to()


class UserSession(TenantRow, table=True):
    """A log-in: only the SHA-256 of its random token is stored, and each log-in makes a new one."""

    __tablename__ = "session"
    __table_args__ = table(
        sa.UniqueConstraint("token_hash"),
        link("user", "user_id"),
        index("user_id"),
        *sha256_form("token_hash"),
        may_change="last_seen_at second_factor_at",
        set_once="ended_at",
        deletion=Deletion.FREE,
    )

    user_id: int = to()
    token_hash: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    second_factor_at: datetime | None = None
    ended_at: datetime | None = None


class ApiToken(TenantRow, table=True):
    """A personal token for programs, with scopes and an end."""

    __tablename__ = "api_token"
    __table_args__ = table(
        sa.UniqueConstraint("token_hash"),
        link("user", "user_id"),
        index("user_id"),
        *sha256_form("token_hash"),
        may_change="last_used_at",
        set_once="revoked_at",
        deletion=Deletion.FREE,
    )

    user_id: int = to()
    label: str
    token_hash: str
    scopes: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class MailLink(TenantRow, table=True):
    """A link sent by mail: for one contact or user and one matter, with an end, revocable; a GET changes nothing."""

    __tablename__ = "mail_link"
    __table_args__ = table(
        sa.UniqueConstraint("token_hash"),
        link("user", "user_id"),
        link("contact", "contact_id", "controller_id"),
        check("somebody", "(user_id IS NULL) <> (contact_id IS NULL)"),
        check("contact_has_controller", "(contact_id IS NULL) = (controller_id IS NULL)"),
        *sha256_form("token_hash"),
        set_once="used_at revoked_at",
        deletion=Deletion.FREE,
    )

    token_hash: str
    purpose: LinkPurpose = Field(sa_type=choice(LinkPurpose, "purpose"))
    user_id: int | None = maybe_to()
    contact_id: int | None = maybe_to()
    controller_id: int | None = maybe_to()
    subject_table: str | None = None
    subject_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class DecisionCode(TenantRow, table=True):
    """Six digits mailed to who opened a link, to be typed on its check page; stored as a hash, a few tries only."""

    __tablename__ = "decision_code"
    __table_args__ = table(
        link("mail_link", "mail_link_id"),
        index("mail_link_id"),
        *sha256_form("code_hash"),
        may_change="attempts",
        set_once="used_at",
        deletion=Deletion.FREE,
    )

    mail_link_id: int = to()
    code_hash: str
    created_at: datetime
    expires_at: datetime
    attempts: int = 0
    used_at: datetime | None = None


class LoginAttempt(Row, table=True):
    """A try at the door, kept for the lockout window only (T-04): keyed digests, a shortened address, no tenant yet.

    `email_digest` stands for whom it was about: an address, or a link's or token's own digest.
    """

    __tablename__ = "login_attempt"
    __table_args__ = table(
        sa.Index(None, "email_digest", "at"),
        sa.Index(None, "address_prefix", "at"),
        sa.Index(None, "at"),
        tenant=False,
        deletion=Deletion.FREE,
    )

    id: int | None = key()
    at: datetime
    kind: AttemptKind = Field(sa_type=choice(AttemptKind, "kind"))
    email_digest: str
    secret_digest: str
    address_prefix: str
    succeeded: bool


class IdempotencyKey(TenantRow, table=True):
    """The answer once given to a POST, so that its repetition gives the same one (kept at least 24 hours).

    `actor` is whose answer it is: of all sessions of a user (`user:7`), of one that is not whole yet (`session:5`), of
    a token (`token:9`) or of a mailed link (`link:3`). Two of them may use the same key.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = table(
        unique("actor", "key"),
        sa.Index(None, "created_at"),
        *sha256_form("request_sha256"),
        set_once="status response",
        deletion=Deletion.FREE,
    )

    actor: str = Field(max_length=40)
    key: str = Field(max_length=255)
    request_sha256: str
    status: int | None = None
    response: str | None = sealed("idempotency_key.response")
    created_at: datetime


class RateLimit(Row, table=True):
    """How often something was asked for in the running window: of one address or about one person, by keyed digest."""

    __tablename__ = "rate_limit"
    __table_args__ = table(
        sa.UniqueConstraint("bucket"),
        sa.Index(None, "window_start"),
        *sha256_form("bucket"),
        tenant=False,
        may_change="window_start hits",
        deletion=Deletion.FREE,
    )

    id: int | None = key()
    bucket: str
    window_start: datetime
    hits: int = 0


class Policy(Recorded, table=True):
    """What the processor chose for its own people, as canonical JSON; the newest version counts, all stay on record.

    `four_eyes` stands beside the JSON because the database asks for it when a second person confirms.
    """

    __tablename__ = "policy"
    __table_args__ = table(
        numbered("version_no"),
        check("version_counts_from_one", "version_no >= 1"),
        *recorded(),
        deletion=Deletion.NEVER,
    )

    version_no: int = 1
    four_eyes: bool = True
    settings: str = "{}"
    reason: str | None = sealed("policy.reason")
