"""The mail server an installation hands its mail to, as one URL says it."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from billing.errors import InvalidInput


class Tls(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.NONE: 25}
_SCHEMES = {"smtp": Tls.STARTTLS, "smtps": Tls.TLS}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and in whose name: `sender` is the envelope's and the From address."""

    host: str
    port: int
    tls: Tls
    username: str | None
    password: str | None
    sender: str
    base_url: str
    """The installation's own address, which links in messages begin with."""


def read_mail_server(url: str, sender: str | None, base_url: str) -> MailServer:
    """Read `smtp://user:password@host:port?tls=starttls|tls|none`; `smtps://` is short for `tls=tls`.

    InvalidInput `mail_server_invalid`, `mail_sender_missing`, or `mail_password_in_clear`: a password goes over the net
    only protected. The URL is not quoted in any of them, since it holds the password.
    """
    try:
        parts = urlsplit(url)
        tls = Tls(parse_qs(parts.query).get("tls", [_SCHEMES[parts.scheme]])[-1])
        host, port = parts.hostname, parts.port or _PORTS[tls]
    except (KeyError, ValueError):
        raise InvalidInput("mail_server_invalid", path="MEHRAUFWAND_SMTP") from None
    if not host:
        raise InvalidInput("mail_server_invalid", path="MEHRAUFWAND_SMTP")
    if parts.password and tls is Tls.NONE and not _is_this_machine(host):
        raise InvalidInput("mail_password_in_clear", path="MEHRAUFWAND_SMTP", value=host)
    if not sender or sender.count("@") != 1 or not sender.isprintable() or not sender.isascii() or " " in sender:
        raise InvalidInput("mail_sender_missing", path="MEHRAUFWAND_MAIL_FROM", value=sender)
    username, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return MailServer(host, port, tls, username, password, sender, base_url)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
