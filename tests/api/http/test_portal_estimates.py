"""The controller's decision over HTTP: logged in, or by the link of a mail; looking decides nothing (13(5)a)."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from billing.store.tables import Contact, Controller, EstimateEvent, MailLink
from tests.api.http.estimating import act_on, draft, mails, newest_link, send

APPROVER, READER = "controller_approver", "controller_reader"
YES = {"decision": "approve", "version": 1}


def decide(site, estimate, body=None, role=APPROVER, **headers):
    return site.ask(role, "POST", f"/portal/estimates/{estimate['id']}/decision", body or YES, **headers)


def by_link(site, link, method="GET", what="", body=None):
    return site.client.request(method, f"/api/v1/links/{link}{what}", json=body)


def all_of(site, table):
    return site.tell(lambda session: list(session.exec(select(table).order_by(col(table.id)))))


def change(site, table, **values):
    """Change K-1 or its approver past the service."""

    def write(session):
        query = (
            select(table).where(table.id == 1) if table is not Controller else select(table).where(table.ref == "K-1")
        )
        row = session.exec(query).one()
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)

    site.tell(write)


def test_a_controller_sees_what_was_sent_to_him_and_decides_it(site):
    estimate = send(site)
    (row,) = site.get(READER, "/portal/estimates")["items"]
    assert (row["ref"], row["state"], row["minutes"], row["can_decide"]) == ("KVA-2026-001", "sent", 270, True)
    seen = site.get(READER, f"/portal/estimates/{estimate['id']}")
    assert (seen["price"]["gross"], seen["sha256"]) == ("565.25", estimate["sha256"])
    decided = decide(site, estimate)
    assert (decided.status_code, decided.json()["state"], decided.json()["can_decide"]) == (201, "approved", False)
    assert decided.json()["decision"] == {
        "decision": "approved",
        "at": "2026-11-02T09:00:00Z",
        "name": "Kontakt controller_approver",
    }
    again = decide(site, estimate, {"decision": "decline", "version": 1})
    assert (again.status_code, again.json()["code"]) == (409, "estimate_is_decided")


@pytest.mark.parametrize(
    ("language", "said", "theirs"),
    [
        ("de", "braucht es einen neuen Kostenvoranschlag des Auftragnehmers", "anlegen"),
        ("en", "takes a new cost estimate by the processor", "add a new"),
    ],
)
def test_who_comes_late_is_not_told_to_make_an_estimate_himself(desk, language, said, theirs):
    estimate = send(desk)
    link = newest_link(desk)
    decide(desk, estimate)
    late = desk.client.post(
        f"/api/v1/links/{link}/decision", json={"decision": "decline"}, headers={"Accept-Language": language}
    )
    for answer in (decide(desk, estimate, accept_language=language), late):
        assert (answer.status_code, answer.json()["code"]) == (409, "estimate_is_decided")
        assert said in answer.json()["detail"]
        assert theirs not in answer.json()["detail"]


def test_drafts_are_not_there_for_a_controller_and_neither_are_other_controllers_estimates(site):
    for estimate in (draft(site), send(site, case="V-2")):
        assert site.ask(APPROVER, "GET", f"/portal/estimates/{estimate['id']}").status_code == 404
        assert decide(site, estimate).status_code == 404
    assert site.get(APPROVER, "/portal/estimates")["items"] == []


def test_of_a_revised_estimate_the_version_sent_last_is_shown_and_no_other_decided(site):
    estimate = send(site)
    act_on(site, estimate, "versions", {"description": "anders"})
    seen = site.get(APPROVER, f"/portal/estimates/{estimate['id']}")
    assert (seen["version"], seen["state"], seen["can_decide"]) == (1, "superseded", False)
    assert decide(site, estimate).json()["code"] == "estimate_superseded"
    act_on(site, estimate, "sending")
    stale = decide(site, estimate)
    assert (stale.status_code, stale.json()["code"]) == (409, "estimate_version_differs")
    assert decide(site, estimate, {"decision": "approve", "version": 2}).json()["state"] == "approved"


def test_a_question_and_its_answer_are_seen_by_both_sides_and_our_names_by_ours_only(site):
    estimate = send(site)
    asked = decide(site, estimate, {"decision": "ask", "version": 1, "message": "Warum vier Stunden?"})
    assert asked.json()["state"] == "questioned"
    act_on(site, estimate, "answer", {"message": "Drei Archive."})
    seen = site.get(READER, f"/portal/estimates/{estimate['id']}")
    assert [(said["side"], said["name"], said["text"]) for said in seen["messages"]] == [
        ("controller", "Kontakt controller_approver", "Warum vier Stunden?"),
        ("processor", None, "Drei Archive."),
    ]
    assert "Person lead" not in str(seen)


def test_who_wrote_the_estimate_is_mailed_what_came_of_it_and_who_decided_gets_it_confirmed(site):
    estimate = send(site)
    decide(site, estimate, {"decision": "ask", "version": 1, "message": "Warum vier Stunden?"})
    decide(site, estimate, {"decision": "decline", "version": 1, "message": "Zu teuer"})
    told = [(mail.kind, mail.recipient) for mail in mails(site)[1:]]
    lead, approver = "lead@immoinvent.example", "controller_approver@immoinvent.example"
    assert [one for one in told if one[1] == lead] == [("estimate_questioned", lead), ("estimate_declined", lead)]
    assert [one for one in told if one[1] == approver] == [("decision_ask", approver), ("decision_decline", approver)]


@pytest.mark.parametrize("role", [READER, "lead", "admin"])
def test_only_who_may_decide_for_the_controller_decides(desk, role):
    estimate = send(desk)
    refused = decide(desk, estimate, role=role)
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")


def test_a_question_needs_words(desk):
    refused = decide(desk, send(desk), {"decision": "ask", "version": 1})
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "missing_key", "message")


def test_a_link_shows_its_estimate_as_often_as_it_is_opened_and_changes_nothing(site):
    send(site)
    link = newest_link(site)
    before = (all_of(site, EstimateEvent), all_of(site, MailLink))
    for opened in [by_link(site, link) for _ in range(3)]:
        assert (opened.status_code, opened.json()["estimate"]["can_decide"]) == (200, True)
        assert opened.json()["name"] == "Kontakt controller_approver"
    assert (all_of(site, EstimateEvent), all_of(site, MailLink)) == before


@pytest.mark.parametrize("what", ["", "/decision", "/code"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_scanner_of_mail_decides_anything(desk, method, what):
    send(desk)
    by_link(desk, newest_link(desk), method, what)
    assert [event.state.value for event in all_of(desk, EstimateEvent)] == ["sent"]


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_a_link_decides_its_estimate_once_and_then_says_how_it_was_decided(site, decision):
    send(site)
    link = newest_link(site)
    decided = by_link(site, link, "POST", "/decision", {"decision": decision})
    assert (decided.status_code, decided.json()["estimate"]["state"]) == (201, f"{decision}d")
    again = by_link(site, link, "POST", "/decision", {"decision": "approve"})
    assert (again.status_code, again.json()["code"]) == (409, "estimate_is_decided")
    assert by_link(site, link).json()["estimate"]["state"] == f"{decision}d"


def test_a_link_decides_the_version_it_was_sent_for_and_no_later_one(site):
    estimate = send(site)
    old = newest_link(site)
    act_on(site, estimate, "versions", {"description": "anders"})
    act_on(site, estimate, "sending")
    refused = by_link(site, old, "POST", "/decision", {"decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "estimate_superseded")
    assert newest_link(site) != old
    assert by_link(site, newest_link(site), "POST", "/decision", {"decision": "approve"}).status_code == 201


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _site, link: ("x" if link[0] != "x" else "y") + link[1:], id="a link nobody made"),
        pytest.param(lambda site, link: site.clock.forward(days=61) or link, id="a link whose time is over"),
    ],
)
@pytest.mark.parametrize(("method", "what"), [("GET", ""), ("POST", "/decision"), ("POST", "/code")])
def test_a_link_that_is_none_answers_always_the_same(desk, spoil, method, what):
    send(desk)
    link = spoil(desk, newest_link(desk))
    refused = by_link(desk, link, method, what, {"decision": "approve"} if what == "/decision" else None)
    assert (refused.status_code, refused.json()["code"]) == (404, "link_unknown")


def test_a_contact_who_may_not_approve_any_more_decides_nothing_by_an_old_link(desk):
    send(desk)
    link = newest_link(desk)
    change(desk, Contact, may_approve=False)
    refused = by_link(desk, link, "POST", "/decision", {"decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_may_not_approve")
    assert [event.state.value for event in all_of(desk, EstimateEvent)] == ["sent"]


def code_of(site) -> str:
    (mail,) = [mail for mail in mails(site) if mail.kind == "decision_code"]
    found = re.search(r"\b[0-9]{6}\b", mail.text or "")
    assert found is not None
    return found[0]


def test_where_the_controller_wants_it_a_link_decides_with_six_mailed_digits_only(site):
    change(site, Controller, decision_code=True)
    send(site)
    link = newest_link(site)
    assert by_link(site, link).json()["needs_code"] is True
    yes = {"decision": "approve"}
    refused = by_link(site, link, "POST", "/decision", yes)
    assert (refused.status_code, refused.json()["code"]) == (403, "decision_code_missing")
    assert by_link(site, link, "POST", "/code").status_code == 202
    code = code_of(site)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = by_link(site, link, "POST", "/decision", {**yes, "code": wrong})
    assert (refused.status_code, refused.json()["code"]) == (403, "decision_code_wrong")
    assert by_link(site, link).json()["estimate"]["state"] == "sent"
    assert by_link(site, link, "POST", "/decision", {**yes, "code": code}).json()["estimate"]["state"] == "approved"


def test_the_digits_are_guessed_five_times_at_most(desk):
    change(desk, Controller, decision_code=True)
    send(desk)
    link = newest_link(desk)
    by_link(desk, link, "POST", "/code")
    code = code_of(desk)
    for guess in range(1, 6):
        wrong = f"{(int(code) + guess) % 10**6:06d}"
        by_link(desk, link, "POST", "/decision", {"decision": "approve", "code": wrong})
    refused = by_link(desk, link, "POST", "/decision", {"decision": "approve", "code": code})
    assert (refused.status_code, refused.json()["code"]) == (403, "decision_code_wrong")


def test_a_link_that_had_all_its_codes_says_so_to_who_has_it_and_to_nobody_else(site):
    change(site, Controller, decision_code=True)
    send(site)
    link = newest_link(site)
    assert {by_link(site, link, "POST", "/code").status_code for _ in range(10)} == {202}
    for language, words in (("de", "einen neuen Link anfordern"), ("en", "request a new link")):
        answer = site.client.post(f"/api/v1/links/{link}/code", headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["code"]) == (403, "link_closed")
        assert words in answer.json()["detail"]
    assert (
        by_link(site, f"{link[:-1]}{'x' if link[-1] != 'x' else 'y'}", "POST", "/code").json()["code"] == "link_unknown"
    )
    assert by_link(site, link).json()["needs_code"] is True, "what it is for may still be read"


def test_after_the_last_try_of_the_last_code_the_link_is_closed_and_not_the_code_wrong(desk):
    change(desk, Controller, decision_code=True)
    send(desk)
    link = newest_link(desk)
    for _ in range(10):
        by_link(desk, link, "POST", "/code")
    code = re.search(r"\b[0-9]{6}\b", mails(desk)[-1].text or "")
    assert code is not None
    wrong = {"decision": "approve", "code": f"{(int(code[0]) + 1) % 10**6:06d}"}
    said = [by_link(desk, link, "POST", "/decision", wrong).json()["code"] for _ in range(6)]
    assert said == ["decision_code_wrong"] * 4 + ["link_closed"] * 2
    assert by_link(desk, link).json()["estimate"]["state"] == "sent"


def test_who_guesses_links_is_slowed_down_and_who_has_one_is_not(desk):
    send(desk)
    guesses = [by_link(desk, f"guess{number}").status_code for number in range(30)]
    slowed = by_link(desk, "guess", "POST", "/decision", {"decision": "approve"})
    assert (set(guesses), slowed.status_code, slowed.json()["code"]) == ({404}, 429, "asked_too_often")
    assert int(slowed.headers["retry-after"]) > 0
    assert by_link(desk, newest_link(desk)).status_code == 200


@pytest.mark.parametrize("times", [1, 20])
def test_a_link_that_decides_again_under_its_key_gets_the_same_answer(site, times):
    send(site)
    link = newest_link(site)
    again = {"Idempotency-Key": "klick"}

    def click(_number=0):
        return site.client.post(f"/api/v1/links/{link}/decision", json={"decision": "approve"}, headers=again)

    with ThreadPoolExecutor(times) as pool:
        answers = {(answer.status_code, answer.text) for answer in [click(), *pool.map(click, range(times))]}
    assert [status for status, _ in answers] == [201]
    refused = site.client.post(f"/api/v1/links/{link}/decision", json={"decision": "decline"}, headers=again)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert sum(event.state == "approved" for event in all_of(site, EstimateEvent)) == 1


def test_digits_asked_for_again_under_a_key_are_mailed_once(site):
    change(site, Controller, decision_code=True)
    send(site)
    link = newest_link(site)
    before = len(mails(site))
    asked = [
        site.client.post(f"/api/v1/links/{link}/code", headers={"Idempotency-Key": "klick"}).status_code
        for _ in range(3)
    ]
    assert (asked, len(mails(site))) == ([202, 202, 202], before + 1)
