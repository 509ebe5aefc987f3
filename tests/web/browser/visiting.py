"""A visit in a real browser: what its page said and asked for, and what every page must keep to."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request

from api.auth import cookie_name
from tests.web.browser.house import PASSWORD, TOTP_SECRET, Member
from tests.web.browser.serving import WebSite

HEADLESS = "/usr/bin/chromium-headless-shell"
"""The browser without what draws its own windows: the same pages for half of the work."""
CHROMIUM = "/usr/bin/chromium"
"""All of it, whose native fields speak German as well: for pictures."""
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run", "--lang=de-DE"),
    "--font-render-hinting=none",  # letters are as wide as on screens of today
]
WIDTHS = {1440: 900, 390: 844, 320: 640}
"""The widths that every page must work at, with usual heights."""
BETWEEN = {1024: 768, 768: 1024}
"""Tablets: here only that everything fits is asked."""
SCHEMES = ("light", "dark")
_ASKED = {("light", 1440), ("dark", 1440), ("dark", 320)}
_FITS = [("light", width) for width in BETWEEN]
_REFUSED = ("409 (Conflict)", "422 (Unprocessable")
_AXE = Axe()
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OVERFLOW = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    ['wider than the window', ...[...document.querySelectorAll('body *')].filter(one => {
        if (one.getBoundingClientRect().right <= innerWidth) return false;
        for (let up = one.parentElement; up; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== 'visible') return false;
        return true;
    }).map(one => one.outerHTML.slice(0, 160)).slice(0, 3)]"""
"""Names what reaches out of the window; what scrolls by itself may."""
_CUT = """() => [...document.querySelectorAll('.button')].filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 160))"""
"""Names the buttons whose words leave their frame."""


def launch(playwright: Playwright, program: str = HEADLESS) -> Browser:
    """Start a browser of the system."""
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


@dataclass
class Visit:
    """One browser context: nobody's at first, with cookies of its own."""

    site: WebSite
    page: Page
    said: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and scripts that broke."""
    foreign: list[str] = field(default_factory=list)
    """What was asked of anybody but us."""

    def open(self, path: str) -> Page:
        """Go to a page, which must be there."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, (path, answer.status)
        return self.page

    def log_in(self, member: Member) -> Page:
        """Log in as a person does: address and password, then the code where the role asks for one."""
        self.page.goto("/anmelden")
        self.page.get_by_label("E-Mail").fill(member.email)
        self.page.get_by_label("Passwort", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Anmelden").click()
        if self.page.get_by_label("Code").count():
            self.page.get_by_label("Code").fill(pyotp.TOTP(TOTP_SECRET).at(self.site.clock.now))
            self.page.get_by_role("button", name="Anmelden").click()
        return self.page

    def come_in(self, member: Member) -> None:
        """Be logged in without the way through the form."""
        name = cookie_name(self.site.service)
        cookie = {"name": name, "value": self.site.session_of(member), "url": self.site.base_url, "httpOnly": True}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict of these

    def check(self) -> None:
        """Expect of the page at hand what every page keeps to: fit at every width, open to all at the ends of them.

        What is open to all takes half a second to find out. Nothing is shown at 390 that is not at 320, so in the light
        it is asked wide, in the dark wide and narrow.
        """
        self._check([*((scheme, width) for scheme in SCHEMES for width in WIDTHS), *_FITS])

    def glance(self) -> None:
        """Expect the same of it at the two ends, wide in the light and narrow in the dark, and that it fits between."""
        self._check([(SCHEMES[0], max(WIDTHS)), *_FITS, (SCHEMES[-1], min(WIDTHS))])

    def _check(self, ways: Iterable[tuple[str, int]]) -> None:
        for scheme, width in ways:
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
            self.page.set_viewport_size({"width": width, "height": (WIDTHS | BETWEEN)[width]})
            where = (urlsplit(self.page.url).path, scheme, width)
            too_wide = self.page.evaluate(_OVERFLOW) + self.page.evaluate(_CUT)
            assert not too_wide, (where, too_wide)
            if (scheme, width) in _ASKED:
                self.page.evaluate("scrollTo(0, 0)")  # what the head of the site covers half is no small target
                broken = violations_of(self.page)
                assert not broken, (where, broken)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 1440, "height": WIDTHS[1440]})
        assert self.said == []
        assert self.foreign == []

    def _hear(self, message: ConsoleMessage) -> None:
        """Keep what the console says; that a form was refused is what its page is about."""
        if message.type in ("error", "warning") and not any(status in message.text for status in _REFUSED):
            self.said.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith((self.site.base_url, "data:", "blob:")):
            self.foreign.append(request.url)

    def watch(self) -> None:
        """Listen to the page from now on."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", self._see)


@contextmanager
def visit_of(browser: Browser, site: WebSite, **how: Any) -> Iterator[Visit]:
    """Open a context that is nobody's; `how` goes to the browser: `java_script_enabled`, `viewport`, `color_scheme`."""
    usual: dict[str, Any] = {
        "base_url": site.base_url,
        "locale": "de-DE",
        "timezone_id": "Europe/Berlin",
        "reduced_motion": "reduce",
        "viewport": {"width": 1440, "height": WIDTHS[1440]},
    }
    context = browser.new_context(**{**usual, **how})
    context.set_default_timeout(10_000)
    visit = Visit(site, context.new_page())
    visit.watch()
    try:
        yield visit
    finally:
        context.close()


def violations_of(page: Page) -> list[str]:
    """Give what axe has against a page, each with the first element it is about."""
    options = {"runOnly": {"type": "tag", "values": _TAGS}, "resultTypes": ["violations"]}
    found = _AXE.run(page, options=options).response["violations"]
    return [f"{one['id']}: {json.dumps(one['nodes'][0]['html'])} {one['nodes'][0]['failureSummary']}" for one in found]
