"""One HTTP request as a route reads it, and its answer as it is sent and remembered."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from litestar import Request
from litestar.response.base import ASGIResponse

from api.addresses import path_of, query_of
from api.errors import language_of
from api.heads import is_head
from api.service import service_of
from api.v1.calls import LARGEST_ID, Reply, etag_of
from api.v1.queries import read_query
from api.v1.routing import PREFIX, Route
from billing.clause.reading import read_object
from billing.errors import InvalidInput, NotFound
from billing.rating.strict_json import parse_json
from billing.services.access.trail import shortened
from billing.services.idempotency import Asked, Given, read_key

JSON = "application/json"
REPLAYED = {"Idempotency-Replayed": "true"}
_FIRST_PARAMETER = re.compile(r"\{(\w+):\w+\}.*")


class Exchange:
    """One request of one route; what it holds is read when it is asked for, so that a refusal comes in its order."""

    def __init__(self, route: Route, request: Request[Any, Any, Any], path: dict[str, Any], body: bytes) -> None:
        """Take the request with its path parameters and whole body."""
        self.may_wait = True
        self._raw: dict[str, Any] | None = None
        self.route, self.request, self._path, self._body = route, request, path, body
        self.service = service_of(request)
        self.lang = language_of(request)
        self.address = shortened(request.client.host) if request.client else ""
        self.is_head = is_head(request.scope)

    @property
    def name(self) -> str:
        """What the request is about: its address without the query."""
        return path_of(self.request)

    @property
    def thing(self) -> str:
        """What the request is about (`thing_of`)."""
        return thing_of(self.route.path, self._path)

    def path(self) -> dict[str, Any]:
        """Give the path's parameters; NotFound for a number that no row can have."""
        for value in self._path.values():
            if isinstance(value, int) and not 0 < value <= LARGEST_ID:
                raise NotFound("nothing_there", value=value)
        return self._path

    def query(self) -> dict[str, Any]:
        """Read the query's parameters."""
        return read_query(self.request.query_params.multi_items(), self.route.query)

    def raw(self) -> dict[str, Any]:
        """Read the body as one JSON object; it may be absent where no key of it must be there."""
        if self._raw is None:
            self._raw = self._read_body()
        return self._raw

    def _read_body(self) -> dict[str, Any]:
        route = self.route
        takes_none = route.reads is None and route.body_shape is None
        if takes_none and not route.changes:
            return {}  # of a look HTTP gives it no meaning
        may_be_absent = takes_none or (route.reads is not None and all(key.endswith("?") for key in route.reads))
        if may_be_absent and not self._body:
            return {}
        media_type = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != JSON:
            raise InvalidInput("not_json_content", path="Content-Type", value=media_type)
        coding = self.request.headers.get("content-encoding", "").strip().lower()
        if coding not in ("", "identity"):
            raise InvalidInput("content_packed", path="Content-Encoding", value=coding)
        parsed = parse_json(self._body, "body")
        if not isinstance(parsed, dict):
            raise InvalidInput("not_an_object", path="body", value=parsed)
        if takes_none:
            read_object(parsed, "", {})  # what somebody says is not to get lost unheard
        return parsed

    @property
    def key(self) -> str | None:
        """The Idempotency-Key of a POST, as it was sent; None without one."""
        return self.request.headers.get("idempotency-key") if self.route.method == "POST" else None

    def asked(self, actor: str) -> Asked | None:
        """Give what a POST of this actor asks under an Idempotency-Key, in one hash; None without a key."""
        key = self.key
        if key is None:
            return None
        whole = f"{self.request.method}\n{self.name}\n{query_of(self.request)}\n".encode() + self._body
        return Asked(actor, read_key(key), sha256(whole).hexdigest())


def thing_of(route: str, path: Mapping[str, Any]) -> str:
    """Give what a request is about, by one name for all that changes it and all ways to spell it.

    `/api/v1/cases/1` for `/cases/01` and `/cases/1/facts` as well, and for the pages of that case (`api.web.things`):
    what somebody has seen is changed by one at a time.
    """
    return PREFIX + _FIRST_PARAMETER.sub(lambda found: str(path[found[1]]), route)


def given_by(route: Route, reply: Reply) -> Given:
    """Give a route's answer as it is sent and remembered."""
    headers = dict(reply.headers or {})
    if reply.location is not None:
        headers["Location"] = PREFIX + reply.location
    if reply.etag and reply.body is not None:
        headers["ETag"] = etag_of(reply.body)
    body = reply.body.model_dump_json() if reply.body is not None else ""
    return Given(reply.status or route.status.value, headers, body)


def response_of(given: Given, reply: Reply | None = None, more: Mapping[str, str] | None = None) -> ASGIResponse:
    """Make an answer ready to be sent: one just given by a route, with its file and cookies, or one given before."""
    headers = {**given.headers, **(more or {})}
    media_type, _, charset = headers.pop("Content-Type", JSON).partition("; charset=")
    content = given.body.encode() if reply is None or reply.content is None else reply.content
    return ASGIResponse(
        body=content,
        status_code=given.status,
        media_type=media_type,
        headers=headers,
        cookies=() if reply is None else reply.cookies,
        encoding=charset or "utf-8",
    )
