"""What the tests of logged work share: a member of staff at the form, estimates released, and a page's words."""

import re
from datetime import UTC, datetime
from typing import Any

from httpx import Response
from sqlmodel import select

from billing.services.acting import Act
from billing.services.approvals import approve_estimate, read_approval
from billing.services.cases import find_case
from billing.services.estimate_states import send_estimate
from billing.services.estimates import add_estimate, read_estimate
from billing.store.tables import Entry
from tests.api.http.running import Site
from tests.support.papers import release_mail
from tests.web.browsing import Browser

WEEK, FRIDAY = "/zeiten?kw=2026-44", "30.10.2026"


def released(site: Site, case: str = "V-1", **minutes: int) -> None:
    """Have an estimate of a case released in the middle of October."""
    act = Act("test", datetime(2026, 10, 15, 8, tzinfo=UTC))
    lines = [{"rate_class": rate_class, "minutes": count} for rate_class, count in minutes.items()]
    raw = {"ref": f"KVA-{case}", "case": case, "description": "Aufwand", "lines": lines}
    given = {"approved_at": act.at.isoformat(), "channel": "mail", "approver_name": "Frau Süd"}

    def release(session: Any) -> None:
        sent = send_estimate(session, act, add_estimate(session, act, read_estimate(raw)), act.at).record
        approve_estimate(session, act, sent, read_approval(given), release_mail())

    site.tell(release)


def case_id(site: Site, ref: str = "V-1") -> str:
    """Give how the form names a case."""
    return str(site.tell(lambda session: find_case(session, ref).id))


def log(staff: Browser, **typed: Any) -> Response:
    """Send the form of the week as it stands, with these fields typed."""
    said = {"case": case_id(staff.site), "date": FRIDAY, "from": "830", "to": "10", "note": "Auskunft"} | typed
    return staff.send(staff.get(WEEK), "/zeiten", **said)


def text_of(page: Response) -> str:
    """The words of a page, one space apart."""
    plain = re.sub(r"<(script|style|svg).*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", plain).replace("\N{NO-BREAK SPACE}", " ").split())


def entries(site: Site) -> int:
    """How many entries there are."""
    return len(site.tell(lambda session: session.exec(select(Entry.id)).all()))
