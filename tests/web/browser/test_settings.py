"""Settings in a real browser: fit for all at every width, and a change of terms seen before it is agreed."""

import re

import pytest


@pytest.mark.parametrize(
    "path",
    ["/start", "/einstellungen", "/einstellungen/personen/neu", "/einstellungen/protokoll", "/einstellungen/firma"],
)
def test_a_page_of_the_settings_is_fit_for_all(visit, path):
    admin = visit("admin")
    admin.open(path)
    admin.check()


def test_a_change_of_terms_is_seen_on_last_month_and_then_agreed(visit):
    admin = visit("admin")
    page = admin.open("/einstellungen/regeln")
    page.get_by_role("link", name="AVV-101").click()
    page.get_by_role("link", name="Ändern Stundensatz").click()
    page.get_by_label("Stundensatz, netto").fill("120,00")
    page.get_by_role("button", name="Wirkung ansehen").click()
    assert page.get_by_text("Keine Rechnung wäre anders gewesen.").is_visible()
    assert page.get_by_label("Stundensatz, netto").input_value() == "120,00"
    admin.check()
    page.get_by_role("button", name="Vereinbarung eintragen").click()
    assert page.get_by_text(re.compile(r"Eingetragen; es gilt ab .*\. Verträge: 1\.")).is_visible()
    assert page.get_by_role("row", name="Juli 2026").is_visible()


def test_the_way_in_is_fit_for_all_and_leads_on(visit, site):
    stranger = visit()
    stranger.open("/anmelden")
    stranger.check()
    stranger.page.get_by_role("button", name="Anmelden").click()
    assert stranger.page.get_by_role("heading", name="Bitte prüfen Sie 2 Angaben").is_visible()
    stranger.check()
    stranger.log_in(site.members["accountant"])
    assert stranger.page.url.endswith("/zeiten")


def test_on_a_phone_no_place_of_the_settings_is_torn_apart(visit):
    page = visit("accountant").open("/einstellungen")
    page.set_viewport_size({"width": 375, "height": 700})
    pieces = page.locator(".settings nav li").evaluate_all("all => all.map(one => one.getClientRects().length)")
    assert set(pieces) == {1}
