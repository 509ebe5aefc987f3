"""Journey 8: the clerk runs June - checks, releases, issues, sends - and a server that dies in the middle."""

import re

import pytest
from playwright.sync_api import Page, expect

from api import jobs
from tests.support.served import wait_until
from tests.web.browser.june import RUN_ON, work_through
from tests.web.browser.serving import WebSite
from tests.web.browser.visiting import Visit

STEP, PATIENCE = "[aria-current=step]", 30_000


@pytest.fixture
def clerk(visit, site) -> Visit:
    """The clerk on 1 July, with a month of work to bill."""
    work_through(site.house)
    site.at(RUN_ON)
    begun: Visit = visit("accountant")
    return begun


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def row(page: Page, client: str):
    return page.locator("#entwuerfe tbody tr").filter(has_text=client)


def run_june(page: Page) -> None:
    page.goto("/abrechnung")
    press(page, "Abrechnung starten Juni 2026")
    expect(page).to_have_url(re.compile("/abrechnung/2026-06$"))


def release(page: Page, *clients: str) -> None:
    for client in clients:
        press(page, f"Freigeben {client}")
        expect(row(page, client)).to_contain_text("freigegeben")


def issue(page: Page, button: str, client: str) -> None:
    """Issue, and wait for the number: on a busy machine it comes while the page looks after it."""
    page.get_by_role("link", name="Ausstellen …").click()
    press(page, button)
    expect(row(page, client)).to_contain_text("RE-2026-0001", timeout=PATIENCE)


def test_checking_shows_what_is_held_with_its_reason_and_what_to_do(clerk: Visit, site: WebSite):
    page = clerk.open("/abrechnung")
    clerk.check()
    run_june(page)
    expect(page.locator(STEP)).to_contain_text("Freigeben")
    held = page.locator("#klaerung")
    expect(held).to_contain_text("3:25 h in Klärung")
    reasons = ("Ursache noch nicht geklärt", "Freigabe ausgeschöpft: 8:00 von 8:00 h.", "Keine Freigabe für diese Zeit")
    actions = ("Ursache festlegen", "Nachfreigabe anfordern", "Am Vorgang klären")
    for reason, action in zip(reasons, actions, strict=True):
        expect(held.locator("tbody tr").filter(has_text=reason).get_by_role("link", name=action)).to_be_visible()
    expect(row(page, "Stadtwerke")).to_contain_text("456,25 €")
    clerk.check()

    site.house.fact("F-045", "2026-07-01 09:00", cause="processor", cause_reason="Eigener Verstoß")
    site.at("2026-07-01 09:05")
    page.reload()
    expect(held).to_contain_text("2:40 h in Klärung")
    expect(row(page, "Stadtwerke")).to_contain_text("456,25 €")
    expect(row(page, "Stadtwerke")).to_contain_text("Seit dem Entwurf geändert: Z-3")
    release(page, "Stadtwerke Nürtingen GmbH")
    expect(row(page, "Stadtwerke")).to_contain_text("0:45 h")


def test_a_draft_is_explained_to_minute_and_clause(clerk: Visit):
    page = clerk.page
    run_june(page)
    page.get_by_role("link", name="Stadtwerke Nürtingen GmbH").click()
    expect(page.locator("h1")).to_have_text("Stadtwerke Nürtingen GmbH")
    outside = page.locator("tr").filter(has_text="Außerhalb der Geschäftszeiten")
    expect(outside).to_contain_text("1:10 h")
    expect(outside).to_contain_text("5 × 15 min")
    outside.locator("summary").click()
    expect(outside).to_contain_text("05.06., 16:00–17:10")
    expect(page.get_by_text("Das XML erfüllt die amtlichen Regeln")).to_be_visible()
    clerk.check()


def test_issuing_says_what_it_will_do_and_leaves_what_was_not_released(clerk: Visit):
    page = clerk.page
    run_june(page)
    release(page, "Stadtwerke Nürtingen GmbH", "Autohaus Keller GmbH & Co. KG")
    page.get_by_role("link", name="Ausstellen …").click()
    expect(page.get_by_text("Danach sind die Rechnungen unveränderbar. 2 Rechnungen, 581,25 € netto.")).to_be_visible()
    expect(page.get_by_text("RE-2026-0001 bis RE-2026-0002")).to_be_visible()
    clerk.check()
    press(page, "2 Rechnungen ausstellen")
    expect(row(page, "Autohaus")).to_contain_text("RE-2026-0002", timeout=PATIENCE)
    expect(row(page, "Stadtwerke")).to_contain_text("RE-2026-0001")
    expect(row(page, "Klinikum")).to_contain_text("zu prüfen")
    page.goto("/abrechnung/2026-06/ausstellen")
    expect(page.get_by_role("button", name=re.compile("ausstellen"))).to_have_count(0)


def test_work_that_takes_its_time_is_counted_once_done_although_papers_are_still_to_be_made(clerk: Visit, monkeypatch):
    monkeypatch.setattr(jobs, "_SHORT_SECONDS", 0)  # each piece of work takes longer than that, so the page waits
    page = clerk.page
    run_june(page)
    release(page, "Stadtwerke Nürtingen GmbH")
    issue(page, "1 Rechnung ausstellen", "Stadtwerke")
    expect(page.locator("#lauf")).to_contain_text("Dokumente werden erstellt")
    expect(page.locator("#schritte")).to_contain_text("1 von 1 ausgestellt")


def test_sending_shows_the_papers_on_their_way_and_the_due_day_from_the_receipt(clerk: Visit, site: WebSite, office):
    page = clerk.page
    run_june(page)
    release(page, "Stadtwerke Nürtingen GmbH")
    issue(page, "1 Rechnung ausstellen", "Stadtwerke")
    expect(page.get_by_text("Dokumente werden erstellt")).to_be_visible()
    press(page, "1 Dokument versenden")
    site.works()
    expect(page.get_by_text("Dokumente werden erstellt")).to_be_hidden()
    page.reload()
    papers = page.locator("#papiere tbody tr")
    expect(papers).to_contain_text("versendet")
    expect(papers).to_contain_text("01.07.2026")
    expect(papers).to_contain_text("15.07.2026")
    assert "rechnung@wohnbau.example" in [message["To"] for message in office.messages()]
    clerk.check()


@pytest.mark.usefixtures("clerk")
def test_the_steps_work_without_a_script(visit):
    page = visit("accountant", java_script_enabled=False).page
    run_june(page)
    release(page, "Autohaus Keller GmbH & Co. KG")
    page.get_by_role("link", name="Ausstellen …").click()
    press(page, "1 Rechnung ausstellen")
    expect(page).to_have_url(re.compile("/abrechnung/2026-06$"))  # a page on its way away can't be loaded anew
    wait_until(lambda: "RE-2026-0001" in page.reload().text())
    expect(row(page, "Autohaus")).to_contain_text("RE-2026-0001")
