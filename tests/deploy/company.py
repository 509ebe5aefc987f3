"""The mail server of the company, as the relay of compose.yaml meets it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import AuthResult


@dataclass
class Company:
    """The company's mail server: it takes mail, but not for everybody."""

    taken: list[bytes] = field(default_factory=list)
    log_ins: list[tuple[bytes, bytes]] = field(default_factory=list)

    def knows(self, _server: Any, _session: Any, _envelope: Any, _way: str, given: Any) -> AuthResult:
        """Note who logs in."""
        self.log_ins.append((given.login, given.password))
        return AuthResult(success=True)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Know nobody called no@, and be busy for later@."""
        await asyncio.sleep(0)
        if address.startswith("no@"):
            return "550 5.1.1 unknown"
        if address.startswith("later@"):
            return "451 busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the message."""
        await asyncio.sleep(0)
        self.taken.append(envelope.content)
        return "250 OK"
