"""The form of the week over HTTP: what it says before anything is saved, and urgent work with its reasons."""

import re
from typing import Any

import pytest
from httpx import Response
from sqlmodel import select

from billing.services.acting import Act
from billing.services.agreeing import agree_terms
from billing.store.tables import Contact, Mail
from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work, form_of
from tests.web.logged import FRIDAY, WEEK, case_id, entries, log, released, text_of

REASONS = {
    "deadline_reason": "72 Stunden nach Art. 33",
    "action_reason": "Die Daten sind noch abrufbar",
    "approval_reason": "Sonntag, niemand erreichbar",
}


def preview(staff: Browser, **typed: Any) -> Response:
    """Ask how the form would be billed with these fields typed."""
    fields = {one.name: one.value for one in form_of(staff.get(WEEK), "/zeiten").fields}
    return staff.client.post("/zeiten/vorschau", data=fields | typed)


# Thu 14:30              16:00             17:10
# |---- regular 90 -------|--- outside 70 ---|     6 units at 25.00 and 5 at 31.25
def test_the_preview_says_split_clause_price_in_units_of_the_case_and_budget(desk: Site, staff: Browser):
    released(desk, regular=600, out_of_hours=600)
    typed = {"case": case_id(desk), "date": "29.10.2026", "from": "1430", "to": "1710"}
    page = preview(staff, **typed)
    said = text_of(page)
    assert page.status_code == 200
    assert "14:30–16:00 Geschäftszeit 1:30 16:00–17:10 außerhalb +25 % 1:10 Erfasst 2:40" in said
    assert "6 Einheiten Geschäftszeiten 150,00 € 5 Einheiten Außerhalb der Geschäftszeiten +25 % 156,25 €" in said
    assert "zusammen, netto 306,25 €" in said
    assert "0:00 von 20:00 h verbraucht, mit dieser Zeit 2:40 h" in said
    assert entries(desk) == 0


def test_the_preview_warns_of_an_overrun_and_of_eighty_per_cent(desk: Site, staff: Browser):
    released(desk, regular=480)
    log(staff, **{"from": "8", "to": "14:15"})
    typed = {"case": case_id(desk), "date": "29.10.2026", "from": "8", "to": "+2:45"}
    said = text_of(preview(staff, **typed))
    assert "6:15 von 8:00 h verbraucht, mit dieser Zeit 9:00 h" in said
    assert "1:00 h über der Freigabe. Sie können speichern; abgerechnet wird erst nach Nachfreigabe." in said
    assert "Mehr als 80 % der Freigabe sind verbraucht." in said
    near = text_of(preview(staff, **typed | {"to": "+30"}))
    assert "84 %" in near


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Sobald Vorgang, Von und Bis angegeben sind"),
        ({"from": "86", "to": "9"}, "ist keine Uhrzeit"),
        ({"date": "gestern?"}, "ist kein Tag"),
    ],
)
def test_a_preview_of_what_is_not_whole_asks_for_nothing_twice(staff: Browser, typed: dict[str, str], sentence: str):
    said = {"case": case_id(staff.site), "from": "", "to": "", **typed}
    page = preview(staff, **said)
    assert page.status_code == 200
    assert sentence in text_of(page)


def test_without_a_script_the_preview_is_on_the_page_with_all_that_was_typed(desk: Site, staff: Browser):
    released(desk, regular=600)
    typed = {"case": case_id(desk), "date": FRIDAY, "from": "8", "to": "9", "note": "Text", "ganz": "1"}
    page = preview(staff, **typed)
    assert "4 Einheiten Geschäftszeiten 100,00 €" in text_of(page)
    assert 'value="8"' in page.text
    assert staff.send(page, "/zeiten", to="9").status_code == 200
    assert entries(desk) == 1


def test_the_preview_says_that_the_contract_has_ended_and_the_work_is_taken(desk: Site, staff: Browser):
    (case,) = (one for one in desk.get("staff", "/cases")["items"] if one["ref"] == "V-1")
    desk.ask("admin", "PATCH", f"/contracts/{case['contract_id']}", {"ended_on": "2026-10-29"}, if_match="*")
    words = "endete am 29.10.2026"
    assert words in text_of(preview(staff, case=case_id(desk), date=FRIDAY, **{"from": "9", "to": "11"}))
    assert words in text_of(log(staff))
    assert entries(desk) == 1


def test_urgent_work_asks_for_its_three_reasons(desk: Site, staff: Browser):
    page = log(staff, date="1.11.", **{"from": "1", "to": "3:30"}, urgent="yes", action_reason="Daten abrufbar")
    assert page.status_code == 422
    assert "Bitte prüfen Sie 2 Angaben" in text_of(page)
    assert "Daten abrufbar" in page.text
    assert re.search(r'name="urgent"[^>]* checked', page.text)
    assert entries(desk) == 0


# Sun 01:00                     03:00    03:30
# |--- urgent 120, weekend ------|- held -|
def test_urgent_work_tells_the_controller_at_once_and_counts_up_to_its_cap(desk: Site, staff: Browser):
    page = log(staff, date="1.11.", **{"from": "1", "to": "3:30"}, urgent="yes", **REASONS)
    said = text_of(page)
    assert page.status_code == 200
    assert "2:00 h Wochenende +50 % 0:30 h Wochenende +50 %" in said
    assert "abrechenbar 2:00 h in Klärung 0:30 h" in said
    assert "Eilfall: 120 von 120 Minuten ohne Freigabe verbraucht." in said
    assert "Die 120 Minuten, die im Eilfall ohne Freigabe erlaubt sind, sind verbraucht." in said
    assert "Nachfreigabe" not in said, "there is no estimate that it could add to"
    assert "Freigabe nötig: zum Vorgang" in said
    told = desk.tell(lambda session: [mail.kind for mail in session.exec(select(Mail)).all()])
    assert told == ["urgent_notice"] * 2 + ["urgent_used_up"] * 2


def test_who_declares_an_emergency_with_his_work_is_told_that_no_minutes_are_agreed_for_it(desk: Site, staff: Browser):
    act = Act("test", desk.clock())
    desk.tell(lambda session: agree_terms(session, act, "AVV-1", "2026-11", {"urgent_cap_minutes": 0}))
    page = log(staff, date="1.11.", **{"from": "1", "to": "2"}, urgent="yes", **REASONS)
    assert "Der Vertrag zu V-1 kennt keine Eilarbeit ohne Freigabe" in text_of(page)


def test_work_beyond_the_urgent_minutes_leads_to_a_first_estimate(desk: Site, staff: Browser):
    log(staff, date="1.11.", **{"from": "1", "to": "3:30"}, urgent="yes", **REASONS)
    held = at_work(desk, "lead").get("/klaerung")
    release = held.text.split('id="release"')[1]
    assert 'href="/kva/neu?vorgang=1"' in release
    assert "Eilfall: 120 von 120 Minuten" in text_of(held)
    assert "/nachfreigabe" not in held.text


def test_urgent_work_is_logged_also_where_there_is_nobody_to_tell(desk: Site, staff: Browser):
    def end_all(session: Any) -> None:
        for contact in session.exec(select(Contact)).all():
            contact.ended_at = desk.clock()

    desk.tell(end_all)
    page = log(staff, date="1.11.", **{"from": "1", "to": "2"}, urgent="yes", **REASONS)
    said = text_of(page)
    assert "Der Kunde hat keinen Ansprechpartner und ist noch nicht informiert" in said
    assert "Mitteilung senden" in said
    assert entries(desk) == 1


def test_the_preview_knows_of_ones_own_work_at_that_time_and_of_others(desk: Site, staff: Browser):
    log(staff)
    typed = {"case": case_id(desk), "date": FRIDAY, "from": "9", "to": "11"}
    own = preview(staff, **typed)
    assert "Diese Zeit überschneidet sich mit Z-2026-0001 (08:30–10:00)." in text_of(own)
    assert "Personenminuten" not in text_of(own)
    lead = at_work(desk, "lead")
    assert "beide Zeiten zählen (Personenminuten)" in text_of(preview(lead, **typed))
    assert "Personenminuten" not in text_of(preview(lead, **typed | {"from": "10"}))


def test_who_may_make_estimates_is_led_to_the_supplement_at_once(desk: Site):
    released(desk, regular=60)
    lead = at_work(desk, "lead")
    page = log(lead)
    assert "Freigabe ausgeschöpft: 1:00 von 1:00 h. Nachfreigabe anfordern" in text_of(page)
    drafted = lead.send(page, "/vorgaenge/V-1/nachfreigabe")
    assert drafted.status_code == 200
    assert drafted.url.path.startswith("/kva/")


def test_a_case_that_is_declared_urgent_is_not_declared_again(desk: Site, staff: Browser):
    log(staff, date="1.11.", **{"from": "1", "to": "2"}, urgent="yes", **REASONS)
    page = log(staff, date="1.11.", **{"from": "3", "to": "4"}, urgent="yes")
    assert page.status_code == 200
    assert entries(desk) == 2


def test_what_there_is_to_know_about_logged_work_is_said_with_it(desk: Site, staff: Browser):
    released(desk, regular=90)
    said = text_of(log(staff, note="Rückfrage an max@muster.example"))
    assert "Gespeichert: 1:30 h, Vorgang V-1. Die Notiz scheint eine E-Mail-Adresse zu enthalten" in said
    assert "verbraucht, 90 von 90 Minuten" in said
