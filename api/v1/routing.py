"""How routes are made: a table of what each takes, gives and asks for; the rest is the same for all of them.

    @post("/cases", right=Right.WORK, reads=CASE, gives=CaseOut, example=EXAMPLE)
    def open_case_(call: Call) -> Reply:
        '''Open a case.'''

Each request is one transaction: recognise the visitor, look for an earlier answer under the Idempotency-Key, do it,
remember the answer, commit. The interface description is made of the same table (`api.v1.description`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel

from api.v1.calls import Call, Guess, Nothing, OpenCall, Reply
from billing.clause.reading import Reader
from billing.services.access.rights import Right

Handler = Callable[[Call], Reply]
AskAhead = Callable[[Guess], Any]
OpenHandler = Callable[[OpenCall], Reply]
_H = TypeVar("_H", bound=Callable[..., Reply])
PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation of the API.

    `right` None: anybody who is logged in; `is_open`: nobody need be, and the function takes an `OpenCall`. `reads`
    are the body's readers, `query` those of the query, `gives` the model of the answer. `in_steps`: the work takes
    transactions of its own, so the call has a session to read only. `writes`: a GET that leaves a trace in the access
    log. `half`: a session that still waits for its second factor may ask this. `matches`: If-Match must be given.
    `least_keys`: how many of the body's keys must be said, whichever. `keyed`: an open route that takes an
    Idempotency-Key, as all others do.
    `is_brief`: some statements and no more, done where the request came in if nobody is in the way (`serving`).
    `asks_ahead` asks what the handler will read together with who it is, so that one answer of a server is awaited for
    both; the handler has what it gave as `call.asked`, if the guess was right.
    """

    method: str
    path: str
    handler: Any
    right: Right | None
    gives: type[BaseModel]
    status: HTTPStatus
    reads: Mapping[str, Reader] | None = None
    query: Mapping[str, Reader] = field(default_factory=dict)
    example: Mapping[str, Any] | None = None
    tag: str = ""
    is_open: bool = False
    in_steps: bool = False
    writes: bool = False
    half: bool = False
    is_brief: bool = False
    asks_ahead: AskAhead | None = None
    keyed: bool = False
    matches: bool = False
    least_keys: int = 0
    media_types: tuple[str, ...] = ("application/json",)
    body_shape: Mapping[str, Any] | None = None
    """The JSON Schema of a body that has readers of its own, such as a scenario."""

    @property
    def name(self) -> str:
        """The operation's id: the function's name."""
        return str(self.handler.__name__).rstrip("_")

    @property
    def changes(self) -> bool:
        """Whether the request may change anything."""
        return self.method != "GET"


ROUTES: list[Route] = []
"""Every operation, in the order the nouns were imported; `api.v1.nouns` imports all."""


def get(path: str, **said: Any) -> Callable[[Handler], Handler]:
    """Register a request that changes nothing (with `writes` it leaves a trace in the access log)."""
    return _register("GET", path, HTTPStatus.OK, said)


def post(path: str, **said: Any) -> Callable[[Handler], Handler]:
    """Register a deed; safe to repeat under an Idempotency-Key."""
    return _register("POST", path, HTTPStatus.CREATED, said)


def put(path: str, **said: Any) -> Callable[[Handler], Handler]:
    """Register the setting of a thing as a whole."""
    return _register("PUT", path, HTTPStatus.OK, said)


def patch(path: str, **said: Any) -> Callable[[Handler], Handler]:
    """Register a change of some fields; If-Match is asked for (`call.require_match`)."""
    return _register("PATCH", path, HTTPStatus.OK, {"matches": True, "least_keys": 1, **said})


def delete(path: str, **said: Any) -> Callable[[Handler], Handler]:
    """Register a taking back."""
    return _register("DELETE", path, HTTPStatus.NO_CONTENT, {"gives": Nothing, **said})


def open_get(path: str, **said: Any) -> Callable[[OpenHandler], OpenHandler]:
    """Register a look that nobody need be logged in for."""
    return _register("GET", path, HTTPStatus.OK, {"right": None, "is_open": True, **said})


def open_post(path: str, **said: Any) -> Callable[[OpenHandler], OpenHandler]:
    """Register a deed that nobody need be logged in for."""
    return _register("POST", path, HTTPStatus.CREATED, {"right": None, "is_open": True, **said})


def _register(method: str, path: str, status: HTTPStatus, said: dict[str, Any]) -> Callable[[_H], _H]:
    """Put a route into the table; `right` must be said, if only as None, so that none is open by oversight."""

    def register(handler: _H) -> _H:
        known = {"tag": handler.__module__.rpartition(".")[2], **said}
        known["status"] = HTTPStatus(said.get("status", status))
        ROUTES.append(Route(method=method, path=path, handler=handler, **known))
        return handler

    return register
