"""Mailed links: where each leads, and where a new one is asked for, with the same answer for every address."""

from collections.abc import Mapping
from urllib.parse import quote

from api.auth import link_cookie
from api.web.calls import Answer, Done, OpenPageCall, View
from api.web.portal.visit import ASK_FOR_LINK, gone, with_contact, with_link
from api.web.routing import open_deed, open_page
from billing.services.access.limits import limit
from billing.services.access.links import find_link
from billing.services.access.misuse import note_link
from billing.services.access.portal_links import (
    LINK_REQUEST,
    MOST_OF_NETWORK,
    WINDOW,
    request_portal_link,
    send_portal_link,
)
from billing.services.acting import id_of
from billing.services.addresses import lasting_address
from billing.services.estimate_links import MOST_UNKNOWN, UNKNOWN_WINDOW
from billing.services.portal_visits import PortalVisit, link_purpose, visit_by_link

_ELSEWHERE: Mapping[str, str] = {"invitation": "/einladung/", "password_reset": "/passwort/"}
"""Where links lead that open an account, by their purpose."""


@open_page("/p/l/{token:str}")
def open_link_page(call: OpenPageCall) -> Answer:
    """Lead to what a link is for, and take it out of the address; looking changes nothing, but it is noted (T-10)."""
    raw, service = call.path["token"], call.service
    found = find_link(service.store, raw)
    if found is None:
        with service.store.gate() as gate:
            limit(gate, "portal_link_unknown", call.address, MOST_UNKNOWN, UNKNOWN_WINDOW, at=service.now())
        return gone()
    with service.store.tenant(found[0], read_only=True) as session:
        purpose = link_purpose(session, raw, service.now())
        if elsewhere := _ELSEWHERE.get(purpose or ""):
            return Done(f"{elsewhere}{quote(raw, safe='')}")
        visit = visit_by_link(session, raw, service.now())
        answer = gone() if visit is None else Done(_first_page(visit), cookies=[with_link(call, raw)])
    note_link(service.store, found, None if visit is None else visit.act, service.now(), network=call.address)
    return answer


@open_page("/portal/l/{token:str}")
def old_link_page(call: OpenPageCall) -> Done:
    """Lead on the links of mails that were sent before the portal had its place."""
    return Done(f"/p/l/{quote(call.path['token'], safe='')}")


@open_page("/p/link")
def ask_page(_: OpenPageCall) -> View:
    """Ask for the address that a new link is sent to."""
    return View("portal/link.html")


@open_deed("/p/link", back=ask_page)
def ask_deed(call: OpenPageCall) -> View:
    """Send a new link to who is known; the answer is the same for all."""
    said = call.form.read_all(LINK_REQUEST)
    call.form.require_good()
    request_portal_link(call.service.store, said, call.address, call.service.now())
    return View("portal/link_sent.html")


@open_deed("/p/link/weiter")
def ask_further_deed(call: OpenPageCall) -> View:
    """Send who has a link for one matter the link for all of them, to the same address."""
    with call.service.store.gate() as gate:
        limit(gate, "portal_link_network", call.address, MOST_OF_NETWORK, WINDOW, at=call.service.now())
    with_contact(call, lambda visit: send_portal_link(visit.session, visit.act, visit.contact))
    return View("portal/link_sent.html")


@open_deed("/p/abmelden")
def leave_deed(call: OpenPageCall) -> Done:
    """Let the browser forget all links that were opened in it; those in the mails open again while they hold."""
    return Done(ASK_FOR_LINK, "portal_left", cookies=[link_cookie(call.service, "")])


def _first_page(visit: PortalVisit) -> str:
    """Give the page of the estimate that a link is for; in its own version, if a newer one was sent since.

    It is named by its number: whatever else the browser may open, nothing else goes by that.
    """
    own = visit.own_estimate()
    if own is None:
        return "/p/kva"
    number = id_of(own.estimate)
    newest, page = visit.estimate(str(number)), lasting_address("p/kva", number)
    return page if newest is None or newest.version.id == own.version.id else f"{page}?fassung={own.version.version_no}"
