"""Cost estimates over HTTP, as our own people keep them: from the draft to the decision on record (13(5)a, c)."""

import base64

import pytest

from tests.api.http.estimating import NEW, act_on, draft, mails, send

DECIDED = {"channel": "mail", "approver_name": "Frau Süd"}
WORDS = {"evidence_note": "Freigegeben. Süd"}
AT = "2026-11-02T09:00:00Z"


def test_an_estimate_goes_from_draft_to_approved(site):
    estimate = draft(site)
    assert (estimate["ref"], estimate["state"], estimate["notices"]) == ("KVA-2026-001", "draft", [])
    assert (estimate["price"]["net"], estimate["price"]["gross"]) == ("475.00", "565.25")
    sent = act_on(site, estimate, "sending")
    assert (sent["state"], len(sent["sha256"]), sent["sent_at"]) == ("sent", 64, AT)
    approved = act_on(site, estimate, "approval", {**DECIDED, "approved_at": AT, **WORDS})
    assert approved["state"] == "approved"
    assert approved["versions"][0]["approval"]["approver_name"] == "Frau Süd"
    assert [event["state"] for event in approved["events"]] == ["sent", "approved"]
    again = site.ask("lead", "POST", f"/estimates/{estimate['id']}/approval", {**DECIDED, "approved_at": AT, **WORDS})
    assert (again.status_code, again.json()["code"], again.json()["clause"]) == (409, "estimate_is_decided", "13(5)a")


@pytest.mark.parametrize(
    ("deed", "said", "path"),
    [
        pytest.param("approval", {"approved_at": AT}, "evidence", id="released without a word or a file"),
        pytest.param("approval", {"approved_at": AT, "evidence_note": ""}, "evidence_note", id="an empty word"),
        pytest.param("refusal", {"declined_at": AT}, "evidence", id="declined without a reason or a file"),
        pytest.param(
            "approval", {"approved_at": AT, **WORDS, "channel": "portal"}, "channel", id="as if in the portal"
        ),
    ],
)
def test_what_others_put_on_record_needs_a_proof_and_is_not_the_portal_s(desk, deed, said, path):
    refused = desk.ask("lead", "POST", f"/estimates/{send(desk)['id']}/{deed}", {**DECIDED, **said})
    assert (refused.status_code, refused.json()["path"]) == (422, path), refused.text
    assert desk.get("lead", "/estimates")["items"][0]["state"] == "sent"


def test_who_is_a_contact_without_the_right_releases_nothing_by_his_name(desk):
    said = {"approved_at": AT, **WORDS, "channel": "letter", "approver_name": "Kontakt controller_reader"}
    refused = desk.ask("lead", "POST", f"/estimates/{send(desk)['id']}/approval", said)
    assert (refused.status_code, refused.json()["code"]) == (409, "approver_lacks_right")
    assert "Freigeben dürfen: Kontakt controller_approver." in refused.json()["detail"]
    assert desk.get("lead", "/estimates")["items"][0]["state"] == "sent"


def test_sending_mails_who_may_approve_and_nobody_else(site):
    send(site)
    (mail,) = mails(site)
    assert (mail.kind, mail.recipient) == ("estimate_sent", "controller_approver@immoinvent.example")


def test_what_went_out_by_other_ways_is_not_mailed(desk):
    sent = act_on(desk, draft(desk), "sending", {"sent_at": "2026-11-01T09:00:00Z"})
    assert sent["sent_at"] == "2026-11-01T09:00:00Z"
    assert mails(desk) == []


def test_a_controller_without_approvers_is_told_of(desk):
    sent = send(desk, case="V-2")
    assert [notice["code"] for notice in sent["notices"]] == ["nobody_may_approve"]


def test_a_draft_changes_only_as_it_was_seen(site):
    path = f"/estimates/{draft(site)['id']}"
    seen = site.ask("lead", "GET", path).headers["etag"]
    change = {"lines": [{"rate_class": "travel", "minutes": 60}]}
    changed = site.ask("lead", "PATCH", path, change, If_Match=seen)
    assert (changed.status_code, changed.json()["price"]["net"]) == (200, "50.00")
    late = site.ask("lead", "PATCH", path, {"description": "anders"}, If_Match=seen)
    assert (late.status_code, late.json()["code"]) == (412, "representation_changed")
    blind = site.ask("lead", "PATCH", path, {"description": "anders"})
    assert (blind.status_code, blind.json()["code"]) == (428, "if_match_missing")
    assert site.get("lead", path)["description"] == NEW["description"]


def test_what_was_sent_is_revised_by_a_version(site):
    estimate = send(site)
    path = f"/estimates/{estimate['id']}"
    etag = site.ask("lead", "GET", path).headers["etag"]
    refused = site.ask("lead", "PATCH", path, {"description": "anders"}, If_Match=etag)
    assert (refused.status_code, refused.json()["code"]) == (409, "estimate_already_sent")
    revised = act_on(site, estimate, "versions", {"description": "anders"})
    assert (revised["version"], revised["state"], revised["description"]) == (2, "draft", "anders")
    assert [version["state"] for version in revised["versions"]] == ["superseded", "draft"]


def test_a_question_by_phone_is_recorded_and_answered_by_mail(site):
    estimate = send(site)
    asked = act_on(site, estimate, "question", {**DECIDED, "asked_at": AT, "message": "Warum vier Stunden?"})
    assert (asked["state"], asked["events"][-1]["message"]) == ("questioned", "Frau Süd: Warum vier Stunden?")
    answered = act_on(site, estimate, "answer", {"message": "Die Daten liegen in drei Archiven."})
    assert answered["state"] == "sent"
    mail = mails(site)[-1]
    assert (mail.kind, "drei Archiven" in (mail.text or "")) == ("estimate_answered", True)


def test_a_refusal_keeps_its_proof(site):
    estimate = send(site)
    proof = {"name": "absage.eml", "content": base64.b64encode(b"Subject: Nein\n\nZu teuer.").decode()}
    body = {**DECIDED, "declined_at": AT, "reason": "Zu teuer", "evidence": proof}
    declined = act_on(site, estimate, "refusal", body)
    assert declined["state"] == "declined"
    assert declined["events"][-1]["evidence_file_id"] is not None


def test_what_is_withdrawn_is_told_with_its_reason(site):
    estimate = send(site)
    withdrawn = act_on(site, estimate, "withdrawal", {"reason": "Die Anfrage hat sich erledigt."})
    assert withdrawn["state"] == "withdrawn"
    assert "hat sich erledigt" in (mails(site)[-1].text or "")


@pytest.mark.parametrize(
    ("deed", "said", "told"),
    [
        pytest.param("sending", {}, "kein Entwurf mehr (Stand: zurückgezogen)", id="to send it"),
        pytest.param(
            "approval", {"approved_at": AT, **WORDS, **DECIDED}, "ist schon zurückgezogen", id="to release it"
        ),
        pytest.param("withdrawal", {}, "ist schon zurückgezogen", id="to withdraw it once more"),
    ],
)
def test_of_what_is_withdrawn_nobody_is_told_that_it_was_sent_or_decided(desk, deed, said, told):
    estimate = draft(desk)
    act_on(desk, estimate, "withdrawal")
    refused = desk.ask("lead", "POST", f"/estimates/{estimate['id']}/{deed}", said)
    assert (refused.status_code, told in refused.json()["detail"]) == (409, True), refused.text


def test_a_withdrawn_draft_is_told_to_nobody(desk):
    assert act_on(desk, draft(desk), "withdrawal")["state"] == "withdrawn"
    assert mails(desk) == []


def test_a_withdrawn_draft_that_took_the_place_of_what_the_controller_has_is_told_to_him(site):
    estimate = send(site)
    act_on(site, estimate, "versions")
    before = len(mails(site))
    act_on(site, estimate, "withdrawal", {"reason": "Die Anfrage hat sich erledigt."})
    (mail,) = mails(site)[before:]
    assert (mail.kind, "Fassung 1," in (mail.text or "")) == ("estimate_withdrawn", True)
    act_on(site, estimate, "versions")
    act_on(site, estimate, "withdrawal")
    assert len(mails(site)) == before + 1, "of a draft after that he knows nothing"


def test_a_list_is_narrowed_by_case_and_by_the_state_that_reads_now(desk):
    draft(desk)
    send(desk, valid_until="2026-11-02T10:00:00Z")
    send(desk, case="V-2")
    refs = {
        query: [row["ref"] for row in desk.get("staff", f"/estimates{query}")["items"]]
        for query in ("", "?case=V-2", "?contract=AVV-1", "?state=draft", "?state=sent", "?state=expired")
    }
    assert refs == {
        "": ["KVA-2026-001", "KVA-2026-002", "KVA-2026-003"],
        "?case=V-2": ["KVA-2026-003"],
        "?contract=AVV-1": ["KVA-2026-001", "KVA-2026-002"],
        "?state=draft": ["KVA-2026-001"],
        "?state=sent": ["KVA-2026-002", "KVA-2026-003"],
        "?state=expired": [],
    }
    desk.clock.forward(hours=2)
    assert [row["ref"] for row in desk.get("staff", "/estimates?state=expired")["items"]] == ["KVA-2026-002"]
    assert [row["ref"] for row in desk.get("staff", "/estimates?state=sent")["items"]] == ["KVA-2026-003"]


def test_a_list_comes_in_pages(desk):
    for _ in range(3):
        draft(desk)
    first = desk.get("staff", "/estimates?limit=2")
    second = desk.get("staff", f"/estimates?limit=2&cursor={first['next_cursor']}")
    refs = [row["ref"] for page in (first, second) for row in page["items"]]
    assert (refs, second["next_cursor"]) == (["KVA-2026-001", "KVA-2026-002", "KVA-2026-003"], None)


@pytest.mark.parametrize("role", ["staff", "accountant", "auditor"])
def test_only_who_may_estimate_writes_estimates(desk, role):
    refused = desk.ask(role, "POST", "/estimates", NEW)
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("POST", "/sending"),
        ("POST", "/withdrawal"),
        ("POST", "/versions"),
    ],
)
def test_the_neighbours_estimates_are_not_there(desk, method, path):
    estimate = draft(desk)
    refused = desk.ask("lead", method, f"/estimates/{estimate['id']}{path}", {}, of="nachbar")
    assert (refused.status_code, refused.json()["code"]) == (404, "estimate_not_found")


def test_the_same_key_sends_once(site):
    estimate = draft(site)
    path, key = f"/estimates/{estimate['id']}/sending", {"Idempotency-Key": "send-1"}
    first = site.ask("lead", "POST", path, {}, **key)
    again = site.ask("lead", "POST", path, {}, **key)
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert len(mails(site)) == 1


def test_a_budget_shows_what_is_used_and_a_supplement_asks_for_the_rest(site):
    estimate = send(site, lines=[{"rate_class": "regular", "minutes": 60}])
    act_on(site, estimate, "approval", {**DECIDED, "approved_at": AT, **WORDS})
    site.clock.forward(hours=3)
    work = {"case": "V-1", "service": "other_support", "start": "2026-11-02T09:30:00Z", "end": "2026-11-02T11:00:00Z"}
    logged = site.post("lead", "/entries", work)
    assert "estimate_used_up" in [notice["code"] for notice in logged["notices"]]
    case_id = estimate["case_id"]
    budget = site.get("staff", f"/cases/{case_id}/budget")
    (line,), (held,) = budget["lines"], budget["held"]
    assert (line["approved_minutes"], line["used_minutes"], line["left_minutes"]) == (60, 60, 0)
    assert (held["reason"], held["minutes"], held["clause"]) == ("estimate_exceeded", 30, "13(5)c")
    assert budget["urgent"] == {"used_minutes": 0, "most_minutes": 120, "left_minutes": 120}
    assert [notice["code"] for notice in budget["notices"]] == ["estimate_used_up"]
    supplement = site.post("lead", f"/cases/{case_id}/supplement")
    assert (supplement["supplements"], supplement["covers_from"]) == (estimate["ref"], "2026-11-02T10:30:00Z")
    assert [(one["rate_class"], one["minutes"]) for one in supplement["price"]["lines"]] == [("regular", 30)]
    again = site.ask("lead", "POST", f"/cases/{case_id}/supplement", {})
    assert (again.status_code, again.json()["code"]) == (409, "supplement_is_open")


@pytest.mark.parametrize(("method", "path"), [("GET", "budget"), ("POST", "supplement")])
def test_the_neighbours_cases_are_not_there(desk, method, path):
    case_id = draft(desk)["case_id"]
    refused = desk.ask("lead", method, f"/cases/{case_id}/{path}", {}, of="nachbar")
    assert (refused.status_code, refused.json()["code"]) == (404, "case_unknown")
