"""Headers that every answer carries: no script, no frame, no guess, no copy in a cache (law.md T-16 and part G)."""

from typing import TYPE_CHECKING

from litestar.types import Message, Scope

if TYPE_CHECKING:
    from api.service import Service

_YEAR = 365 * 24 * 3600
_SAID = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_ALWAYS = [(name.lower().encode(), value.encode()) for name, value in _SAID.items()]
_ONLY_TLS = (b"strict-transport-security", f"max-age={_YEAR}; includeSubDomains".encode())


async def protect(message: Message, scope: Scope) -> None:
    """Add the headers to an answer on its way out, whoever made it (Litestar's `before_send`)."""
    if message["type"] != "http.response.start":
        return
    service: Service = scope["litestar_app"].state.service
    said = message["headers"] = list(message["headers"])
    known = {name.lower() for name, _ in said}
    said += [header for header in _ALWAYS if header[0] not in known]
    if service.is_https:
        said.append(_ONLY_TLS)
