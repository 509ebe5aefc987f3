"""One request of a page: its form, its cookies, and who may speak; read before the page's work begins."""

import hmac
import time
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import UploadFile

from api.addresses import path_of, query_of
from api.auth import comes_from_elsewhere, cookie_name, csrf_token
from api.errors import language_of
from api.heads import is_head
from api.service import service_of
from api.v1.calls import LARGEST_ID
from api.v1.queries import read_query
from api.web.calls import Opened
from api.web.forms import CSRF_FIELD, KEY_FIELD, Form, Upload
from api.web.routing import WebRoute
from billing.errors import NotAllowed, NotFound
from billing.services.access.trail import shortened
from billing.services.access.visitor import Credentials, Via
from billing.services.idempotency import Asked
from billing.texts import LANGUAGES

LANGUAGE_COOKIE, THEME_COOKIE = "lang", "theme"
THEMES = ("light", "dark")
_OURSELVES = ("same-origin", "none")
"""What browsers say of a request that one of our pages made, or the person alone."""
_LONGEST_KEY = 64
_OF_PATHS = "/!$&'()*+,;=:@~"
_HEX = 16


class PageExchange:
    """One request of one page or deed; what it holds is read when it is asked for."""

    def __init__(self, route: WebRoute, request: Request[Any, Any, Any], path: dict[str, Any], form: Form) -> None:
        """Take the request with its path parameters and the form it brought."""
        self.route, self.request, self.form, self._path = route, request, form, path
        self.service = service_of(request)
        self.address = shortened(request.client.host) if request.client else ""
        self.is_head = is_head(request.scope)
        self._begun = time.monotonic()

    @property
    def name(self) -> str:
        """What the request is about: its address without the query."""
        return path_of(self.request)

    @property
    def whole(self) -> str:
        """The address with its query, to come back to."""
        path, query = quote(self.name, safe=_OF_PATHS), query_of(self.request)
        return f"{path}?{query}" if query else path

    def path(self) -> dict[str, Any]:
        """Give the path's parameters; NotFound for a number that no row can have."""
        for value in self._path.values():
            if isinstance(value, int) and not 0 < value <= LARGEST_ID:
                raise NotFound("nothing_there", value=value)
        return self._path

    def query_of(self, route: WebRoute) -> dict[str, Any]:
        """Read the query by the readers of a page; fields left empty by a form are not there."""
        given = [(name, value) for name, value in self.request.query_params.multi_items() if value]
        return read_query(given, route.query)

    def opened(self, language: str | None = None) -> Opened:
        """Give how it came; the language is the chosen one, else that of the account, else the browser's."""
        cookies = self.request.cookies
        wanted = (cookies.get(LANGUAGE_COOKIE), language, language_of(self.request))
        theme = cookies.get(THEME_COOKIE, "")
        return Opened(
            address=self.whole,
            lang=next(one for one in wanted if one in LANGUAGES),
            theme=theme if theme in THEMES else "",
            cookies=cookies,
            begun=self._begun,
            packs=self._packs,
            is_head=self.is_head,
        )

    @property
    def _packs(self) -> bool:
        """Whether the page may be packed: the browser can, and it is no other site that asks.

        Who makes others ask for a page and watches its packed length could guess at what is secret in it (BREACH).
        """
        site = self.request.headers.get("sec-fetch-site", "")
        return site in _OURSELVES and "gzip" in self.request.headers.get("accept-encoding", "")

    def credentials(self) -> Credentials | None:
        """Take the session's cookie; NotAllowed `form_not_ours` for a deed that does not prove it comes from us."""
        secret = self.request.cookies.get(cookie_name(self.service))
        if not secret:
            return None
        if self.route.changes:
            self.require_ours(csrf_token(secret))
        return Credentials(Via.SESSION, secret)

    def require_ours(self, token: str | None = None) -> None:
        """Refuse a form that another site sent; with a token, one that does not carry it."""
        elsewhere = comes_from_elsewhere(self.request, self.service)
        given = self.form.text(CSRF_FIELD).encode("utf-8", "surrogateescape")
        if elsewhere or (token and not hmac.compare_digest(given, token.encode())):
            raise NotAllowed("form_not_ours")

    def asked(self, actor: str) -> Asked | None:
        """Give what this sending of a form asks, in one hash; None for a form without a name of its own.

        Sent twice it is done once. With other content it is another request: somebody went back and changed it.
        """
        key = self.form.text(KEY_FIELD)
        if not key or not key.isascii() or not key.isprintable() or len(key) > _LONGEST_KEY:
            return None
        whole = sha256(f"POST\n{self.whole}\n".encode())
        for name, values in self.form.typed.items():
            if name != CSRF_FIELD:
                whole.update(repr((name, values)).encode())
        for name, files in self.form.all_files().items():
            whole.update(repr((name, [sha256(one.content).hexdigest() for one in files])).encode())
        digest = whole.hexdigest()
        return Asked(actor, f"page:{key}:{digest[:_HEX]}", digest)


async def form_of(request: Request[Any, Any, Any]) -> Form:
    """Read the form that a request brings, files and all."""
    items: list[tuple[str, str | Upload]] = []
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            items.append((name, Upload(value.filename or "", await value.read())))
        else:
            items.append((name, str(value)))
    return Form(items)
