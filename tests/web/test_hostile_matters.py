"""No page about matters breaks at what nobody should send: each is refused in words, and nothing is half done."""

import pytest

from api.auth import cookie_name, csrf_token
from api.signing import path_parameters
from api.web.pages import all_pages
from api.web.routing import WebRoute
from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work

JUNK = ("-1", "9" * 40, "0001-01", "\u202e\x00<script>", "ä" * 400)
FIELDS = (
    *("case", "contract", "kind", "title", "text", "hours", "rate_class", "description", "valid_until", "covers_from"),
    *("cause", "cause_reason", "audit_site", "audit_mode", "audit_date", "audit_finding", "onsite_agreed_at", "net"),
    *("incurred_on", "approved_at", "decided_at", "decision", "channel", "contact", "approver_name", "message"),
    *("name", "email", "phone", "street", "postcode", "city", "country", "land", "leitweg_id", "vat_id", "reason"),
    *("service", "document", "content", "given_by", "given_at", "person", "outcome", "starts_on", "ended_on", "year"),
    *("month", "minutes", "site", "estimate", "known_at", "people_count", "not_yet_known", "met_at", "note", "sent_at"),
    *("opened_at", "legal_deadline_at", "responsible", "closed_at", "deadline_reason", "action_reason", "term_set"),
)
_NOUNS = ("/vorgaenge", "/kva", "/auslagen", "/kunden", "/ansprechpartner", "/vertraege", "/vorschlaege", "/weisungen")
_LOOKS = ("/klaerung", "/nachweise", "/anfragen", "/suche", "/dateien")
_NAMED = {"nr": "V-1", "code": "D-06", "month": "2026-10"}


def matters(*, changes: bool) -> list[WebRoute]:
    nouns = _NOUNS if changes else (*_NOUNS, *_LOOKS)
    return [one for one in all_pages() if one.changes is changes and one.path.startswith(nouns)]


def address_of(route: WebRoute, junk: str | None = None) -> str:
    """Give an address of the route, of things that are there or, with junk, of none."""
    path = route.path
    for name, kind in path_parameters(path).items():
        there = "1" if kind is int else _NAMED[name] if not path.startswith("/kunden") else "K-1"
        path = path.replace(f"{{{name}:{kind.__name__}}}", there if junk is None else junk)
    return path


def id_of(route: WebRoute) -> str:
    return route.path


@pytest.fixture
def admin(desk: Site) -> Browser:
    return at_work(desk, "admin")


@pytest.mark.parametrize("route", matters(changes=False), ids=id_of)
def test_no_address_breaks_a_page(admin: Browser, route: WebRoute):
    for junk in JUNK:
        query = {name.rstrip("?"): junk for name in route.query}
        assert admin.client.get(address_of(route), params=query).status_code < 500, (route.path, junk)
    for junk in ("9" * 40, "%00"):
        assert admin.client.get(address_of(route, junk)).status_code < 500, (route.path, junk)


@pytest.mark.parametrize("route", matters(changes=True), ids=id_of)
def test_no_form_breaks_a_deed(admin: Browser, route: WebRoute):
    proof = csrf_token(admin.client.cookies[cookie_name(admin.site.service)])
    for junk in JUNK:
        data = {name: [junk, junk] for name in FIELDS} | {"_csrf": proof}
        answer = admin.client.post(address_of(route), data=data, follow_redirects=False)
        assert answer.status_code < 500, (route.path, junk[:40], answer.text[:400])
