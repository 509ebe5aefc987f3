"""Deciding an estimate in the portal: never by a look, never by one press, and only the version that was shown."""

import re
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import select

from billing.outbox import run_pending
from billing.services.acting import Act
from billing.services.party_changes import change_contact
from billing.store.tables import Approval, Controller, MailAttachment, StoredFile
from invoices.render import RenderPool
from invoices.run.approval_mails import ApprovalMailer
from tests.api.http.estimating import act_on
from tests.api.http.running import PROCESSORS, Site
from tests.web.browsing import Browser, at_work
from tests.web.portal import APPROVER, YES, check_page, contact, mails, newest_link, sent, states


@pytest.fixture
def browser(desk: Site) -> Browser:
    return Browser(desk)


def opened(browser: Browser, link: str) -> str:
    """Open a mailed link; gives where it led."""
    return browser.get(link).url.path


def confirm(site: Site) -> None:
    """Let the worker make the mail that confirms a release."""
    with RenderPool(workers=1) as pool:
        handlers = ApprovalMailer(pool, Act("test", site.clock())).handlers
        done = run_pending(site.store, site.processors[PROCESSORS[0]], handlers, site.clock)
        assert [one.error for one in done] == [""]


def demand_code(site: Site) -> None:
    def choose(session: Any) -> None:
        for controller in session.exec(select(Controller)).all():
            controller.decision_code = True

    site.tell(choose)


def test_a_scanner_that_looks_twice_in_both_ways_decides_nothing(desk: Site, browser: Browser):
    page, link = sent(desk)
    for path in (link, page, f"{page}/bestaetigen"):
        for method in ("GET", "HEAD", "GET", "HEAD"):
            assert browser.client.request(method, path).status_code == 200
    assert states(desk) == ["sent"]
    assert "Ihre Freigabe fehlt noch." in browser.get(page).text


def test_who_may_approve_no_longer_is_offered_no_decision_though_the_role_is_left(desk: Site):
    page, _ = sent(desk)
    approver = at_work(desk, "controller_approver")
    assert f"{page}/bestaetigen" in approver.get(page).text
    act = Act("test", desk.clock())
    desk.tell(lambda session: change_contact(session, act, contact(session, APPROVER), {"may_approve": False}))
    assert f"{page}/bestaetigen" not in approver.get(page).text


def test_a_link_leaves_the_address_and_opens_its_estimate(desk: Site, browser: Browser):
    page, link = sent(desk)
    answer = browser.client.get(link, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_costs_stand_before_the_decision_and_nothing_is_chosen(desk: Site, browser: Browser):
    page, link = sent(desk)
    assert opened(browser, link) == page
    text = browser.get(page).text
    assert text.index("Voraussichtliche Kosten") < text.index('id="entscheidung"')
    assert " checked" not in text


def test_an_empty_form_has_two_errors_and_keeps_what_was_typed(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    answer = check_page(browser, page, bestellnummer="B-77")
    assert answer.status_code == 422
    assert "Bitte prüfen Sie 2 Angaben" in answer.text
    assert "<title>Fehler:" in answer.text
    assert 'value="B-77"' in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"entscheidung": "rueckfrage"}, "Bitte schreiben Sie, was Sie wissen möchten."),
        ({"entscheidung": "freigeben"}, "Bitte bestätigen Sie, dass Sie den Auftrag erteilen dürfen."),
        ({**YES, "name": ""}, "Bitte geben Sie Ihren Namen an."),
        ({**YES, "nachricht": "nur wenn es schnell geht"}, "Eine Freigabe gilt ohne Zusätze."),
    ],
    ids=["a question without words", "a release without the right", "without a name", "a yes with a but"],
)
def test_what_can_not_be_decided_so_is_said_at_its_field(desk: Site, browser: Browser, typed, sentence):
    page, link = sent(desk)
    opened(browser, link)
    answer = check_page(browser, page, **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert states(desk) == ["sent"]


def test_the_check_page_decides_nothing_and_names_amount_and_act(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    answer = check_page(browser, page, **YES)
    assert "Es wird noch nichts ausgelöst." in answer.text
    assert "Kostenpflichtig freigeben" in answer.text
    assert re.search(r"\d+,\d\d\s€", answer.text)
    assert states(desk) == ["sent"]


def test_a_release_is_on_record_with_name_function_and_order(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    check = check_page(browser, page, **YES, funktion="Datenschutz", bestellnummer="B-77")
    done = browser.send(check, f"{page}/entscheiden")
    assert done.url.path == page
    assert "Sie haben kostenpflichtig freigegeben." in done.text
    assert states(desk) == ["sent", "approved"]
    note = desk.tell(lambda session: session.exec(select(Approval)).one().evidence_note)
    assert "Unterzeichnet: Jana Vogt." in note
    assert "Funktion: Datenschutz." in note
    assert "Bestellnummer des Kunden: B-77." in note


def test_a_second_press_has_no_effect_and_is_no_error(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    check = check_page(browser, page, **YES)
    browser.send(check, f"{page}/entscheiden")
    again = browser.send(check, f"{page}/entscheiden")
    assert again.status_code == 200
    assert states(desk) == ["sent", "approved"]
    confirm(desk)
    assert len(mails(desk, "decision_approve")) == 1


def test_a_release_is_confirmed_by_mail_with_the_estimate_as_pdf(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    browser.send(check_page(browser, page, **YES), f"{page}/entscheiden")
    confirm(desk)
    (mail,) = mails(desk, "decision_approve")
    assert mail.recipient == APPROVER
    assert "kostenpflichtig freigegeben" in (mail.text or "")
    (file,) = desk.tell(lambda session: session.exec(select(StoredFile).join(MailAttachment)).all())
    assert file.name.endswith("-Fassung-1.pdf")
    (told,) = PdfReader(BytesIO(file.content)).pages
    assert "Kostenpflichtig freigegeben" in told.extract_text().replace("\n", " ")


def test_an_estimate_is_sent_as_pdf_to_who_may_see_it(desk: Site, browser: Browser):
    page, link = sent(desk)
    assert browser.get(f"{page}/pdf").url.path == "/p/link"
    opened(browser, link)
    asked = browser.client.head(f"{page}/pdf")
    assert (asked.status_code, asked.content, asked.headers["Content-Type"]) == (200, b"", "application/pdf")
    answer = browser.get(f"{page}/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    (noted,) = desk.get("admin", "/access-log?action=file_downloaded")["items"]  # by HEAD no byte left
    assert (noted["subject"], noted["actor"][:8]) == ("estimate:KVA-2026-001", "contact:")
    (paper,) = PdfReader(BytesIO(answer.content)).pages
    assert noted["details"]["sha256"] in paper.extract_text().replace("\n", "").replace(" ", "")


def test_the_link_of_a_decided_estimate_shows_the_decision_and_no_form(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    browser.send(check_page(browser, page, **YES), f"{page}/entscheiden")
    text = Browser(desk).get(link).text
    assert "Freigegeben." in text
    assert 'name="entscheidung"' not in text


def test_a_question_and_its_answer_are_read_on_the_page(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    asked = {"entscheidung": "rueckfrage", "name": "Jana Vogt", "nachricht": "Warum vier Stunden?"}
    done = browser.send(check_page(browser, page, **asked), f"{page}/entscheiden")
    assert "Ihre Rückfrage ist gestellt." in done.text
    act_on(desk, {"id": int(page.split("/")[-1])}, "answer", {"message": "Wegen der Archive."})
    text = browser.get(page).text
    assert "Warum vier Stunden?" in text
    assert "Wegen der Archive." in text


def test_a_refusal_costs_nothing_and_says_so(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    said = {"entscheidung": "ablehnen", "name": "Jana Vogt", "nachricht": "zu teuer"}
    done = browser.send(check_page(browser, page, **said), f"{page}/entscheiden")
    assert "Sie haben abgelehnt. Es entstehen keine Kosten." in done.text
    assert states(desk) == ["sent", "declined"]


def test_an_old_version_is_told_so_leads_on_and_can_not_be_released(desk: Site, browser: Browser):
    page, old = sent(desk)
    opened(browser, old)
    stale = check_page(browser, page, **YES)
    number = int(page.split("/")[-1])
    lines = {"lines": [{"rate_class": "regular", "minutes": 120}]}
    act_on(desk, {"id": number}, "versions", lines)
    act_on(desk, {"id": number}, "sending")
    shown = browser.get(old)
    assert "Es gibt eine neue Fassung." in shown.text
    assert 'name="entscheidung"' not in shown.text
    assert f'href="{page}"' in shown.text
    refused = browser.send(stale, f"{page}/entscheiden")
    assert refused.status_code == 409
    assert "Zu entscheiden ist über Fassung 2" in refused.text
    assert "approved" not in states(desk)
    browser.get(newest_link(desk))
    browser.send(check_page(browser, page, **YES), f"{page}/entscheiden")
    assert states(desk)[-1] == "approved"


def test_six_digits_are_asked_for_where_the_controller_wants_them(desk: Site, browser: Browser):
    demand_code(desk)
    page, link = sent(desk)
    opened(browser, link)
    check = check_page(browser, page, **YES)
    missing = browser.send(check, f"{page}/entscheiden")
    assert missing.status_code == 403
    assert "sechsstelligen Code" in missing.text
    wrong = browser.send(missing, f"{page}/entscheiden", code="000000")
    assert "Der Code stimmt nicht" in wrong.text
    assert states(desk) == ["sent"]
    code = re.search(r"\b\d{6}\b", mails(desk, "decision_code")[-1].text or "")
    assert code is not None
    browser.send(wrong, f"{page}/entscheiden", code=code[0])
    assert states(desk) == ["sent", "approved"]


@pytest.mark.parametrize(("language", "words"), [("de", "zum Entscheiden geschlossen"), ("en", "closed for decisions")])
def test_a_link_that_had_all_its_codes_leads_to_a_new_one(desk: Site, browser: Browser, language: str, words: str):
    demand_code(desk)
    page, link = sent(desk)
    opened(browser, link)
    browser.client.cookies.set("lang", language)
    for _ in range(10):
        assert check_page(browser, page, **YES).status_code == 200
    closed = check_page(browser, page, **YES)
    assert closed.status_code == 403
    assert words in closed.text
    assert 'href="/p/link"' in closed.text
    assert states(desk) == ["sent"]


def test_who_is_logged_in_decides_in_the_same_way(desk: Site):
    page, _ = sent(desk)
    browser = at_work(desk, "controller_approver")
    assert "/abmelden" in browser.get(page).text
    browser.send(check_page(browser, page, **YES), f"{page}/entscheiden")
    assert states(desk) == ["sent", "approved"]


def test_who_may_only_read_sees_the_costs_and_no_form(desk: Site):
    page, _ = sent(desk)
    browser = at_work(desk, "controller_reader")
    text = browser.get(page).text
    assert "Voraussichtliche Kosten" in text
    assert 'name="entscheidung"' not in text
    forged = browser.client.post(f"{page}/entscheiden", data={**YES, "fassung": "1"})
    assert forged.status_code == 403
    assert states(desk) == ["sent"]


def test_a_form_of_another_site_decides_nothing(desk: Site, browser: Browser):
    page, link = sent(desk)
    opened(browser, link)
    form = {**YES, "fassung": "1"}
    answer = browser.client.post(f"{page}/entscheiden", data=form, headers={"Origin": "https://anders.example"})
    assert answer.status_code == 403
    assert states(desk) == ["sent"]
