"""Links sent by mail: for one contact or user, one purpose and one matter, with an end; opening one changes nothing.

The address holds 256 random bits; only their SHA-256 is stored. Whatever is wrong with a link - never made, expired,
used, revoked, its owner gone - the answer is the same, so that nobody learns which links there were. Only who has a
living one is told that it sends no more codes.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import col

from billing.canonical import fingerprint
from billing.errors import NotAllowed, NotFound
from billing.services.access.trail import note_access
from billing.services.acting import Act, audit, id_of, put
from billing.services.mails import Recipient, contact_recipient, user_recipient, write_mail
from billing.store.queries import links as rows
from billing.store.session import Store, TenantSession, look_up
from billing.store.tables import Contact, DecisionCode, MailLink, User
from billing.store.tables.kinds import LinkPurpose

CODE_MINUTES = 10
CODE_TRIES = 5
_MOST_CODES = 10
"""Codes of one link over its life: ten times five tries are one chance in 20,000 for who has the link alone."""
_SECRET_BYTES = 32
_FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LinkMatter:
    """What a link is for: its purpose, the row it is about, and whose it is (a contact's or a user's)."""

    link_id: int
    purpose: LinkPurpose
    subject_table: str | None
    subject_id: int | None
    contact_id: int | None
    controller_id: int | None
    user_id: int | None
    expires_at: datetime


def make_link(  # noqa: PLR0913 - whose it is, what for and how long: all of it makes the link
    session: TenantSession,
    act: Act,
    *,
    purpose: LinkPurpose,
    contact: Contact | None = None,
    user: User | None = None,
    subject_table: str | None = None,
    subject_id: int | None = None,
    valid_for: timedelta,
) -> str:
    """Make a link for a contact or a user and give its secret, not to be seen again.

    Hand it to `write_mail` as the field `link`. The deed that made the link is logged by the caller.
    """
    raw = secrets.token_urlsafe(_SECRET_BYTES)
    link = MailLink(
        token_hash=_hash(raw),
        purpose=purpose,
        user_id=None if user is None else id_of(user),
        contact_id=None if contact is None else id_of(contact),
        controller_id=None if contact is None else contact.controller_id,
        subject_table=subject_table,
        subject_id=subject_id,
        created_at=act.at,
        expires_at=act.at + valid_for,
    )
    put(session, link)
    return raw


def find_link(store: Store, raw: str) -> tuple[int, int] | None:
    """Give processor and id of a link, before anything else is known; None when nobody has such a link."""
    with store.operator() as session:
        found = look_up(session, "mail_links_of", token_hash=_hash(raw))
    return (int(found[0][0]), int(found[0][1])) if found else None


def open_link(session: TenantSession, act: Act, raw: str, *purposes: LinkPurpose) -> LinkMatter:
    """Give what a link is for and change nothing; NotFound `link_unknown`, whatever is wrong with it.

    With `purposes`, a link for anything else is not found either.
    """
    link = rows.living_link(session, _hash(raw), act.at)
    if link is None or (purposes and link.purpose not in purposes):
        raise NotFound("link_unknown")
    return _matter(link)


def use_link(session: TenantSession, act: Act, matter: LinkMatter) -> None:
    """Use a link up, once: of several at the same time one gets through, NotFound `link_unknown` for the others."""
    if not rows.use_up(session, matter.link_id, act.at):
        raise NotFound("link_unknown")


def revoke_links(session: TenantSession, act: Act, subject_table: str, subject_id: int) -> int:
    """Revoke all living links to a matter; gives how many there were."""
    matter = [col(MailLink.subject_table) == subject_table, col(MailLink.subject_id) == subject_id]
    return _revoke(session, act, f"{subject_table}:{subject_id}", matter)


def revoke_links_of(session: TenantSession, act: Act, owner: Contact | User, purpose: LinkPurpose | None = None) -> int:
    """Revoke all living links of a contact or user, or those of one purpose; gives how many there were."""
    column = col(MailLink.contact_id) if isinstance(owner, Contact) else col(MailLink.user_id)
    whose = [column == id_of(owner), *([] if purpose is None else [col(MailLink.purpose) == purpose])]
    return _revoke(session, act, f"{owner.__tablename__}:{id_of(owner)}", whose)


def needs_code(session: TenantSession, matter: LinkMatter) -> bool:
    """Tell whether deciding by this link asks for six digits that were mailed as well: the controller's choice."""
    return matter.purpose in (LinkPurpose.DECIDE, LinkPurpose.PORTAL) and rows.asks_for_code(
        session, matter.controller_id
    )


def send_code(session: TenantSession, act: Act, matter: LinkMatter) -> None:
    """Mail six digits to the owner of a link; they hold for ten minutes, and those sent before hold no longer.

    NotAllowed `link_closed` once a link has had ten: somebody is guessing, and there is a new link for who asks.
    """
    if rows.lock_link(session, matter.link_id, act.at) is None:
        raise NotFound("link_unknown")
    if _has_had_all(session, matter):
        raise _closed()
    code = f"{secrets.randbelow(10**6):06d}"
    row = DecisionCode(
        mail_link_id=matter.link_id,
        code_hash=_code_hash(session, matter, code),
        created_at=act.at,
        expires_at=act.at + timedelta(minutes=CODE_MINUTES),
    )
    put(session, row)
    write_mail(
        session,
        act,
        kind="decision_code",
        to=_owner(session, matter),
        fields={"code": code, "minutes": CODE_MINUTES},
        subject_table="decision_code",
        subject_id=id_of(row),
    )
    audit(session, act, "link_code_sent", f"mail_link:{matter.link_id}", purpose=str(matter.purpose))


def check_code(session: TenantSession, act: Act, matter: LinkMatter, code: str) -> bool:
    """Tell whether these are the newest digits sent for a link; each may be tried five times and used once.

    A wrong try counts only once the transaction is committed: answer False with a refusal, don't raise one over it.
    """
    number = rows.try_code(session, matter.link_id, act.at, CODE_TRIES)
    if number is None:
        return False
    known = rows.code_hash(session, number)
    if not hmac.compare_digest(known, _code_hash(session, matter, code.strip())):
        note_access(session, act, "code_failed", f"mail_link:{matter.link_id}")
        return False
    return rows.use_code(session, number, act.at)


def code_refusal(session: TenantSession, act: Act, matter: LinkMatter, code: str | None) -> NotAllowed | None:
    """Give why the digits that somebody typed, if any, do not let him decide; None when they do.

    `link_closed` when no more digits are sent for the link and those sent last are spent. Raise it after the commit,
    as `check_code` says.
    """
    if code and check_code(session, act, matter, code):
        return None
    if _has_had_all(session, matter) and not rows.can_try(session, matter.link_id, act.at, CODE_TRIES):
        return _closed()
    return NotAllowed("decision_code_wrong" if code else "decision_code_missing", path="code")


def forget_links(session: TenantSession, now: datetime) -> int:
    """Delete links that ended 30 days ago, and their codes; gives how many links."""
    return rows.forget(session, now - _FORGOTTEN_AFTER)


def _has_had_all(session: TenantSession, matter: LinkMatter) -> bool:
    return rows.codes_of(session, matter.link_id) >= _MOST_CODES


def _closed() -> NotAllowed:
    return NotAllowed("link_closed", most=_MOST_CODES)


def _revoke(session: TenantSession, act: Act, subject: str, which: Sequence[sa.ColumnElement[bool]]) -> int:
    count = rows.revoke(session, which, act.at)
    if count:
        audit(session, act, "links_revoked", subject, count=count)
    return count


def _owner(session: TenantSession, matter: LinkMatter) -> Recipient:
    if matter.contact_id is not None:
        return contact_recipient(session, session.get_one(Contact, matter.contact_id))
    return user_recipient(session, session.get_one(User, matter.user_id))


def _hash(raw: str) -> str:
    return fingerprint(raw)


def _code_hash(session: TenantSession, matter: LinkMatter, code: str) -> str:
    """Give the keyed digest of a code: a million plain hashes are tried in a second, by whoever holds the database."""
    return session.ring.digest(f"{matter.link_id}:{code}")


def _matter(link: MailLink) -> LinkMatter:
    return LinkMatter(
        link_id=id_of(link),
        purpose=link.purpose,
        subject_table=link.subject_table,
        subject_id=link.subject_id,
        contact_id=link.contact_id,
        controller_id=link.controller_id,
        user_id=link.user_id,
        expires_at=link.expires_at,
    )
