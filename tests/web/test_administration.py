"""Settings: account, people and rights, company, terms and their effect, holidays, policy, logs, the first start."""

import json
import re
from typing import Any

import pytest
from sqlmodel import select

from billing.store.session import TenantSession
from billing.store.tables import OpeningBalance, Person, Policy, RoleGrant, TermsVersion, User
from billing.texts import has_sentence
from tests.api.http.entering import GOOD, give_password
from tests.api.http.estimating import send
from tests.api.http.running import Site
from tests.support.repository import ROOT
from tests.web.browsing import at_work

PAGES = (
    *("", "/zugriff", "/firma", "/firma/aendern", "/regeln", "/regeln/1", "/regeln/1/hourly_rate", "/regeln/1/night"),
    *("/regeln/1/business_hours", "/regeln/1/factors", "/regeln/1/extra_holidays", "/regeln/1/audit_free_on"),
    *("/feiertage", "/feiertage?jahr=2027", "/personen", "/personen/neu", "/personen/1", "/sicherheit", "/mail"),
    *("/protokoll", "/protokoll?actor=test", "/zugriffe"),
)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("page", [*(f"/einstellungen{one}" for one in PAGES), "/start", "/start/anfangsbestaende"])
def test_an_admin_sees_every_page(site_module: Site, page: str, lang: str):
    browser = at_work(site_module, "admin")
    browser.client.cookies.set("lang", lang)
    response = browser.get(page)
    assert response.status_code == 200
    assert len(re.findall("<h1", response.text)) == 1


def test_a_colleague_is_invited_with_a_role_and_recorded_on_the_way(desk: Site):
    browser, way = at_work(desk, "admin"), "/einstellungen/personen/neu"
    typed: dict[str, Any] = {"who": "new:", "email": "neu@immoinvent.example", "name": "Nina Neu", "initials": "NN"}
    done = browser.send(
        browser.get(way), way, **typed, pledged_on="1.11.2026", roles=["staff", "lead"], reason="Neue Kollegin"
    )
    assert "Die Einladung an neu@immoinvent.example ist unterwegs." in done.text
    assert "Nina Neu" in done.text


def test_who_is_invited_at_a_domain_with_an_umlaut_logs_in_and_is_shown_with_it(desk: Site):
    browser, way = at_work(desk, "admin"), "/einstellungen/personen/neu"
    typed: dict[str, Any] = {"who": "new:", "email": "neu@müller.example", "name": "Nina Neu", "initials": "NN"}
    done = browser.send(browser.get(way), way, **typed, pledged_on="1.11.2026", roles=["staff"], reason="Neu")
    assert "Die Einladung an neu@müller.example ist unterwegs." in done.text
    assert "neu@müller.example" in browser.get("/einstellungen/personen").text
    give_password(desk)
    desk.client.cookies.clear()
    entered = desk.client.post("/api/v1/session", json={"email": "Neu@Müller.example", "password": GOOD})
    assert entered.status_code == 201, entered.text
    assert desk.client.get("/api/v1/me").json()["email"] == "neu@xn--mller-kva.example"


def test_an_invitation_without_a_role_is_refused_with_all_that_was_typed(desk: Site):
    browser, way = at_work(desk, "admin"), "/einstellungen/personen/neu"
    typed: dict[str, Any] = {"who": "new:", "email": "neu@immoinvent.example", "name": "Nina Neu", "initials": "NN"}
    told = browser.send(browser.get(way), way, **typed, pledged_on="1.11.2026", reason="Neue Kollegin")
    assert told.status_code == 422
    assert 'value="Nina Neu"' in told.text
    assert desk.tell(lambda session: session.exec(select(User.id).where(User.email == "x")).all()) == []


def test_a_role_is_given_with_an_end_and_taken_back(desk: Site):
    browser = at_work(desk, "admin")
    staff = desk.tell(
        lambda session: session.exec(
            select(User.id).where(User.email_digest == session.ring.digest("staff@immoinvent.example"))
        ).one()
    )
    home = f"/einstellungen/personen/{staff}"
    given = browser.send(browser.get(home), f"{home}/rolle", role="lead", reason="Vertretung", expires_at="31.12.2026")
    assert "Die Rolle ist erteilt." in given.text
    grant = desk.tell(lambda session: max(session.exec(select(RoleGrant.id)).all()))
    assert "Die Rolle ist entzogen." in browser.send(given, f"{home}/rolle/{grant}/entzug").text


def test_giving_up_four_eyes_asks_for_a_reason(desk: Site):
    browser, way = at_work(desk, "admin"), "/einstellungen/sicherheit"
    told = browser.send(browser.get(way), way, four_eyes=None)
    assert told.status_code == 422
    done = browser.send(told, way, four_eyes=None, reason="Ein-Personen-Betrieb")
    assert "Festgelegt." in done.text
    assert desk.tell(lambda session: session.exec(select(Policy)).one().four_eyes) is False


def test_a_change_of_terms_is_agreed_from_a_month_on(desk: Site):
    browser, way = at_work(desk, "accountant"), "/einstellungen/regeln/1/hourly_rate"
    page = browser.get(way)
    seen = browser.send(page, way, value="120,00", follow=True)
    assert seen.url.path == "/einstellungen/regeln/1"
    kept = desk.tell(lambda session: [json.loads(row.terms) for row in session.exec(select(TermsVersion)).all()])
    assert [terms["hourly_rate"] for terms in kept] == ["100.00", "100.00", "120.00"]


def test_who_changes_terms_is_told_which_later_version_stays(desk: Site):
    browser, way = at_work(desk, "accountant"), "/einstellungen/regeln/1/hourly_rate"
    browser.send(browser.get(way), way, value="120,00", valid_from="12.2026")
    seen = browser.send(browser.get(way), way, value="110,00", valid_from="11.2026", follow=True)
    assert "gilt weiter die dort schon eingetragene Fassung." in seen.text


def test_what_holds_for_each_of_several_contracts_is_said_once(desk: Site):
    browser, way = at_work(desk, "accountant"), "/einstellungen/regeln/1/hourly_rate"
    both = ["AVV-1", "AVV-2"]
    browser.send(browser.get(way), way, value="120,00", valid_from="12.2026", contracts=both)
    seen = browser.send(browser.get(way), way, value="110,00", valid_from="11.2026", contracts=both)
    assert seen.text.count("gilt weiter die dort schon eingetragene Fassung.") == 1


def test_references_in_a_sentence_stay_whole_without_marks_to_be_read(desk: Site):
    page = at_work(desk, "admin").get("/einstellungen/feiertage").text
    assert 'Gilt für: <span class="nowrap">AVV-1</span>, <span class="nowrap">AVV-2</span>' in page


def test_a_preview_of_terms_changes_nothing(desk: Site):
    browser, way = at_work(desk, "accountant"), "/einstellungen/regeln/1/hourly_rate"
    page = browser.get(way)
    fields = {"value": "120,00", "valid_from": "12.2026", "contracts": ["AVV-1", "AVV-2"]}
    token = re.search(r'name="_csrf" value="(\w+)"', page.text)
    assert token is not None
    seen = browser.client.post(f"{way}/vorschau", data={"_csrf": token[1], **fields})
    assert seen.status_code == 200
    assert "Keine Rechnung wäre anders gewesen." in seen.text
    assert "120,00" in seen.text
    assert len(desk.tell(lambda session: session.exec(select(TermsVersion)).all())) == 2


@pytest.mark.parametrize(("term", "typed"), [("hourly_rate", "viel"), ("allowance_minutes", "eine Stunde")])
def test_a_value_that_is_none_is_refused_at_its_field(desk: Site, term: str, typed: str):
    browser, way = at_work(desk, "accountant"), f"/einstellungen/regeln/1/{term}"
    told = browser.send(browser.get(way), way, value=typed)
    assert told.status_code == 422
    assert f'value="{typed}"' in told.text
    assert 'aria-invalid="true"' in told.text


def test_company_data_change_from_a_day_on(desk: Site):
    browser, way = at_work(desk, "accountant"), "/einstellungen/firma/aendern"
    done = browser.send(browser.get(way), way, phone="07127 99 99 99", vat_id="DE136695976", valid_from="1.12.2026")
    assert "Eingetragen; es gilt ab 01.12.2026." in done.text


def test_an_opening_balance_is_recorded_and_listed(desk: Site):
    browser, way = at_work(desk, "accountant"), "/start/anfangsbestaende"
    done = browser.send(browser.get(f"{way}?art=next_number"), way, number="118")
    assert "Der Anfangsbestand ist eingetragen." in done.text
    assert desk.tell(lambda session: session.exec(select(OpeningBalance)).one().value) == 118


def test_a_token_is_shown_once(desk: Site):
    browser, way = at_work(desk, "staff"), "/einstellungen/zugriff"
    page = browser.get(way)
    assert 'type="date"' not in page.text
    made = browser.send(page, way, label="Editor", scopes=["work"], ends="31.12.")
    token = re.search(r"mau_[\w-]{20,}", made.text)
    assert token is not None
    assert token[0] not in browser.get(way).text


def test_keys_are_switched_off_in_this_browser(desk: Site):
    browser = at_work(desk, "staff")
    done = browser.send(browser.get("/einstellungen"), "/einstellungen/tasten", on=None)
    assert "Tastenkürzel sind aus." in done.text
    assert browser.client.cookies["keys"] == "off"


def test_who_takes_an_approver_s_account_or_role_reads_that_links_go_by_the_contact(desk: Site):
    accounts = {one["email"].partition("@")[0]: one for one in desk.get("admin", "/users?limit=200")["items"]}
    browser, told = at_work(desk, "admin"), "entscheidet, wer als Ansprechpartner freigeben darf, auch ohne Konto"
    approver = accounts["controller_approver"]
    page = browser.get(f"/einstellungen/personen/{approver['id']}")
    assert told in words_of(page)
    assert browser.get(f"/ansprechpartner/{approver['contact_id']}").status_code == 200
    assert f'href="/ansprechpartner/{approver["contact_id"]}"' in page.text
    for name in ("controller_reader", "staff"):
        assert told not in words_of(browser.get(f"/einstellungen/personen/{accounts[name]['id']}"))


def test_an_account_is_closed_though_its_owners_clock_runs_and_the_page_says_so_before(desk: Site):
    desk.post("staff", "/timer", {"case": "V-1", "service": "request_processing"})
    (owner,) = [one for one in desk.get("admin", "/users?limit=200")["items"] if one["person"] == "STAFF"]
    browser, way = at_work(desk, "admin"), f"/einstellungen/personen/{owner['id']}"
    page = browser.get(way)
    assert "Uhr für V-1, seit 02.11.2026, 10:00: sie endet, und ihre Zeit ist nachzutragen" in words_of(page)
    told = browser.send(page, f"{way}/schliessen", hand_over_to="")
    assert (told.status_code, "Hier ist noch etwas offen (V-1)." in told.text) == (422, True)
    assert browser.send(page, f"{way}/schliessen", hand_over_to="LEAD").status_code == 200
    assert desk.ask("staff", "GET", "/timer").status_code == 401
    assert desk.get("admin", f"/users/{owner['id']}")["state"] == "disabled"


def test_the_log_is_checked_on_demand(desk: Site):
    browser = at_work(desk, "admin")
    done = browser.send(browser.get("/einstellungen/protokoll"), "/einstellungen/protokoll/pruefung")
    assert "Alles ist unverändert" in done.text
    assert re.search(r"<code>[0-9]+:[0-9a-f]{64}</code>", done.text.replace("<wbr>", "")), "a head to be noted"


def words_of(response: Any) -> str:
    return " ".join(re.sub("<[^>]+>", " ", response.text).split())


def test_the_log_names_events_and_details_in_words(desk: Site):
    browser, way = at_work(desk, "admin"), "/einstellungen/protokoll"
    page = words_of(browser.get(f"{way}?action=contract_added"))
    assert "Vertrag angelegt contract_added Vertrag AVV-1 contract:AVV-1" in page
    assert "Vorlage: immoinvent-2026" in page
    assert "geändert: – " in page
    assert "{}" not in browser.get(way).text
    desk.post("lead", "/cases", {"contract": "AVV-1", "kind": "data_subject_request", "title": "Auskunft"})
    assert "Art: Betroffenenanfrage" in words_of(browser.get(f"{way}?action=case_opened"))


@pytest.mark.parametrize(
    ("way", "written"),
    [
        pytest.param("/einstellungen/feiertage", r"Gilt für: AVV-1\b", id="which contracts a calendar is for"),
        pytest.param("/einstellungen/mail", r"\bKVA-2026-001 zu V-1\b", id="what a mail is about"),
        pytest.param("/kunden/K-1", r"\bKVA-2026-001 zu V-1\b", id="what was written to a client"),
    ],
)
def test_a_reference_that_keeps_to_one_line_is_written_without_our_markup(desk: Site, way: str, written: str):
    send(desk)
    page = at_work(desk, "admin").get(way)
    assert re.search(written, words_of(page))
    assert "&lt;span" not in page.text


def test_who_has_not_pledged_confidentiality_reads_no_subject_of_a_mail(desk: Site):
    """They name cases and whose they are: that a client had a data breach, above all."""
    send(desk)
    browser = at_work(desk, "admin")
    assert "KVA-2026-001 zu V-1" in words_of(browser.get("/einstellungen/mail"))

    def forget(session: TenantSession) -> None:
        session.exec(select(Person).where(Person.ref == "ADMIN")).one().confidentiality_pledged_on = None

    desk.tell(forget)
    page = words_of(browser.get("/einstellungen/mail"))
    assert "V-1" not in page
    assert "controller_approver@" not in page
    assert "Sie sieht nur, wer auf Vertraulichkeit verpflichtet ist" in page


def test_a_number_pattern_is_explained_by_an_example(desk: Site):
    page = words_of(at_work(desk, "admin").get("/einstellungen/firma"))
    assert re.search(r"etwa RE-20[0-9]{2}-0118 Muster \{series\}", page)


def test_a_page_that_is_not_for_oneself_is_noted_in_the_access_log(desk: Site):
    browser = at_work(desk, "staff")
    for _ in range(2):
        assert browser.get("/einstellungen/protokoll").status_code == 403
    assert browser.get("/einstellungen/personen").status_code == 403
    rows = desk.get("admin", "/access-log?action=access_refused")["items"]
    assert [(row["subject"], row["details"]["right"], row["details"]["via"]) for row in rows] == [
        ("route:GET /einstellungen/protokoll", "read_logs", "session"),
        ("route:GET /einstellungen/personen", "people", "session"),
    ]
    page = at_work(desk, "admin").get("/einstellungen/zugriffe").text
    assert "Zugriff verweigert: Recht fehlt" in page


LOGGED = re.compile(r"(?:audit|event_of|note_access)\(\s*[\w.]+,\s*(?:[\w.()]+,\s*)?\"([a-z_]+)\"")


def test_every_event_that_is_logged_has_a_name():
    sources = [path for package in ("billing", "invoices", "api") for path in (ROOT / package).rglob("*.py")]
    logged = {code for path in sources for code in LOGGED.findall(path.read_text(encoding="utf-8"))}
    assert len(logged) > 90
    assert {code for code in logged if not has_sentence(f"action.{code}")} == set()
