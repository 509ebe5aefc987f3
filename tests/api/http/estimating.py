"""What the tests of estimates share: one that was drafted and sent, and the link its approver was mailed."""

import re
from typing import Any

from sqlmodel import col, select

from billing.store.tables import Mail
from tests.api.http.running import Site

NEW = {
    "case": "V-1",
    "description": "Recherche und Export",
    "lines": [{"rate_class": "regular", "minutes": 240}, {"rate_class": "night_weekend", "minutes": 30}],
}
_LINK = re.compile(r"/p/l/([\w-]+)")


def draft(site: Site, **change: Any) -> Any:
    """Draft an estimate."""
    return site.post("lead", "/estimates", NEW | change)


def send(site: Site, **change: Any) -> Any:
    """Draft and send an estimate."""
    return site.post("lead", f"/estimates/{draft(site, **change)['id']}/sending")


def act_on(site: Site, estimate: Any, deed: str, body: Any = None) -> Any:
    """Do something to an estimate."""
    return site.post("lead", f"/estimates/{estimate['id']}/{deed}", body)


def mails(site: Site) -> list[Mail]:
    """Give all mail that was written, in order."""
    return list(site.tell(lambda session: list(session.exec(select(Mail).order_by(col(Mail.id))))))


def newest_link(site: Site) -> str:
    """Give the secret of the link in the newest mail that has one."""
    found = [match[1] for mail in mails(site) if (match := _LINK.search(mail.text or ""))]
    return found[-1]
