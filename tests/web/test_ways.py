"""Nobody is led where he can't go: every way that a page shows is followed, at a processor with one of everything."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from urllib.parse import urldefrag, urljoin

import pytest

from api.signing import path_parameters
from api.web.pages import all_pages
from tests.api.http.furnishing import furnish_all
from tests.api.http.running import PROCESSORS, Site
from tests.web.browsing import Browser, at_work

_WAY = re.compile(r'<a [^>]*href="(/[^"]*)"')
_ROUTES = [
    (
        route.path,
        re.compile(
            "/".join(
                r"\d+" if part.endswith(":int}") else "[^/]+" if "{" in part else re.escape(part)
                for part in route.path.split("/")
            )
        ),
    )
    for route in sorted(all_pages(), key=lambda one: (len(path_parameters(one.path)), one.path))
    if not route.changes
]
_SAMPLES = 2
"""So many things of a kind are opened; what a list of many holds is alike."""
_LEAVES = ("/abmelden", "/p/abmelden")


def page_of(address: str) -> str:
    """Give the page that an address is of."""
    path = address.partition("?")[0]
    return next((name for name, fits in _ROUTES if fits.fullmatch(path)), path)


def walked(browser: Browser, *begin: str) -> Iterator[tuple[str, str, int]]:
    """Follow every way from some pages on; gives where it was shown, where it led, and what came."""
    seen, opened = set(begin), Counter[str]()
    ways = [("", one) for one in begin]
    while ways:
        shown_on, address = ways.pop(0)
        page = page_of(address)
        opened[page] += 1
        if opened[page] > _SAMPLES or page in _LEAVES:
            continue
        answer = browser.get(address)
        yield shown_on, address, int(answer.status_code)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for found in _WAY.findall(answer.text):
            way = urldefrag(urljoin(str(answer.url.path), unescape(found)))[0]
            if way not in seen:
                seen.add(way)
                ways.append((address, way))


@pytest.fixture(scope="module")
def full(site_module: Site) -> Site:
    """A processor with one thing of every noun."""
    furnish_all(site_module, PROCESSORS[0])
    return site_module


@pytest.mark.parametrize(
    "role", ["staff", "lead", "accountant", "admin", "auditor", "controller_approver", "controller_reader"]
)
def test_every_way_that_a_page_shows_leads_to_a_page(full: Site, role: str):
    begin = ("/p/kva",) if role.startswith("controller") else ("/", "/start", "/uhr") if role == "admin" else ("/",)
    steps = list(walked(at_work(full, role), *begin))
    assert len(steps) > 10
    assert [step for step in steps if step[2] != 200] == []
