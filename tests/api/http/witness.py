"""Watches what tests do over HTTP: a change that was answered with success left its trace in a log (law.md T-12)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import httpx

from api.v1.nouns import all_routes
from api.v1.routing import PREFIX, Route
from billing.store.session import Store
from tests.support.asked import heard

TRACELESS = {
    "preview_bank_file": "reads a file that the body brings; nothing is stored",
    "preview_settlement": "settles a scenario that the body brings; nothing is stored",
    "run_month": "a dry run, or facts that did not change, store nothing",
    "approve_draft": "a draft that is released already stays as it is",
    "issue_month": "where nothing can be issued nothing is, and the answer says why",
    "order_datev_export": "where all was handed over before nothing is written",
    "send_invoice": "what was sent or waits to be is not sent again unasked",
    "send_pass_through": "as send_invoice",
    "send_month": "as send_invoice, for each of the month's documents",
    "propose_my_second_factor": "the secret is given out sealed; its first code takes it into use",
    "request_password_reset": "an address without an account leaves nothing behind",
}
"""Requests that may succeed without a trace, and why."""

_LOGGED = re.compile(r"INSERT INTO (audit_log|access_log)\b")
_REPLAYED = "idempotency-replayed"


def writing_routes() -> list[Route]:
    """Give the routes whose success must leave a trace: all that change something, and looks that are on record."""
    return [route for route in all_routes() if route.changes or route.writes]


@contextmanager
def witnessed(store: Store, client: httpx.Client) -> Iterator[None]:
    """Let no answered change through that left no trace."""
    traces = _Traces()
    hooks = client.event_hooks
    client.event_hooks = {"request": [traces.begin], "response": [traces.end]}
    try:
        with heard(store, traces.count):
            yield
    finally:
        client.event_hooks = hooks


class _Traces:
    """Rows of both logs, counted as they are written; of requests at once each sees at least its own."""

    def __init__(self) -> None:
        self._rows, self._lock = 0, Lock()

    def count(self, statement: str) -> None:
        if _LOGGED.match(statement):
            with self._lock:
                self._rows += 1

    def begin(self, request: httpx.Request) -> None:
        request.extensions["rows_before"] = self._rows

    def end(self, response: httpx.Response) -> None:
        request = response.request
        route = _route_of(request)
        if route is None or not response.is_success or _REPLAYED in response.headers or route.name in TRACELESS:
            return
        assert self._rows > request.extensions["rows_before"], f"{route.name} left no trace in any log"


_ADDRESSES = [
    (route.method, re.compile(PREFIX + re.sub(r"\{\w+:\w+\}", "[^/]+", route.path)), route)
    for route in writing_routes()
]


def _route_of(request: httpx.Request) -> Route | None:
    found = (
        route
        for method, address, route in _ADDRESSES
        if method == request.method and address.fullmatch(request.url.path)
    )
    return next(found, None)
