"""Journeys 5, 6 and 10 of the portal: a controller decides by a mailed link, asks and declines, and helps himself."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from billing.services.access.portal_links import send_portal_link
from billing.services.estimates import find_estimate
from billing.services.party_changes import end_contact
from billing.store.session import TenantSession
from billing.store.tables import Contact
from tests.web.browser.conftest import Visiting
from tests.web.browser.correspondence import acts, answer, arrived, send, send_again, texts
from tests.web.browser.serving import WebSite
from tests.web.browser.visiting import Visit

pytestmark = pytest.mark.usefixtures("office")
PHONE = {"viewport": {"width": 390, "height": 844}}
EMAIL = "datenschutz@kunde-102.example"
GROSS = re.compile(r"1\.130,50\s€")


def contact(session: TenantSession, email: str = EMAIL) -> Contact:
    return session.exec(select(Contact).where(Contact.email_digest == session.ring.digest(email))).one()


def portal(site: WebSite, visit: Visit, email: str = EMAIL) -> Page:
    """Come in by the mailed link to all that concerns the controller."""
    site.house.tell(lambda session: send_portal_link(session, acts(site), contact(session, email)))
    return visit.open(arrived(site))


def state_of(site: WebSite, ref: str) -> str:
    return site.house.tell(lambda session: str(find_estimate(session, ref).version.state))


def decide(page: Page, choice: str, *, words: str = "", button: str) -> None:
    """Fill the form of the estimate at hand, go on to the check page and press its button."""
    page.get_by_label(choice).check()
    if words:
        page.get_by_label("Ihre Rückfrage oder Ihr Grund").fill(words)
    if choice == "Freigeben":
        page.get_by_label("Ich bin berechtigt").check()
    page.get_by_role("button", name="Weiter zur Bestätigung").click()
    page.get_by_role("button", name=button).click()


def test_a_scanner_that_looks_decides_nothing(site: WebSite, visit: Visiting):
    link, scanner = send(site), visit()
    for method in ("GET", "HEAD", "GET", "HEAD"):
        assert scanner.page.request.fetch(link, method=method).ok
    assert state_of(site, "KVA-31") == "sent"


def test_on_the_phone_costs_stand_before_the_decision_and_an_empty_form_has_two_errors(site: WebSite, visit: Visiting):
    link = send(site)
    phone = visit(**PHONE)
    page = phone.open(link)
    expect(page).to_have_url(re.compile(r"/p/kva/\d+$"))
    costs, form = page.locator("#kosten").bounding_box(), page.locator("#entscheidung").bounding_box()
    assert costs is not None
    assert form is not None
    assert costs["y"] < form["y"]
    assert page.locator("input:checked").count() == 0
    phone.check()

    page.get_by_role("button", name="Weiter zur Bestätigung").click()
    expect(page.get_by_role("heading", name="Bitte prüfen Sie 2 Angaben")).to_be_visible()
    expect(page).to_have_title(re.compile("^Fehler:"))
    expect(page.locator("#problems")).to_be_focused()
    phone.check()
    assert state_of(site, "KVA-31") == "sent"


def test_the_controller_releases_on_his_phone_on_a_second_page(site: WebSite, visit: Visiting):
    link = send(site)
    phone = visit(**PHONE)
    page = phone.open(link)
    page.get_by_label("Freigeben").check()
    page.get_by_label("Ihr Name").fill("Dr. Maria Sommer")
    page.get_by_label("Ich bin berechtigt").check()
    page.get_by_role("button", name="Weiter zur Bestätigung").click()
    expect(page.get_by_role("main")).to_contain_text(GROSS)
    expect(page.get_by_text("Es wird noch nichts ausgelöst.")).to_be_visible()
    assert state_of(site, "KVA-31") == "sent"
    phone.check()

    page.get_by_role("button", name="Kostenpflichtig freigeben").click()
    expect(page.get_by_role("status")).to_contain_text("Sie haben kostenpflichtig freigegeben.")
    expect(page.locator("#verlauf")).to_contain_text("Fassung 1 freigegeben")
    phone.glance()
    assert state_of(site, "KVA-31") == "approved"
    site.works()
    assert any("kostenpflichtig freigegeben" in text for text in texts(site))
    files = [one.get_filename() for message in site.office.messages() for one in message.iter_attachments()]
    assert files == ["KVA-31-Fassung-1.pdf"]

    again = visit().open(link)
    expect(again.get_by_text("Freigegeben.", exact=True)).to_be_visible()
    assert again.get_by_role("button", name="Weiter zur Bestätigung").count() == 0


def test_a_question_a_new_version_and_a_refusal(site: WebSite, visit: Visiting):
    old, person = send(site), visit()
    page = person.open(old)
    decide(page, "Rückfrage stellen", words="Warum vier Stunden?", button="Rückfrage senden")
    expect(page.get_by_role("status")).to_contain_text("Ihre Rückfrage ist gestellt.")
    answer(site, "KVA-31", "Weil drei Systeme zu beschreiben sind.")
    page.reload()
    expect(page.locator("#fragen")).to_contain_text("Weil drei Systeme zu beschreiben sind.")

    new = send_again(site, "KVA-31", [{"rate_class": "regular", "minutes": 300}])
    page = person.open(old)
    expect(page.get_by_text("Es gibt eine neue Fassung.")).to_be_visible()
    assert page.get_by_role("button", name="Weiter zur Bestätigung").count() == 0
    person.glance()
    page.get_by_role("link", name="Zur Fassung 2").click()
    expect(page.get_by_text("Kostenvoranschlag KVA-31, Fassung 2")).to_be_visible()

    page = person.open(new)
    decide(page, "Ablehnen", words="Wir machen es selbst.", button="Ablehnung senden")
    expect(page.get_by_role("status")).to_contain_text("Es entstehen keine Kosten.")
    person.glance()
    assert state_of(site, "KVA-31") == "declined"
    # Work goes on being logged, and waits for a release.
    site.house.work("E-1", "F-039", "2026-06-05 09:00", 600, when="2026-06-05 19:30")


def test_without_a_script_the_two_steps_work_as_well(site: WebSite, visit: Visiting):
    page = visit(java_script_enabled=False).open(send(site))
    decide(page, "Freigeben", button="Kostenpflichtig freigeben")
    expect(page.get_by_text("Sie haben kostenpflichtig freigegeben.")).to_be_visible()
    assert state_of(site, "KVA-31") == "approved"


def test_a_controller_helps_himself(site: WebSite, visit: Visiting):
    site.house.work("E-1", "F-039", "2026-06-05 09:00", 90, when="2026-06-05 13:00")
    site.house.work("E-2", "F-041", "2026-06-05 10:30", 90, when="2026-06-05 13:00")
    site.at("2026-07-01 09:00")
    numbers = site.house.bill("2026-06", "2026-07-01 09:00")
    site.works()
    own, foreign = numbers["AVV-102"], numbers["AVV-101"]
    person = visit()
    page = portal(site, person)
    page.get_by_role("link", name="Rechnungen").click()
    person.glance()
    page.get_by_role("link", name=own or "").click()
    for name, mark in (("PDF laden", b"%PDF-"), ("XML laden", b"<?xml")):
        with page.expect_download() as loading:
            page.get_by_role("link", name=name).click()
        with open(loading.value.path(), "rb") as file:  # noqa: PTH123 - a path of the browser's
            assert file.read().startswith(mark)
    person.check()
    page.get_by_role("link", name="Nachweise").click()
    page.get_by_label("Monat").select_option("2026-06")
    page.get_by_role("button", name="Anzeigen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tätigkeitsnachweis Juni 2026")
    person.check()
    assert page.pdf().startswith(b"%PDF-")
    missing = page.request.get(f"/p/rechnungen/{foreign}")
    assert missing.status == 404


def test_running_cases_and_a_request_for_support(site: WebSite, visit: Visiting):
    person = visit()
    page = portal(site, person)
    page.get_by_role("link", name="Vorgänge").click()
    expect(page.get_by_role("main")).to_contain_text("F-039")
    person.check()
    page.get_by_role("link", name="Unterstützung anfordern").click()
    person.glance()
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page.get_by_role("heading", name="Bitte prüfen Sie 2 Angaben")).to_be_visible()
    page.get_by_label("Worum geht es?").select_option("audit")
    page.get_by_label("Beschreibung").fill("Bitte den Fragebogen ausfüllen.")
    page.get_by_label("Gewünscht bis").fill("15.6.")
    page.get_by_label("Dateien").set_input_files(
        {"name": "fragen.csv", "mimeType": "text/csv", "buffer": b"Nr;Frage\n1;Wo?\n"}
    )
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page.get_by_role("status")).to_contain_text("ist eingegangen")
    expect(page.get_by_role("main")).to_contain_text("15.06.2026")
    person.glance()
    site.works()
    assert any("Bitte den Fragebogen ausfüllen." in text for text in texts(site))


def test_who_was_revoked_reads_that_and_every_address_gets_the_same_answer(site: WebSite, visit: Visiting):
    person = visit()
    portal(site, person)
    site.house.tell(lambda session: end_contact(session, acts(site), contact(session)))
    person.said.clear()
    answered = person.page.goto("/p/rechnungen")
    assert answered is not None
    assert answered.status == 410
    person.said.clear()  # the console names the status of a page that is gone
    page = person.page
    page.get_by_role("link", name="Neuen Link anfordern").click()
    person.glance()
    said = []
    for email in (EMAIL, "niemand@anderswo.example"):
        person.open("/p/link")
        page.get_by_label("Ihre E-Mail-Adresse").fill(email)
        page.get_by_role("button", name="Link anfordern").click()
        said.append(page.get_by_role("main").inner_text())
    assert said[0] == said[1]
    person.glance()


def test_english_and_dark_are_kept(site: WebSite, visit: Visiting):
    person = visit()
    page = person.open(send(site))
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Continue to confirmation")).to_be_visible()
    expect(page.get_by_text("The German text is the binding one")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("€1,130.50")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(15, 21, 28)"
    person.glance()


def test_on_the_phone_the_place_where_one_is_is_in_sight(site: WebSite, visit: Visiting):
    phone = visit(**PHONE)
    portal(site, phone)
    place = phone.open("/p/nachweise").locator(".places [aria-current]").bounding_box()
    assert place is not None
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= 390


def test_a_page_is_printed_by_its_button_and_without_a_script_has_none(site: WebSite, visit: Visiting):
    link = send(site)
    page = visit().open(link)
    page.evaluate("window.print = () => { window.printed = true; }")
    page.get_by_role("button", name="Drucken").click()
    assert page.evaluate("window.printed") is True
    plain = visit(java_script_enabled=False).open(link)
    assert not plain.get_by_text("Drucken").is_visible()
