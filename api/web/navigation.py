"""What stands in the head of every page: the places somebody may go to, in the order of the day's work."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.web.calls import Opened
from billing.services.access.rights import Right
from billing.services.access.visitor import Visitor
from billing.texts import sentence


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `current` is the one the page belongs to."""

    href: str
    label: str
    current: bool
    count: int | None = None


_STAFF: Sequence[tuple[str, str, Right]] = (
    ("/zeiten", "times", Right.READ_CASES),
    ("/vorgaenge", "cases", Right.READ_CASES),
    ("/kva", "estimates", Right.READ_CASES),
    ("/kunden", "controllers", Right.READ_MASTER_DATA),
    ("/nachweise", "records", Right.READ_CASES),
    ("/klaerung", "held", Right.READ_CASES),
    ("/abrechnung", "months", Right.READ_MONTHS),
    ("/rechnungen", "invoices", Right.READ_MONTHS),
)
_BELONGS = {
    "/uhr": "/zeiten",
    "/anfragen": "/vorgaenge",
    "/weisungen": "/vorgaenge",
    "/vorschlaege": "/vorgaenge",
    "/auslagen": "/vorgaenge",
    "/jahr": "/abrechnung",
    "/export": "/rechnungen",
    "/mahnungen": "/rechnungen",
    "/zahlungen": "/rechnungen",
}
"""Pages that have no entry of their own, by the first part of their address, and the entry they are reached from."""
_PORTAL: Sequence[tuple[str, str, Right]] = (
    ("/p/kva", "portal_estimates", Right.PORTAL_READ),
    ("/p/anfragen", "portal_requests", Right.PORTAL_READ),
    ("/p/vorgaenge", "cases", Right.PORTAL_READ),
    ("/p/rechnungen", "invoices", Right.PORTAL_READ),
    ("/p/nachweise", "records", Right.PORTAL_READ),
)


def navigation(visitor: Visitor | None, opened: Opened) -> list[Place]:
    """Give the places of a visitor by his rights; none for a stranger or a session that waits for something."""
    if visitor is None or visitor.waits_for is not None:
        return []
    table = _STAFF if visitor.controller_id is None else _PORTAL
    return _places([row for row in table if row[2] in visitor.rights], opened)


def portal_places(opened: Opened) -> list[Place]:
    """Give the places of the portal, to who came by a mailed link as well."""
    return _places(_PORTAL, opened)


def home_of(visitor: Visitor) -> str:
    """Give where somebody starts: the week, the portal, or for who sees no cases the first place there is."""
    table = _STAFF if visitor.controller_id is None else _PORTAL
    return next((href for href, _, right in table if right in visitor.rights), "/einstellungen")


def _places(table: Sequence[tuple[str, str, Right]], opened: Opened) -> list[Place]:
    path = opened.address.partition("?")[0]
    begin = "/" + path.split("/")[1]
    home = _BELONGS.get(begin, path)
    return [
        Place(href, sentence(f"place.{name}", opened.lang), home == href or home.startswith(f"{href}/"))
        for href, name, _ in table
    ]
