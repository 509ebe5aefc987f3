"""Two contracts that have one reference: whoever names it is asked which is meant, and goes on by the number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from httpx import Response
from sqlmodel import select

from api.auth import cookie_name, csrf_token
from api.signing import path_parameters
from api.web.pages import all_pages
from api.web.routing import WebRoute
from billing.store.tables import Mail
from tests.api.http.running import PROCESSORS, Site
from tests.web.browsing import Browser, at_work, form_of, forms_of, said_on
from tests.web.portal import YES, check_page, mails, newest_link, portal_link, states

CASE, ESTIMATE = "V-7", "Q-7"
_ADDRESS = re.compile(r'(?:href|action)="(/[^"#]*)')
WORK = {"start": "2026-11-02T08:00:00+01:00", "end": "2026-11-02T08:40:00+01:00", "service": "request_processing"}
UNKNOWN = [
    *("occurred", "systems", "people_categories", "people_count", "data_categories", "record_count"),
    *("consequences", "measures"),
]
LINES = [{"rate_class": "regular", "minutes": 60}]


@dataclass
class Twins:
    """Two cases of one reference, each with an estimate of one reference, of two clients or of one."""

    cases: list[int]
    estimates: list[int]


def twins(site: Site, *contracts: str) -> Twins:
    """Open them, each with some work that waits for a release."""
    cases, estimates = [], []
    for number, contract in enumerate(contracts, 1):
        case = {"contract": contract, "ref": CASE, "kind": "breach", "title": f"Anliegen {number}"}
        cases.append(site.post("lead", "/cases", case)["id"])
        known = {"known_at": "2026-11-02T08:00:00+01:00", "nature": "Fehlversand", "not_yet_known": UNKNOWN}
        site.post("lead", f"/cases/{cases[-1]}/incident", known)
        drafted = {"case": CASE, "contract": contract, "ref": ESTIMATE, "description": f"Leistung {number}"}
        estimates.append(site.post("lead", "/estimates", {**drafted, "lines": LINES})["id"])
    return Twins(cases, estimates)


@pytest.fixture
def two(desk: Site) -> Twins:
    """Of two clients, under AVV-1 and AVV-2."""
    return twins(desk, "AVV-1", "AVV-2")


@pytest.fixture
def of_one(desk: Site) -> Twins:
    """Of one client, under AVV-1 and AVV-3, both estimates sent."""
    site = desk
    site.post("admin", "/contracts", {"controller": "K-1", "ref": "AVV-3", "starts_on": "2026-01-01"})
    found = twins(site, "AVV-1", "AVV-3")
    for number in found.estimates:
        site.post("lead", f"/estimates/{number}/sending")
    return found


@pytest.fixture
def lead(desk: Site) -> Browser:
    return at_work(desk, "lead")


def routes(*, changes: bool) -> list[WebRoute]:
    places = ("/vorgaenge/{nr", "/kva/{nr")
    return [one for one in all_pages() if one.changes is changes and one.path.startswith(places)]


def address_of(route: WebRoute, name: object) -> str:
    path = route.path
    for parameter, kind in path_parameters(path).items():
        path = path.replace(f"{{{parameter}:{kind.__name__}}}", str(name) if parameter == "nr" else "D-01")
    return path


def id_of(route: WebRoute) -> str:
    return route.path


def shared(route: WebRoute, two: Twins) -> tuple[str, list[int]]:
    return (CASE, two.cases) if route.path.startswith("/vorgaenge") else (ESTIMATE, two.estimates)


def log_of(site: Site) -> int:
    return len(site.get("admin", "/audit-log?limit=200")["items"])


def addresses_on(page: Response) -> list[str]:
    """Give where the links and forms of a page lead."""
    return [unescape(found) for found in _ADDRESS.findall(page.text)]


def name_none(page: Response) -> bool:
    """Tell whether no address on the page, nor its own, names what is shared."""
    return not [one for one in [page.url.path, *addresses_on(page)] if CASE in one or ESTIMATE in one]


@pytest.mark.parametrize("route", routes(changes=False), ids=id_of)
def test_a_reference_of_several_leads_to_a_choice_that_goes_on_by_number(lead: Browser, two: Twins, route: WebRoute):
    name, numbers = shared(route, two)
    asked = lead.get(address_of(route, name))
    assert asked.status_code == 300
    ways = [one for one in addresses_on(asked) if one in {address_of(route, number) for number in numbers}]
    assert ways == [address_of(route, number) for number in numbers]
    for told in ("Wohnbau 1", "Wohnbau 2", "AVV-1", "AVV-2", "Anliegen 1", "Anliegen 2"):
        assert told in asked.text
    assert "Es wurde nichts geändert" not in asked.text
    assert {lead.get(way).status_code for way in ways} == {200}


@pytest.mark.parametrize("route", routes(changes=True), ids=id_of)
def test_a_deed_for_a_reference_of_several_is_not_done(desk: Site, lead: Browser, two: Twins, route: WebRoute):
    name, numbers = shared(route, two)
    before = log_of(desk)
    proof = csrf_token(lead.client.cookies[cookie_name(desk.service)])
    data = {"_csrf": proof, "_key": "einmal", "reason": "so", "title": "anders", "cause": "processor"}
    asked = lead.client.post(address_of(route, name), data=data, follow_redirects=False)
    assert asked.status_code == 300
    assert "Es wurde nichts geändert." in asked.text
    assert log_of(desk) == before
    ways = [one for one in addresses_on(asked) if one.split("/")[2:3] in ([str(number)] for number in numbers)]
    assert len(ways) == 2
    carried = {"_csrf": proof, "_again": "1"}
    opened = {lead.client.post(way, data=carried) if "_again" in asked.text else lead.get(way) for way in ways}
    assert {page.status_code for page in opened} == {200}
    assert log_of(desk) == before


def ambiguous(lead: Browser, address: str, **typed: Any) -> Response:
    """Send a form whose page was opened while the reference was of one only."""
    proof = csrf_token(lead.client.cookies[cookie_name(lead.site.service)])
    files = {"file": ("beleg.txt", b"Beleg", "text/plain")} if typed.pop("with_file", False) else None
    asked = lead.client.post(address, data={"_csrf": proof, "_key": "einmal", **typed}, files=files)
    assert asked.status_code == 300
    return asked


def chosen(browser: Browser, asked: Response, way: str) -> Response:
    """Press the button of one of the choices: what had been typed goes along."""
    (form,) = [one for one in forms_of(asked) if any(field.name == "_again" for field in one.fields)]
    assert f'formaction="{way}"' in asked.text
    return browser.client.post(way, data={field.name: field.value for field in form.fields})


def test_what_was_typed_is_found_again_in_the_form_of_what_is_chosen(desk: Site, lead: Browser, two: Twins):
    before, mine = log_of(desk), two.cases[1]
    typed = {"title": '<b>"Anders"</b>', "controller_reference": "4 O 1/26", "seen": "alt"}
    asked = ambiguous(lead, f"/vorgaenge/{CASE}/bearbeiten", **typed)
    assert "Ihre Eingaben stehen dort wieder im Formular." in asked.text
    assert '<b>"Anders"' not in asked.text
    form = chosen(lead, asked, f"/vorgaenge/{mine}/bearbeiten")
    assert form.status_code == 200
    assert "Gespeichert ist noch nichts" in form.text
    shown = {field.name: field.value for field in form_of(form, f"/vorgaenge/{mine}/bearbeiten").fields}
    assert shown["title"] == typed["title"]
    assert [typed["controller_reference"] in form.text, 'value="einmal"' in form.text] == [True, False]
    assert log_of(desk) == before, "only a form was shown"
    done = lead.send(form, f"/vorgaenge/{mine}/bearbeiten", title="Anders")
    assert (done.status_code, done.url.path) == (200, f"/vorgaenge/{mine}")
    changed = desk.get("lead", f"/cases/{mine}")
    assert (changed["title"], changed["controller_reference"]) == ("Anders", "4 O 1/26")


def test_files_are_said_to_be_chosen_once_more(lead: Browser, two: Twins):
    asked = ambiguous(lead, f"/vorgaenge/{CASE}/datei", note="per Post", with_file=True)
    assert "Dateien müssen Sie dann noch einmal auswählen." in asked.text
    form = chosen(lead, asked, f"/vorgaenge/{two.cases[0]}/datei")
    assert (form.status_code, "per Post" in form.text) == (200, True)


def test_a_form_that_is_to_be_shown_again_must_be_ours_and_of_who_may_open_it(desk: Site, lead: Browser, two: Twins):
    address = f"/vorgaenge/{two.cases[0]}/bearbeiten"
    assert lead.client.post(address, data={"_again": "1", "title": "x"}).status_code == 403
    auditor = at_work(desk, "auditor")
    proof = csrf_token(auditor.client.cookies[cookie_name(desk.service)])
    assert auditor.client.post(address, data={"_csrf": proof, "_again": "1", "title": "x"}).status_code == 403


def test_the_choice_keeps_the_query_and_speaks_english(lead: Browser, two: Twins):
    lead.client.cookies.set("lang", "en")
    asked = lead.get(f"/weisungen/neu?vorgang={CASE}")
    assert (asked.status_code, "Which case is meant?" in asked.text) == (300, True)
    for number in two.cases:
        assert f"/weisungen/neu?vorgang={number}" in addresses_on(asked)
    assert "Which cost estimate is meant?" in lead.get(f"/kva/{ESTIMATE}").text


def test_who_looks_for_the_reference_and_whoever_lists_is_led_by_number(desk: Site, lead: Browser, two: Twins):
    for number in two.cases:
        desk.post(
            "staff", "/entries", {"case": CASE, "contract": f"AVV-{two.cases.index(number) + 1}", **spans(number)}
        )
    lists = (
        "/vorgaenge",
        "/kva",
        "/klaerung",
        f"/suche?q={CASE}",
        f"/suche?q={ESTIMATE}",
        "/kunden/K-1",
        "/kunden/K-2",
    )
    seen = set[str]()
    for path in lists:
        page = lead.get(path)
        assert page.url.path == path.partition("?")[0]
        assert name_none(page), path
        seen |= set(addresses_on(page))
    assert seen >= {f"/vorgaenge/{number}" for number in two.cases} | {f"/kva/{number}" for number in two.estimates}
    assert name_none(at_work(desk, "staff").get("/zeiten"))
    assert name_none(at_work(desk, "accountant").get("/abrechnung/2026-11"))
    assert lead.get(f"/klaerung?vorgang={two.cases[0]}").text.count("Anliegen") == 1
    assert lead.get(f"/klaerung?vorgang={CASE}").text.count("Anliegen") == 2


LISTS = ("/vorgaenge", "/kva", "/klaerung", f"/suche?q={CASE}", f"/suche?q={ESTIMATE}", "/kunden/K-2")


@pytest.mark.parametrize(("lang", "word"), [("de", "Vertrag"), ("en", "Contract")])
def test_lists_say_the_contract_beside_a_shared_reference_and_beside_no_other(
    desk: Site, lead: Browser, two: Twins, lang: str, word: str
):
    for number, contract in zip(two.cases, ("AVV-1", "AVV-2"), strict=True):
        about = {"case": CASE, "contract": contract}
        entry = desk.post("staff", "/entries", {**about, **spans(number)})["ref"]
        desk.post("staff", "/proposals", {"entry": entry, "kind": "write_off", "reason": "Kulanz"})
    desk.post("staff", "/entries", {"case": "V-1", **WORK, "start": "2026-11-02T07:30:00+01:00"})
    staff, clerk = at_work(desk, "staff"), at_work(desk, "accountant")
    for browser in (lead, staff, clerk):
        browser.client.cookies.set("lang", lang)
    pages = {path: lead.get(path).text for path in (*LISTS, "/vorschlaege")}
    pages |= {"/zeiten": staff.get("/zeiten").text, "/abrechnung/2026-11": clerk.get("/abrechnung/2026-11").text}
    for path, text in pages.items():
        assert f"{word} AVV-2" in text, path
        assert not re.search(rf"V-1 · {word}", text), path
    for form in (pages["/zeiten"], lead.get("/kva/neu").text):
        assert f"{CASE} (AVV-2)" in form
        assert "V-1 (" not in form


def spans(number: int) -> dict[str, Any]:
    """Give work of its own time for each case."""
    return WORK | {"start": f"2026-11-02T0{number % 7}:00:00+01:00", "end": f"2026-11-02T0{number % 7}:40:00+01:00"}


def test_a_reference_of_one_stays_its_name(lead: Browser):
    page = lead.get("/vorgaenge")
    assert {"/vorgaenge/V-1", "/vorgaenge/V-2"} <= set(addresses_on(page))


def test_a_number_goes_before_a_reference_of_digits(desk: Site, lead: Browser):
    first = desk.post("lead", "/cases", {"contract": "AVV-1", "kind": "audit", "title": "Nummer", "ref": "A/1"})
    named = {"contract": "AVV-1", "kind": "audit", "title": "Ziffern", "ref": str(first["id"])}
    second = desk.post("lead", "/cases", named)
    assert "<h1>Nummer</h1>" in lead.get(f"/vorgaenge/{first['id']}").text
    assert f"/vorgaenge/{second['id']}" in addresses_on(lead.get("/vorgaenge"))
    assert "<h1>Ziffern</h1>" in lead.get(f"/vorgaenge/{second['id']}").text


# --- Everything that can be done to a case and an estimate, by number -------------------------------------------------


@dataclass
class Walk:
    """Somebody who does one thing after the other to one of the two, and never leaves its number."""

    lead: Browser
    home: str

    def do(self, below: str = "", /, form: str | None = None, file: str | None = None, **typed: Any) -> Response:
        """Open a page below, send its form, and look at where that leads."""
        page = self.lead.get(f"{self.home}{below}")
        assert (page.status_code, name_none(page)) == (200, True), below
        action = f"{self.home}{below if form is None else form}"
        if file is None:
            done = self.lead.send(page, action, **typed)
        else:
            data = {one.name: one.value for one in form_of(page, action).fields} | typed
            files = {file: ("notiz.txt", b"Beleg: 12,50 EUR", "text/plain")}
            done = self.lead.client.post(action, data=data, files=files)
        assert (done.status_code, done.url.path.startswith(self.home)) == (200, True), (below, said_on(done)[:3000])
        assert name_none(done), below
        return done


def test_all_that_staff_do_to_a_case_is_done_to_the_one_of_the_number(desk: Site, lead: Browser, two: Twins):
    mine, other = two.cases
    untouched = desk.get("lead", f"/cases/{other}")
    walk = Walk(lead, f"/vorgaenge/{mine}")
    walk.do("/bearbeiten", title="Anliegen 1, geprüft")
    closed = walk.do("/abschliessen")
    assert f'action="/vorgaenge/{mine}/oeffnen"' in closed.text
    walk.do("", form="/oeffnen")
    walk.do("/einordnung", cause="controller", cause_reason="So bestellt.")
    walk.do("/vor-ort", onsite_agreed_at="heute 8:00")
    walk.do("/pruefung", audit_site="Stuttgart", audit_mode="onsite", audit_date="heute")
    walk.do("/datei", file="file", note="per Post")
    walk.do("/auslage", kind="travel", description="Bahnfahrt", incurred_on="heute", net="12,50")
    walk.do("/fremdkosten", description="Gutachten", incurred_on="heute", net="100,00")
    reasons = {f"{name}_reason": "Es eilt." for name in ("deadline", "action", "approval")}
    walk.do("/eilfall", **reasons)
    walk.do("/vorfall", contact_point="Datenschutz")
    walk.do("/vorfall", form="/vorfall/erstmeldung")
    walk.do("/vorfall", form="/vorfall/zwischenstand", text="Wir suchen weiter.")
    said = dict.fromkeys(("root_cause", "measures", "prevention"), "So war es.")
    walk.do("/vorfall", contained_at="heute 9:00", **said)
    walk.do("/vorfall", form="/vorfall/abschlussbericht")
    assert lead.get(f"/vorgaenge/{mine}/vorfall/akte").status_code == 200
    case = lead.get(f"/vorgaenge/{mine}")
    codes = [one.rpartition("/")[2] for one in addresses_on(case) if "/frist/" in one]
    walk.do(f"/frist/{codes[0]}", note="am Telefon")
    for path in addresses_on(case):
        page = lead.get(path)
        assert (page.status_code in (200, 405), name_none(page)) == (True, True), path
    assert desk.get("lead", f"/cases/{other}") == untouched


def test_an_instruction_is_recorded_for_the_case_of_the_number(lead: Browser, two: Twins):
    mine = two.cases[1]
    instruction = lead.get(f"/weisungen/neu?vorgang={mine}")
    typed: dict[str, Any] = {"content": "Bitte löschen.", "given_by": "Frau Vogt", "channel": "phone"}
    recorded = lead.send(instruction, f"/weisungen/neu?vorgang={mine}", **typed)
    assert (recorded.status_code, f"/vorgaenge/{mine}" in addresses_on(recorded)) == (200, True)


def test_all_that_staff_do_to_an_estimate_is_done_to_the_one_of_the_number(desk: Site, lead: Browser, two: Twins):
    mine, other = two.estimates
    untouched = desk.get("lead", f"/estimates/{other}")
    walk = Walk(lead, f"/kva/{mine}")
    walk.do(description="Genauer")
    walk.do("/senden")
    asked = {"channel": "mail", "decided_at": "heute 10:00", "approver_name": "Frau Vogt"}
    walk.do("/freigabe", decision="questioned", message="Warum?", **asked)
    walk.do("/antwort", message="Darum.")
    walk.do("/neue-fassung")
    walk.do("/senden")
    walk.do("/zurueckziehen", reason="Noch einmal")
    walk.do("/neue-fassung")
    walk.do("/senden")
    walk.do("/freigabe", decision="approved", message="Ja.", **asked)
    shown = lead.get(f"/kva/{mine}")
    assert f"/vorgaenge/{two.cases[0]}" in addresses_on(shown)
    assert desk.get("lead", f"/estimates/{other}") == untouched


def test_costs_and_work_of_the_case_lead_back_by_its_number(desk: Site, lead: Browser, two: Twins):
    mine, about = two.cases[1], {"case": CASE, "contract": "AVV-2"}
    cost = {"kind": "third_party", "incurred_on": "2026-11-02", "net": "80.00", "description": "Gutachten"}
    expense = desk.post("lead", "/expenses", about | cost)["id"]
    withdrawn = lead.send(lead.get(f"/auslagen/{expense}/ausbuchen"), f"/auslagen/{expense}/ausbuchen")
    assert (withdrawn.status_code, withdrawn.url.path) == (200, f"/vorgaenge/{mine}")
    entry = desk.post("staff", "/entries", about | WORK)["id"]
    assert f"/vorgaenge/{mine}" in addresses_on(lead.get(f"/zeiten/{entry}"))
    asked = lead.get(f"/vorschlaege/neu?buchung={entry}&art=kulanz")
    proposed = lead.send(asked, f"/vorschlaege/neu?buchung={entry}&art=kulanz", reason="Kulanz")
    assert f"/vorgaenge/{mine}" in addresses_on(proposed)
    other = at_work(desk, "admin")
    confirmed = other.send(other.get(proposed.url.path), f"{proposed.url.path}/bestaetigen")
    assert (confirmed.status_code, confirmed.url.path) == (200, f"/vorgaenge/{mine}")


def test_a_supplement_and_a_new_estimate_are_for_the_case_of_the_number(desk: Site, lead: Browser, two: Twins):
    mine = two.cases[1]
    new = lead.get(f"/kva/neu?vorgang={mine}")
    typed: dict[str, Any] = {"description": "Mehr", "text": ["Recherche"], "rate_class": ["regular"], "hours": ["1"]}
    drafted = lead.send(new, f"/kva/neu?vorgang={mine}", **typed)
    assert f"/vorgaenge/{mine}" in addresses_on(drafted)
    chosen = lead.get(f"/kva/neu?vorgang={CASE}")
    assert [f'value="{number}"' in chosen.text for number in two.cases] == [True, True]
    drafted = lead.send(chosen, f"/kva/neu?vorgang={CASE}", case=str(mine), **typed)
    assert f"/vorgaenge/{mine}" in addresses_on(drafted)
    number = two.estimates[1]
    desk.post("lead", f"/estimates/{number}/sending")
    proved = {"channel": "mail", "approver_name": "Eva Kern", "evidence_note": "Ja. Kern"}
    desk.post("lead", f"/estimates/{number}/approval", proved | {"approved_at": "2026-11-02T10:00:00+01:00"})
    desk.clock.forward(hours=2)
    work = WORK | {"start": "2026-11-02T10:00:00+01:00", "end": "2026-11-02T11:50:00+01:00"}
    desk.post("staff", "/entries", {"case": CASE, "contract": "AVV-2", **work})
    lead = at_work(desk, "lead")
    page = lead.get(f"/vorgaenge/{mine}")
    supplement = lead.send(page, f"/vorgaenge/{mine}/nachfreigabe")
    assert f"/vorgaenge/{mine}" in addresses_on(supplement)


# --- The portal -------------------------------------------------------------------------------------------------------


def ways_in(site: Site) -> Iterator[Browser]:
    """Everybody who may see all that concerns the client: by log-in and by the link of the portal."""
    yield at_work(site, "controller_approver")
    browser = Browser(site)
    browser.get(portal_link(site))
    yield browser


def test_a_contact_of_both_contracts_is_asked_which_and_decides_that_one(desk: Site, of_one: Twins):
    first, second = of_one.estimates
    for browser, number in zip(ways_in(desk), of_one.estimates, strict=True):
        listed = browser.get("/p/kva")
        assert {f"/p/kva/{first}", f"/p/kva/{second}"} <= set(addresses_on(listed))
        assert ["Vertrag AVV-1" in listed.text, "Vertrag AVV-3" in listed.text] == [True, True]
        asked = browser.get(f"/p/kva/{ESTIMATE}")
        assert asked.status_code == 300
        assert [one for one in addresses_on(asked) if one.startswith("/p/kva/")] == [
            f"/p/kva/{one}" for one in (first, second)
        ]
        for told in ("AVV-1", "AVV-3", "Anliegen 1", "Anliegen 2"):
            assert told in asked.text
        for below in ("/pdf", "?fassung=1"):
            assert browser.get(f"/p/kva/{ESTIMATE}{below}").status_code == 300
        page = f"/p/kva/{number}"
        done = browser.send(check_page(browser, page, **YES), f"{page}/entscheiden")
        assert "Sie haben kostenpflichtig freigegeben." in done.text
        assert (done.url.path, name_none(done)) == (page, True)
        assert desk.get("lead", f"/estimates/{number}")["state"] == "approved"


def test_a_decision_for_a_reference_of_several_decides_nothing_but_keeps_name_and_words(desk: Site, of_one: Twins):
    before = states(desk)
    for browser in ways_in(desk):
        for deed in ("bestaetigen", "entscheiden"):
            asked = browser.client.post(
                f"/p/kva/{ESTIMATE}/{deed}", data={**YES, "fassung": "1"}, follow_redirects=False
            )
            assert (asked.status_code, "Es wurde nichts entschieden." in asked.text) == (300, True)
            shown = chosen(browser, asked, f"/p/kva/{of_one.estimates[1]}/bestaetigen")
            assert (shown.status_code, 'value="Jana Vogt"' in shown.text) == (200, True)
            decision = form_of(shown, f"/p/kva/{of_one.estimates[1]}/bestaetigen")
            assert {one.name for one in decision.fields} & {"entscheidung", "berechtigt"} == set()
    assert states(desk) == before


def test_a_client_s_running_cases_say_the_contract_where_two_share_a_reference(desk: Site, of_one: Twins):
    listed = at_work(desk, "controller_approver").get("/p/vorgaenge").text
    assert listed.count(f"{CASE} · Vertrag AVV-") == len(of_one.cases)
    assert "V-1 · Vertrag" not in listed


def test_a_mailed_link_opens_its_own_estimate_whatever_the_browser_opens_besides(desk: Site, of_one: Twins):
    links = [found for mail in mails(desk, "estimate_sent") if (found := link_in(mail.text or ""))]
    assert len(links) == 2
    browser = at_work(desk, "controller_approver")
    for _ in range(2):
        for link, number in zip(links, of_one.estimates, strict=True):
            page = browser.get(link)
            assert (page.status_code, page.url.path) == (200, f"/p/kva/{number}")
            assert f"Anliegen {of_one.estimates.index(number) + 1}" in page.text
    for link in links:
        alone = Browser(desk)
        alone.get(link)
        assert "Vertrag AVV" not in alone.get("/p/kva").text, "who sees one alone needs not tell it apart"
    alone = Browser(desk)
    for link, number in zip(links, of_one.estimates, strict=True):
        assert alone.get(link).url.path == f"/p/kva/{number}"
        assert alone.get(f"/p/kva/{ESTIMATE}").status_code == 200


def link_in(text: str) -> str | None:
    found = re.search(r"/p/l/[\w-]+", text)
    return None if found is None else found[0]


def test_the_page_that_a_mail_names_is_that_of_its_estimate(desk: Site, of_one: Twins):
    number = of_one.estimates[0]
    browser = at_work(desk, "controller_approver")
    page = f"/p/kva/{number}"
    browser.send(
        check_page(browser, page, entscheidung="ablehnen", name="Jana Vogt", nachricht="Nein."), f"{page}/entscheiden"
    )
    named = [
        found for mail in mails(desk) for found in re.findall(r"portal\.invalid(/(?:p/)?kva/\S+)", mail.text or "")
    ]
    assert set(named) <= {page, f"/kva/{number}"}
    assert page in named
    assert "Anliegen 1" in browser.get(page).text


def test_who_may_not_see_the_other_one_goes_straight_to_his_own(desk: Site, two: Twins):
    mine, foreign = two.estimates
    for number in two.estimates:
        desk.post("lead", f"/estimates/{number}/sending")
    for browser in ways_in(desk):
        shown = browser.get(f"/p/kva/{ESTIMATE}")
        assert shown.status_code == 200
        assert "Anliegen 1" in shown.text
        listed = browser.get("/p/kva")
        assert (f"/p/kva/{ESTIMATE}" in addresses_on(listed), "Vertrag AVV" in listed.text) == (True, False)
        for name in (foreign, f"{foreign}/pdf"):
            assert browser.get(f"/p/kva/{name}").status_code == 404
        assert "Anliegen 2" not in shown.text
        assert browser.get(f"/p/kva/{mine}").status_code == 200


def test_a_draft_of_the_same_reference_is_nobody_s_business_but_ours(desk: Site, two: Twins):
    desk.post("lead", f"/estimates/{two.estimates[0]}/sending")
    browser = Browser(desk)
    browser.get(newest_link(desk))
    assert browser.get(f"/p/kva/{ESTIMATE}").status_code == 200


def test_links_of_two_processors_with_one_reference_each_open_their_own(desk: Site):
    """Each counts its estimates from 1, and one person may decide for clients of both."""
    of_each = {}
    for of in PROCESSORS:
        drafted = {"case": "V-1", "description": f"Leistung für {of}", "lines": LINES}
        answer = desk.ask("lead", "POST", "/estimates", drafted, of=of)
        assert answer.json()["ref"] == "KVA-2026-001"
        desk.ask("lead", "POST", f"/estimates/{answer.json()['id']}/sending", {}, of=of)
        (mail,) = desk.tell(lambda session: list(session.exec(select(Mail))), of)
        of_each[of] = link_in(mail.text or "")
    browser = Browser(desk)
    pages = {of: browser.get(link or "").url.path for of, link in of_each.items()}
    for of, page in pages.items():
        assert f"Leistung für {of}" in browser.get(page).text
    first = pages[PROCESSORS[0]]
    done = browser.send(check_page(browser, first, **YES), f"{first}/entscheiden")
    assert f"Leistung für {PROCESSORS[0]}" in done.text
    assert states(desk) == ["sent", "approved"]
