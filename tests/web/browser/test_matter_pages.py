"""Every page about matters keeps to what all pages keep to: axe, every width, light and dark, also when refused."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.browser.conftest import Visiting
from tests.web.browser.serving import WebSite

LONG = (
    "Datenschutzfolgenabschätzungsunterstützungsleistungsbeschreibung der Grundstücksverkehrsgenehmigungszuständigkeit"
)
PAGES = (
    *("/vorgaenge", "/vorgaenge?suche=nichtsda", "/vorgaenge/neu", "/vorgaenge/F-041", "/vorgaenge/F-039"),
    *("/vorgaenge/F-041/bearbeiten", "/vorgaenge/F-041/abschliessen", "/vorgaenge/F-041/einordnung"),
    *("/vorgaenge/F-041/vor-ort", "/vorgaenge/F-041/pruefung", "/vorgaenge/F-041/eilfall", "/vorgaenge/F-041/datei"),
    *("/vorgaenge/F-041/auslage", "/vorgaenge/F-041/fremdkosten", "/vorgaenge/F-041/vorfall"),
    *("/kva", "/kva?stand=abgelehnt", "/kva/neu", "/kva/KVA-27", "/klaerung", "/kunden", "/kunden/neu"),
    *("/kunden/K-AVV-101", "/kunden/K-AVV-101/bearbeiten", "/kunden/K-AVV-101/ansprechpartner"),
    *("/kunden/K-AVV-101/vertrag", "/kunden/K-AVV-101/anfangsbestand", "/nachweise"),
    *("/nachweise?vertrag=AVV-102&monat=2026-06", "/anfragen", "/weisungen", "/weisungen/neu", "/vorschlaege"),
    *("/vorschlaege/neu?buchung=E-1&art=kulanz", "/vorschlaege/neu?buchung=E-1", "/suche", "/suche?q=Auskunft"),
)


@pytest.fixture
def worked(site: WebSite) -> WebSite:
    """Some work and a cost, one of each beyond what is released, and a client, a case and an estimate of long words."""
    site.house.work("E-1", "F-039", "2026-06-05 08:00", 300, when="2026-06-05 13:00")
    site.house.work("E-2", "F-039", "2026-06-05 17:00", 45, when="2026-06-05 17:45")
    site.house.expense("A-1", "F-039", "2026-06-05", "180.00", "third_party", when="2026-06-05 13:00")
    site.house.contract("AVV-199", name=LONG, invoice_email=f"{LONG.split(maxsplit=1)[0]}@kunde.example")
    site.house.case("F-045", "2026-06-05 08:00", "AVV-199", "dpia", title=LONG)
    site.house.estimate("KVA-45", "F-045", "2026-06-05 08:00", regular=60)
    return site


@pytest.mark.usefixtures("worked")
def test_every_page_is_open_to_all_wide_and_narrow_in_light_and_dark(visit: Visiting):
    staff = visit("admin")
    for path in (*PAGES, "/vorgaenge/F-045"):
        staff.open(path)
        staff.glance()


def test_the_choice_among_cases_of_one_reference_is_open_to_all_too(worked: WebSite, visit: Visiting):
    worked.house.case("F-039", "2026-06-05 08:00", "AVV-103", "dpia", title=LONG)
    staff = visit("admin")
    answer = staff.page.goto("/vorgaenge/F-039/einordnung")
    assert answer is not None
    assert answer.status == 300
    staff.glance()
    staff.page.get_by_role("link", name=LONG).click()
    expect(staff.page).to_have_url(re.compile(r"/vorgaenge/\d+/einordnung$"))


def test_what_was_typed_goes_along_through_the_choice_into_the_form(worked: WebSite, visit: Visiting):
    staff = visit("admin")
    page = staff.open("/vorgaenge/F-039/bearbeiten")
    page.get_by_label("Titel").fill("Anders genannt")
    worked.house.case("F-039", "2026-06-05 08:00", "AVV-103", "dpia", title=LONG)
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Ihre Eingaben stehen dort wieder im Formular.")).to_be_visible()
    staff.glance()
    page.get_by_role("button", name=f"Mit meinen Eingaben öffnen {LONG}").click()
    expect(page.get_by_label("Titel")).to_have_value("Anders genannt")
    expect(page.get_by_role("status").first).to_contain_text("Gespeichert ist noch nichts")
    staff.glance()
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("h1")).to_have_text("Anders genannt")


def test_the_lines_of_a_sum_are_as_high_as_the_others(visit: Visiting):
    page = visit("admin").open("/kva/KVA-27")
    padding = "all => all.map(one => getComputedStyle(one).paddingTop)"
    assert set(page.locator("tfoot td").evaluate_all(padding)) == {"11px"}


@pytest.mark.parametrize(
    ("path", "button", "count"),
    [
        ("/vorgaenge/neu", "Vorgang eröffnen", 3),
        ("/vorgaenge/F-041/eilfall", "Mitteilung senden", 3),
        ("/vorgaenge/F-041/pruefung", "Prüfung speichern", 3),
        ("/vorgaenge/F-041/auslage", "Auslage erfassen", 4),
        ("/kunden/neu", "Kunden anlegen", 4),
        ("/kunden/K-AVV-101/ansprechpartner", "Ansprechpartner anlegen", 2),
        ("/weisungen/neu", "Weisung aufnehmen", 3),
    ],
)
def test_a_refused_form_is_open_to_all_too_and_leads_to_its_first_field(
    visit: Visiting, path: str, button: str, count: int
):
    staff = visit("admin")
    page = staff.open(path)
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", name=f"Bitte prüfen Sie {count} Angaben")).to_be_visible()
    expect(page.locator("#problems")).to_be_focused()
    staff.glance()
    page.locator("#problems a").first.click()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()


def test_the_key_of_the_search_leads_to_it_and_a_number_to_its_case(visit: Visiting):
    staff = visit("staff")
    page = staff.open("/vorgaenge")
    page.keyboard.press("/")
    expect(page.get_by_label("Vorgang, Kunde, Kostenvoranschlag oder Rechnung")).to_be_focused()
    page.keyboard.type("F-041")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/vorgaenge/F-041$"))


def test_pages_speak_english_with_german_contents(worked: WebSite, visit: Visiting):
    staff = visit("lead")
    staff.page.context.add_cookies([{"name": "lang", "value": "en", "url": worked.base_url}])
    page = staff.open("/klaerung")
    expect(page.get_by_role("heading", level=1)).to_have_text("On hold")
    expect(page.get_by_role("main")).to_contain_text("€180.00")
    staff.check()
