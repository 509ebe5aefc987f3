"""Journeys of those who work: a timer on two devices, a forgotten one, a time that came twice, a correction."""

import pytest
from playwright.sync_api import expect

from tests.months.facts import at
from tests.web.browser.serving import WebSite
from tests.web.browser.working import Visiting, choose, entries


def test_a_timer_runs_on_two_devices_and_becomes_one_entry(site: WebSite, visit: Visiting):
    phone = visit("staff", viewport={"width": 390, "height": 844})
    page = phone.open("/zeiten")
    choose(page, "F-039")
    page.get_by_role("button", name="Uhr starten").click()
    expect(page.locator("#meldung")).to_have_text("Die Uhr läuft für F-039.")
    page.reload()
    bar = page.get_by_role("group", name="Laufende Uhr")
    expect(bar).to_contain_text("F-039")
    place = bar.bounding_box()
    assert place is not None
    assert place["y"] + place["height"] == pytest.approx(844, abs=1)
    site.clock.now = at("2026-06-05 14:25")
    desktop = visit("staff")
    at_desk = desktop.open("/zeiten")
    expect(at_desk.get_by_role("group", name="Laufende Uhr")).to_contain_text("0:25")
    desktop.check()
    at_desk.get_by_role("button", name="Stopp").click()
    expect(at_desk.get_by_role("heading", level=1)).to_have_text("Uhr stoppen")
    desktop.check()
    at_desk.get_by_label("Bis").fill("1420")
    at_desk.get_by_role("button", name="Speichern").click()
    expect(at_desk.locator("#meldung")).to_have_text("Gespeichert: 0:20 h, Vorgang F-039")
    expect(at_desk.get_by_role("group", name="Laufende Uhr")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("group", name="Laufende Uhr")).to_have_count(0)
    assert entries(site) == 1


def test_a_timer_forgotten_for_twelve_hours_asks_for_the_real_end_first(site: WebSite, visit: Visiting):
    page = visit("staff").open("/zeiten")
    choose(page, "F-039")
    page.get_by_role("button", name="Uhr starten").click()
    expect(page.get_by_role("group", name="Laufende Uhr")).to_be_visible()
    site.clock.now = at("2026-06-06 02:00")
    next_day = visit("staff")
    asked = next_day.open("/zeiten")
    expect(asked.get_by_role("heading", level=1)).to_have_text("Läuft die Uhr noch zu Recht?")
    next_day.check()
    asked.get_by_role("button", name="Speichern").click()
    expect(asked.get_by_role("alert")).to_contain_text("Bitte prüfen Sie 1 Angabe")
    assert entries(site) == 0
    asked.get_by_label("Bis").fill("15:30")
    asked.get_by_role("button", name="Speichern").click()
    expect(asked.locator("#meldung")).to_have_text("Gespeichert: 1:30 h, Vorgang F-039")
    assert entries(site) == 1


def test_a_time_that_came_twice_is_asked_back(site: WebSite, visit: Visiting):
    site.clock.now = at("2026-10-25 12:00")
    page = visit("staff").open("/zeiten")
    choose(page, "F-041")
    page.get_by_label("Von").fill("2:30")
    page.get_by_label("Bis").fill("4")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Bitte 02:30A für das erste oder 02:30B für das zweite Mal schreiben"
    )
    page.get_by_label("Von").fill("2:30B")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#meldung")).to_contain_text("Gespeichert: 1:30 h")


def test_an_entry_is_looked_at_corrected_and_taken_back(visit: Visiting):
    staff = visit("staff")
    page = staff.open("/zeiten")
    choose(page, "F-041")
    page.get_by_label("Von").fill("8-9")
    page.get_by_role("button", name="Speichern").click()
    page.get_by_role("link", name="Bearbeitung einer Betroffenenanfrage").click()
    expect(page.get_by_role("heading", name="Aufteilung")).to_be_visible()
    staff.check()
    page.get_by_label("Bis").fill("9:30")
    page.get_by_label("Grund der Korrektur").fill("Nachbereitung vergessen")
    page.get_by_role("button", name="Korrektur speichern").click()
    expect(page.locator("#meldung")).to_have_text("Korrigiert: 1:30 h, Vorgang F-041.")
    page.get_by_role("link", name="Löschen").click()
    staff.check()
    page.get_by_label("Grund").fill("doppelt erfasst")
    page.get_by_role("button", name="1:30 h löschen").click()
    expect(page.get_by_text("In dieser Woche ist noch nichts erfasst.")).to_be_visible()
    staff.check()
