"""The access log: log-ins and their failures, exports, downloads, mail that went out (law.md T-10, T-25)."""

import ipaddress
from functools import lru_cache
from typing import Any

from billing.services.acting import Act
from billing.store.audit import Event, append_access
from billing.store.session import TenantSession


def note_access(session: TenantSession, act: Act, action: str, subject: str, **details: Any) -> None:
    """Leave one event in the access log of the day: references, digests and shortened addresses, nothing personal."""
    append_access(session, Event(act.at, _actor(act), action, subject, details))


@lru_cache(maxsize=1024)
def shortened(address: str) -> str:
    """Shorten an IP address to a network, /24 of IPv4 or /48 of IPv6, so that it names nobody; "" for anything else."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    length = 24 if known.version == 4 else 48  # noqa: PLR2004 - the version of the protocol
    return str(ipaddress.ip_network(f"{known}/{length}", strict=False))


def _actor(act: Act) -> str:
    return f"user:{act.user_id}" if act.user_id is not None else act.name
