"""The week of a member of staff over HTTP, without a window and without a script."""

import csv
import re
from io import StringIO
from typing import Any

import pytest

from billing.canonical import fingerprint
from tests.api.http.running import Site
from tests.web.browsing import Browser
from tests.web.logged import FRIDAY, WEEK, case_id, entries, log, released, text_of

REASONS = {
    "deadline_reason": "72 Stunden nach Art. 33",
    "action_reason": "Die Daten sind noch abrufbar",
    "approval_reason": "Sonntag, niemand erreichbar",
}


def test_a_week_without_work_says_so_and_offers_the_form(staff: Browser):
    page = staff.get(WEEK)
    assert page.status_code == 200
    said = text_of(page)
    assert "Zeiten, Kalenderwoche 44" in said
    assert "In dieser Woche ist noch nichts erfasst." in said
    assert [f"{name} 0:00 h" in said for name in ("Erfasst", "Abrechenbar", "Kostenfrei", "In Klärung")] == [True] * 4


def test_without_a_week_it_is_the_one_of_today(staff: Browser):
    assert "Kalenderwoche 45" in text_of(staff.get("/zeiten"))


@pytest.mark.parametrize("week", ["2026-54", "2026-00", "2026-1", "heute", "9999-01", "2026-44' OR 1"])
def test_a_week_that_is_none_is_refused_on_a_page_of_its_own(staff: Browser, week: str):
    page = staff.client.get("/zeiten", params={"kw": week})
    assert page.status_code == 422
    assert "keine Kalenderwoche" in text_of(page)


def test_holidays_stand_above_the_week_and_beside_their_day(staff: Browser):
    said = text_of(staff.get("/zeiten?kw=2026-23"))
    assert "Donnerstag ist Feiertag (Fronleichnam)" in said
    assert "Do 04.06. Fronleichnam" in said


def test_a_week_with_25_hours_in_a_day_has_hours_of_its_own_for_it(staff: Browser):
    page = staff.get("/zeiten?kw=2026-43")
    assert "So 25.10. +50 % 25 h" in text_of(page)
    assert page.text.count('class="axis"') == 2
    assert 'data-minutes="1500"' in page.text


def test_work_is_logged_as_people_type_it_and_stands_in_the_week(desk: Site, staff: Browser):
    released(desk, regular=600)
    page = log(staff)
    said = text_of(page)
    assert page.url.query.decode() == "kw=2026-44&nach=1"
    assert "Gespeichert: 1:30 h, Vorgang V-1" in said
    assert "Fr 08:30–10:00 Auskunft V-1 · Wohnbau 1 1:30 h Geschäftszeit 1:30 h abrechenbar" in said
    assert "Erfasst 1:30 h Abrechenbar 1:30 h" in said


def test_after_saving_the_form_goes_on_from_the_last_end(staff: Browser):
    page = log(staff)
    assert re.search(r'name="from"[^>]*value="10:00"', page.text)
    assert re.search(r'name="date"[^>]*value="Fr 30.10.2026"', page.text)
    assert f'<option value="{case_id(staff.site)}" selected>' in page.text


def test_the_same_form_sent_twice_logs_once(desk: Site, staff: Browser):
    page = staff.get(WEEK)
    said: dict[str, Any] = {"case": case_id(desk), "date": FRIDAY, "from": "8", "to": "9"}
    staff.send(page, "/zeiten", **said)
    assert staff.send(page, "/zeiten", **said).status_code == 200
    assert entries(desk) == 1


def test_all_that_is_wrong_is_said_at_once_and_what_was_typed_stays(desk: Site, staff: Browser):
    page = log(staff, case="", date="31.6.", **{"from": "860"}, to="", note="Text der bleibt")
    said = text_of(page)
    assert page.status_code == 422
    assert "Bitte prüfen Sie 3 Angaben" in said
    assert "„31.6.“ ist kein Tag" in said
    assert "<title>Fehler: " in page.text
    assert 'value="860"' in page.text
    assert "Text der bleibt" in page.text
    assert page.text.count('aria-invalid="true"') == 3
    assert entries(desk) == 0


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"from": "860"}, "ist keine Uhrzeit"),
        ({"to": "8:30"}, "bleibt von diesem Eintrag nichts übrig"),
        ({"from": "14:30", "to": "13:10"}, "liegt vor dem Beginn"),
        ({"date": "2.11.", "from": "9", "to": "23"}, "liegt noch in der Zukunft"),
        ({"date": "25.10.2026", "from": "2:30", "to": "4"}, "gab es am 25.10.2026 zweimal"),
        ({"date": "29.3.2026", "from": "2:30", "to": "4"}, "gab es am 29.03.2026 nicht"),
        ({"date": "Mo 30.10.2026"}, "Wochentag und Datum passen nicht zusammen"),
        ({"case": "999999"}, "Bitte wählen Sie einen Vorgang"),
        ({"case": "V-1"}, "Bitte wählen Sie einen Vorgang"),
        ({"service": "cake"}, "ist hier nicht möglich"),
        ({"service": "standard_documents"}, "Bitte füllen Sie dieses Feld aus"),
        ({"note": "x" * 10001}, "ist länger als"),
    ],
)
def test_what_cannot_be_is_refused_in_words_of_the_field(staff: Browser, typed: dict[str, str], sentence: str):
    page = log(staff, **typed)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert not re.search(r">(start|end|from|to|date|note|case): ", page.text), "a field is called as programs call it"


def test_work_that_overlaps_leads_to_the_other_entry(staff: Browser):
    log(staff)
    page = log(staff, **{"from": "9:30", "to": "11"})
    assert page.status_code == 409
    assert "arbeitete die Person schon an" in text_of(page)
    assert 'href="/zeiten/1">Den anderen Zeiteintrag öffnen' in page.text
    assert 'value="9:30"' in page.text


def test_work_without_a_release_is_kept_on_hold_with_reason_and_way_out(staff: Browser):
    said = text_of(log(staff))
    assert "in Klärung Keine Freigabe für diese Zeit. Freigabe nötig: zum Vorgang" in said
    assert "In Klärung 1:30 h 1 Eintrag" in said


# Sat 24 Oct | Sun 25 Oct: 01:30 ... the clock goes back ... 03:30 is three hours
def test_work_over_the_doubled_hour_is_as_long_as_it_took(staff: Browser):
    page = log(staff, date="25.10.2026", **{"from": "1:30", "to": "3:30"})
    assert "Gespeichert: 3:00 h" in text_of(page)
    assert "3:00 h Wochenende +50 %" in text_of(page)


def test_work_over_midnight_is_two_blocks_and_one_row(staff: Browser):
    page = log(staff, date="29.10.2026", **{"from": "23:30", "to": "0:30"})
    assert page.text.count('class="block"') == 2
    assert "Do 23:30–00:30" in text_of(page)
    assert 'data-outlines="z1-1029 z1-1030"' in page.text


def test_the_last_case_can_be_gone_on_with_and_an_entry_copied(staff: Browser):
    log(staff, note="Auszug")
    going_on = staff.get("/zeiten?weiter=1")
    assert "Auszug</textarea>" in going_on.text
    assert re.search(r'name="from"[^>]*value=""', going_on.text)
    copied = staff.get("/zeiten?wie=1")
    assert [value in copied.text for value in ('value="08:30"', 'value="10:00"', "Auszug</textarea>")] == [True] * 3


def test_a_week_is_loaded_as_a_table_with_a_row_a_stretch(desk: Site, staff: Browser):
    released(desk, regular=60)
    log(staff, note="=1+1")
    response = staff.get("/zeiten/csv?kw=2026-44")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:6] == ["Datum", "Von", "Bis", "Minuten", "Vorgang", "Titel"]
    assert [[*row[1:4], row[10]] for row in rows[1:]] == [
        ["08:30", "09:30", "60", "abrechenbar"],
        ["09:30", "10:00", "30", "in Klärung"],
    ]
    assert rows[1][13] == "'=1+1"
    (noted,) = desk.get("admin", "/access-log?action=list_downloaded")["items"]
    assert (noted["subject"], noted["actor"]) == ("week:2026-44", "user:1")
    assert noted["details"]["sha256"] == fingerprint(response.content)


def test_in_english_the_page_speaks_english_and_reads_its_own_dates(staff: Browser):
    staff.client.cookies.set("lang", "en")
    page = staff.get(WEEK)
    assert "Times, week 44" in text_of(page)
    typed: dict[str, Any] = {"case": case_id(staff.site), "date": "Fr 30 Oct 2026", "from": "8", "to": "9"}
    assert "Saved: 1:00 h, case V-1" in text_of(staff.send(page, "/zeiten", **typed))
