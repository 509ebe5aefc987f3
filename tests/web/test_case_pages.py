"""The pages of cases over HTTP: looked for, opened, classified, costs with checked receipts, deadlines, urgent work."""

from typing import Any

import pytest
from httpx import Response

from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work, form_of, said_on

PAPER = b"Quittung: 84,50 EUR erhalten"


@pytest.fixture
def lead(desk: Site) -> Browser:
    return at_work(desk, "lead")


def upload(browser: Browser, page: Response, action: str, file: str, content: bytes, name: str = "beleg.txt", **typed):
    """Send a form with a file, as a browser does."""
    data = {one.name: one.value for one in form_of(page, action).fields} | typed
    return browser.client.post(action, data=data, files={file: (name, content, "application/octet-stream")})


@pytest.mark.parametrize(
    ("query", "times"),
    [
        pytest.param("", 1, id="all"),
        pytest.param("?suche=auskunft", 1, id="a word of the title"),
        pytest.param("?kunde=K-1&offen=true", 1, id="open ones of a client"),
        pytest.param("?kunde=K-2&suche=V-1", 0, id="of another client"),
        pytest.param("?art=audit", 0, id="of another kind"),
        pytest.param("?klaerung=true", 0, id="nothing is held"),
    ],
)
def test_the_list_shows_what_is_asked_for(lead: Browser, query: str, times: int):
    page = lead.get(f"/vorgaenge{query}")
    assert page.status_code == 200
    assert page.text.count('href="/vorgaenge/V-1"') == times


def test_a_new_case_tells_all_its_errors_at_once_and_keeps_what_was_typed(lead: Browser):
    page = lead.get("/vorgaenge/neu")
    told = lead.send(page, "/vorgaenge/neu", title="Auskunft Akte 7", opened_at="übermorgen")
    assert told.status_code == 422
    assert "Bitte prüfen Sie 3 Angaben" in told.text
    assert 'value="Auskunft Akte 7"' in told.text
    opened = lead.send(told, "/vorgaenge/neu", contract="AVV-1", kind="audit", opened_at="gestern 16.30")
    assert "ist eröffnet" in opened.text
    assert "01.11.2026, 16:30" in opened.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        pytest.param({"opened_at": "03.11.2026 10:00"}, "03.11.2026 10:00 liegt in der Zukunft", id="still to come"),
        pytest.param(
            {"opened_at": "01.11.2026 10:00", "legal_deadline_at": "30.11.2020 23:59"},
            "Die gesetzliche Frist 30.11.2020 23:59 läge vor der Eröffnung des Vorgangs am 01.11.2026 10:00",
            id="a deadline of another year",
        ),
    ],
)
def test_a_refusal_tells_moments_by_the_processor_s_clock(lead: Browser, typed: dict[str, Any], told: str):
    page = lead.get("/vorgaenge/neu")
    refused = lead.send(page, "/vorgaenge/neu", contract="AVV-1", kind="audit", title="Auskunft", **typed)
    assert refused.status_code == 422
    assert told in refused.text


def test_a_deed_is_done_once_however_often_its_form_is_sent(lead: Browser):
    page = lead.get("/vorgaenge/neu")
    typed: dict[str, Any] = {"contract": "AVV-1", "kind": "audit", "title": "Doppelklick"}
    first, second = (lead.send(page, "/vorgaenge/neu", **typed) for _ in range(2))
    assert first.url == second.url
    assert lead.get("/vorgaenge?suche=Doppelklick").text.count(">Doppelklick<") == 1


def test_the_cause_is_decided_with_a_reason_and_says_who_and_why(lead: Browser):
    page = lead.get("/vorgaenge/V-1/einordnung")
    told = lead.send(page, "/vorgaenge/V-1/einordnung", cause="processor")
    assert told.status_code == 422
    assert 'href="#f-cause_reason"' in told.text
    done = lead.send(told, "/vorgaenge/V-1/einordnung", cause="processor", cause_reason="Unser Export war falsch.")
    assert "eigener Verstoß, kostenfrei" in done.text
    assert "Unser Export war falsch." in done.text


def test_a_deadline_is_marked_once(lead: Browser):
    case = lead.get("/vorgaenge/V-1").text
    code = case.partition("/vorgaenge/V-1/frist/")[2].partition('"')[0]
    page = lead.get(f"/vorgaenge/V-1/frist/{code}")
    assert "als erledigt vermerkt" in lead.send(page, page.url.path, note="am Telefon").text
    assert lead.send(page, page.url.path, note="noch einmal", _key="neu").status_code == 409
    assert lead.get("/vorgaenge/V-1/frist/D-99").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"MZ\x90\x00", "weder PDF, PNG"), (b"", "Bitte eine Datei auswählen.")],
    ids=["a program under the name of a PDF", "nothing"],
)
def test_a_file_is_told_by_its_content(lead: Browser, content: bytes, said: str):
    page = lead.get("/vorgaenge/V-1/datei")
    name = "antrag.pdf" if content else ""
    told = upload(lead, page, "/vorgaenge/V-1/datei", "file", content, name)
    assert told.status_code == 422
    assert said in told.text


def test_a_file_is_kept_and_given_back(lead: Browser):
    page = lead.get("/vorgaenge/V-1/datei")
    kept = upload(lead, page, "/vorgaenge/V-1/datei", "file", b"Antrag der Mieterin", "antrag.txt", note="per Post")
    address = kept.text.partition('href="/dateien/')[2].partition('"')[0]
    given = lead.get(f"/dateien/{address}")
    assert given.content == b"Antrag der Mieterin"
    assert given.headers["content-disposition"].startswith("attachment")


def test_an_expense_waits_for_its_receipt_which_may_follow(lead: Browser):
    page = lead.get("/vorgaenge/V-1/auslage")
    told = lead.send(page, "/vorgaenge/V-1/auslage", kind="travel", net="viel", incurred_on="gestern")
    assert told.status_code == 422
    assert "ist kein Betrag in Euro" in told.text
    typed: dict[str, Any] = {
        "kind": "travel",
        "description": "Bahn nach Ulm",
        "net": "1.084,50 €",
        "incurred_on": "gestern",
    }
    done = lead.send(told, "/vorgaenge/V-1/auslage", **typed)
    assert "1.084,50 €" in said_on(done)
    assert "Der Beleg zu dieser Auslage fehlt." in done.text
    receipt = lead.get("/auslagen/1/beleg")
    assert "Der Beleg zu A-2026-001 ist da." in upload(lead, receipt, "/auslagen/1/beleg", "receipt_file", PAPER).text
    assert upload(lead, receipt, "/auslagen/1/beleg", "receipt_file", PAPER, _key="neu").status_code == 409


def test_third_party_costs_are_held_until_released_before_the_order(lead: Browser):
    page = lead.get("/vorgaenge/V-1/fremdkosten")
    typed: dict[str, Any] = {"description": "Gutachten", "net": "300", "incurred_on": "heute"}
    assert "fehlt eine Freigabe" in lead.send(page, "/vorgaenge/V-1/fremdkosten", **typed).text
    assert "Freigabe fehlt oder liegt nach der Bestellung." in lead.get("/klaerung").text
    approval = lead.get("/auslagen/1/freigabe")
    done = upload(lead, approval, "/auslagen/1/freigabe", "evidence_file", PAPER, approved_at="gestern 10:00")
    assert "Die Freigabe von A-2026-001 ist eingetragen." in done.text
    assert "fehlt eine Freigabe" not in done.text
    assert "zählt deshalb nicht" not in done.text
    gone = lead.send(lead.get("/auslagen/1/ausbuchen"), "/auslagen/1/ausbuchen")
    assert "ausgebucht" in gone.text


def test_an_approval_of_third_party_costs_that_came_late_is_said_not_to_count(lead: Browser):
    page = lead.get("/vorgaenge/V-1/fremdkosten")
    lead.send(page, "/vorgaenge/V-1/fremdkosten", description="Gutachten", net="300", incurred_on="gestern")
    approval = lead.get("/auslagen/1/freigabe")
    done = upload(lead, approval, "/auslagen/1/freigabe", "evidence_file", PAPER, approved_at="heute 9:00")
    assert "kam nach dem Tag der Kosten" in done.text
    assert "fehlt eine Freigabe" in done.text, "it is still held"


def test_urgent_work_needs_all_three_reasons(lead: Browser):
    page = lead.get("/vorgaenge/V-1/eilfall")
    told = lead.send(page, "/vorgaenge/V-1/eilfall", deadline_reason="72 Stunden")
    assert told.status_code == 422
    assert "Bitte prüfen Sie 2 Angaben" in told.text
    assert "72 Stunden</textarea>" in told.text
    done = lead.send(told, "/vorgaenge/V-1/eilfall", action_reason="Daten offen", approval_reason="niemand da")
    assert "Kunde informiert am" in done.text


def test_a_case_is_closed_and_opened_again(lead: Browser):
    closed = lead.send(lead.get("/vorgaenge/V-1/abschliessen"), "/vorgaenge/V-1/abschliessen")
    assert "Rückgängig" in closed.text
    assert "abgeschlossen am" in closed.text
    assert "ist wieder offen" in lead.send(closed, "/vorgaenge/V-1/oeffnen").text


def test_who_closes_a_case_reads_which_estimates_can_still_be_released(desk: Site, lead: Browser):
    path = "/vorgaenge/V-1/abschliessen"
    assert "kann noch entscheiden" not in lead.get(path).text
    estimate = {"case": "V-1", "description": "Suche", "lines": [{"rate_class": "regular", "minutes": 60}]}
    number = desk.post("lead", "/estimates", estimate)["id"]
    assert "kann noch entscheiden" not in lead.get(path).text, "a draft is nobody's to release"
    desk.post("lead", f"/estimates/{number}/sending")
    assert "kann noch entscheiden über KVA-2026-001" in lead.get(path).text
    desk.post("lead", f"/estimates/{number}/withdrawal")
    assert "kann noch entscheiden" not in lead.get(path).text


def test_an_incident_is_told_when_everything_has_a_word(lead: Browser):
    page = lead.get("/vorgaenge/V-1/vorfall")
    known: dict[str, Any] = {"known_at": "heute 08:00", "nature": "Fehlversand", "contact_point": "Datenschutz"}
    told = lead.send(page, "/vorgaenge/V-1/vorfall", **known)
    assert "Erstmeldung senden" not in told.text
    unknown = ["occurred", "systems", "people_categories", "people_count", "data_categories", "record_count"]
    ready = lead.send(told, "/vorgaenge/V-1/vorfall", not_yet_known=[*unknown, "consequences", "measures"])
    assert "Erstmeldung senden" in ready.text
    sent = lead.send(ready, "/vorgaenge/V-1/vorfall/erstmeldung", informed_at="heute 09:00")
    assert "Gesendet am 02.11.2026, 09:00." in sent.text
    file = lead.get("/vorgaenge/V-1/vorfall/akte")
    assert file.json()["incident"]["nature"] == "Fehlversand"


@pytest.mark.parametrize("path", ["/vorgaenge/X-9", "/vorgaenge/999999", f"/vorgaenge/{10**30}", "/auslagen/7/beleg"])
def test_what_is_not_there_is_a_page_that_says_so(lead: Browser, path: str):
    page = lead.get(path)
    assert page.status_code == 404
    assert "<h1>" in page.text


def test_a_case_of_another_processor_is_not_there(desk: Site):
    neighbour = at_work(desk, "lead", "nachbar")
    number = desk.get("lead", "/cases")["items"][0]["id"]
    assert neighbour.get(f"/vorgaenge/{number}").status_code == 404


def test_time_is_logged_on_the_case_one_comes_from(lead: Browser):
    case = lead.get("/vorgaenge/V-1").text
    address = case.partition('href="/zeiten?vorgang=')[2].partition('"')[0]
    page = lead.get(f"/zeiten?vorgang={address}")
    assert {"name": "case", "value": address} in [vars(one) for one in form_of(page, "/zeiten").fields]


def test_who_edits_later_is_told_and_keeps_what_was_typed(desk: Site, lead: Browser):
    path, other = "/vorgaenge/V-1/bearbeiten", at_work(desk, "staff")
    mine, theirs = lead.get(path), other.get(path)
    assert "Gespeichert" in other.send(theirs, path, title="Auskunft Akte 8").text
    told = lead.send(mine, path, title="Auskunft Akte 9")
    assert told.status_code == 409
    assert "inzwischen geändert" in told.text
    assert 'value="Auskunft Akte 9"' in told.text
    assert "Auskunft Akte 9" in lead.send(told, path).text
