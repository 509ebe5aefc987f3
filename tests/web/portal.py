"""What the tests of the portal share: an estimate that was sent, and the links that its people were mailed."""

import re
from typing import Any

from httpx import Response
from sqlmodel import col, select

from billing.services.access.portal_links import send_portal_link
from billing.services.acting import Act, id_of
from billing.services.party_changes import end_contact
from billing.store.session import TenantSession
from billing.store.tables import Contact, Estimate, EstimateEvent, Mail
from tests.api.http.estimating import send
from tests.api.http.running import PROCESSORS, Site
from tests.web.browsing import Browser

_LINK = re.compile(r"/p/l/[\w-]+")
APPROVER = "controller_approver@immoinvent.example"
YES = {"entscheidung": "freigeben", "name": "Jana Vogt", "berechtigt": "yes"}


def sent(site: Site, **change: Any) -> tuple[str, str]:
    """Send an estimate; gives its page by its number, and the address that its approver was mailed."""
    estimate = send(site, **change)
    return f"/p/kva/{estimate['id']}", newest_link(site)


def newest_link(site: Site, kind: str | None = None) -> str:
    """Give the path of the newest mailed link, of a kind of mail if said so."""
    links = [found[0] for mail in mails(site, kind) if (found := _LINK.search(mail.text or ""))]
    return links[-1]


def mails(site: Site, kind: str | None = None) -> list[Mail]:
    """Give all mail that was written, in order."""
    query = select(Mail) if kind is None else select(Mail).where(Mail.kind == kind)
    return list(site.tell(lambda session: list(session.exec(query.order_by(col(Mail.id))))))


def portal_link(site: Site, email: str = APPROVER, of: str = PROCESSORS[0]) -> str:
    """Give the path of a link to all that concerns a contact's controller."""

    def make(session: TenantSession) -> None:
        send_portal_link(session, Act("test", site.clock()), contact(session, email))

    site.tell(make, of)
    return newest_link(site, "portal_link") if of == PROCESSORS[0] else ""


def contact(session: TenantSession, email: str) -> Contact:
    """Find a contact by its address."""
    return session.exec(select(Contact).where(Contact.email_digest == session.ring.digest(email))).one()


def revoke(site: Site, email: str = APPROVER) -> None:
    """Let a contact act no more."""
    site.tell(lambda session: end_contact(session, Act("test", site.clock()), contact(session, email)))


def states(site: Site) -> list[str]:
    """Give what happened to estimates, in order."""
    query = select(EstimateEvent.state).order_by(col(EstimateEvent.id))
    return [str(state) for state in site.tell(lambda session: session.exec(query).all())]


def number_of(site: Site, ref: str) -> int:
    """Give the id of an estimate."""
    found: int = site.tell(lambda session: id_of(session.exec(select(Estimate).where(Estimate.ref == ref)).one()))
    return found


def check_page(browser: Browser, page: str, **typed: Any) -> Response:
    """Fill the form of an estimate and go on to the page that asks once more."""
    return browser.send(browser.get(page), f"{page}/bestaetigen", **typed)
