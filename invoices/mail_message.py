"""A written message as the bytes that go over the wire (RFC 5322, MIME), the same each time it is sent."""

from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime

from billing.services.addresses import at_home
from billing.services.mail_sending import Attached, Outgoing
from invoices.mail_server import MailServer

_CODE = "quoted-printable"  # lines of any length and every letter pass through every relay
_BOUNDARY_DIGITS = 32
_LONGEST_WORD = 75
_ONE_LINE = 60
"""A name of so many plain letters is not folded beside its address."""


def message_of(mail: Outgoing, server: MailServer) -> bytes:
    """Give a message from the installation's address in the processor's name, as text and as HTML, with its files."""
    message = EmailMessage(policy=SMTP if mail.recipient.isascii() else SMTPUTF8)
    message["From"] = _sender(server.sender, mail.company)
    message["To"] = _address(mail.recipient)
    # An umlaut before the @ can't be said to who takes no such addresses: his answer goes to the sender.
    if mail.reply_to and mail.reply_to != server.sender and (mail.reply_to.isascii() or not mail.recipient.isascii()):
        message["Reply-To"] = _address(mail.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.message_id}@{server.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
    message.set_content(at_home(mail.text, server.base_url), cte=_CODE)
    message.add_alternative(at_home(mail.html, server.base_url), subtype="html", cte=_CODE)
    for file in mail.attachments:
        _attach(message, file)
    message["Content-Language"] = mail.language  # last: what is added above would take such headers into its parts
    _fix_boundaries(message, mail.message_id)
    return message.as_bytes()


class _Folded(str):
    """A From header whose lines are folded already, as the library asks of a header of one's own."""

    __slots__ = ()
    name = "From"

    def fold(self, *, policy: EmailPolicy) -> str:
        """Give the header's lines."""
        return f"{self.name}: {self}{policy.linesep}"


def _sender(address: str, name: str) -> Address | _Folded:
    """Give who writes; the library folds a long name at its blanks and loses them, or the quotes around its commas."""
    if name.isascii() and len(name) <= _ONE_LINE:
        return _address(address, name)
    said = Header(name, "utf-8", maxlinelen=_LONGEST_WORD, header_name=_Folded.name).encode(
        splitchars="", linesep=SMTP.linesep
    )
    return _Folded(f"{said}{SMTP.linesep} <{address}>")


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _attach(message: EmailMessage, file: Attached) -> None:
    """Attach the very bytes; a mail inside a mail would be taken apart by relays, so it goes as plain data."""
    main, _, sub = file.media_type.partition("/")
    if main == "message":
        main, sub = "application", "octet-stream"
    params = {"charset": "utf-8"} if main == "text" else None
    message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name, params=params)


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Part the message at marks made of its own keyed id: nobody can write them into a text beforehand."""
    several = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(several):
        part.set_boundary(f"={number}={message_id[:_BOUNDARY_DIGITS]}")
