"""Journey 8, the bad day: the server is killed while it issues; who presses again gets each number once, and all."""

import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from billing.services.access.sessions import start_session
from billing.store.key_file import create_ring
from billing.store.session import open_store
from tests.support.migrated import sqlite_copy
from tests.support.served import Served, served
from tests.web.browser.house import furnish, user_of
from tests.web.browser.serving import House

CLIENTS, WITHOUT_WORK, TAKEN = 4, 3, 2
"""Those with something to bill, those whose month is closed without an invoice, and numbers taken before the end."""
PATIENCE = 60_000  # a fresh process reads the official rules before it issues
DYING = Path(__file__).with_name("dying_server.py")
MONTH = "/abrechnung/2026-06"


@pytest.fixture
def home(migrated_file: Path, tmp_path: Path) -> tuple[Path, str]:
    """An installation with clients to bill, and the cookie of its clerk, who lives in our days."""
    (tmp_path / "config").mkdir(mode=0o700)
    ring = create_ring(tmp_path / "config" / "keys.json")
    with sqlite_copy(migrated_file, tmp_path / "mehraufwand.db") as database:
        store = open_store(database.app_url, ring)
        number, members = furnish(store)
        house = House(store, number)
        for client in range(CLIENTS):
            _give_work(house, client)
        house.run("2026-06", "2026-07-01 09:00")
        house.approve("2026-06", "2026-07-01 09:10")
        with store.tenant(number) as session:
            token = start_session(
                session, user_of(session, members["accountant"]), datetime.now(UTC), second_factor=True
            )
        store.close()
    return tmp_path, token.token


def _give_work(house: House, client: int) -> None:
    contract, case = f"AVV-2{client}", f"F-2{client}"
    house.contract(contract, name=f"Wohnbau {client} GmbH")
    house.case(case, "2026-06-01 08:00", contract, "instruction")
    house.estimate(f"KVA-2{client}", case, "2026-06-01 09:00", regular=120)
    house.work(f"Z-2{client}", case, "2026-06-02 09:00", 60, person=f"P{client}")


@contextmanager
def running(home: Path, *program: str) -> Iterator[tuple[Served, str]]:
    """Run the service on the installation; gives it with its address."""
    environment = {"MEHRAUFWAND_HOME": str(home), "MEHRAUFWAND_CONFIG": str(home / "config")}
    with served([sys.executable, *program, "serve", "--port", "0", "--without-worker"], environment) as one:
        yield one, one.read_until(r"(http://[0-9.]+:[0-9]+)")


def numbers(home: Path) -> list[str]:
    """Give the numbers that were taken, past the service."""
    with sqlite3.connect(f"file:{home / 'mehraufwand.db'}?mode=ro", uri=True) as database:
        return [number for (number,) in database.execute("SELECT number FROM invoice ORDER BY sequence")]


def issue_what_is_left(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}{MONTH}/ausstellen")
    # Sent by the page itself, for the answer may never come.
    page.evaluate("document.querySelector('form.actions').requestSubmit()")


def test_a_killed_server_leaves_no_number_twice_and_none_missing(home, browser: Browser):
    folder, cookie = home
    context = browser.new_context(locale="de-DE")
    page, total = context.new_page(), CLIENTS + WITHOUT_WORK
    with running(folder, str(DYING), str(WITHOUT_WORK + TAKEN)) as (server, base_url):
        context.add_cookies([{"name": "mehraufwand", "value": cookie, "url": base_url}])
        issue_what_is_left(page, base_url)
        assert server.end_by_itself() == -signal.SIGKILL
    assert len(numbers(folder)) == TAKEN
    with running(folder, "-m", "api.cli") as (_, base_url):
        context.add_cookies([{"name": "mehraufwand", "value": cookie, "url": base_url}])
        page.goto(f"{base_url}{MONTH}")
        expect(page.locator("#schritte")).to_contain_text(f"{TAKEN + WITHOUT_WORK} von {total} ausgestellt")
        issue_what_is_left(page, base_url)
        expect(page.locator("#schritte")).to_contain_text(f"{total} von {total} ausgestellt", timeout=PATIENCE)
    context.close()
    assert numbers(folder) == [f"RE-{datetime.now(UTC).year}-{number:04}" for number in range(1, CLIENTS + 1)]
