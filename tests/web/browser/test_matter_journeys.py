"""Journeys 5, 6 and 7 as staff see them: an estimate written and sent, a question, a refusal, and an overrun."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import Visiting
from tests.web.browser.correspondence import LINES, arrived
from tests.web.browser.serving import WebSite
from tests.web.browser.visiting import Visit

pytestmark = pytest.mark.usefixtures("office")
GROSS = re.compile(r"1\.130,50\s€")
HOURS = ["4", "3", "2", "1"]


def write(page: Page, lines: list[dict[str, object]], hours: list[str]) -> None:
    """Fill the editor of an estimate."""
    page.get_by_label("Leistung", exact=True).fill("Beschreibung der Verarbeitung und ein Termin vor Ort")
    for number, (line, planned) in enumerate(zip(lines, hours, strict=True), 1):
        page.get_by_label(f"Wofür, Position {number}").fill(str(line["text"]))
        page.get_by_label(f"Satz, Position {number}").select_option(str(line["rate_class"]))
        page.get_by_label(f"Stunden, Position {number}").fill(planned)


def new_estimate(member: Visit, case: str = "F-039") -> Page:
    """Write an estimate of three positions and travel, and send it."""
    page = member.open(f"/vorgaenge/{case}")
    page.get_by_role("link", name="Kostenvoranschlag anlegen").click()
    write(page, LINES, HOURS)
    page.get_by_role("button", name="Speichern und weiter zum Versenden").click()
    page.get_by_role("button", name=re.compile("versenden$")).click()
    return page


def decide(page: Page, choice: str, button: str, words: str = "") -> None:
    """Decide in the portal, as the controller does."""
    page.get_by_label(choice).check()
    if words:
        page.get_by_label("Ihre Rückfrage oder Ihr Grund").fill(words)
    if choice == "Freigeben":
        page.get_by_label("Ich bin berechtigt").check()
    page.get_by_role("button", name="Weiter zur Bestätigung").click()
    page.get_by_role("button", name=button).click()


def test_an_estimate_is_reckoned_while_typing_sent_after_a_look_and_comes_back_released(site: WebSite, visit: Visiting):
    staff = visit("lead")
    page = staff.open("/kva/neu?vorgang=F-039")
    write(page, LINES, HOURS)
    expect(page.locator("#kosten")).to_contain_text(GROSS)
    staff.check()

    page.get_by_role("button", name="Speichern und weiter zum Versenden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kostenvoranschlag versenden")
    expect(page.get_by_role("main")).to_contain_text(GROSS)
    expect(page.get_by_text("Danach ist diese Fassung unveränderbar.")).to_be_visible()
    staff.glance()
    page.get_by_role("button", name=re.compile("versenden$")).click()
    expect(page.get_by_role("status")).to_contain_text("ist versendet")
    expect(page.locator(".head")).to_contain_text("Versendet")
    assert page.get_by_label("Stunden, Position 1").count() == 0
    staff.glance()

    decide(visit().open(arrived(site)), "Freigeben", "Kostenpflichtig freigeben")
    page.reload()
    expect(page.locator(".head")).to_contain_text("Freigegeben")
    expect(page.locator("#verlauf")).to_contain_text("Dr. Maria Sommer")
    staff.glance()
    page.goto("/kva?stand=freigegeben")
    expect(page.get_by_role("main")).to_contain_text("KVA-2026-001")
    staff.glance()


def test_an_estimate_left_empty_says_all_that_is_missing_and_works_without_a_script(visit: Visiting):
    staff = visit("lead", java_script_enabled=False)
    page = staff.open("/kva/neu?vorgang=F-039")
    page.get_by_role("button", name="Entwurf speichern").click()
    expect(page.get_by_role("heading", name="Bitte prüfen Sie 2 Angaben")).to_be_visible()
    expect(page).to_have_title(re.compile("^Fehler:"))
    write(page, LINES, HOURS)
    page.get_by_role("button", name="Weitere Positionen").click()
    expect(page.get_by_label("Wofür, Position 4")).to_have_value(str(LINES[3]["text"]))
    page.get_by_role("button", name="Entwurf speichern").click()
    expect(page.get_by_role("status")).to_contain_text("ist als Entwurf gespeichert")
    expect(page.locator("#kosten")).to_contain_text(GROSS)


def test_a_question_is_answered_by_a_new_version_and_a_refusal_holds_the_time(site: WebSite, visit: Visiting):
    staff, controller = visit("lead"), visit()
    page = new_estimate(staff)
    old = arrived(site)
    asked = controller.open(old)
    decide(asked, "Rückfrage stellen", "Rückfrage senden", "Warum vier Stunden?")

    page.reload()
    expect(page.get_by_text("Der Kunde hat eine Rückfrage.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Warum vier Stunden?")
    staff.glance()
    page.get_by_role("link", name="Neue Fassung").click()
    expect(page.get_by_role("main")).to_contain_text("Fassung 1 kann danach nicht mehr freigegeben werden.")
    page.get_by_role("button", name="Neue Fassung anlegen").click()
    page.get_by_label("Stunden, Position 1").fill("3")
    page.get_by_role("button", name="Speichern und weiter zum Versenden").click()
    page.get_by_role("button", name=re.compile("versenden$")).click()
    expect(page.get_by_role("main")).to_contain_text("Fassung 2")
    new = arrived(site)

    expect(controller.open(old).get_by_text("Es gibt eine neue Fassung.")).to_be_visible()
    decide(controller.open(new), "Ablehnen", "Ablehnung senden", "Wir machen es selbst.")
    page.reload()
    expect(page.get_by_text("Der Kunde hat abgelehnt.")).to_be_visible()
    staff.glance()

    # The earlier release is used up first; what comes beyond it waits.
    site.house.work("E-1", "F-039", "2026-06-03 06:00", 600, when="2026-06-03 16:00")
    page.goto("/klaerung")
    expect(page.get_by_role("main")).to_contain_text("Freigegeben ist nur Zeit zu 100 €; diese Zeit liegt")
    staff.glance()


def test_what_goes_beyond_the_release_waits_for_a_supplement_and_is_then_billable(site: WebSite, visit: Visiting):
    site.at("2026-06-04 18:00")
    site.house.work("E-1", "F-039", "2026-06-03 08:00", 375, when="2026-06-03 15:00")
    site.at("2026-06-05 14:00")
    site.house.work("E-2", "F-039", "2026-06-05 08:00", 165, when="2026-06-05 11:00")
    staff, controller = visit("lead"), visit()

    page = staff.open("/klaerung")
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"Freigabe ausgeschöpft: 8:00 von 8:00\sh\."))
    expect(page.get_by_role("row", name=re.compile("Folgenabschätzung"))).to_contain_text(re.compile(r"1:00\sh"))
    staff.glance()
    page.get_by_role("button", name="Nachfreigabe anfordern").click()
    expect(page.get_by_role("status")).to_contain_text("ist vorbereitet")
    expect(page.get_by_label("Stunden, Position 1")).to_have_value("1")
    page.get_by_role("button", name="Speichern und weiter zum Versenden").click()
    page.get_by_role("button", name=re.compile("versenden$")).click()

    decide(controller.open(arrived(site)), "Freigeben", "Kostenpflichtig freigeben")
    page.goto("/klaerung")
    expect(page.get_by_text("Nichts offen. Die Abrechnung kann starten.")).to_be_visible()
    staff.glance()
    page.goto("/vorgaenge/F-039")
    expect(page.locator("#zeiten")).not_to_contain_text("in Klärung")
    expect(page.locator("#budget")).to_contain_text(re.compile(r"9:00 von 9:00\sh"))
    staff.glance()
