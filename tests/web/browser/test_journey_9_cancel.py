"""Journey 9: an issued invoice can't be changed, only cancelled; its minutes are billed anew."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.june import RUN_ON, work_through
from tests.web.browser.serving import WebSite
from tests.web.browser.visiting import Visit

INVOICE, CANCELLATION = "/rechnungen/RE-2026-0001", "ST-2026-0001"
REASON = "Die Leistung war schon vergütet"


@pytest.fixture
def clerk(visit, site: WebSite) -> Visit:
    """The clerk on 2 July; June was issued to all three clients the day before."""
    work_through(site.house)
    site.house.bill("2026-06", RUN_ON)
    site.at("2026-07-02 10:00")
    begun: Visit = visit("accountant")
    return begun


def cancel(page: Page) -> None:
    page.goto(INVOICE)
    page.get_by_role("link", name="Stornieren").click()
    page.get_by_label("Grund").fill(REASON)
    page.get_by_role("button", name="Rechnung stornieren").click()
    expect(page.locator("#meldung")).to_contain_text(f"RE-2026-0001 ist storniert durch {CANCELLATION}.")


def test_an_issued_invoice_has_no_way_to_change_it(clerk: Visit):
    page = clerk.open(INVOICE)
    expect(page.get_by_text(re.compile("bearbeiten|ändern", re.IGNORECASE))).to_have_count(0)
    expect(page.locator("form[action='/rechnungen/RE-2026-0001']")).to_have_count(0)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert page.request.fetch(INVOICE, method=method, form={"net": "1"}).status == 409
    clerk.check()


def test_cancelling_says_what_follows_and_wants_a_reason(clerk: Visit):
    page = clerk.open(f"{INVOICE}/stornieren")
    expect(page.get_by_text(f"mit eigener Nummer, voraussichtlich {CANCELLATION}")).to_be_visible()
    page.get_by_role("button", name="Rechnung stornieren").click()
    expect(page.locator("#problems")).to_be_focused()
    clerk.glance()


def test_a_cancelled_invoice_is_billed_anew_and_the_client_sees_all_three(clerk: Visit, visit):
    page = clerk.page
    cancel(page)
    expect(page.get_by_text("storniert", exact=True)).to_be_visible()
    page.goto(f"/rechnungen/{CANCELLATION}")
    expect(page.get_by_text(f"Grund: {REASON}")).to_be_visible()
    expect(page.locator(".stats")).to_contain_text("\u2212456,25 €")  # it takes away, though its paper says it positive
    clerk.glance()

    page.goto("/abrechnung/2026-06")
    page.get_by_role("button", name="Neu berechnen").click()
    again = page.locator("#entwuerfe tbody tr").filter(has_text="Stadtwerke")
    expect(again).to_contain_text("456,25 €")
    again.get_by_role("button", name="Freigeben").click()
    page.get_by_role("link", name="Ausstellen …").click()
    page.get_by_role("button", name="1 Rechnung ausstellen").click()
    expect(again).to_contain_text("RE-2026-0004", timeout=30_000)
    expect(page.get_by_role("button", name="Neu berechnen")).to_have_count(0)

    page.goto("/rechnungen?suche=Stadtwerke")
    expect(page.locator("tbody tr th a")).to_have_text(["RE-2026-0004", CANCELLATION, "RE-2026-0001"])
    client = visit("approver-101").open("/p/rechnungen")
    for number in ("RE-2026-0004", CANCELLATION, "RE-2026-0001"):
        expect(client.get_by_role("link", name=number)).to_be_visible()


def test_named_cases_are_taken_back_by_a_correction(clerk: Visit):
    page = clerk.open("/rechnungen/RE-2026-0003/berichtigen")
    page.get_by_role("button", name="Rechnungskorrektur ausstellen").click()
    expect(page.locator("#problems li")).to_have_count(2)
    page.get_by_label("F-046").check()
    page.get_by_label("Grund").fill(REASON)
    clerk.glance()
    page.get_by_role("button", name="Rechnungskorrektur ausstellen").click()
    expect(page.locator("#meldung")).to_contain_text("RE-2026-0003 ist berichtigt durch")


def test_money_comes_in_and_a_mistake_is_answered_by_a_counter_row(clerk: Visit):
    page = clerk.open(INVOICE)
    page.get_by_label("Betrag").first.fill("42,94 €")
    page.get_by_label("Eingegangen am").fill("heute")
    page.get_by_role("button", name="Zahlung speichern").click()
    expect(page.locator(".stats")).to_contain_text("500,00 €")
    page.locator("#zahlungen summary").click()
    page.locator("#zahlungen").get_by_label("Grund").fill("Vertippt")
    page.get_by_role("button", name="Gegenbuchung").click()
    expect(page.locator(".stats")).to_contain_text("542,94 €")
    expect(page.locator("#zahlungen tbody tr")).to_have_count(2)
    clerk.glance()


def test_a_payment_that_cannot_be_is_refused_with_what_was_typed(clerk: Visit):
    page = clerk.open(INVOICE)
    page.get_by_label("Betrag").first.fill("viel")
    page.get_by_label("Eingegangen am").fill("31.12.2026")
    page.get_by_role("button", name="Zahlung speichern").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_label("Betrag").first).to_have_value("viel")
    clerk.glance()
