"""The doors of the portal: what a browser shows, whom that lets in, and what is said to whom it does not.

A mailed link leaves the address at once and stays in a cookie of the browser, which opens exactly what the link opens.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from litestar.datastructures import Cookie

from api.auth import cookie_name, link_cookie, link_cookie_name
from api.service import Service
from api.web.calls import Answer, Done, OpenPageCall, View
from api.web.choices import choice_context, choice_of_estimate, kept_of
from api.web.portal.frame import framed
from billing.errors import NotFound, Problem
from billing.services.access.authentication import find_tenant, needs_touch, touch
from billing.services.access.links import find_link
from billing.services.access.misuse import note_link
from billing.services.access.visitor import Credentials, Via
from billing.services.addresses import lasting_address
from billing.services.by_name import Named
from billing.services.portal_visits import PortalVisit, visit_by_link, visit_logged_in

ASK_FOR_LINK = "/p/link"
_MOST_LINKS = 6
_SEVERAL = 2
_BETWEEN = "."
_OF_ONE_ESTIMATE = ("entscheidung", "berechtigt", "fassung")

Show = Callable[[OpenPageCall, PortalVisit], Answer | Problem]


@dataclass(frozen=True, slots=True)
class _Door:
    """One secret that the browser shows, and the processor that it belongs to."""

    processor_id: int
    open: Callable[..., PortalVisit | None]
    link: tuple[int, int] | None = None
    """The link that it is, if no log-in: its processor and number."""

    def transaction(self, service: Service, *, changes: bool) -> AbstractContextManager[Any]:
        """Open a transaction at the processor."""
        return service.store.tenant(self.processor_id, read_only=not changes)


def at_portal(
    call: OpenPageCall, show: Show, *, changes: bool = False, estimate: str | None = None, whole: bool = True
) -> Answer:
    """Answer in the portal: with all that concerns the controller, or with one estimate, by its reference.

    With `whole` False a link for one estimate is enough to be shown what `show` makes of it.

    A Problem that is given back, not raised, is raised after the commit. Strangers are led to where links are asked
    for; who has a link that opens nothing any more reads so (410), and for a foreign estimate there is nothing (404).
    A reference that several estimates of his have leads to a choice among these (300), and nothing is done.
    """
    doors, knows = list(_doors(call)), False
    for door in doors:
        with door.transaction(call.service, changes=changes) as session:
            session.keeps = not call.opened.is_head
            visit = door.open(session)
            if visit is None:
                continue
            knows, meant = True, [] if estimate is None else visit.numbers(estimate)
            if not (meant if estimate is not None else visit.is_whole or not whole):
                continue
            answer = show(call, visit) if len(meant) < _SEVERAL else _choice(call, visit, meant)
        _note(call.service, visit)
        if isinstance(answer, Problem):
            raise answer
        return answer
    return _shut(call, estimate, doors, knows=knows)


def with_contact(call: OpenPageCall, deal: Callable[[PortalVisit], Any]) -> Any:
    """Do something for the contact of the first door that opens, whatever it opens; None when none does."""
    for door in _doors(call):
        with door.transaction(call.service, changes=True) as session:
            visit = door.open(session)
            if visit is not None:
                return deal(visit)
    return None


def gone() -> View:
    """Say that a link opens nothing any more, whatever the reason, and where there is a new one."""
    return View("portal/gone.html", status=410)


def with_link(call: OpenPageCall, raw: str) -> Cookie:
    """Give the cookie that keeps a link beside those opened before, the newest first."""
    kept = [raw, *(one for one in _links(call) if one != raw)][:_MOST_LINKS]
    return link_cookie(call.service, _BETWEEN.join(kept))


def _choice(call: OpenPageCall, visit: PortalVisit, meant: list[int]) -> View:
    """Ask which of the estimates of a reference is meant; a decision that was sent decides nothing.

    Name and words are carried over to the one that is opened; the decision is taken there, after a look at its costs.
    """
    kept = kept_of(call.form, *_OF_ONE_ESTIMATE)
    below = "" if kept is None else "/bestaetigen"
    ways = ((number, lasting_address("p/kva", number) + below) for number in meant)
    choices = [choice_of_estimate(visit, visit.sent(number), way) for number, way in ways]
    asked = choice_context(Named.ESTIMATE, call.path["nr"], choices, kept, is_deed=bool(call.form.typed))
    return replace(framed(call, visit, "portal/choice.html", **asked), status=HTTPStatus.MULTIPLE_CHOICES)


def _shut(call: OpenPageCall, estimate: str | None, doors: Sequence[_Door], *, knows: bool) -> Answer:
    if knows and estimate is not None:
        raise NotFound("nothing_there", value=estimate)
    if knows:
        return View("portal/one_matter.html", status=403)
    for door in doors:
        if door.link is not None:
            note_link(call.service.store, door.link, None, call.service.now(), network=call.address)
    return gone() if _links(call) else Done(ASK_FOR_LINK)


def _links(call: OpenPageCall) -> list[str]:
    kept = call.opened.cookies.get(link_cookie_name(call.service), "")
    return [one for one in kept.split(_BETWEEN) if one][:_MOST_LINKS]


def _doors(call: OpenPageCall) -> Iterator[_Door]:
    """Give what the browser shows: a log-in first, which says most of who it is, then links, the newest first."""
    store, now = call.service.store, call.service.now()
    secret = call.opened.cookies.get(cookie_name(call.service))
    found = find_tenant(store, Credentials(Via.SESSION, secret)) if secret else None
    if found is not None:
        yield _Door(found.processor_id, partial(visit_logged_in, found=found, now=now))
    for raw in _links(call):
        link = find_link(store, raw)
        if link is not None:
            yield _Door(link[0], partial(visit_by_link, raw=raw, now=now), link)


def _note(service: Service, visit: PortalVisit) -> None:
    """Note that a log-in is in use, so that it does not end under one's hands."""
    visitor, now = visit.visitor, visit.act.at
    if visitor is not None and needs_touch(visitor, now):
        with service.store.tenant(visitor.processor_id) as session:
            touch(session, visitor, now)
