"""What controllers get by mail in the journeys: an estimate from staff, and the links in what arrived."""

import re
from typing import Any

from billing.services.acting import Act
from billing.services.estimate_decisions import answer_question
from billing.services.estimate_states import send_estimate
from billing.services.estimate_versions import add_version
from billing.services.estimates import EstimateRecord, add_estimate, find_estimate, read_estimate
from billing.store.session import TenantSession
from tests.months.facts import CLERK
from tests.web.browser.serving import WebSite

_LINK = re.compile(r"https?://[^\s/]+(/p/l/[\w-]+)")
LINES = [
    {"rate_class": "regular", "minutes": 240, "text": "Systematische Beschreibung der Verarbeitung"},
    {"rate_class": "regular", "minutes": 180, "text": "Bewertung der technischen und organisatorischen Maßnahmen"},
    {"rate_class": "regular", "minutes": 120, "text": "Abstimmungstermin vor Ort"},
    {"rate_class": "travel", "minutes": 60, "text": "Reisezeit Aichtal–Ostfildern und zurück"},
]
"""10 hours, 950 euros net, 1,130.50 gross."""


def send(site: WebSite, ref: str = "KVA-31", case: str = "F-039", lines: Any = LINES) -> str:
    """Write, send and mail an estimate; gives the path of the link that arrived."""
    raw = {
        "ref": ref,
        "case": case,
        "description": "Beschreibung der Verarbeitung, Bewertung der Maßnahmen, ein Termin vor Ort",
        "lines": lines,
        "valid_until": "2026-06-12T18:00:00+02:00",
    }

    def write(session: TenantSession) -> None:
        act = acts(site)
        send_estimate(session, act, add_estimate(session, act, read_estimate(raw)))

    site.house.tell(write)
    return arrived(site)


def send_again(site: WebSite, ref: str, lines: Any) -> str:
    """Send a new version of an estimate; gives the path of its link."""

    def write(session: TenantSession) -> None:
        act = acts(site)
        send_estimate(session, act, add_version(session, act, find_estimate(session, ref), {"lines": lines}))

    site.house.tell(write)
    return arrived(site)


def answer(site: WebSite, ref: str, text: str) -> None:
    """Answer what the controller asked."""

    def write(session: TenantSession) -> None:
        record: EstimateRecord = find_estimate(session, ref)
        answer_question(session, acts(site), record, {"message": text})

    site.house.tell(write)


def acts(site: WebSite) -> Act:
    """Let the clerk act now."""
    return Act(CLERK, site.clock.now)


def arrived(site: WebSite) -> str:
    """Let the mail go out; gives the path of the newest link in it."""
    site.works()
    found = [match[1] for text in texts(site) for match in _LINK.finditer(text)]
    return found[-1]


def texts(site: WebSite) -> list[str]:
    """Give the plain texts of all mail that arrived."""
    bodies = [message.get_body(("plain",)) for message in site.office.messages()]
    return [body.get_content() for body in bodies if body is not None]
