"""Mail as the use cases write it: texts of the catalogues, sealed at once, sent later from the outbox.

The texts of a kind are `mail.<kind>.subject` and `mail.<kind>.body` (`billing.services.mail_texts` says how a body is
written), and stand in the catalogue of whoever writes such mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing import outbox
from billing.canonical import canonical
from billing.services.acting import Act, id_of
from billing.services.mail_texts import write
from billing.services.moments import local_day, processor_zone
from billing.services.processors import current_processor
from billing.store.once import add_once
from billing.store.queries import mails as rows
from billing.store.session import TenantSession
from billing.store.tables import Contact, Mail, MailAttachment, StoredFile, User

MAIL = "mail"
"""The kind of outbox items that send a message, and the table they are about."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a message goes to: one address, the name it greets ("" greets nobody by name), and its language."""

    email: str
    name: str = ""
    language: str = "de"


def contact_recipient(session: TenantSession, contact: Contact) -> Recipient:
    """Write to a controller's contact, in the controller's language."""
    return Recipient(contact.email or "", contact.name or "", rows.language_of(session, contact.controller_id))


def user_recipient(session: TenantSession, user: User) -> Recipient:
    """Write to who has an account, in the language he chose."""
    return Recipient(user.email or "", rows.name_of_user(session, user), user.language)


def write_mail(  # noqa: PLR0913 - what makes a message: kind, recipient, words, matter, files
    session: TenantSession,
    act: Act,
    *,
    kind: str,
    to: Recipient,
    fields: Mapping[str, Any],
    subject_table: str,
    subject_id: int,
    attachments: Sequence[StoredFile] = (),
    version: str = "",
) -> Mail:
    """Write a message about a matter and order its sending; the same to the same address again is the one there is.

    `fields` fill the texts: strings, numbers, dates, moments (shown by the processor's clock), lists; `link` is the
    secret of `make_link`, `page` a path of this installation. `version` says which mail of its kind about the matter
    this is ("80" percent used): there is one of each, whatever its words. Without it, other words are another mail.
    Files are sent as they are stored. LookupError for a kind without texts or a gap without field.

    It leaves no row in the audit log, the caller's deed does; that it was sent, to whom and with what goes into the
    access log (T-25).
    """
    told = [version] if version else sorted(f"{name}={value}" for name, value in fields.items())
    matter = [session.processor_id, kind, subject_table, subject_id, to.email.lower(), told]
    message_id = session.ring.digest(canonical(matter))
    if known := rows.mail_of(session, message_id):
        return known
    zone = processor_zone(session)
    processor = current_processor(session, local_day(act.at, zone))
    written = write(kind, to.language, {"recipient": to.name, **fields}, processor, zone)
    mail = Mail(
        message_id=message_id,
        kind=kind,
        language=to.language,
        recipient=to.email,
        recipient_digest=session.ring.digest(to.email.lower()),
        subject=written.subject,
        text=written.text,
        html=written.html,
        subject_table=subject_table,
        subject_id=subject_id,
        created_at=act.at,
    )
    add_once(session, mail)
    mail = rows.the_mail_of(session, message_id)
    for number in dict.fromkeys(map(id_of, attachments)):
        add_once(session, MailAttachment(mail_id=id_of(mail), stored_file_id=number))
    outbox.enqueue(session, MAIL, MAIL, id_of(mail), act.at)
    return mail
