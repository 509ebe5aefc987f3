"""Journeys of those who work: by keyboard over a boundary, a timer on two devices, an Eilfall, a day of 25 hours."""

import re
from typing import Any

from playwright.sync_api import expect
from sqlmodel import select

from billing.store.tables import Mail
from tests.months.facts import at
from tests.web.browser.serving import WebSite
from tests.web.browser.working import Visiting, choose, entries, words

_PRICE_IS_SEEN = """() => [...document.querySelectorAll('#vorschau tfoot')].at(-1).getBoundingClientRect().bottom
    <= document.querySelector('#zeit .actions').getBoundingClientRect().top"""
"""The bar with the buttons, which stays at the lower edge of the window, leaves the sum of the preview free."""


def test_work_across_a_boundary_is_logged_by_keyboard_alone(site: WebSite, visit: Visiting):
    site.clock.now = at("2026-06-05 18:00")
    staff = visit("staff")
    page = staff.open("/zeiten")
    page.keyboard.press("n")
    expect(page.get_by_label("Vorgang", exact=True)).to_be_focused()
    for typed in ("F-041", "", "1430", "1710", "Auskunft, Schwärzungen"):
        page.keyboard.type(typed)
        if typed != "Auskunft, Schwärzungen":
            page.keyboard.press("Tab")
    expect(page.get_by_label("Tätigkeit")).to_be_focused()
    expect(page.get_by_label("Datum")).to_have_value("Fr 05.06.2026")
    preview = page.locator("#vorschau")
    expect(preview).to_contain_text("306,25")
    said = words(page, "#vorschau")
    assert "14:30–16:00 Geschäftszeit 1:30 16:00–17:10 außerhalb +25 % 1:10" in said
    assert page.evaluate(_PRICE_IS_SEEN)
    assert "6 Einheiten Geschäftszeiten 150,00 € 5 Einheiten Außerhalb der Geschäftszeiten +25 % 156,25 €" in said
    staff.check()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#meldung")).to_have_text("Gespeichert: 2:40 h, Vorgang F-041")
    expect(page.locator("#ansage")).to_contain_text("Gespeichert: 2:40 h, Vorgang F-041")
    expect(page.get_by_label("Vorgang", exact=True)).to_be_focused()
    expect(page.get_by_label("Von")).to_have_value("17:10")
    row = page.get_by_role("row", name=re.compile("Schwärzungen"))
    expect(row).to_contain_text("1:30 h Geschäftszeit")
    expect(row).to_contain_text("1:10 h außerhalb +25 %")
    expect(page.locator(".block")).to_have_count(1)
    expect(page.locator(".block .cut")).to_have_count(1)
    expect(page.locator(".day-sum").nth(4)).to_have_text("2:40")
    expect(
        page.get_by_role("img", name=re.compile("Freitag, 5. Juni 2026.*14:30–17:10 F-041.*zusammen 2:40 h"))
    ).to_be_visible()
    staff.check()


def test_letters_in_a_field_are_letters_and_a_question_mark_shows_all_keys(visit: Visiting):
    page = visit("staff").open("/zeiten")
    page.get_by_label("Tätigkeit").fill("")
    page.get_by_label("Tätigkeit").press_sequentially("nt?j")
    expect(page.get_by_label("Tätigkeit")).to_have_value("nt?j")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tastenkürzel")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile("kw=2026-24"))
    page.keyboard.press("t")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zeiten, Kalenderwoche 23")


def test_a_wrong_time_keeps_what_was_typed_and_leads_to_its_field(site: WebSite, visit: Visiting):
    staff = visit("staff")
    page = staff.open("/zeiten")
    choose(page, "F-041")
    page.get_by_label("Von").fill("860")
    page.get_by_label("Bis").fill("9")
    page.get_by_role("button", name="Speichern").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Bitte prüfen Sie 1 Angabe")
    expect(page).to_have_title(re.compile("^Fehler: "))
    staff.check()
    summary.get_by_role("link").click()
    expect(page.get_by_label("Von")).to_be_focused()
    expect(page.get_by_label("Von")).to_have_value("860")
    page.get_by_label("Von").fill("8")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#meldung")).to_contain_text("Gespeichert: 1:00 h")
    assert entries(site) == 1


def test_a_drag_over_a_day_fills_date_and_times(visit: Visiting):
    page = visit("staff").open("/zeiten")
    box = page.locator("svg.day").nth(1).bounding_box()
    assert box is not None
    for step, hour in (("move", 9), ("down", 9), ("move", 10.5), ("up", 10.5)):
        if step == "move":
            page.mouse.move(box["x"] + box["width"] * hour / 24, box["y"] + 20)
        else:
            getattr(page.mouse, step)()
    values = [page.get_by_label(name).input_value() for name in ("Datum", "Von", "Bis")]
    assert values == ["Di 02.06.2026", "09:00", "10:30"]


def test_pointing_at_a_row_outlines_its_block(visit: Visiting):
    page = visit("staff").open("/zeiten")
    choose(page, "F-041")
    page.get_by_label("Von").fill("8-9")
    page.get_by_role("button", name="Speichern").click()
    page.get_by_role("link", name="Bearbeitung einer Betroffenenanfrage").focus()
    expect(page.locator(".block.is-outlined")).to_have_count(1)


# Sun 20:00                       22:00    22:30
# |--- urgent, weekend: 120 --------|- held -|
def test_an_eilfall_tells_the_controller_at_once_and_bills_up_to_its_cap(site: WebSite, visit: Visiting):
    site.clock.now = at("2026-06-07 22:45")
    staff = visit("lead")
    page = staff.open("/zeiten")
    choose(page, "F-044")
    page.get_by_label("Von").fill("20")
    page.get_by_label("Bis").fill("+150")
    page.get_by_label("Leistung").select_option("breach_support")
    page.get_by_label("Eilfall").check()
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Bitte prüfen Sie 3 Angaben")
    expect(page.get_by_label("Von")).to_have_value("20")
    expect(page.get_by_label("Eilfall")).to_be_checked()
    staff.check()
    page.get_by_label("Gesetzliche Frist").fill("72 Stunden nach Art. 33 DSGVO")
    page.get_by_label("Warum sofort gehandelt werden muss").fill("Die Daten sind noch abrufbar")
    page.get_by_label("Warum keine Freigabe zu bekommen ist").fill("Sonntag, niemand erreichbar")
    page.get_by_role("button", name="Speichern").click()
    row = page.get_by_role("row", name=re.compile("Unterstützung bei einer Datenschutzverletzung"))
    expect(row).to_contain_text("2:00 h Wochenende +50 %")
    expect(row).to_contain_text("Eilfall: 120 von 120 Minuten ohne Freigabe verbraucht.")
    expect(row.get_by_role("link", name="Kostenvoranschlag senden")).to_be_visible()
    expect(page.locator(".block .entry")).to_have_count(2)
    kinds: list[Any] = site.house.tell(lambda session: [mail.kind for mail in session.exec(select(Mail)).all()])
    assert {"urgent_notice", "urgent_used_up"} <= set(kinds)
    staff.check()


def test_a_holiday_and_a_day_of_25_hours_are_what_they_are(site: WebSite, visit: Visiting):
    staff = visit("staff")
    page = staff.open("/zeiten")
    choose(page, "F-041")
    page.get_by_label("Datum").fill("4.6.")
    page.get_by_label("Von").fill("10-11.15")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("row", name=re.compile("10:00–11:15"))).to_contain_text("1:15 h Feiertag +25 %")
    site.clock.now = at("2026-10-25 12:00")
    later = visit("staff")
    autumn = later.open("/zeiten")
    choose(autumn, "F-041")
    autumn.get_by_label("Von").fill("1:30")
    autumn.get_by_label("Bis").fill("3:30")
    autumn.get_by_role("button", name="Speichern").click()
    expect(autumn.locator("#meldung")).to_contain_text("3:00 h")
    expect(autumn.locator(".day-name").nth(6)).to_contain_text("25 h")
    expect(autumn.locator(".day-sum").nth(6)).to_have_text("3:00")
    assert autumn.locator("svg.axis").nth(1).locator("text").all_text_contents()[1:3] == ["2A", "2B"]
    autumn.get_by_label("Datum").fill("22.10.")
    autumn.get_by_label("Von").fill("23:30")
    autumn.get_by_label("Bis").fill("0:30")
    autumn.get_by_role("button", name="Speichern").click()
    expect(autumn.locator(".day-sum").nth(3)).to_have_text("0:30")
    expect(autumn.locator(".day-sum").nth(4)).to_have_text("0:30")
    later.check()


def test_all_of_it_works_without_a_script(site: WebSite, visit: Visiting):
    plain = visit("staff", java_script_enabled=False)
    page = plain.open("/zeiten")
    choose(page, "F-041")
    page.get_by_label("Von").fill("8")
    page.get_by_label("Bis").fill("+90")
    page.get_by_role("button", name="Vorschau").click()
    expect(page.locator("#vorschau")).to_contain_text("150,00")
    expect(page.get_by_label("Von")).to_have_value("8")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#meldung")).to_have_text("Gespeichert: 1:30 h, Vorgang F-041")
    choose(page, "F-039")
    page.get_by_role("button", name="Uhr starten").click()
    expect(page.get_by_role("group", name="Laufende Uhr")).to_contain_text("F-039")
    assert entries(site) == 1
