"""All mail goes out here: the outbox's step "mail", by SMTP, at least once, each attempt on record.

A step is claimed in a transaction of its own, the server is talked to in none, and what it answered is recorded in a
third. Who dies between the server's yes and our commit leaves a claim that runs out: the message goes out a second
time with the same Message-ID, which is the only honest choice (architecture: mail is at least once everywhere).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from ssl import SSLError, create_default_context
from typing import Self

import aiosmtplib

from billing import outbox
from billing.errors import Problem
from billing.outbox import Done, Item
from billing.services.acting import Act
from billing.services.mail_sending import Attempt, Outgoing, mail_to_send, record_attempt, without_people
from billing.services.mails import MAIL
from billing.store.session import Store
from billing.store.tables.kinds import DeliveryOutcome
from invoices.mail_message import message_of
from invoices.mail_server import MailServer, Tls

LEASE = timedelta(minutes=15)
"""How long a claim holds: well over the time in which every single answer of a server may run out."""
_SECONDS_PER_ANSWER = 30
_PERMANENT = 500
_OUR_FAULT = (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPHeloError)
"""Refusals that are about the settings, not about the message: it may go once they are put right."""


class MailSender:
    """Sends what was written, for one installation."""

    def __init__(self, server: MailServer, actor: str, now: Callable[[], datetime]) -> None:
        """Take the server, in whose name the attempts are recorded, and the clock."""
        self._server, self._actor, self._now = server, actor, now

    @property
    def handlers(self) -> Mapping[str, outbox.Handler]:
        """Give the outbox what sends."""
        return {MAIL: self._send_all}

    def _send_all(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        """Send a batch over one connection."""
        with _Line(self._server) as line:
            for item in items:
                yield self._send(store, processor_id, item, line)

    def _send(self, store: Store, processor_id: int, item: Item, line: "_Line") -> Done:
        with store.tenant(processor_id) as session:
            if not outbox.claim(session, item, self._now() + LEASE):
                return Done(item, "")
        try:
            with store.tenant(processor_id, read_only=True) as session:
                mail = mail_to_send(session, item.subject_id)
        except Problem as problem:
            return Done(item, problem.code)
        attempt = line.send(mail)
        with store.tenant(processor_id) as session:
            record_attempt(session, Act(self._actor, self._now()), mail, attempt)
            if attempt.is_accepted and outbox.take(session, item):
                outbox.finish(session, item, self._now())
        error = "" if attempt.is_accepted else f"{attempt.outcome}: {without_people(attempt.answer)}"
        return Done(item, error, attempt.hopeless)


class _Line:
    """One connection to the mail server, opened when first needed; once it can't be, no more is tried in this batch."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._loop = asyncio.Runner()
        self._client: _Connection | None = None
        self._down: Attempt | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            self._loop.run(self._hang_up())
        self._loop.close()

    def send(self, mail: Outgoing) -> Attempt:
        """Hand over one message; gives what came of it, whatever goes wrong."""
        if self._down is not None:
            return self._down
        return self._loop.run(self._say(mail))

    async def _say(self, mail: Outgoing) -> Attempt:
        try:
            client = await self._connected()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._down = Attempt(DeliveryOutcome.FAILED, _words(error))
            return self._down
        utf8 = [] if mail.recipient.isascii() else ["SMTPUTF8"]
        try:
            content = message_of(mail, self._server)
            _, answer = await client.sendmail(self._server.sender, [mail.recipient], content, mail_options=utf8)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return _refusal(error)
        return Attempt(DeliveryOutcome.ACCEPTED, answer)

    async def _connected(self) -> "_Connection":
        """Give the open connection; a server may have closed the one we had."""
        if self._client is None or not self._client.is_connected:
            server = self._server
            self._client = _Connection(
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                local_hostname=server.sender.partition("@")[2],
                use_tls=server.tls is Tls.TLS,
                start_tls=server.tls is Tls.STARTTLS,
                tls_context=None if server.tls is Tls.NONE else create_default_context(),
                timeout=_SECONDS_PER_ANSWER,
            )
            await self._client.connect()
        return self._client

    async def _hang_up(self) -> None:
        if self._client is None:
            return
        try:
            if self._client.is_connected:
                await self._client.quit()
        finally:
            self._client.close()
            await asyncio.sleep(0)  # lets the socket be closed


class _Connection(aiosmtplib.SMTP):
    """A connection that is gone once closed, whoever closes it: the library does when a login is refused."""

    def close(self) -> None:
        """Close it now: under TLS it would wait for the server's farewell, and outlive the loop."""
        transport = self.transport
        super().close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()


def _refusal(error: Exception) -> Attempt:
    """Tell a refusal for now from one for good, and both from a server that fell silent."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPNotSupported | ValueError):
        return Attempt(DeliveryOutcome.REJECTED, _words(error), hopeless=True)
    if isinstance(error, _OUR_FAULT) or not isinstance(error, aiosmtplib.SMTPResponseException):
        return Attempt(DeliveryOutcome.FAILED, _words(error))
    permanent = error.code >= _PERMANENT
    outcome = DeliveryOutcome.REJECTED if permanent else DeliveryOutcome.DEFERRED
    return Attempt(outcome, _words(error), hopeless=permanent)


def _words(error: Exception) -> str:
    """Give what the server said, or the kind of trouble when it said nothing."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    if isinstance(error, SSLError):
        return f"TLS: {error.reason or type(error).__name__}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
