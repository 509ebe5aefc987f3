"""The controller's own pages: who may see what of them, what they show, and what strangers read instead."""

from typing import Any

import pytest
from sqlmodel import select

from billing.services.access.portal_links import MOST_OF_NETWORK
from billing.services.acting import Act
from billing.store.tables import Case, SupportRequest
from invoices.run.pass_through import store_statement
from tests.api.http.billing_months import bill
from tests.api.http.founding import upload
from tests.api.http.running import PROCESSORS, Site
from tests.support.papers import pdf
from tests.web.browsing import Browser, at_work
from tests.web.portal import APPROVER, YES, check_page, mails, newest_link, number_of, portal_link, revoke, sent

PDF = b"%PDF-1.7 statement"
PAGES = ("/p/kva", "/p/rechnungen", "/p/nachweise", "/p/vorgaenge", "/p/anfragen", "/p/anfragen/neu")
NOTES = ("/p/impressum", "/p/datenschutz", "/p/barrierefreiheit")


@pytest.fixture
def inside(desk: Site) -> Browser:
    """The browser of an approver with the link to all that concerns his controller."""
    browser = Browser(desk)
    browser.get(portal_link(desk))
    return browser


def noted(desk: Site) -> list[tuple[str, str]]:
    rows = desk.get("admin", "/access-log")["items"]
    return [(row["action"], row["actor"].partition(":")[0]) for row in rows if row["action"].startswith("link_")]


def test_who_came_in_by_a_link_is_in_the_access_log_and_who_showed_a_dead_one_as_well(desk: Site):
    """Once a minute each: programs that look at mail open links, too."""
    link = portal_link(desk)
    for _ in range(3):
        Browser(desk).get(link)
    assert noted(desk) == [("link_opened", "contact")]
    revoke(desk)
    for _ in range(3):
        assert Browser(desk).get(link).status_code == 410
    assert noted(desk) == [("link_opened", "contact"), ("link_refused", "visitor")]
    desk.clock.forward(minutes=2)
    Browser(desk).get(link)
    assert len(noted(desk)) == 3


def test_a_link_that_a_browser_still_keeps_is_noted_as_well_when_it_opens_nothing_any_more(desk: Site):
    browser = Browser(desk)
    browser.get(portal_link(desk))
    revoke(desk)
    for path in ("/p/kva", "/p/rechnungen"):
        assert browser.get(path).status_code == 410
    assert noted(desk) == [("link_opened", "contact"), ("link_refused", "visitor")]


@pytest.mark.parametrize("place", ["einladung", "passwort"])
def test_a_dead_link_of_an_account_is_noted_when_its_page_is_sent(desk: Site, place: str):
    browser = Browser(desk)
    dead = portal_link(desk).replace("/p/l", f"/{place}")  # one that opens no account
    browser.client.post(dead, data={"password": "grüne Wolken; ziehen"})
    assert noted(desk) == [("link_refused", "visitor")]


def test_a_link_of_the_portal_leads_to_what_waits(desk: Site):
    answer = Browser(desk).get(portal_link(desk))
    assert answer.url.path == "/p/kva"
    assert "Zurzeit liegt nichts zur Freigabe vor." in answer.text


@pytest.mark.parametrize("path", [*PAGES, *NOTES])
def test_the_link_opens(inside: Browser, path: str):
    assert inside.get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, *NOTES])
def test_so_does_a_log_in(desk: Site, path: str):
    assert at_work(desk, "controller_reader").get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_led_to_where_links_are_asked_for(desk: Site, path: str):
    assert Browser(desk).get(path).url.path == "/p/link"


@pytest.mark.parametrize("path", NOTES)
def test_strangers_may_read_the_notes_of_the_foot(desk: Site, path: str):
    assert Browser(desk).get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES[1:])
def test_a_link_for_one_estimate_opens_no_other_place_but_offers_the_link_that_does(desk: Site, path: str):
    _, link = sent(desk)
    browser = Browser(desk)
    browser.get(link)
    answer = browser.get(path)
    assert answer.status_code == 403
    browser.send(answer, "/p/link/weiter")
    browser.get(newest_link(desk, "portal_link"))
    assert browser.get(path).status_code == 200


def test_an_estimate_of_another_controller_is_not_there(desk: Site):
    sent(desk)
    foreign, _ = sent(desk, case="V-2")
    browser = Browser(desk)
    browser.get(portal_link(desk))
    assert browser.get(foreign).status_code == 404
    assert browser.get("/p/kva/KVA-0").status_code == 404


def test_a_link_for_one_estimate_opens_no_other_one_of_the_same_controller(desk: Site):
    first, _ = sent(desk)
    _, link = sent(desk)
    browser = Browser(desk)
    browser.get(link)
    assert browser.get(first).status_code == 404


def test_an_estimate_whose_reference_fits_no_address_is_named_by_its_number(desk: Site):
    link = sent(desk, ref="KVA 7/26")[1]
    browser = Browser(desk)
    page = browser.get(link)
    number = number_of(desk, "KVA 7/26")
    assert page.url.path == f"/p/kva/{number}"
    assert "KVA 7/26" in page.text
    done = browser.send(check_page(browser, page.url.path, **YES), f"{page.url.path}/entscheiden")
    assert "Sie haben kostenpflichtig freigegeben." in done.text


@pytest.mark.parametrize(("lang", "said"), [("de", "hat Ihre Links vergessen"), ("en", "has forgotten your links")])
def test_who_came_by_a_link_can_leave_and_is_told_what_that_means(desk: Site, lang: str, said: str):
    page, of_one = sent(desk)
    browser, of_all = Browser(desk), portal_link(desk)
    browser.client.cookies.set("lang", lang)
    for link in (of_one, of_all):
        browser.get(link)
    left = browser.send(browser.get("/p/rechnungen"), "/p/abmelden")
    assert left.url.path == "/p/link"
    assert said in left.text
    assert said not in browser.get("/p/link").text, "it is said once"
    for path in (page, "/p/rechnungen"):
        assert browser.get(path).url.path == "/p/link"
    assert browser.get(of_one).url.path == page, "the mail still leads back"


def test_who_came_by_the_link_of_one_estimate_can_leave_as_well(desk: Site):
    page, link = sent(desk)
    browser = Browser(desk)
    browser.send(browser.get(link), "/p/abmelden")
    assert browser.get(page).url.path == "/p/link"


def test_whoever_logs_out_leaves_the_links_of_the_browser_as_well(desk: Site):
    page, link = sent(desk)
    browser = at_work(desk, "controller_approver")
    browser.get(link)
    assert browser.send(browser.get("/p/rechnungen"), "/abmelden").url.path == "/anmelden"
    assert browser.get(page).url.path == "/p/link"


def test_no_other_site_can_make_somebody_leave(desk: Site):
    page, link = sent(desk)
    browser = Browser(desk)
    browser.get(link)
    left = browser.client.post("/p/abmelden", headers={"Sec-Fetch-Site": "cross-site"})
    assert left.status_code == 403
    assert browser.get(page).status_code == 200


def test_strangers_have_nothing_to_leave(desk: Site):
    assert "/p/abmelden" not in Browser(desk).get("/p/impressum").text


def test_several_links_stay_open_in_one_browser(desk: Site):
    browser, pages = Browser(desk), []
    for _ in range(3):
        page, link = sent(desk)
        pages.append(page)
        browser.get(link)
    assert [browser.get(page).status_code for page in pages] == [200, 200, 200]


def test_who_was_revoked_reads_that_and_may_ask_for_a_new_link(desk: Site):
    page, link = sent(desk)
    browser = Browser(desk)
    browser.get(link)
    revoke(desk)
    for path in (link, page, "/p/rechnungen"):
        answer = browser.get(path)
        assert answer.status_code == 410
        assert "Neuen Link anfordern" in answer.text


def test_a_link_that_never_was_is_answered_like_one_that_is_over(desk: Site):
    answer = Browser(desk).get("/p/l/" + "x" * 43)
    assert answer.status_code == 410
    assert "Neuen Link anfordern" in answer.text


def test_links_of_older_mails_lead_on(desk: Site):
    page, link = sent(desk)
    assert Browser(desk).get(f"/portal{link.removeprefix('/p')}").url.path == page


def test_asking_for_a_link_says_the_same_to_all_and_mails_those_who_are_known(desk: Site):
    browser, addresses = Browser(desk), (APPROVER, "niemand@anderswo.example")
    answers = [browser.send(browser.get("/p/link"), "/p/link", email=email) for email in addresses]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert [mail.recipient for mail in mails(desk, "portal_link")] == [APPROVER]


def test_who_was_revoked_is_mailed_no_link(desk: Site):
    revoke(desk)
    browser = Browser(desk)
    assert browser.send(browser.get("/p/link"), "/p/link", email=APPROVER).status_code == 200
    assert mails(desk, "portal_link") == []


def test_a_network_that_asks_too_often_waits(desk: Site):
    browser = Browser(desk)
    asked = [browser.send(browser.get("/p/link"), "/p/link", email=APPROVER).status_code for _ in range(6)]
    assert asked == [200] * 5 + [429]


def test_who_has_a_link_can_not_have_links_sent_without_end(desk: Site):
    _, link = sent(desk)
    browser = Browser(desk)
    browser.get(link)
    page = browser.get("/p/rechnungen")
    asked = [browser.send(page, "/p/link/weiter").status_code for _ in range(MOST_OF_NETWORK + 1)]
    assert asked == [200] * MOST_OF_NETWORK + [429]


def test_a_request_opens_a_case_and_is_confirmed_once_though_sent_twice(desk: Site, inside: Browser):
    form = inside.get("/p/anfragen/neu")
    typed: dict[str, Any] = {
        "art": "data_subject_request",
        "beschreibung": "Auskunft Frau M.",
        "frist": "31.12.2026",
    }
    first = inside.send(form, "/p/anfragen/neu", **typed)
    again = inside.send(form, "/p/anfragen/neu", **typed)
    assert first.url.path == again.url.path
    assert "ist eingegangen" in first.text
    assert "31.12.2026" in again.text
    (row,) = desk.tell(lambda session: session.exec(select(SupportRequest)).all())
    assert desk.tell(lambda session: session.get(Case, row.case_id)) is not None
    assert [mail.recipient for mail in mails(desk, "request_received")] == [APPROVER]
    assert row.ref in inside.get("/p/anfragen").text


def test_files_come_along_with_a_request(inside: Browser):
    data = {"art": "audit", "beschreibung": "Fragebogen"}
    files = {"dateien": ("fragebogen.csv", b"frage;antwort\n", "text/csv")}
    done = inside.client.post("/p/anfragen/neu", data=data, files=files)
    assert done.status_code == 200, done.text
    assert "SHA-256 beginnt mit" in done.text


def test_all_that_is_wrong_with_a_request_is_said_at_once(inside: Browser):
    answer = inside.send(inside.get("/p/anfragen/neu"), "/p/anfragen/neu", frist="irgendwann")
    assert answer.status_code == 422
    assert "Bitte prüfen Sie 3 Angaben" in answer.text
    assert 'value="irgendwann"' in answer.text


def test_a_request_of_others_is_not_there(desk: Site, inside: Browser):
    answer = at_work(desk, "controller_approver", PROCESSORS[1])
    typed: dict[str, Any] = {"art": "other", "beschreibung": "etwas"}
    theirs = answer.send(answer.get("/p/anfragen/neu"), "/p/anfragen/neu", **typed)
    assert inside.get(theirs.url.path).status_code == 404


@pytest.fixture
def billed(desk: Site) -> dict[str, str]:
    """October is billed for both controllers; gives the invoices' numbers by contract."""
    return {contract: row["number"] for contract, row in bill(desk, "V-1", "V-2").items()}


def test_an_invoice_is_listed_and_shown_line_by_line(desk: Site, billed: dict[str, str]):
    browser = at_work(desk, "controller_reader")
    number = billed["AVV-1"]
    assert number in browser.get("/p/rechnungen").text
    page = browser.get(f"/p/rechnungen/{number}").text
    assert "Gesamtbetrag" in page
    assert "Frage zur Rechnung" in page


def test_a_foreign_invoice_is_not_there_nor_are_its_files(desk: Site, billed: dict[str, str]):
    browser, foreign = at_work(desk, "controller_reader"), billed["AVV-2"]
    assert foreign not in browser.get("/p/rechnungen").text
    for path in (f"/p/rechnungen/{foreign}", f"/p/rechnungen/{foreign}/datei/pdf", "/p/rechnungen/RE-0"):
        assert browser.get(path).status_code == 404


def test_the_files_of_an_invoice_are_sent_as_what_they_are(desk: Site, billed: dict[str, str]):
    browser = at_work(desk, "controller_reader")
    answer = browser.get(f"/p/rechnungen/{billed['AVV-1']}/datei/activity_record_csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_question_about_an_invoice_reaches_those_who_run_the_months(desk: Site, billed: dict[str, str]):
    browser, path = at_work(desk, "controller_reader"), f"/p/rechnungen/{billed['AVV-1']}"
    browser.send(browser.get(path), f"{path}/frage", frage="Wofür sind die 30 Minuten?")
    (mail,) = mails(desk, "invoice_question")
    assert mail.recipient == "accountant@immoinvent.example"
    assert "Wofür sind die 30 Minuten?" in (mail.text or "")


def test_a_question_without_words_is_asked_again(desk: Site, billed: dict[str, str]):
    browser, path = at_work(desk, "controller_reader"), f"/p/rechnungen/{billed['AVV-1']}"
    assert browser.send(browser.get(path), f"{path}/frage", frage=" ").status_code == 422


def test_pass_through_money_is_listed_with_its_statement_for_whom_it_is(desk: Site):
    fee = {"kind": "ancillary", "incurred_on": "2026-10-07", "net": "119.00", "description": "Gebühr"}
    for case in ("V-1", "V-2"):
        desk.post(
            "lead",
            "/expenses",
            {**fee, "case": case, "receipt_file": upload(pdf(), "beleg.pdf"), "in_name_of_client": True},
        )
    bill(desk)
    own, foreign = (row["id"] for row in desk.get("lead", "/pass-throughs")["items"])
    for number in (own, foreign):
        desk.tell(lambda session, number=number: store_statement(session, number, PDF, Act("worker", desk.clock())))
    browser = at_work(desk, "controller_reader")
    page = browser.get("/p/rechnungen").text
    assert f'href="/p/durchlaufende-posten/{own}"' in page
    assert f'href="/p/durchlaufende-posten/{foreign}"' not in page
    assert browser.get(f"/p/durchlaufende-posten/{own}").content == PDF
    assert browser.get(f"/p/durchlaufende-posten/{foreign}").status_code == 404


def test_the_record_of_a_month_shows_all_work_and_comes_as_a_table_too(desk: Site, billed: dict[str, str]):
    browser = at_work(desk, "controller_reader")
    page = browser.get("/p/nachweise?monat=2026-10").text
    assert f"abgeschlossen, Rechnung {billed['AVV-1']}" in page
    table = browser.get("/p/nachweise?monat=2026-10&format=csv")
    assert table.headers["Content-Type"].startswith("text/csv")


def test_the_record_of_another_contract_is_not_there(desk: Site):
    assert at_work(desk, "controller_reader").get("/p/nachweise?vertrag=AVV-2").status_code == 404


def test_running_matters_are_those_of_the_controller(inside: Browser):
    page = inside.get("/p/vorgaenge").text
    assert "V-1" in page
    assert "V-2" not in page


def test_the_pages_speak_english_and_say_that_the_document_stays_german(desk: Site):
    _, link = sent(desk)
    browser = Browser(desk)
    page = browser.get(link)
    english = browser.client.post("/anzeige", data={"sprache": "en", "zurueck": page.url.path})
    assert "Your decision" in english.text
    assert "The German text is the binding one" in english.text
    assert 'lang="en"' in english.text
