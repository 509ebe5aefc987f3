"""What the service refuses to start with when strangers can reach it: a default secret, or a way without TLS."""

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from api.installation import Store
from api.settings import Settings
from billing.errors import Problem

PRODUCTION = "MEHRAUFWAND_PRODUCTION"
LOOPBACK = "127.0.0.1"
_DEFAULTS = frozenset(
    {"admin", "change me", "changeme", "demo", "geheim", "mehraufwand", "password", "passwort", "postgres", "secret"}
)
"""Passwords that stand in examples."""


def is_production(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this is the real thing: MEHRAUFWAND_PRODUCTION says anything but no."""
    return environment.get(PRODUCTION, "").strip().lower() not in {"", "0", "false", "no", "off"}


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_safe(settings: Settings, host: str, base_url: str | None, *, production: bool) -> None:
    """Refuse to serve strangers unsafely: Problem `default_secret` names the setting, `base_url_not_https` the address.

    On loopback, outside production, anything goes: it is a developer's own machine.
    """
    if is_loopback(host) and not production:
        return
    for name, url in (
        ("MEHRAUFWAND_DB", settings.database_url),
        ("MEHRAUFWAND_DB_OWNER", settings.owner_url),
        ("MEHRAUFWAND_SMTP", settings.smtp_url or ""),
    ):
        if _has_default_secret(url):
            raise Problem("default_secret", path=name)
    if base_url is None or not base_url.startswith("https://"):
        raise Problem("base_url_not_https", path="MEHRAUFWAND_BASE_URL", value=base_url or "")


def require_own_keys(store: Store, host: str = LOOPBACK, *, production: bool) -> None:
    """Refuse keys that anybody guesses, where `require_safe` refuses passwords: Problem `keys_guessable`."""
    if (production or not is_loopback(host)) and store.ring is not None and store.ring.is_guessable:
        raise Problem("keys_guessable")


def _has_default_secret(url: str) -> bool:
    """Tell whether one of a URL's passwords stands in examples, is empty or the user's name; none at all is fine."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    given = [*asked.get("password", ()), *(unquote(part) for part in (parts.password,) if part is not None)]
    names = {unquote(name).lower() for name in (parts.username or "", *asked.get("user", ()))}
    return any(password.lower() in _DEFAULTS | names | {""} for password in given)
