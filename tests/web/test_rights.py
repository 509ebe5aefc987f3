"""Every page and deed asks for its right: strangers are shown the way in, and who lacks the right is refused.

And about a thing of another processor it says what it says about one that there is not.
"""

import re
from html import unescape

import pytest

from api.auth import cookie_name, csrf_token
from api.web.pages import all_pages
from api.web.routing import WebRoute
from billing.services.access.rights import RIGHTS, Right
from billing.store.tables.kinds import Role
from tests.api.http.furnishing import Furnished, furnish_all
from tests.api.http.running import PROCESSORS, Site
from tests.web.browsing import Browser, at_work

_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_IN_ROW = re.compile(r'<a [^>]*href="(/(?:vorgaenge|kva|zeiten|vorschlaege)/[^"#]*)"')
_NUMBERED = {"kunden": "controller_id", "kva": "estimate_id", "vorgaenge": "case_id", "mahnungen": "write_off_id"}
"""What the numbers of these addresses are of; documents go by a number of their processor's alone, months by name."""
_FURTHER = {"month": "2026-10", "term": "hourly_rate", "code": "D-06"}
_NOT_MADE = {"/nachweise/{contract_id:int}/{month:str}/pdf": "no paper is printed here"}
_NOBODYS = 999_999


def address_of(route: WebRoute) -> str:
    return _PARAMETER.sub(lambda found: "1" if found[2] == "int" else "X", route.path)


def guarded() -> list[WebRoute]:
    """The pages and deeds for those who are logged in."""
    return [route for route in all_pages() if not route.is_open]


def id_of(route: WebRoute) -> str:
    return f"{'POST' if route.changes else 'GET'} {route.path}"


@pytest.fixture(scope="module")
def building(site_module: Site) -> Site:
    """One service for all of this: nothing here changes anything."""
    return site_module


@pytest.mark.parametrize("route", guarded(), ids=id_of)
def test_a_stranger_is_shown_the_way_in(building: Site, route: WebRoute):
    client = Browser(building).client
    response = client.request("POST" if route.changes else "GET", address_of(route), follow_redirects=False)
    if route.changes:
        assert response.status_code == 401
    else:
        assert response.status_code == 303
        assert response.headers["location"].startswith("/anmelden?weiter=")


def lacking(right: Right) -> Role | None:
    """A role of a person at work that lacks a right; for rights of the portal any, for those of all staff a reader."""
    return next((role for role, rights in RIGHTS.items() if right not in rights), None)


@pytest.mark.parametrize("route", [one for one in guarded() if one.right is not None], ids=id_of)
def test_who_lacks_the_right_is_refused(building: Site, route: WebRoute):
    assert route.right is not None
    role = lacking(route.right)
    assert role is not None
    browser = at_work(building, role.value)
    proof = {"_csrf": csrf_token(browser.client.cookies[cookie_name(building.service)])}
    method = "POST" if route.changes else "GET"
    response = browser.client.request(method, address_of(route), data=proof if route.changes else None)
    assert response.status_code == 403


@pytest.mark.parametrize("role", ["auditor", "staff", "lead", "accountant", "admin"])
def test_nothing_that_waits_leads_its_reader_to_a_page_that_refuses_him(desk: Site, role: str):
    audit = {"contract": "AVV-1", "ref": "V-7", "kind": "audit", "title": "Prüfung"}
    desk.post("lead", "/cases", audit)
    unclear = {"ref": "V-8", "kind": "other", "cause": "undecided", "cause_reason": "offen"}
    desk.post("lead", "/cases", audit | unclear)
    for number, case in enumerate(("V-7", "V-8", "V-1")):
        span = {"start": f"2026-11-02T0{6 + number}:00:00+01:00", "end": f"2026-11-02T0{6 + number}:40:00+01:00"}
        desk.post("staff", "/entries", {"case": case, "service": "other_support", **span})
    browser = at_work(desk, role)
    for path in ("/klaerung", "/abrechnung/2026-11"):
        page = browser.get(path)
        ways = set(_IN_ROW.findall(page.text.partition("<tbody>")[2]))
        assert page.status_code == 403 or ways, path
        assert {way: browser.get(unescape(way)).status_code for way in ways} == dict.fromkeys(ways, 200)


@pytest.fixture(scope="module")
def furnished(building: Site) -> tuple[Furnished, Furnished]:
    """One thing of every noun at both processors."""
    own, foreign = (furnish_all(building, of) for of in PROCESSORS)
    return own, foreign


def thing_of(route: WebRoute) -> str | None:
    """Give what the number in an address is of, if it is one of `Furnished`."""
    names = [found[1] for found in _PARAMETER.finditer(route.path)]
    if not names or names[0] == "token_id" or not names[0].endswith(("_id", "nr")):
        return None
    return _NUMBERED.get(route.path.split("/")[1], None if names[0] == "nr" else names[0])


def about(route: WebRoute, number: int, things: Furnished) -> str:
    """Give the address of a page about a thing."""
    values = {**things.numbers, **_FURTHER}
    first = next(_PARAMETER.finditer(route.path))[0]
    path = route.path.replace(first, str(number))
    return _PARAMETER.sub(lambda found: str(values[found[1]]), path)


@pytest.mark.parametrize("route", [one for one in guarded() if thing_of(one)], ids=id_of)
def test_a_thing_of_another_processor_is_none(building: Site, furnished: tuple[Furnished, Furnished], route: WebRoute):
    own, foreign = furnished
    noun = thing_of(route)
    assert noun is not None
    role = next(one for one in (Role.ADMIN, Role.ACCOUNTANT) if route.right is None or route.right in RIGHTS[one])
    browser = at_work(building, role.value)
    proof = {"_csrf": csrf_token(browser.client.cookies[cookie_name(building.service)])} if route.changes else None

    def status(number: int, things: Furnished) -> int:
        address = about(route, number, things)
        method = "POST" if route.changes else "GET"
        return browser.client.request(method, address, data=proof, follow_redirects=False).status_code

    theirs = status(foreign.breach if "/vorfall" in route.path else foreign.numbers[noun], foreign)
    assert theirs == status(_NOBODYS, foreign)
    assert theirs == 404 or (route.changes and theirs == 422), "an empty form may be refused before"
    if not route.changes and route.path not in _NOT_MADE:
        assert status(own.breach if "/vorfall" in route.path else own.numbers[noun], own) != 404
