"""Where the pages of an installation are. What is written before the installation's address is known says `PORTAL`."""

PORTAL = "https://portal.invalid"
"""Stands for the installation's address in written mail, until it is sent (RFC 2606: nobody can own this name)."""


def link_url(base_url: str, raw: str) -> str:
    """Give the address of the page that a mailed link opens: the one place that knows it."""
    return f"{base_url.rstrip('/')}/p/l/{raw}"


def page_address(place: str, ref: str, number: int, *more: str) -> str:
    """Give the address of a thing's page below a place (`kva`); a reference that fits into none gives its number."""
    fits = ref.isascii() and all(sign.isalnum() or sign in "-_." for sign in ref) and not ref.isdecimal()
    return "/".join((f"/{place}", ref if fits else str(number), *more))


def at_home(written: str, base_url: str) -> str:
    """Give a written message with the installation's own address in its links."""
    return written.replace(PORTAL, base_url.rstrip("/"))
