"""Serves the routes: one Litestar handler a path and method, each request one transaction, its answer remembered."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn, Protocol

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from api.auth import credentials_of
from api.errors import problem_response
from api.heads import with_head
from api.signing import sign
from api.v1.calls import Call, Guess, OpenCall, Reply
from api.v1.exchange import REPLAYED, Exchange, given_by, response_of
from api.v1.routing import PREFIX, Route
from billing.errors import NotAllowed, Problem
from billing.services.access.authentication import Found, ask_earlier, find_tenant, needs_touch, touch, visitor_in
from billing.services.access.misuse import WITHOUT_LEAVE, note_dead_token, note_refusal
from billing.services.access.rights import Right
from billing.services.access.visitor import Credentials, Visitor
from billing.services.idempotency import Asked, Given, earlier_answer, remember_answer, remember_once
from billing.services.moments import local_day
from billing.store.engine import Postponed
from billing.store.session import TenantSession, hold

_PASSING = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INSUFFICIENT_STORAGE})
"""Refusals that time alone takes away: the same request may be sent again under its key."""
_OUTRUN = "written_meanwhile"
"""The refusal of who met another transaction: nothing was written, and the same request may succeed at once."""

_MOST_REMEMBERED = 10_000

Answer = ASGIResponse | Response[bytes]
"""What is sent: an answer, or the refusal of one."""


def handler_of(route: Route) -> HTTPRouteHandler:
    """Make the Litestar handler of a route."""
    answer = _answer_open if route.is_open else _answer

    async def endpoint(request: Request[Any, Any, Any], **given: Any) -> Answer:
        # Not left to Litestar: it takes a path anew with each further method and would wrap the function once more.
        body = given.pop("body", b"")
        exchange = Exchange(route, request, given, body)
        if not route.is_brief:
            return await sync_to_thread(answer, exchange)
        return await _briefly(exchange)

    # What is ready to be sent: of anything less Litestar makes that itself, by way of a `Response`.
    body: dict[str, Any] = {"body": RawBody} if route.changes else {}
    sign(endpoint, route, ASGIApp, **body)
    make = HTTPRouteHandler(
        PREFIX + route.path,
        http_method=route.method,  # type: ignore[arg-type]  # one of the five methods of `routing`
        name=route.name,
        status_code=HTTPStatus.OK,  # Litestar asks for one; each answer carries its own
        opt={"route": route},
    )
    return make(endpoint)


def options_of(path: str, methods: Iterable[str]) -> HTTPRouteHandler:
    """Make the answer to OPTIONS; Litestar's own would name the first method of a path only."""
    allowed = ", ".join(sorted(with_head({*methods, "OPTIONS"})))

    async def options() -> Response[None]:
        return Response(None, status_code=HTTPStatus.NO_CONTENT, headers={"Allow": allowed})

    make = HTTPRouteHandler(PREFIX + path, http_method="OPTIONS", status_code=HTTPStatus.NO_CONTENT)
    return make(options)


async def _briefly(exchange: Exchange) -> Answer:
    """Answer a brief request in the thread that it came to: to another one and back takes as long as its statements.

    Those that come in at the same time are done in one transaction. Nobody is kept waiting: with somebody else in the
    way, or more to do than is brief, nothing is done, and it is done in a thread as all others.
    """
    if exchange.service.store.is_brief:
        exchange.may_wait = False
        try:
            visit = _visit(exchange)
            try:
                return await exchange.service.together.do(visit.processor_id, visit.answer)
            except Problem as problem:
                return visit.refusal(problem)
        except Postponed:
            exchange.may_wait = True
    return await sync_to_thread(_at_length, exchange)


def _at_length(exchange: Exchange) -> Answer:
    answer = _answer(exchange)
    exchange.service.store.get_ready()
    return answer


def _answer_open(exchange: Exchange) -> Answer:
    """Answer a route that nobody need be logged in for."""
    route, service = exchange.route, exchange.service
    call = OpenCall(
        service=service,
        path=exchange.path(),
        raw=exchange.raw(),
        query=exchange.query(),
        address=exchange.address,
        lang=exchange.lang,
        asked_by=exchange.asked,
        given_by=partial(given_by, route),
    )
    reply: Reply = route.handler(call)
    if reply.earlier is not None:
        return response_of(reply.earlier, None, REPLAYED)
    return response_of(given_by(route, reply), reply)


def _answer(exchange: Exchange) -> Answer:
    """Answer a route for those who are logged in: one transaction from who it is to the remembered answer."""
    visit = _visit(exchange)
    try:
        with exchange.service.store.tenant(visit.processor_id, read_only=visit.reads_only) as session:
            session.keeps = not exchange.is_head
            response = visit.answer(session)
    except Problem as problem:
        return visit.refusal(problem)
    visit.conclude()
    return response


def _visit(exchange: Exchange) -> "_Visit":
    """Find whose secret a request shows; NotAllowed if it shows none, or nobody's."""
    credentials = credentials_of(exchange.request, exchange.service)
    found = find_tenant(exchange.service.store, credentials, may_wait=exchange.may_wait) if credentials else None
    if credentials is None or found is None:
        _refuse_stranger()
    return _Visit(exchange, credentials, found)


def _refuse_stranger() -> NoReturn:
    raise NotAllowed("not_logged_in")


class Guarded(Protocol):
    """What says whom it lets in: a route of the interface, or a page."""

    @property
    def right(self) -> Right | None:
        """What a visitor must be allowed; None: to be logged in is enough."""

    @property
    def changes(self) -> bool:
        """Whether it may change anything."""

    @property
    def half(self) -> bool:
        """Whether a session that still waits for something may come."""


class _Visit:
    """One request of somebody who is logged in, from the look at the door to what is noted afterwards."""

    def __init__(self, exchange: Exchange, credentials: Credentials, found: Found) -> None:
        self._exchange, self._credentials, self._found = exchange, credentials, found
        self._route, self._now = exchange.route, exchange.service.now()
        self._visitor: Visitor | None = None
        self._asked: Asked | None = None
        self._given: Given | None = None

    @property
    def reads_only(self) -> bool:
        """Whether the transaction only reads: a look, or work that takes transactions of its own."""
        return (not self._route.changes or self._route.in_steps) and not self._route.writes

    @property
    def processor_id(self) -> int:
        """The processor whose secret was shown."""
        return self._found.processor_id

    def answer(self, session: TenantSession) -> Answer:
        """Do what was asked, or give the answer that it got before."""
        exchange = self._exchange
        ahead = None if exchange.key is None else ask_earlier(session, self._found, exchange.key)
        asked = self._ask_ahead(session)
        visitor = self._recognise(session)
        self._visitor, zone = visitor, visitor.zone
        require_right(self._route, visitor, local_day(self._now, zone))
        self._asked = exchange.asked(visitor.asker)
        if visitor.waits_for is not None:
            ahead = None  # what was asked is the answer of a whole session
        if self._asked is not None and (earlier := earlier_answer(session, self._asked, ahead)):
            return response_of(earlier, None, REPLAYED)
        call = Call(
            service=exchange.service,
            session=session,
            who=visitor,
            act=visitor.act(self._now),
            zone=zone,
            path=exchange.path(),
            raw=exchange.raw(),
            query=exchange.query(),
            address=exchange.address,
            lang=exchange.lang,
            credentials=self._credentials,
            if_match=exchange.request.headers.get("if-match"),
            asked=asked[1] if asked is not None and asked[0].was_right(visitor) else None,
        )
        if self._route.changes and (call.path or self._route.matches) and not self.reads_only:
            hold(session, exchange.thing)
        reply: Reply = self._route.handler(call)
        self._given = given_by(self._route, reply)
        if not self.reads_only:
            self._note(session, visitor)
        return response_of(self._given, reply)

    def _ask_ahead(self, session: TenantSession) -> tuple[Guess, Any] | None:
        """Ask what the route will read, where a server is asked; what is wrong with the body is said in its turn."""
        ask, who = self._route.asks_ahead, self._exchange.service.last_seen.get(self._found)
        if ask is None or who is None or not session.goes_in_one:
            return None
        session.send_off()
        with suppress(Problem):
            guess = Guess(session, self._exchange.raw(), who)
            return guess, ask(guess)
        return None

    def _recognise(self, session: TenantSession) -> Visitor:
        """Give who it is, with the rights of this moment, and remember it for the next request's guess."""
        visitor = visitor_in(session, self._found, self._now)
        if visitor is None:
            _refuse_stranger()
        if self._route.asks_ahead is not None:
            seen = self._exchange.service.last_seen
            if len(seen) >= _MOST_REMEMBERED:
                seen.clear()
            seen[self._found] = visitor
        return visitor

    def _note(self, session: TenantSession, visitor: Visitor) -> None:
        if self._asked is not None and self._given is not None:
            remember_answer(session, self._asked, self._given, self._now)
        if needs_touch(visitor, self._now):
            touch(session, visitor, self._now)

    def conclude(self) -> None:
        """Note what a transaction that only read could not: that the session is in use, and what was answered."""
        visitor = self._visitor
        if not self.reads_only or visitor is None or not (self._asked or needs_touch(visitor, self._now)):
            return
        with self._to_note() as session:
            if needs_touch(visitor, self._now):
                touch(session, visitor, self._now)
            if self._asked is not None and self._given is not None:
                remember_once(session, self._asked, self._given, self._now)

    def _to_note(self) -> AbstractContextManager[TenantSession]:
        """Open a transaction of its own for what is noted afterwards."""
        if not self._exchange.may_wait:
            raise Postponed
        return self._exchange.service.store.tenant(self.processor_id)

    def refusal(self, problem: Problem) -> Answer:
        """Answer a refusal and remember it; a request that was faster with the same key has the say."""
        self._note_misuse(problem)
        zone = None if self._visitor is None else self._visitor.zone
        refused = problem_response(problem.by_clock_of(zone), self._exchange.lang)
        if self._asked is None or refused.status_code in _PASSING:
            return refused
        headers = {**refused.headers, "Content-Type": str(refused.media_type)}
        given = Given(int(refused.status_code or 0), headers, refused.content.decode())
        with self._to_note() as session:
            if problem.code == _OUTRUN:  # perhaps by the same request, whose answer is then this one's as well
                first = earlier_answer(session, self._asked) or given
            else:
                first = remember_once(session, self._asked, given, self._now)
        return refused if first == given else response_of(first, None, REPLAYED)

    def _note_misuse(self, problem: Problem) -> None:
        """Leave a row in the access log of what was tried without leave."""
        exchange, visitor = self._exchange, self._visitor
        if problem.code not in ("not_logged_in", *WITHOUT_LEAVE):
            return
        if not exchange.may_wait:
            raise Postponed
        where = {"route": f"{self._route.method} {PREFIX}{self._route.path}", "network": exchange.address}
        if visitor is None:
            note_dead_token(exchange.service.store, self._found, self._now, **where)
        else:
            note_refusal(exchange.service.store, visitor, problem, self._now, **where)


def require_right(route: Guarded, visitor: Visitor, today: date) -> None:
    """Refuse a visitor what a route asks for: NotAllowed, as `Visitor.require` says it."""
    if visitor.read_only and route.changes:
        raise NotAllowed("token_reads_only")
    if route.right is not None:
        visitor.require(route.right, today)
    elif visitor.waits_for is not None and not route.half:
        raise NotAllowed("session_incomplete", waits_for=visitor.waits_for)
