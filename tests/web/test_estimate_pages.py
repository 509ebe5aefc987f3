"""Cost estimates over HTTP: reckoned while typing, sent after a look, never changed then, decisions with proof."""

import re
from typing import Any

import pytest

from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work, said_on

ROWS = {
    "text": ["Beschreibung", "Bewertung", "Termin vor Ort", "Reisezeit"],
    "rate_class": ["regular", "regular", "regular", "travel"],
    "hours": ["4", "3", "2,0", "1:00"],
}
TYPED = {"description": "Unterstützung bei der Folgenabschätzung", **ROWS}


@pytest.fixture
def lead(desk: Site) -> Browser:
    return at_work(desk, "lead")


def drafted(lead: Browser, **typed):
    page = lead.get("/kva/neu?vorgang=V-1")
    return lead.send(page, "/kva/neu?vorgang=V-1", **{**TYPED, **typed})


def sent(lead: Browser):
    drafted(lead)
    return lead.send(lead.get("/kva/KVA-2026-001/senden"), "/kva/KVA-2026-001/senden")


def test_positions_are_reckoned_by_the_terms_while_typing(lead: Browser):
    page = lead.get("/kva/neu?vorgang=V-1")
    token = page.text.partition('name="_csrf" value="')[2].partition('"')[0]
    preview = lead.client.post("/kva/vorschau", data={"_csrf": token, "case": "V-1", **ROWS})
    assert 'id="kosten"' in preview.text
    assert "1.130,50 €" in said_on(preview)
    assert lead.client.post("/kva/vorschau", data={"_csrf": token, "case": "V-1", "hours": ["x"]}).status_code == 200
    assert "KVA-2026" not in lead.get("/kva").text


def test_who_withdraws_a_new_version_reads_that_the_client_is_told(lead: Browser):
    drafted(lead)
    path = "/kva/KVA-2026-001/zurueckziehen"
    assert "der Kunde erfährt nichts davon" in lead.get(path).text
    lead.send(lead.get("/kva/KVA-2026-001/senden"), "/kva/KVA-2026-001/senden")
    lead.send(lead.get("/kva/KVA-2026-001/neue-fassung"), "/kva/KVA-2026-001/neue-fassung")
    assert "dass auch Fassung 1, die er hat, nicht mehr gilt" in lead.get(path).text
    assert "zurückgezogen" in said_on(lead.send(lead.get(path), path))


def test_an_estimate_for_work_that_waits_is_proposed_to_cover_it(desk: Site, lead: Browser):
    assert 'name="covers_from" value=""' in lead.get("/kva/neu?vorgang=V-1").text
    work = {"start": "2026-10-30T09:00:00+01:00", "end": "2026-10-30T13:00:00+01:00", "service": "request_processing"}
    desk.post("staff", "/entries", {"case": "V-1", **work})
    drafted(lead)
    number = desk.get("lead", "/estimates")["items"][0]["id"]
    desk.post("lead", f"/estimates/{number}/sending")
    proved = {"channel": "mail", "approver_name": "Eva Kern", "evidence_note": "Freigegeben. Kern"}
    desk.post("lead", f"/estimates/{number}/approval", proved | {"approved_at": "2026-11-02T10:00:00+01:00"})
    assert "Nichts offen" in lead.get("/klaerung").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"hours": ["", "", "", ""], "text": [""] * 4}, "mindestens eine Position", id="no position"),
        pytest.param({"hours": ["4", "drei", "2", "1"]}, 'href="#f-hours-2"', id="hours that are none"),
        pytest.param({"hours": ["4", "3", "", "1"]}, 'href="#f-hours-3"', id="a text without hours"),
        pytest.param(
            {"rate_class": ["regular", "billig", "regular", "travel"]}, 'href="#f-rate_class-2"', id="no rate"
        ),
        pytest.param({"description": ""}, 'href="#f-description"', id="nothing said"),
        pytest.param({"valid_until": "bald"}, "ist kein Zeitpunkt", id="no moment"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_with_all_that_was_typed(lead: Browser, typed, said):
    told = drafted(lead, **typed)
    assert told.status_code == 422
    assert said in told.text
    assert 'value="Termin vor Ort"' in told.text or "text" in typed


def test_the_summary_names_each_field_in_the_order_of_the_page(lead: Browser):
    told = drafted(lead, hours=["4", "", "2", "x"], description="", valid_until="bald")
    summary = told.text.partition('id="problems"')[2].partition("</div>")[0]
    assert re.findall(r'href="#f-([^"]+)">([^:<]+):', summary) == [
        ("description", "Leistung"),
        ("hours-2", "Stunden, Position 2"),
        ("hours-4", "Stunden, Position 4"),
        ("valid_until", "Gültig bis"),
    ]
    assert '<span class="wrong" id="f-description-wrong">Bitte füllen Sie dieses Feld aus.</span>' in told.text


def test_without_any_position_the_hours_are_asked_for(lead: Browser):
    told = drafted(lead, hours=[""] * 4, text=[""] * 4)
    assert 'href="#f-hours-1">Stunden, Position 1: Bitte mindestens eine Position mit Stunden angeben.' in told.text
    assert 'id="f-text-1-wrong"' not in told.text


def test_a_further_row_is_added_without_losing_anything(lead: Browser):
    page = drafted(lead, mehr="ja")
    assert page.status_code == 200
    assert page.text.count('name="hours"') > 5
    assert 'value="Termin vor Ort"' in page.text


def test_a_sent_estimate_has_no_field_to_edit_and_refuses_a_change(lead: Browser):
    draft = drafted(lead)
    done = lead.send(lead.get("/kva/KVA-2026-001/senden"), "/kva/KVA-2026-001/senden")
    assert "ist versendet" in done.text
    assert 'name="hours"' not in done.text
    assert "Termin vor Ort" in done.text
    assert "1.130,50 €" in said_on(done)
    assert lead.send(draft, "/kva/KVA-2026-001", description="anders", _key="neu").status_code == 409
    assert lead.get("/kva/KVA-2026-001/senden").url.path == "/kva/KVA-2026-001"


def test_a_draft_is_saved_and_shows_what_it_says(lead: Browser):
    draft = drafted(lead)
    saved = lead.send(
        draft, "/kva/KVA-2026-001", description="Kürzer", hours=["1"], text=["Nur das"], rate_class=["regular"]
    )
    assert "ist gespeichert" in saved.text
    assert "Nur das" in saved.text
    assert "Bewertung" not in saved.text
    assert "119,00 €" in said_on(saved)


def test_a_release_by_phone_needs_its_proof(lead: Browser):
    sent(lead)
    page = lead.get("/kva/KVA-2026-001/freigabe")
    typed: dict[str, Any] = {
        "decision": "approved",
        "channel": "phone",
        "decided_at": "heute 10:00",
        "approver_name": "Frau Vogt",
    }
    told = lead.send(page, "/kva/KVA-2026-001/freigabe", **typed)
    assert told.status_code == 422
    assert "als Nachweis oder eine Notiz" in told.text
    done = lead.send(told, "/kva/KVA-2026-001/freigabe", **typed, message="„Machen Sie das bitte.“")
    assert "Die Freigabe von KVA-2026-001 ist eingetragen." in done.text
    assert "Freigegeben" in lead.get("/kva?stand=freigegeben").text
    assert "KVA-2026-001" not in lead.get("/kva?stand=versendet").text


def test_a_question_is_answered_or_followed_by_a_new_version(lead: Browser):
    sent(lead)
    page = lead.get("/kva/KVA-2026-001/freigabe")
    typed: dict[str, Any] = {
        "decision": "questioned",
        "channel": "mail",
        "decided_at": "heute 10:00",
        "approver_name": "Frau Vogt",
    }
    asked = lead.send(page, "/kva/KVA-2026-001/freigabe", **typed, message="Warum vier Stunden?")
    assert "Der Kunde hat eine Rückfrage." in asked.text
    assert "Warum vier Stunden?" in lead.get("/kva/KVA-2026-001/antwort").text
    revised = lead.send(lead.get("/kva/KVA-2026-001/neue-fassung"), "/kva/KVA-2026-001/neue-fassung")
    assert "Fassung 2" in revised.text
    assert 'value="Termin vor Ort"' in revised.text


def test_what_nobody_decided_can_be_taken_back(lead: Browser):
    sent(lead)
    page = lead.get("/kva/KVA-2026-001/zurueckziehen")
    assert "Zurückgezogen" in lead.send(page, "/kva/KVA-2026-001/zurueckziehen", reason="hat sich erledigt").text
    assert lead.send(page, "/kva/KVA-2026-001/zurueckziehen", _key="neu").status_code == 409


def test_who_may_only_read_gets_no_editor_and_no_act(desk: Site, lead: Browser):
    drafted(lead)
    shown = at_work(desk, "auditor").get("/kva/KVA-2026-001")
    assert shown.status_code == 200
    assert 'name="hours"' not in shown.text
    assert "/senden" not in shown.text


def test_of_two_who_edit_a_draft_the_later_one_is_told(lead: Browser):
    mine = theirs = drafted(lead)
    path = "/kva/KVA-2026-001"
    assert "ist gespeichert" in lead.send(theirs, path, description="Zuerst").text
    told = lead.send(mine, path, description="Später", _key="neu")
    assert told.status_code == 409
    assert "Später</textarea>" in told.text
    assert "ist gespeichert" in lead.send(told, path).text
