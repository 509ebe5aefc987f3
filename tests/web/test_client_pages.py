"""Clients, records, held work, proposals, instructions and the search over HTTP, bad input and rights included."""

import re
from typing import Any

import pytest
from sqlmodel import select

from billing.store.session import TenantSession
from billing.store.tables import Person
from tests.api.http.billing_months import bill, work
from tests.api.http.furnishing import MAIL
from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work, said_on

ENTRY = {
    "case": "V-1",
    "start": "2026-10-05T09:00:00+02:00",
    "end": "2026-10-05T10:10:00+02:00",
    "service": "request_processing",
    "note": "Auszug erstellt",
}


@pytest.fixture
def admin(desk: Site) -> Browser:
    return at_work(desk, "admin")


@pytest.fixture
def lead(desk: Site) -> Browser:
    return at_work(desk, "lead")


def test_a_new_client_with_contact_and_contract_can_get_an_estimate(admin: Browser):
    page = admin.get("/kunden/neu")
    told = admin.send(page, "/kunden/neu", name="Stadtwerke Nürtingen GmbH", postcode="7262", city="Nürtingen")
    assert told.status_code == 422
    assert 'value="Stadtwerke Nürtingen GmbH"' in told.text
    address: dict[str, Any] = {"street": "Marktstraße 7", "postcode": "72622", "invoice_email": "rechnung@sw.example"}
    shown = admin.send(told, "/kunden/neu", **address, ref="K-9")
    assert "Stadtwerke Nürtingen GmbH ist angelegt." in shown.text
    assert "Noch kein Vertrag." in shown.text
    contact = admin.get("/kunden/K-9/ansprechpartner")
    done = admin.send(
        contact, "/kunden/K-9/ansprechpartner", name="Jana Vogt", email="vogt@sw.example", may_approve="yes"
    )
    assert "darf freigeben" in done.text
    contract = admin.get("/kunden/K-9/vertrag")
    done = admin.send(contract, "/kunden/K-9/vertrag", number="AVV-SW", starts_on="1.1.2026")
    assert "0 von 60 Minuten" in said_on(done)
    assert "AVV-SW" in admin.get("/vorgaenge/neu").text


def test_a_field_left_empty_is_emptied_and_one_that_contradicts_is_refused(admin: Browser):
    page = admin.get("/kunden/K-1/bearbeiten")
    saved = admin.send(page, "/kunden/K-1/bearbeiten", leitweg_id="04011000-12345-03", vat_id="")
    assert "04011000-12345-03" in saved.text
    told = admin.send(admin.get("/kunden/K-1/bearbeiten"), "/kunden/K-1/bearbeiten", vat_case="reverse_charge")
    assert told.status_code == 422
    gone = admin.send(admin.get("/kunden/K-1/bearbeiten"), "/kunden/K-1/bearbeiten", leitweg_id="")
    assert "04011000-12345-03" not in gone.text


def test_who_ends_approves_no_more(admin: Browser):
    added = admin.send(
        admin.get("/kunden/K-1/ansprechpartner"), "/kunden/K-1/ansprechpartner", name="Jo Neu", email="neu@w.example"
    )
    path = added.text.rpartition('href="/ansprechpartner/')[2].partition('"')[0]
    changed = admin.send(admin.get(f"/ansprechpartner/{path}"), f"/ansprechpartner/{path}", name="Jo Alt")
    assert "Jo Alt" in changed.text
    ended = admin.send(admin.get(f"/ansprechpartner/{path}/beenden"), f"/ansprechpartner/{path}/beenden")
    assert "beendet" in ended.text
    assert admin.get("/ansprechpartner/99999").status_code == 404


def test_a_contract_ends_once(admin: Browser):
    page = admin.get("/vertraege/1/ende")
    assert "beendet am 31.12.2026" in admin.send(page, "/vertraege/1/ende", ended_on="31.12.2026").text
    assert admin.send(page, "/vertraege/1/ende", ended_on="30.12.2026", _key="neu").status_code == 409
    assert admin.send(admin.get("/vertraege/2/ende"), "/vertraege/2/ende", ended_on="irgendwann").status_code == 422


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"kind": "allowance_used", "month": "11.2026", "minutes": "0:25"}, 200, "25 verbraucht"),
        ({"kind": "audit_given", "year": "2026", "site": "Aichtal"}, 200, "Aichtal in 2026"),
        ({"kind": "allowance_used", "month": "November", "minutes": "0:25"}, 422, "November"),
        ({"kind": "audit_given", "year": "heuer", "site": "Aichtal"}, 422, "heuer"),
        ({"minutes": "viel"}, 422, "sind keine Stunden"),
    ],
)
def test_opening_balances_are_brought_along(admin: Browser, typed: dict[str, Any], status: int, said: str):
    path = "/kunden/K-1/anfangsbestand"
    done = admin.send(admin.get(path), path, contract="AVV-1", **typed)
    assert done.status_code == status
    assert said in done.text


def test_the_free_minutes_of_the_month_are_a_bar_with_its_table(desk: Site, admin: Browser):
    query = {"service": "general_query", "start": "2026-11-02T08:00:00+01:00", "end": "2026-11-02T08:20:00+01:00"}
    desk.post("lead", "/entries", ENTRY | query)
    page = said_on(admin.get("/kunden/K-1"))
    assert "20 von 60 freien Minuten verbraucht" in page
    assert '<td class="num">40</td>' in page


def test_held_work_says_why_and_what_to_do_and_nothing_open_says_so(desk: Site, lead: Browser):
    assert "Nichts offen. Die Abrechnung kann starten." in lead.get("/klaerung").text
    desk.post("lead", "/entries", ENTRY)
    page = lead.get("/klaerung")
    assert "Keine Freigabe für diese Zeit." in page.text
    assert 'href="/kva/neu?vorgang=1"' in page.text
    assert "1:10 h" in said_on(page)
    assert "Nichts offen" in lead.get("/klaerung?kunde=K-2").text
    reader = at_work(desk, "auditor").get("/klaerung").text
    assert "/kva/neu" not in reader
    assert "ausbuchen</a>" not in reader


def test_held_costs_that_were_approved_too_late_can_only_be_given_up(desk: Site, lead: Browser):
    costs = {
        "case": "V-1",
        "kind": "third_party",
        "incurred_on": "2026-10-01",
        "net": "100.00",
        "description": "Dritte",
    }
    number = desk.post("staff", "/expenses", costs)["id"]
    assert f'href="/auslagen/{number}/freigabe"' in lead.get("/klaerung").text
    late = {"approved_at": "2026-10-02T09:00:00+02:00", "evidence_file": MAIL}
    desk.post("lead", f"/expenses/{number}/approval", late)
    page = lead.get("/klaerung").text
    assert (f'href="/auslagen/{number}/freigabe"' in page, f'href="/auslagen/{number}/ausbuchen"' in page) == (
        False,
        True,
    )


def test_who_ends_the_last_approver_hears_of_what_is_open(desk: Site, admin: Browser):
    estimate = {"case": "V-1", "description": "Suche", "lines": [{"rate_class": "regular", "minutes": 60}]}
    desk.post("lead", f"/estimates/{desk.post('lead', '/estimates', estimate)['id']}/sending")
    (number,) = [one["id"] for one in desk.get("lead", "/contacts")["items"] if one["may_approve"]]
    path = f"/ansprechpartner/{number}/beenden"
    assert "offen sind noch KVA-2026-001" in said_on(admin.send(admin.get(path), path))


def test_goodwill_needs_a_reason_and_a_second_person(desk: Site, lead: Browser):
    entry = desk.post("staff", "/entries", ENTRY)["ref"]
    path = f"/vorschlaege/neu?buchung={entry}&art=kulanz"
    page = lead.get(path)
    assert lead.send(page, path, reason="").status_code == 422
    proposed = lead.send(page, path, reason="Wir hatten es zugesagt.", _key="neu")
    number = proposed.url.path.rpartition("/")[2]
    own = lead.send(proposed, f"/vorschlaege/{number}/bestaetigen")
    assert own.status_code == 403
    second = at_work(desk, "admin")
    shown = second.get(f"/vorschlaege/{number}")
    assert "Wir hatten es zugesagt." in shown.text
    done = second.send(shown, f"/vorschlaege/{number}/bestaetigen")
    assert f"Bestätigt: {entry}." in done.text
    assert "Nichts offen" in lead.get("/klaerung").text


def test_a_proposal_is_refused_with_a_reason(desk: Site, lead: Browser):
    entry = desk.post("staff", "/entries", ENTRY)["ref"]
    path = f"/vorschlaege/neu?buchung={entry}&art=umbuchung"
    page = lead.get(path)
    assert lead.send(page, path, reason="so nicht").status_code == 422
    proposed = lead.send(page, path, service="general_query", reason="War eine allgemeine Frage.", _key="neu")
    number = proposed.url.path.rpartition("/")[2]
    second = at_work(desk, "admin")
    shown = second.get(f"/vorschlaege/{number}")
    assert "Allgemeine Anfrage" in shown.text
    token = {"_csrf": shown.text.partition('name="_csrf" value="')[2].partition('"')[0]}
    assert second.client.post(f"/vorschlaege/{number}/ablehnen", data=token).status_code == 422
    refused = second.client.post(f"/vorschlaege/{number}/ablehnen", data={**token, "reason": "Die Einordnung stimmt."})
    assert (refused.status_code, "abgelehnt" in refused.text) == (200, True)


def test_all_proposals_are_listed_with_what_they_say_before_and_after_the_decision(desk: Site, lead: Browser):
    entry = desk.post("staff", "/entries", ENTRY)["ref"]
    anew = {"entry": entry, "kind": "reclassify", "changes": {"service": "general_query"}, "reason": "Nur gefragt"}
    number = desk.post("staff", "/proposals", anew)["id"]
    waiting = lead.get("/vorschlaege")
    assert [word in waiting.text for word in (entry, "Allgemeine Anfrage", "Nur gefragt", "Entschieden")] == [
        *(True, True, True, False)
    ]
    desk.post("admin", f"/proposals/{number}/refusal", {"reason": "Die Einordnung stimmt."})
    decided = lead.get("/vorschlaege").text.partition("Entschieden")[2]
    assert [word in decided for word in (entry, "Allgemeine Anfrage", "ohne zweite Person")] == [True, True, False]


def test_an_activity_record_shows_free_work_too_and_is_a_table_to_take_along(desk: Site, lead: Browser):
    desk.post("lead", "/entries", ENTRY)
    desk.post(
        "lead",
        "/entries",
        ENTRY | {"service": "request_intake", "start": "2026-10-06T09:00:00+02:00", "end": "2026-10-06T09:10:00+02:00"},
    )
    page = lead.get("/nachweise?vertrag=AVV-1&monat=2026-10")
    assert "kostenfrei" in page.text
    assert "in Klärung" in page.text
    table = lead.get("/nachweise/1/2026-10/csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert "V-1" in table.text
    assert lead.get("/nachweise/1/2026-10/pdf").status_code == 404
    assert lead.get("/nachweise/1/Oktober/csv").status_code == 422
    assert lead.get("/nachweise?vertrag=AVV-99").status_code == 422


def test_the_record_says_of_work_whether_it_can_be_billed_or_was(desk: Site):
    work(desk)
    path = "/nachweise?vertrag=AVV-1&monat=2026-10"
    for is_billed, word in ((False, "abrechenbar"), (True, "abgerechnet")):
        if is_billed:
            bill(desk)
        assert re.findall(r'class="tag billable"[^>]*>([^<]*)<', at_work(desk, "lead").get(path).text) == [word]


def test_an_instruction_is_recorded_confirmed_and_carried_out(lead: Browser):
    page = lead.get("/weisungen/neu?vorgang=V-1")
    told = lead.send(page, "/weisungen/neu?vorgang=V-1", content="Bitte das Altsystem löschen.")
    assert told.status_code == 422
    typed: dict[str, Any] = {"given_by": "Eva Kern", "channel": "phone", "given_at": "heute 09:30"}
    shown = lead.send(told, "/weisungen/neu?vorgang=V-1", **typed)
    assert "Bitte das Altsystem löschen." in shown.text
    here = shown.url.path
    confirmed = lead.send(lead.get(f"{here}/bestaetigen"), f"{here}/bestaetigen", confirmed_at="heute 09:45")
    assert "bestätigt" in confirmed.text
    empty = lead.send(lead.get(f"{here}/ausgefuehrt"), f"{here}/ausgefuehrt", outcome="")
    assert empty.status_code == 422
    done = lead.send(empty, f"{here}/ausgefuehrt", outcome="Gelöscht, Protokoll liegt vor.")
    assert "Gelöscht, Protokoll liegt vor." in done.text
    assert "Alle Weisungen sind ausgeführt." in lead.get("/weisungen?offen=true").text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("V-1", "/vorgaenge/V-1"),
        ("auskunft", ">Auskunft<"),
        ("Wohnbau 2", "Wohnbau 2"),
        ("gibtsnicht", "Nichts gefunden."),
        ("x", "mindestens zwei"),
        ("%_'\"<b>", "&lt;b&gt;"),
    ],
)
def test_one_search_finds_what_may_be_seen(lead: Browser, words: str, said: str):
    page = lead.client.get("/suche", params={"q": words})
    assert page.status_code == 200
    assert said in page.text or said in str(page.url)


def test_requests_of_the_portal_lead_to_their_case(desk: Site, lead: Browser):
    assert "Noch hat kein Kunde" in lead.get("/anfragen").text
    asked = {"contract": "AVV-1", "kind": "audit", "description": "Bitte den Fragebogen ausfüllen."}
    desk.post("controller_reader", "/portal/requests", asked)
    page = lead.get("/anfragen")
    assert "Bitte den Fragebogen ausfüllen." in page.text
    assert "Wohnbau 1" in page.text
    shown = lead.get("/anfragen/1")
    assert "Vorgang öffnen" in shown.text
    assert "ANF-2026-001 · Wohnbau 1, Kontakt controller_reader · " in shown.text
    assert lead.get("/anfragen/99").status_code == 404


@pytest.mark.parametrize("role", ["staff", "admin"])
def test_who_has_not_pledged_confidentiality_sees_no_case_at_its_client_and_finds_none(desk: Site, role: str):
    """The client itself is no secret; what it asked for is (10(2)-(3), T-31)."""
    browser = at_work(desk, role)
    case = "/vorgaenge/V-1"
    assert case in browser.get("/kunden/K-1").text
    assert case in browser.get("/suche?q=Auskunft").text

    def forget(session: TenantSession) -> None:
        person = session.exec(select(Person).where(Person.ref == role.upper())).one()
        person.confidentiality_pledged_on = None

    desk.tell(forget)
    shown, found = browser.get("/kunden/K-1"), browser.get("/suche?q=Auskunft")
    assert (shown.status_code, found.status_code) == (200, 200)
    assert case not in shown.text + found.text
    assert browser.get("/suche?q=V-1").url.path == "/suche", "not even that there is such a case"
