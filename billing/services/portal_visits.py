"""Who looks at a controller's own pages: a contact with a mailed link, or one who is logged in; and what each may see.

A link for one estimate opens that estimate, the link for the portal all that concerns the contact's controller.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.errors import NotAllowed, NotFound
from billing.services.access.authentication import Found, visitor_in
from billing.services.access.links import LinkMatter, needs_code, open_link
from billing.services.access.rights import Right
from billing.services.access.visitor import Via, Visitor
from billing.services.acting import Act, id_of
from billing.services.estimate_decisions import Decider
from billing.services.estimate_lists import sent_estimate, sent_numbers_named
from billing.services.estimate_mails import VERSION_TABLE
from billing.services.estimates import EstimateRecord, version_by_id
from billing.services.moments import processor_zone
from billing.store.session import TenantSession
from billing.store.tables import Contact
from billing.store.tables.kinds import LinkPurpose


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalVisit:
    """Somebody in the portal, inside the one transaction of a request."""

    session: TenantSession
    act: Act
    contact: Contact
    via: Via
    credential_id: int
    may_decide: bool
    zone: ZoneInfo
    matter: LinkMatter | None = None
    """The link that let in; None for who is logged in."""
    visitor: Visitor | None = None

    @property
    def controller_id(self) -> int:
        """The controller whose matters these are."""
        return self.contact.controller_id

    @property
    def is_whole(self) -> bool:
        """Whether all that concerns the controller may be seen, not one estimate alone."""
        return self.matter is None or self.matter.purpose is LinkPurpose.PORTAL

    @property
    def asks_for_code(self) -> bool:
        """Whether deciding takes six digits that are mailed as well."""
        return self.matter is not None and needs_code(self.session, self.matter)

    @property
    def actor(self) -> str:
        """Whose forms these are: one sent twice is done once."""
        return self.visitor.actor if self.visitor else f"link:{self.credential_id}"

    def numbers(self, name: str) -> list[int]:
        """Give the numbers of the estimates that a name may call, among those that this visit may see."""
        own = self.own_estimate()
        if own is not None:
            number = id_of(own.estimate)
            return [number] if name in (own.estimate.ref, str(number)) else []
        return sent_numbers_named(self.session, self.controller_id, name) if self.is_whole else []

    def estimate(self, name: str) -> EstimateRecord | None:
        """Give the estimate that a name calls, as it was sent last; None for a name of none or of several."""
        found = self.numbers(name)
        return self.sent(found[0]) if len(found) == 1 else None

    def sent(self, number: int) -> EstimateRecord:
        """Give an estimate that this visit may see, as it was sent last."""
        return sent_estimate(self.session, self.controller_id, number)

    def own_estimate(self) -> EstimateRecord | None:
        """Give the version that the link was sent for; None when it opens more than one matter."""
        if self.is_whole or self.matter is None or self.matter.subject_id is None:
            return None
        return version_by_id(self.session, self.matter.subject_id)

    def decider(self, network: str) -> Decider:
        """Say who decides, and by which way he came; NotAllowed `right_missing` for who may look only."""
        if not self.may_decide:
            raise NotAllowed("right_missing", right=Right.PORTAL_DECIDE)
        return Decider(contact_id=id_of(self.contact), via=self.via, credential_id=self.credential_id, network=network)


def visit_logged_in(session: TenantSession, found: Found, now: datetime) -> PortalVisit | None:
    """Let in who is logged in as a controller's contact; None for others, and before the log-in is complete."""
    visitor = visitor_in(session, found, now)
    if visitor is None or visitor.contact_id is None or visitor.waits_for or Right.PORTAL_READ not in visitor.rights:
        return None
    contact = session.get_one(Contact, visitor.contact_id)
    return PortalVisit(
        session=session,
        act=visitor.act(now),
        contact=contact,
        via=visitor.via,
        credential_id=visitor.credential_id,
        may_decide=Right.PORTAL_DECIDE in visitor.rights and contact.may_approve,
        zone=visitor.zone,
        visitor=visitor,
    )


def visit_by_link(session: TenantSession, raw: str, now: datetime) -> PortalVisit | None:
    """Let in who has a living link of the portal or to an estimate; a look changes nothing. None for other links."""
    try:
        matter = open_link(session, Act("visitor", now), raw, LinkPurpose.DECIDE, LinkPurpose.PORTAL)
    except NotFound:
        return None
    if matter.contact_id is None or (matter.purpose is LinkPurpose.DECIDE and matter.subject_table != VERSION_TABLE):
        return None
    contact = session.get_one(Contact, matter.contact_id)
    return PortalVisit(
        session=session,
        act=Act(f"contact:{matter.contact_id}", now),
        contact=contact,
        via=Via.LINK,
        credential_id=matter.link_id,
        may_decide=contact.may_approve,
        zone=processor_zone(session),
        matter=matter,
    )


def link_purpose(session: TenantSession, raw: str, now: datetime) -> str | None:
    """Give what a living link is for (`LinkPurpose`); None for any that opens nothing."""
    try:
        return str(open_link(session, Act("visitor", now), raw).purpose)
    except NotFound:
        return None
