"""Headers that every answer carries: no script, no frame, no guess, no copy in a cache (law.md T-16 and part G)."""

from typing import TYPE_CHECKING

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

if TYPE_CHECKING:
    from api.service import Service

_YEAR = 365 * 24 * 3600
_ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


async def protect(message: Message, scope: Scope) -> None:
    """Add the headers to an answer on its way out, whoever made it (Litestar's `before_send`)."""
    if message["type"] != "http.response.start":
        return
    service: Service = scope["litestar_app"].state.service
    headers = MutableScopeHeaders.from_message(message)
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    if service.is_https:
        headers.setdefault("Strict-Transport-Security", f"max-age={_YEAR}; includeSubDomains")
