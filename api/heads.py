"""HEAD is answered as GET is, without the body (RFC 9110 9.3.2): of every page, file and resource, by one rule.

No route names it: a HEAD becomes the GET of its address before it is routed, so that what is described, who may ask and
which headers are sent is the same; only the log and the metrics tell the two apart.

What GET leaves in the access log about bytes that were given is not kept: with HEAD none leave. What it leaves about
somebody who may not ask, or asks with a dead secret, is.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Litestar
from litestar.enums import HttpMethod, ScopeType
from litestar.types import Message, Send

_ASKED_BY_HEAD = "mehraufwand_head"


class Application(Litestar):
    """The ASGI application, which answers HEAD wherever it answers GET."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take a request; a HEAD goes on as a GET whose body is not sent."""
        if scope["type"] == ScopeType.HTTP and scope["method"] == HttpMethod.HEAD:
            state = {**scope.get("state", {}), _ASKED_BY_HEAD: True}
            scope, send = {**scope, "method": "GET", "state": state}, _bodiless(send)
        await super().__call__(scope, receive, send)


def is_head(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request was a HEAD."""
    return _ASKED_BY_HEAD in scope.get("state", {})


def method_of(scope: Mapping[str, Any]) -> str:
    """Give the method as it was asked."""
    return "HEAD" if is_head(scope) else str(scope.get("method", ""))


def with_head(methods: Iterable[str]) -> set[str]:
    """Give the methods that an address takes: HEAD with GET."""
    found = set(methods)
    return found | {"HEAD"} if "GET" in found else found


def _bodiless(send: Any) -> Send:
    """Send what GET would, its length as well, but none of the bytes."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head
