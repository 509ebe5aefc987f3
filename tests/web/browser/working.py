"""What the journeys of those who work share."""

import re
from collections.abc import Callable

from playwright.sync_api import Page
from sqlmodel import select

from billing.store.tables import Entry
from tests.web.browser.serving import WebSite
from tests.web.browser.visiting import Visit

Visiting = Callable[..., Visit]


def choose(page: Page, case: str) -> None:
    """Choose a case by what its option begins with."""
    field = page.get_by_label("Vorgang", exact=True)
    option = field.locator("option", has_text=re.compile(f"^{case} "))
    field.select_option(option.get_attribute("value"))


def entries(site: WebSite) -> int:
    return len(site.house.tell(lambda session: session.exec(select(Entry.id)).all()))


def words(page: Page, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().replace("\N{NO-BREAK SPACE}", " ").split())
