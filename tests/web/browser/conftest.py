"""A real browser, a real server and a furnished house; nothing is left over from one test to the next."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from billing.store.keyring import new_ring
from billing.store.session import open_store
from tests.months.facts import at
from tests.support.lent_file import LentFiles
from tests.support.migrated import sqlite_copy
from tests.support.smtp import PostOffice
from tests.web.browser.house import TODAY, furnish
from tests.web.browser.made_up import Answers, listening
from tests.web.browser.serving import Furnished, WebServer, WebSite, web_server
from tests.web.browser.visiting import Visit, launch, visit_of

BEGIN, PAUSE = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"
Visiting = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module: driving it keeps an event loop in this thread that others can't have."""
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server() -> Iterator[WebServer]:
    """One web server a process."""
    with web_server() as running:
        yield running


@pytest.fixture(scope="session")
def furnished(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """The house, furnished once."""
    path, ring = tmp_path_factory.mktemp("house") / "mehraufwand.db", new_ring()
    with sqlite_copy(migrated_file, path) as database:
        store = open_store(database.app_url, ring)
        number, members = furnish(store)
        store.close()
    return Furnished(path, ring, number, members)


@pytest.fixture
def site(server: WebServer, furnished: Furnished, lent_files: LentFiles) -> Iterator[WebSite]:
    """The house of one's own, on Friday, 5 June 2026 at two."""
    with server.serving(furnished, lent_files, at(TODAY)) as opened:
        yield opened


@pytest.fixture
def office(site: WebSite) -> Iterator[PostOffice]:
    """A mail server that takes what the house sends."""
    with site.with_mail() as opened:
        yield opened


@pytest.fixture
def answers(browser: Browser) -> Iterator[Answers]:
    """Made-up pages, with a browser whose clock is the test's; no script may have broken."""
    made = Answers()
    with listening(made) as made.home:
        context = browser.new_context(base_url=made.home, color_scheme="light")
        made.page = context.new_page()
        made.page.on("pageerror", lambda error: made.said.append(str(error)))
        made.page.clock.install(time=BEGIN)
        made.page.clock.pause_at(PAUSE)  # it goes on when a test says so, however busy the machine is
        yield made
        context.close()
    assert made.said == []


@pytest.fixture
def visit(browser: Browser, site: WebSite) -> Iterator[Visiting]:
    """Let people come in by role, or a stranger: `visit("accountant")`, `visit()`; each has cookies of their own."""
    with ExitStack() as open_visits:

        def begin(role: str | None = None, **how: Any) -> Visit:
            begun = open_visits.enter_context(visit_of(browser, site, **how))
            if role is not None:
                begun.come_in(site.members[role])
            return begun

        yield begin
