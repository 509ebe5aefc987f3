"""Serves the pages: each request one transaction, what is refused is said on the page that it came from."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler

from api.errors import status_of
from api.signing import sign
from api.v1.serving import require_right
from api.web.answers import Shown, answer_of, redirect, replayed
from api.web.calls import Answer, Done, OpenPageCall, PageCall, Told
from api.web.choices import choice_view
from api.web.exchange import PageExchange, form_of
from api.web.forms import AGAIN_FIELD, Form, problems_in
from api.web.messages import packed
from api.web.refusals import refusal_page, refusal_view
from api.web.routing import WebRoute, route_of
from api.web.things import thing_of_page
from api.web.ways import CLOCK, onward_by, way_in
from billing.errors import Ambiguous, Problem
from billing.services.access.authentication import Found, find_tenant, needs_touch, touch, visitor_in
from billing.services.access.misuse import note_refusal
from billing.services.access.visitor import Credentials, Visitor
from billing.services.idempotency import Asked, Given, earlier_answer, remember_answer, remember_once
from billing.services.moments import local_day
from billing.services.running_clocks import ran_too_long
from billing.store.session import TenantSession, hold


def handler_of(route: WebRoute) -> HTTPRouteHandler:
    """Make the Litestar handler of a page or deed."""

    async def endpoint(request: Request[Any, Any, Any], **given: Any) -> Response[bytes]:
        form = await form_of(request) if route.changes else Form()
        return await sync_to_thread(_answer, PageExchange(route, request, given, form))

    sign(endpoint, route, Response[bytes])
    make = HTTPRouteHandler(
        route.path,
        http_method=["POST", *route.methods] if route.changes else "GET",
        name=f"{'deed' if route.changes else 'page'}:{route.path}",
        status_code=HTTPStatus.OK,
        opt={"web": route},
        include_in_schema=False,
    )
    return make(endpoint)


def _answer(exchange: PageExchange) -> Response[bytes]:
    """Answer a request; a refusal that no page of its own shows is a page that says what to do."""
    try:
        return _answer_open(exchange) if exchange.route.is_open else _answer_known(exchange)
    except Problem as problem:
        return refusal_page(exchange, problem)


def _answer_open(exchange: PageExchange) -> Response[bytes]:
    route, opened = exchange.route, exchange.opened()
    if route.changes:
        exchange.require_ours()

    def call_of(asked: WebRoute, told: Told) -> OpenPageCall:
        return OpenPageCall(
            service=exchange.service,
            path=exchange.path(),
            query=exchange.query_of(asked),
            form=exchange.form,
            told=told,
            opened=opened,
            address=exchange.address,
        )

    if route.back is not None and exchange.form.checked(AGAIN_FIELD):
        told = _kept(exchange)
        return answer_of(route.back(call_of(route_of(route.back), told)), Shown(exchange.service, opened, told))
    try:
        answer: Answer = route.handler(call_of(route, Told()))
        return answer_of(answer, Shown(exchange.service, opened, Told()))
    except Problem as problem:
        if route.back is None:
            raise
        told = Told(problems_in(problem), exchange.form, route.fields)
        page = route.back(call_of(route_of(route.back), told))
        return answer_of(page, Shown(exchange.service, opened, told), status=status_of(problem))


def _kept(exchange: PageExchange) -> Told:
    return Told(form=exchange.form, is_kept=True)


def _answer_known(exchange: PageExchange) -> Response[bytes]:
    """Answer somebody who is logged in; all others are shown the way in."""
    credentials = exchange.credentials()
    found = find_tenant(exchange.service.store, credentials) if credentials else None
    if credentials is None or found is None:
        return way_in(exchange, None)
    visit = _Visit(exchange, credentials, found)
    try:
        with visit.transaction(read_only=exchange.route.reads_only) as session:
            session.keeps = not exchange.is_head
            response = visit.answer(session)
    except Problem as problem:
        visit.note_misuse(problem)
        if visit.visitor is None or exchange.route.back is None or isinstance(problem, Ambiguous):
            return visit.refusal(problem)
        with visit.transaction(read_only=True) as session:
            return visit.told_again(session, problem)
    visit.conclude()
    return response


class _Visit:
    """One request of somebody who is logged in, from the look at the door to what is noted afterwards."""

    def __init__(self, exchange: PageExchange, credentials: Credentials, found: Found) -> None:
        self._exchange, self._credentials, self._found = exchange, credentials, found
        self._route, self._now = exchange.route, exchange.service.now()
        self.visitor: Visitor | None = None
        self._known: Visitor | None = None
        self._asked: Asked | None = None
        self._given: Given | None = None

    def transaction(self, *, read_only: bool) -> Any:
        """Open a transaction at the visitor's processor."""
        return self._exchange.service.store.tenant(self._found.processor_id, read_only=read_only)

    def answer(self, session: TenantSession) -> Response[bytes]:
        """Show the page, or do the deed; one that was done before under the same name is not done again."""
        exchange, route = self._exchange, self._route
        visitor = visitor_in(session, self._found, self._now)
        if visitor is None or (visitor.waits_for is not None and not route.half):
            return way_in(exchange, visitor)
        self._known = visitor
        self._require_right(route, visitor)
        self.visitor = visitor
        if not route.changes and route.path != CLOCK and ran_too_long(session, visitor, self._now):
            return redirect(exchange.service, onward_by(CLOCK, exchange.whole))
        if route.back is not None and exchange.form.checked(AGAIN_FIELD):
            return self._form_again(session, visitor, route.back)
        return self._answer_to(session, visitor)

    def _answer_to(self, session: TenantSession, visitor: Visitor) -> Response[bytes]:
        exchange, route = self._exchange, self._route
        if route.changes and not route.looks:
            self._asked = exchange.asked(visitor.asker)
        if self._asked is not None and (earlier := earlier_answer(session, self._asked)):
            return replayed(exchange.service, earlier)
        if route.changes and not route.reads_only and (thing := thing_of_page(session, route.path, exchange.path())):
            hold(session, thing)
        answer: Answer = route.handler(self._call(session, visitor, route, Told()))
        if isinstance(answer, Done):
            self._given = Given(HTTPStatus.SEE_OTHER, {"Location": answer.to}, packed(answer))
        else:
            self._asked = None
        if not route.reads_only:
            self._note(session, visitor)
        return self._shown(answer, session, visitor, Told())

    def _form_again(self, session: TenantSession, visitor: Visitor, back: Callable[..., Answer]) -> Response[bytes]:
        """Show the page that a deed is done from, with what had been typed elsewhere; the deed itself is not done."""
        told, route = _kept(self._exchange), route_of(back)
        self._require_right(route, visitor)
        return self._shown(back(self._call(session, visitor, route, told)), session, visitor, told)

    def told_again(self, session: TenantSession, problem: Problem) -> Response[bytes]:
        """Show the page that a refused deed came from, with what was wrong and all that had been typed."""
        visitor = visitor_in(session, self._found, self._now)
        back = self._route.back
        if visitor is None or back is None:
            return way_in(self._exchange, None)
        told = Told(problems_in(problem), self._exchange.form, self._route.fields)
        self._require_right(route_of(back), visitor)
        try:
            answer: Answer = back(self._call(session, visitor, route_of(back), told))
        except Problem:
            return self.refusal(problem, session)
        return self._shown(answer, session, visitor, told, status=status_of(problem))

    def refusal(self, problem: Problem, session: TenantSession | None = None) -> Response[bytes]:
        """Say on a page of its own what was refused and what to do."""
        if session is None:
            with self.transaction(read_only=True) as opened:
                return self.refusal(problem, opened)
        visitor = visitor_in(session, self._found, self._now)
        if isinstance(problem, Ambiguous) and visitor is not None:
            call = self._call(session, visitor, self._route, Told())
            return self._shown(choice_view(call, self._route, problem), session, visitor, Told())
        return self._shown(refusal_view(problem, self._exchange.name), session, visitor, Told((problem,)))

    def note_misuse(self, problem: Problem) -> None:
        """Leave a row in the access log of what was tried without leave."""
        if self._known is not None:
            route = f"{'POST' if self._route.changes else 'GET'} {self._route.path}"
            network = self._exchange.address
            note_refusal(self._exchange.service.store, self._known, problem, self._now, route=route, network=network)

    def conclude(self) -> None:
        """Note what a transaction that only read could not: that the session is in use, and what was answered."""
        visitor = self.visitor
        if not self._route.reads_only or visitor is None or not (self._given or needs_touch(visitor, self._now)):
            return
        with self.transaction(read_only=False) as session:
            if needs_touch(visitor, self._now):
                touch(session, visitor, self._now)
            if self._asked is not None and self._given is not None:
                remember_once(session, self._asked, self._given, self._now)

    def _require_right(self, route: WebRoute, visitor: Visitor) -> None:
        require_right(route, visitor, local_day(self._now, visitor.zone))

    def _note(self, session: TenantSession, visitor: Visitor) -> None:
        if self._asked is not None and self._given is not None:
            remember_answer(session, self._asked, self._given, self._now)
        if needs_touch(visitor, self._now):
            touch(session, visitor, self._now)

    def _call(self, session: TenantSession, visitor: Visitor, route: WebRoute, told: Told) -> PageCall:
        exchange, opened = self._exchange, self._exchange.opened(visitor.language)
        return PageCall(
            service=exchange.service,
            session=session,
            who=visitor,
            act=visitor.act(self._now),
            zone=visitor.zone,
            path=exchange.path(),
            raw={},
            query=exchange.query_of(route),
            address=exchange.address,
            lang=opened.lang,
            credentials=self._credentials,
            form=exchange.form,
            told=told,
            opened=opened,
        )

    def _shown(
        self,
        answer: Answer,
        session: TenantSession,
        visitor: Visitor | None,
        told: Told,
        status: HTTPStatus | None = None,
    ) -> Response[bytes]:
        opened = self._exchange.opened(None if visitor is None else visitor.language)
        shown = Shown(self._exchange.service, opened, told, session, visitor, self._credentials.secret)
        return answer_of(answer, shown, status=status)
