"""One time entry over HTTP: its split, its history, and how it is corrected, copied and taken back."""

import re
from typing import Any

import pytest

from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work
from tests.web.logged import case_id, log, released, text_of

ENTRY = "/zeiten/1"


@pytest.fixture
def staff(desk: Site) -> Browser:
    """A member of staff who logged Friday, 30 October, 8:30 to 10:00, of which an hour is released."""
    released(desk, regular=60)
    browser = at_work(desk, "staff")
    log(browser)
    return browser


def correct(staff: Browser, **typed: Any):
    return staff.send(staff.get(ENTRY), f"{ENTRY}/korrektur", **typed)


def test_an_entry_shows_its_minutes_by_state_with_clause_and_reason(staff: Browser):
    said = text_of(staff.get(ENTRY))
    assert "08:30–09:30 abrechenbar Im freigegebenen Kostenvoranschlag enthalten." in said
    assert "Ziff. 13 Abs. 5 lit. a 1:00 h" in said
    assert "09:30–10:00 in Klärung Freigabe ausgeschöpft: 1:00 von 1:00 h. Nachfreigabe nötig: zum Vorgang" in said
    assert "Erfasst: 08:30–10:00 02.11.2026, 10:00" in said


def test_a_correction_is_a_new_version_with_its_reason(staff: Browser):
    page = correct(staff, to="9:45", note="Auskunft, ergänzt", reason="Pause vergessen")
    said = text_of(page)
    assert "Korrigiert: 1:15 h, Vorgang V-1" in said
    assert "Korrigiert: 08:30–09:45 02.11.2026, 10:00, STAFF Pause" in said
    assert "Erfasst: 08:30–10:00" in said


def test_a_note_that_was_emptied_is_gone(staff: Browser):
    assert "Auskunft" in _note(staff.get(ENTRY))
    correct(staff, note="", reason="Name des Mieters")
    assert _note(staff.get(ENTRY)) == ""


def _note(page: Any) -> str:
    found = re.search(r'<textarea[^>]*name="note"[^>]*>([^<]*)</textarea>', page.text)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"to": "9:45"}, 422, "Bitte füllen Sie dieses Feld aus"),
        ({"to": "9:7", "reason": "Test"}, 422, "ist keine Uhrzeit"),
        ({"from": "10", "reason": "Test"}, 422, "bleibt von diesem Eintrag nichts übrig"),
        ({"to": "9:45", "reason": "Test", "version": "7"}, 409, "hat diesen Eintrag am 02.11.2026 10:00 geändert"),
    ],
)
def test_a_correction_that_cannot_be_says_why_and_keeps_what_was_typed(
    staff: Browser, typed: dict[str, str], status: int, sentence: str
):
    page = correct(staff, **typed)
    assert page.status_code == status
    assert sentence in text_of(page)
    assert all(f'value="{value}"' in page.text for name, value in typed.items() if name != "version")


def test_taking_back_asks_first_with_a_reason_and_leaves_the_history(staff: Browser):
    asked = staff.get(f"{ENTRY}/loeschen")
    assert "1:30 h löschen" in text_of(asked)
    without = staff.send(asked, f"{ENTRY}/loeschen")
    assert without.status_code == 422
    done = staff.send(asked, f"{ENTRY}/loeschen", reason="doppelt erfasst")
    assert "ist gelöscht" in text_of(done)
    assert "In dieser Woche ist noch nichts erfasst." in text_of(done)
    left = text_of(staff.get(ENTRY))
    assert "Dieser Zeiteintrag ist gelöscht; sein Verlauf bleibt stehen." in left
    assert "doppelt erfasst" in left
    assert "Duplizieren" not in left


@pytest.mark.usefixtures("staff")
def test_who_reads_only_sees_no_way_to_change_it(desk: Site):
    page = at_work(desk, "auditor").get(ENTRY)
    assert page.status_code == 200
    assert "Korrigieren" not in text_of(page)
    assert f"{ENTRY}/loeschen" not in page.text


def test_what_is_another_persons_is_not_corrected_by_a_form_of_ones_own(desk: Site, staff: Browser):
    with_form = staff.get(ENTRY)
    lead = at_work(desk, "lead")
    assert "Korrigieren" in text_of(lead.get(ENTRY))
    log(lead, case=case_id(desk), **{"from": "11", "to": "12"})
    stranger = staff.get("/zeiten/2")
    assert "Korrigieren" not in text_of(stranger)
    refused = staff.client.post("/zeiten/2/korrektur", data={"_csrf": _csrf(with_form.text), "version": "1"})
    assert refused.status_code == 403


@pytest.mark.parametrize("number", ["2", "999999", "0", "9999999999999999999999"])
def test_an_entry_there_is_not_is_not_found(staff: Browser, number: str):
    assert staff.get(f"/zeiten/{number}").status_code == 404


@pytest.mark.usefixtures("staff")
def test_an_entry_of_another_processor_is_not_found(desk: Site):
    assert at_work(desk, "staff", "nachbar").get(ENTRY).status_code == 404


def _csrf(text: str) -> str:
    return str(re.findall(r'name="_csrf" value="([^"]+)"', text)[0])
