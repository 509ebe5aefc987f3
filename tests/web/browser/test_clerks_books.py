"""The year, bank files, reminders and hand-overs in the browser."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect

from tests.banking.statements import camt, entry
from tests.web.browser.june import RUN_ON, work_through
from tests.web.browser.serving import WebSite
from tests.web.browser.visiting import Visit

DAYS = {"booked": "2026-07-10", "valued": "2026-07-10"}


@pytest.fixture
def clerk(visit, site: WebSite) -> Visit:
    """The clerk in July; June was issued to all three clients on the first."""
    work_through(site.house)
    site.house.bill("2026-06", RUN_ON)
    site.at("2026-07-15 10:00")
    begun: Visit = visit("accountant")
    return begun


def test_the_year_shows_effort_by_month_and_client_as_charts_with_their_tables(clerk: Visit):
    page = clerk.open("/jahr?jahr=2026")
    expect(page.locator("#alle tbody tr").filter(has_text="Jun")).to_contain_text("13:25")
    expect(page.get_by_role("img")).to_have_count(4)
    clients = page.locator("section h2")
    expect(clients).to_have_text(
        ["Alle Kunden", "Autohaus Keller GmbH & Co. KG", "Klinikum Filder gGmbH", "Stadtwerke Nürtingen GmbH"]
    )
    page.locator("summary").first.click()
    clerk.check()


def test_on_a_phone_amounts_stand_under_each_other_and_the_year_fits(clerk: Visit):
    clerk.page.set_viewport_size({"width": 375, "height": 700})
    page = clerk.open("/rechnungen/RE-2026-0001")
    of_words = """all => all.map(one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getBoundingClientRect().right;
    })"""
    ends = page.locator(".sums dd").evaluate_all(of_words)
    assert (len(ends), len({round(one) for one in ends})) == (3, 1)
    page = clerk.open("/jahr?jahr=2026")
    assert page.locator(".scroll").first.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_a_bank_file_is_looked_at_before_it_is_booked(clerk: Visit):
    page = clerk.open("/zahlungen")
    clerk.check()
    lines = (entry("542.94", "RE-2026-0001", **DAYS), entry("50.00", "Danke", debtor="Wer weiß", **DAYS))
    file: FilePayload = {"name": "auszug.xml", "mimeType": "text/xml", "buffer": camt(*lines)}
    page.get_by_label("Kontoauszug als CAMT.053 (XML)").set_input_files(file)
    page.get_by_role("button", name="Weiter zur Prüfung").click()
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="542,94")).to_contain_text("wird gebucht")
    expect(rows.filter(has_text="Danke")).to_contain_text("bitte zuordnen")
    clerk.glance()
    rows.get_by_label("Rechnungsnummer").fill("RE-2026-0003")
    page.get_by_role("button", name="Zahlungen buchen").click()
    expect(page.locator("#meldung")).to_have_text("Gebuchte Zahlungen: 2.")
    page.goto("/rechnungen?stand=bezahlt")
    expect(page.locator("tbody tr th a")).to_have_text(["RE-2026-0001"])


def test_what_is_no_bank_file_is_refused_at_its_field(clerk: Visit):
    page = clerk.open("/zahlungen")
    page.get_by_role("button", name="Weiter zur Prüfung").click()
    expect(page.locator("#problems")).to_be_focused()
    clerk.glance()


def test_an_overdue_invoice_is_reminded_after_a_look_at_the_letter(clerk: Visit, site: WebSite, office, visit):
    page = clerk.open("/rechnungen/RE-2026-0001")
    page.get_by_role("button", name="Versenden", exact=True).click()
    site.works()
    site.at("2026-08-20 10:00")
    late = visit("accountant")
    page = late.open("/mahnungen")
    expect(page.locator("tfoot")).to_contain_text("Offen zusammen")
    expect(page.locator("dl.stats")).to_contain_text("davon überfällig")
    page.get_by_role("link", name="Mahnung ansehen … RE-2026-0001").click()
    expect(page.get_by_text("542,94 €").first).to_be_visible()
    late.glance()
    page.get_by_label("Ohne Zinsen und Pauschale (Kulanz)").check()
    page.get_by_role("button", name="Mahnung versenden").click()
    expect(page.locator("#mahnung")).to_contain_text("1. Mahnung vom 20.08.2026")
    site.works()
    assert any("Zahlungserinnerung" in str(message["Subject"]) for message in office.messages())


def test_bookkeeping_gets_each_document_once_and_the_tax_audit_a_package(clerk: Visit):
    page = clerk.open("/export?monat=2026-07")
    page.get_by_label("Beraternummer").fill("1001")
    page.get_by_label("Mandantennummer").fill("1")
    page.get_by_label("Kontenrahmen").select_option("SKR03")
    page.get_by_role("button", name="Speichern").click()
    page.goto("/export?monat=2026-07")
    expect(page.get_by_text("3 Buchungen")).to_be_visible()
    clerk.check()
    page.get_by_role("button", name="Übergeben").click()
    expect(page.locator("#meldung")).to_have_text("Übergebene Dokumente: 3.")
    expect(page.get_by_text("ist schon übergeben")).to_be_visible()

    page.get_by_label("Kalenderjahr").fill("2026")
    page.get_by_label("Für wen").fill("Finanzamt Stuttgart")
    with page.expect_download() as download:
        page.get_by_role("button", name="Paket laden").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as package:
        assert "index.xml" in package.namelist()
