"""A real mail server on loopback: it keeps what it takes, and refuses what it is told to refuse."""

import asyncio
import datetime as dt
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
USER, PASSWORD = "mehraufwand", "correct horse / battery?staple"


@dataclass
class PostOffice:
    """What the server took, and how it answers: `refuse` maps a recipient to the answer to its RCPT."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    handed_over: list[bytes] = field(default_factory=list)
    """All contents, also those that were refused."""
    refuse: dict[str, str] = field(default_factory=dict)
    answer: str = "250 OK"
    """To the content of a message; it is kept only when the server says yes."""
    connections: int = 0
    meanwhile: Callable[[], object] = lambda: None
    """Done while a message is being handed over, before the server answers."""
    seconds_deaf: float = 0
    """How long nothing is heard of who logs in, once that is answered: not even a farewell."""
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address of the server without protection."""
        return f"smtp://{HOST}:{self.port}?tls=none"

    def contents(self) -> list[bytes]:
        """Give what was taken, to the byte."""
        return [envelope.original_content or b"" for envelope in self.taken]

    def messages(self) -> list[EmailMessage]:
        """Read what was taken, as a mail program would."""
        return [read(content) for content in self.contents()]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802 - the server's name for it
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.handed_over.append(envelope.original_content or b"")
        self.meanwhile()
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        self.arrived.set()
        return self.answer

    def is_known(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        asyncio.get_running_loop().call_soon(time.sleep, self.seconds_deaf)
        return AuthResult(success=known, handled=False)  # the server itself answers


class _Line(SMTP):
    """A connection that says when it is gone."""

    def __init__(self, office: PostOffice, **how: Any) -> None:
        super().__init__(office, **how)
        self.gone = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.gone.set()


def read(content: bytes) -> EmailMessage:
    """Read a message as it went over the wire."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str = "plain") -> str:
    """Give a message's text or, with `html`, its page."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@contextmanager
def post_office(*, protect: str = "none", certificate: Path | None = None) -> Iterator[PostOffice]:
    """Run a server on a free port; with `starttls` or `tls` it wants USER and PASSWORD, over TLS only."""
    office, loop = PostOffice(), asyncio.new_event_loop()
    lines: list[_Line] = []
    context = _context_of(certificate)
    how: dict[str, Any] = {"hostname": "mail.example", "enable_SMTPUTF8": True, "loop": loop}
    if protect != "none":
        how |= {"authenticator": office.is_known, "auth_required": True, "auth_require_tls": protect == "starttls"}
    if protect == "starttls":
        how |= {"tls_context": context, "require_starttls": True}

    def answer_one() -> _Line:
        office.connections += 1
        with warnings.catch_warnings():
            # The server does not see that its port is under TLS from the start.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS", UserWarning)
            lines.append(_Line(office, **how))
        return lines[-1]

    # Begun in its thread as well: that of the caller may be busy with a loop of its own, as when it drives a browser.
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    under_tls: dict[str, Any] = {"ssl": context, "ssl_shutdown_timeout": 1} if protect == "tls" else {}
    opened = loop.create_server(answer_one, HOST, 0, **under_tls)
    server = asyncio.run_coroutine_threadsafe(opened, loop).result()
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_close(server, lines), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _context_of(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


async def _close(server: asyncio.Server, lines: list[_Line]) -> None:
    """Hang up on everybody and wait until they are gone."""
    server.close()
    for line in lines:
        # Who is being hung up on already is let finish: over TLS, asyncio cannot abort what was closed.
        if isinstance(line.transport, asyncio.WriteTransport) and not line.transport.is_closing():
            line.transport.abort()
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    with suppress(TimeoutError):  # one that broke off while TLS was agreed on does not say that it is gone
        async with asyncio.timeout(2):
            for line in lines:
                if line.transport is not None:
                    await line.gone.wait()
    await asyncio.sleep(0)  # lets the sockets be closed


def self_signed(folder: Path) -> Path:
    """Make a certificate for loopback and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
