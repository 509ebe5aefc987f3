"""Where the pages of an installation are. What is written before the installation's address is known says `PORTAL`."""

import re
from collections import Counter
from collections.abc import Iterable

PORTAL = "https://portal.invalid"
"""Stands for the installation's address in written mail, until it is sent (RFC 2606: nobody can own this name)."""
_LONGEST = len(str(2**63 - 1))
_LINK = re.compile(rf"{re.escape(PORTAL)}/(?:p|portal)/l/[A-Za-z0-9_-]+")


def link_url(base_url: str, raw: str) -> str:
    """Give the address of the page that a mailed link opens: the one place that knows it."""
    return f"{base_url.rstrip('/')}/p/l/{raw}"


def without_link_secrets(written: str) -> str:
    """Give a written message without what makes its links open something; those of older mails say `/portal/l/`."""
    return _LINK.sub(link_url(PORTAL, "…"), written)


def address_name(ref: str, number: int, *, is_shared: bool = False) -> str:
    """Give what an address calls a thing: its reference; its number if others share that, or it fits into none."""
    fits = ref.isascii() and all(sign.isalnum() or sign in "-_." for sign in ref) and not ref.isdecimal()
    return ref if fits and not is_shared else str(number)


def shared_among(refs: Iterable[str]) -> set[str]:
    """Give those references of a list that several of its things have."""
    return {ref for ref, bearers in Counter(refs).items() if bearers > 1}


def page_address(place: str, ref: str, number: int, *more: str, is_shared: bool = False) -> str:
    """Give the address of a thing's page below a place (`kva`), or of a page below that one."""
    return "/".join((f"/{place}", address_name(ref, number, is_shared=is_shared), *more))


def number_in(name: str) -> int:
    """Give the number that a name is; 0 for a name that is none."""
    return int(name) if name.isascii() and name.isdecimal() and len(name) < _LONGEST else 0


def lasting_address(place: str, number: int) -> str:
    """Give the address that a mail names a thing's page by: its number, as others may come to share its reference."""
    return f"/{place}/{number}"


def at_home(written: str, base_url: str) -> str:
    """Give a written message with the installation's own address in its links."""
    return written.replace(PORTAL, base_url.rstrip("/"))
