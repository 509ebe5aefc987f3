"""What every page of the portal shows around its own: whose portal it is, for whom, where one can go, whom to ask."""

from typing import Any

from api.auth import cookie_name, csrf_token
from api.web.calls import OpenPageCall, View
from api.web.navigation import portal_places
from billing.services.moments import local_day
from billing.services.party_changes import controller_by_id
from billing.services.portal_visits import PortalVisit
from billing.services.processors import current_processor

MOST = 200
"""Rows that a list of the portal shows at most; the newest first."""


def framed(call: OpenPageCall, visit: PortalVisit, template: str, **context: Any) -> View:
    """Give a page of the portal for a visit."""
    today = local_day(visit.act.at, visit.zone)
    processor = current_processor(visit.session, today)
    secret = call.opened.cookies.get(cookie_name(call.service), "")
    portal = {
        "processor": processor.company_name,
        "place": processor.city,
        "contact": processor.phone or processor.email,
        "controller": controller_by_id(visit.session, visit.controller_id).name,
        "name": visit.contact.name or "",
        "email": visit.contact.email or "",
        "is_whole": visit.is_whole,
        "may_decide": visit.may_decide,
        "places": portal_places(call.opened),
        "way_out": "/abmelden" if visit.visitor else "/p/abmelden",
        "csrf": csrf_token(secret) if visit.visitor else "",
        "zone": visit.zone,
        "today": today,
    }
    return View(template, {**context, "portal": portal})


def bare(template: str, **context: Any) -> View:
    """Give a page of the portal to who is not known."""
    portal = dict.fromkeys(("place", "contact", "controller", "name", "way_out", "csrf"), "")
    return View(
        template, {**context, "portal": {**portal, "processor": "Mehraufwand", "places": [], "is_whole": False}}
    )
