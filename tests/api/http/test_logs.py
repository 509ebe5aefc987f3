"""The logs over HTTP (law.md T-10 to T-13): who may read them, what they show, and the proof that they are whole."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import select

from billing.services.access import misuse
from billing.services.access.trail import note_access
from billing.services.acting import Act, audit
from billing.store.tables import ApiToken
from tests.api.http.estimating import newest_link as link_of_estimate
from tests.api.http.estimating import send
from tests.api.http.running import NOW
from tests.api.http.test_invitations import GOOD, invite, link_in_mail
from tests.api.http.test_password_resets import STAFF, let_in

ACTION = "values_sealed_anew"
"""Something that nobody does here but the test."""
ROLES = ("staff", "lead", "accountant", "admin", "auditor", "controller_approver", "controller_reader")
MAY_READ = {"/audit-log": {"admin", "auditor"}, "/verification": {"admin", "auditor"}, "/access-log": {"admin"}}


@pytest.mark.parametrize("path", MAY_READ)
def test_the_logs_are_for_those_who_look_after_them(desk, path):
    answers = {role: desk.ask(role, "GET", path).status_code for role in ROLES}
    assert answers == {role: 200 if role in MAY_READ[path] else 403 for role in ROLES}


def test_every_write_is_in_the_audit_log_with_who_and_what(site):
    site.post("lead", "/cases", {"contract": "AVV-1", "kind": "dsr", "title": "Auskunft"})
    events = everything(site, "/audit-log")
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert all(later["prev_hash"] == sooner["hash"] for sooner, later in pairwise(events))
    assert events[-1]["action"] == "case_opened"
    assert "Auskunft" not in str(events)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("subject=thing:2", [2], id="by what it was about"),
        pytest.param(f"action={ACTION}&subject=thing:3", [3], id="by two things at once"),
        pytest.param("actor=nobody", [], id="by who did nothing"),
        pytest.param(f"action={ACTION}&from=2026-11-02T09:02:00Z", [2, 3], id="from a moment on"),
        pytest.param(f"action={ACTION}&to=2026-11-02T10:02:00%2B01:00", [1], id="before a moment, by another clock"),
    ],
)
@pytest.mark.parametrize(("path", "note"), [("/audit-log", audit), ("/access-log", note_access)])
def test_rows_are_found_by_who_what_and_when(desk, path, note, query, found):
    for number in (1, 2, 3):
        act = Act("tester", NOW.replace(minute=number))
        desk.tell(lambda session, number=number, act=act: note(session, act, ACTION, f"thing:{number}", count=number))
    assert [row["details"]["count"] for row in desk.get("admin", f"{path}?{query}")["items"]] == found


def test_a_long_log_comes_in_pages(desk):
    pages: list[list[int]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = desk.get("auditor", f"/audit-log?limit=5{cursor and '&cursor='}{cursor}")
        pages.append([event["number"] for event in page["items"]])
        cursor = page["next_cursor"]
    assert [number for page in pages for number in page] == list(range(1, sum(map(len, pages)) + 1))
    assert {len(page) for page in pages[:-1]} == {5}


@pytest.mark.parametrize("query", ["from=2026-11-02", "from=gestern", "colour=red", "subject=", "action=x"])
def test_a_filter_that_is_none_is_refused(desk, query):
    assert desk.ask("auditor", "GET", f"/audit-log?{query}").status_code == 422


def test_another_processors_events_are_never_shown(site):
    site.tell(lambda session: audit(session, Act("tester", NOW), ACTION, "thing:1"), of="nachbar")
    assert site.get("auditor", f"/audit-log?action={ACTION}")["items"] == []


def test_the_proof_says_what_was_looked_at_and_who_asked(site):
    proof = site.get("auditor", "/verification")
    assert (proof["is_whole"], proof["log_begins_at"], proof["faults"]) == (True, 1, [])
    checked = {check["check"]: check["rows"] for check in proof["checked"]}
    assert checked["audit_log"] > 0
    (noted,) = site.get("admin", "/access-log?action=verified")["items"]
    assert noted["details"] == {"faults": 0, "rows": sum(checked.values())}


def test_a_head_that_an_auditor_noted_is_proved_by_the_log_later(site):
    noted = site.get("auditor", "/verification")["head"]
    site.post("lead", "/cases", {"contract": "AVV-1", "kind": "dsr", "title": "Auskunft"})
    proof = site.get("auditor", f"/verification?expect={noted}")
    assert (proof["is_whole"], proof["head"] != noted) == (True, True)
    other = f"{noted.partition(':')[0]}:{'0' * 64}"
    (fault,) = site.get("auditor", f"/verification?expect={other}")["faults"]
    assert (fault["check"], fault["code"]) == ("anchor", "anchor_differs")
    refused = site.ask("auditor", "GET", "/verification?expect=x")
    assert (refused.status_code, refused.json()["code"]) == (422, "head_unreadable")


def test_who_asks_for_what_he_may_not_is_in_the_access_log_once_a_minute(site):
    for _ in range(3):
        assert site.ask("staff", "GET", "/users").status_code == 403
    assert site.ask("staff", "POST", "/invitations", {}).status_code == 403
    site.clock.now += timedelta(minutes=1)
    assert site.ask("staff", "GET", "/users").status_code == 403
    rows = site.get("admin", "/access-log?action=access_refused")["items"]
    once, people = "GET /api/v1/users", {"right": "people", "via": "token", "network": ""}
    assert [row["subject"] for row in rows] == [f"route:{one}" for one in (once, "POST /api/v1/invitations", once)]
    assert rows[0]["details"] | {"network": ""} == people
    assert rows[0]["actor"].startswith("user:")


def test_who_asks_for_all_he_may_not_is_noted_sixty_times_an_hour(site, monkeypatch):
    monkeypatch.setattr(misuse, "_MOST", 2)
    for path in ("/users", "/policy", "/access-log", "/audit-log"):
        assert site.ask("staff", "GET", path).status_code == 403
    assert len(site.get("admin", "/access-log?action=access_refused")["items"]) == 2


def test_a_token_that_was_taken_back_is_noted_when_it_is_shown(site):
    def take_back(session) -> None:
        for row in session.exec(select(ApiToken).where(ApiToken.id == 1)):
            row.revoked_at = NOW

    site.tell(take_back)
    first = next(role for role in ROLES if site.ask(role, "GET", "/me").status_code == 401)
    assert site.ask(first, "GET", "/cases").status_code == 401
    reader = "admin" if first != "admin" else "auditor"
    (row,) = site.get(reader, "/access-log?action=token_refused")["items"]
    assert (row["actor"], row["subject"], row["details"]["route"]) == ("visitor", "api_token:1", "GET /api/v1/me")


def test_a_token_that_never_was_one_leaves_no_row(site):
    assert site.client.get("/api/v1/me", headers={"Authorization": "Bearer mau_x"}).status_code == 401
    assert site.get("admin", "/access-log")["items"] == []


def everything(site, path: str):
    return site.get("auditor", f"{path}?limit=200")["items"]


def link_notes(site) -> list[tuple[str, str, int]]:
    rows = site.get("admin", "/access-log?limit=200")["items"]
    counted = Counter(
        (row["action"], row["actor"].split(":")[0]) for row in rows if row["subject"].startswith("mail_link:")
    )
    return [(action, actor, number) for (action, actor), number in sorted(counted.items())]


def of_a_contact_who_left(site) -> list[tuple[str, str, object]]:
    send(site)
    secret = link_of_estimate(site)
    site.post("admin", "/contacts/1/ending")
    decision = {"decision": "approve"}
    return [("GET", f"/links/{secret}", None), ("POST", f"/links/{secret}/decision", decision)]


def of_a_used_invitation(site) -> list[tuple[str, str, object]]:
    invite(site)
    secret = link_in_mail(site)
    site.post("anonymous", f"/invitations/{secret}/acceptance", {"password": GOOD})
    again = {"password": f"{GOOD}!"}
    return [("GET", f"/invitations/{secret}", None), ("POST", f"/invitations/{secret}/acceptance", again)]


def of_a_late_reset(site) -> list[tuple[str, str, object]]:
    let_in(site)
    site.post("anonymous", "/password-resets", {"email": STAFF})
    secret = link_in_mail(site, "password_reset")
    site.clock.now += timedelta(hours=2)
    return [("POST", f"/password-resets/{secret}/completion", {"password": GOOD})]


@pytest.mark.parametrize("dead", [of_a_contact_who_left, of_a_used_invitation, of_a_late_reset])
def test_a_mailed_link_that_opens_nothing_any_more_is_noted_once_a_minute_wherever_it_is_shown(site, dead):
    asked = dead(site)
    for method, path, body in (*asked, *asked):
        assert site.ask("anonymous", method, path, body).json()["code"] == "link_unknown"
    assert link_notes(site) == [("link_refused", "visitor", 1)]


def test_who_looked_at_an_estimate_by_its_link_is_noted_once_a_minute(site):
    send(site)
    path = f"/links/{link_of_estimate(site)}"
    for _ in range(3):
        site.get("anonymous", path)
    assert link_notes(site) == [("link_opened", "contact", 1)]
    assert site.post("anonymous", f"{path}/decision", {"decision": "approve"})["estimate"]["state"] == "approved"
    assert link_notes(site) == [("link_opened", "contact", 1)]
