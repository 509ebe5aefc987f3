"""What stands in the foot of every page: who runs the portal, what happens to personal data, how accessible it is."""

from typing import Any

from api.web.calls import Answer, OpenPageCall, View
from api.web.portal.frame import bare, framed
from api.web.portal.visit import at_portal
from api.web.routing import open_page
from billing.services.moments import local_day
from billing.services.portal_visits import PortalVisit
from billing.services.processors import current_processor


@open_page("/p/impressum")
def imprint(call: OpenPageCall) -> Answer:
    """Say who runs the portal (§ 5 DDG), as its letters do."""
    return _note(call, "portal/imprint.html")


@open_page("/p/datenschutz")
def privacy(call: OpenPageCall) -> Answer:
    """Say what the portal keeps about its visitors (Art. 13 DSGVO)."""
    return _note(call, "portal/privacy.html")


@open_page("/p/barrierefreiheit")
def accessibility(call: OpenPageCall) -> Answer:
    """Say how accessible the portal is, and where to tell what is not."""
    return _note(call, "portal/accessibility.html")


def _note(call: OpenPageCall, template: str) -> Answer:
    """Show a page to everybody; who runs the portal is known once a link or a log-in says whose it is."""

    def show(of: OpenPageCall, visit: PortalVisit) -> View:
        letter: Any = current_processor(visit.session, local_day(visit.act.at, visit.zone))
        return framed(of, visit, template, letter=letter)

    answer = at_portal(call, show, whole=False)
    return answer if isinstance(answer, View) and "portal" in answer.context else bare(template, letter=None)
