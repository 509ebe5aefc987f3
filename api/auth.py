"""What a request shows of who sends it: a session's cookie with its CSRF token, or a personal token."""

import hmac
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie

from api.service import Service
from billing.errors import NotAllowed
from billing.services.access.visitor import Credentials, Via

CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "
_USUAL_PORTS = {"http": 80, "https": 443}


def credentials_of(request: Request[Any, Any, Any], service: Service) -> Credentials | None:
    """Take the token of the Authorization header, else the session's cookie; None when neither came along.

    NotAllowed `csrf_missing` for a cookie on a request that changes something and does not prove it is ours.
    """
    authorization = request.headers.get("authorization", "")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return Credentials(Via.TOKEN, authorization[len(_BEARER) :].strip())
    secret = request.cookies.get(cookie_name(service))
    if not secret:
        return None
    if request.method not in _SAFE:
        _require_ours(request, service, secret)
    return Credentials(Via.SESSION, secret)


def csrf_token(secret: str) -> str:
    """Give the token that belongs to a session: whoever can read it is on one of our pages."""
    return hmac.new(secret.encode("utf-8", "surrogateescape"), b"mehraufwand.csrf", sha256).hexdigest()


def cookie_name(service: Service) -> str:
    """Give the cookie's name; over TLS one that no other host and no plain page can set."""
    return "__Host-mehraufwand" if service.is_https else "mehraufwand"


def session_cookie(service: Service, secret: str) -> Cookie:
    """Give the cookie of a new session; it ends with the browser's, and at the server's limits before."""
    return Cookie(key=cookie_name(service), value=secret, secure=service.is_https, httponly=True, samesite="lax")


def ended_cookie(service: Service) -> Cookie:
    """Give the cookie that takes the session's out of the browser."""
    cookie = session_cookie(service, "")
    cookie.max_age = 0
    return cookie


def link_cookie_name(service: Service) -> str:
    """Give the name of the cookie that keeps mailed links; it is bound to us as the session's is."""
    return "__Host-portal" if service.is_https else "portal"


def link_cookie(service: Service, links: str) -> Cookie:
    """Give the cookie that keeps mailed links until the browser's end; without any it takes them out."""
    name, ended = link_cookie_name(service), 0 if not links else None
    return Cookie(
        key=name, value=links, max_age=ended, secure=service.is_https, httponly=True, samesite="lax", path="/"
    )


def comes_from_elsewhere(request: Request[Any, Any, Any], service: Service) -> bool:
    """Tell whether a browser says that another site has sent a request; programs say nothing of it."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    return site == "cross-site" or (origin is not None and _origin_of(origin) != _origin_of(service.base_url))


def _origin_of(url: str) -> tuple[str, str | None, int | None] | None:
    """Give scheme, host and port as browsers compare them: no capitals, the usual port is none; None for no address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port or _USUAL_PORTS.get(parts.scheme)


def _require_ours(request: Request[Any, Any, Any], service: Service, secret: str) -> None:
    given = request.headers.get(CSRF_HEADER.lower(), "").encode("utf-8", "surrogateescape")
    if comes_from_elsewhere(request, service) or not hmac.compare_digest(given, csrf_token(secret).encode()):
        raise NotAllowed("csrf_missing", header=CSRF_HEADER)
