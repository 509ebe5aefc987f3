"""Accounts over HTTP: seen, changed, given roles, reset and closed by the administration of their own processor."""

from typing import Any

import pytest

from tests.api.http.running import PROCESSORS

ADMIN_ONLY = "right_missing"


def by_role(site, role: str, of: str = PROCESSORS[0]) -> dict[str, Any]:
    """The account of a role."""
    items: list[dict[str, Any]] = site.ask("admin", "GET", "/users", of=of).json()["items"]
    return next(item for item in items if item["roles"] == [role])


def etag_of(site, path: str) -> str:
    return str(site.ask("admin", "GET", path).headers["etag"])


def test_accounts_are_listed_page_by_page(site):
    first = site.get("admin", "/users?limit=4")
    second = site.get("admin", f"/users?limit=4&cursor={first['next_cursor']}")
    names = [item["name"] for item in (*first["items"], *second["items"])]
    assert len(names) == len(set(names)) == 7
    assert second["next_cursor"] is None
    assert by_role(site, "controller_approver")["controller"] == "K-1"
    assert by_role(site, "lead")["person"] == "LEAD"


@pytest.mark.parametrize("role", ["staff", "lead", "accountant", "auditor", "controller_approver", "controller_reader"])
def test_nobody_but_the_administration_sees_accounts(desk, role):
    for path in ("/users", "/users/1", "/users/1/grants", "/policy", "/policy/versions", "/users/1/personal-data"):
        refused = desk.ask(role, "GET", path)
        assert (refused.status_code, refused.json()["code"]) == (403, ADMIN_ONLY), path


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users/{id}", None),
        ("GET", "/users/{id}/grants", None),
        ("GET", "/users/{id}/personal-data", None),
        ("PATCH", "/users/{id}", {"language": "en"}),
        ("PUT", "/users/{id}/confidentiality-pledge", {"pledged_on": "2026-01-01"}),
        ("POST", "/users/{id}/grants", {"role": "lead", "reason": "x"}),
        ("POST", "/users/{id}/invitation", {}),
        ("POST", "/users/{id}/reset", {"password": True}),
        ("POST", "/users/{id}/deactivation", {}),
        ("DELETE", "/users/{id}/grants/1", None),
    ],
)
def test_an_account_of_another_processor_is_not_there(site, method, path, body):
    foreign = by_role(site, "staff", PROCESSORS[1])["id"]
    refused = site.ask("admin", method, path.format(id=foreign), body, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (404, "user_unknown")


def test_a_change_needs_the_etag_of_what_was_seen(desk):
    path = f"/users/{by_role(desk, 'staff')['id']}"
    seen = etag_of(desk, path)
    assert desk.ask("admin", "PATCH", path, {"language": "en"}).status_code == 428
    changed = desk.ask("admin", "PATCH", path, {"language": "en"}, If_Match=seen)
    assert (changed.status_code, changed.json()["language"]) == (200, "en")
    again = desk.ask("admin", "PATCH", path, {"language": "de"}, If_Match=seen)
    assert (again.status_code, again.json()["code"]) == (412, "representation_changed")
    assert desk.ask("admin", "PATCH", path, {"language": "de"}, If_Match=changed.headers["etag"]).status_code == 200


def test_no_hash_and_no_secret_is_shown(desk):
    shown = desk.get("admin", f"/users/{by_role(desk, 'staff')['id']}")
    assert set(shown) == {
        *("id", "email", "name", "language", "person", "contact_id", "controller", "state", "roles"),
        *("has_second_factor", "confidentiality_pledged_on", "created_at", "disabled_at"),
    }


def test_a_role_is_given_seen_and_taken_back(site):
    number = by_role(site, "staff")["id"]
    given = site.ask(
        "admin",
        "POST",
        f"/users/{number}/grants",
        {"role": "lead", "reason": "Urlaub", "expires_at": "2026-12-01T00:00:00+01:00"},
    )
    assert given.status_code == 201
    assert given.headers["location"].endswith(f"/users/{number}/grants/{given.json()['id']}")
    assert given.json()["expires_at"] == "2026-11-30T23:00:00Z"
    assert given.json()["granted_by"] == "ADMIN"
    path = f"/users/{number}/grants/{given.json()['id']}"
    assert site.get("admin", path)["holds"] is True
    assert site.ask("admin", "DELETE", path).status_code == 204
    assert site.get("admin", path)["holds"] is False
    assert [item["role"] for item in site.get("admin", f"/users/{number}/grants")["items"]] == ["staff", "lead"]
    assert site.ask("admin", "DELETE", path).json()["code"] == "grant_is_revoked"


def test_a_role_ends_at_the_very_moment_that_was_said(desk):
    path = f"/users/{by_role(desk, 'accountant')['id']}/grants"
    end = "2026-11-02T09:00:59.5Z"
    given = desk.post("admin", path, {"role": "admin", "reason": "Urlaub", "expires_at": end})
    assert (
        given["expires_at"] == desk.get("admin", f"{path}/{given['id']}")["expires_at"] == "2026-11-02T09:00:59.500000Z"
    )
    desk.clock.forward(seconds=59)
    assert desk.ask("accountant", "GET", "/users").status_code == 200
    desk.clock.forward(seconds=1)
    assert desk.ask("accountant", "GET", "/users").status_code == 403


def test_a_right_holds_from_the_next_request_on_and_no_longer(desk):
    """Nobody logs out and in again: each request asks for the rights of its moment."""
    path = f"/users/{by_role(desk, 'accountant')['id']}/grants"
    assert desk.ask("accountant", "GET", "/users").status_code == 403
    grant = desk.post("admin", path, {"role": "admin", "reason": "Urlaub", "expires_at": "2026-11-02T11:00:00Z"})
    assert desk.ask("accountant", "GET", "/users").status_code == 200
    desk.clock.forward(hours=2)
    assert desk.ask("accountant", "GET", "/users").status_code == 403
    desk.clock.forward(hours=-1)
    assert desk.ask("accountant", "GET", "/users").status_code == 200
    desk.ask("admin", "DELETE", f"{path}/{grant['id']}")
    assert desk.ask("accountant", "GET", "/users").status_code == 403


def test_nobody_gives_himself_a_role(desk):
    number = by_role(desk, "admin")["id"]
    refused = desk.ask("admin", "POST", f"/users/{number}/grants", {"role": "accountant", "reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_grant")


def test_a_role_of_the_other_side_is_refused_with_its_clause(desk):
    number = by_role(desk, "staff")["id"]
    refused = desk.ask("admin", "POST", f"/users/{number}/grants", {"role": "controller_approver", "reason": "x"})
    assert (refused.status_code, refused.json()["code"], refused.json()["clause"]) == (
        409,
        "role_is_of_controller",
        "13(5)a",
    )


def test_a_pledge_is_recorded(desk):
    path = f"/users/{by_role(desk, 'staff')['id']}/confidentiality-pledge"
    assert desk.ask("admin", "PUT", path, {"pledged_on": "2026-10-01"}).status_code == 428
    pledged = desk.ask("admin", "PUT", path, {"pledged_on": "2026-10-01"}, If_Match="*")
    assert (pledged.status_code, pledged.json()["confidentiality_pledged_on"]) == (200, "2026-10-01")
    assert (
        desk.ask("admin", "PUT", path, {"pledged_on": "2026-11-03"}, If_Match="*").json()["code"] == "pledge_in_future"
    )


def test_who_is_closed_is_out_with_the_next_request(site):
    number = by_role(site, "staff")["id"]
    assert site.ask("staff", "GET", "/me/personal-data").status_code == 200
    closed = site.post("admin", f"/users/{number}/deactivation")
    assert (closed["user"]["state"], closed["user"]["roles"], closed["cases"]) == ("disabled", [], [])
    assert site.ask("staff", "GET", "/me/personal-data").status_code == 401
    assert site.ask("admin", "POST", f"/users/{number}/deactivation").json()["code"] == "user_is_disabled"


def test_the_same_closing_sent_twice_under_one_key_gives_one_answer(desk):
    path = f"/users/{by_role(desk, 'staff')['id']}/deactivation"
    answers = [desk.ask("admin", "POST", path, {}, Idempotency_Key="closing-of-today") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("what", [{"password": True}, {"second_factor": True}])
def test_only_an_account_in_use_is_reset(desk, what):
    """The accounts of the tests never had a password."""
    path = f"/users/{by_role(desk, 'staff')['id']}/reset"
    assert desk.ask("admin", "POST", path, what).json()["code"] == "user_is_not_active"
    own = f"/users/{by_role(desk, 'admin')['id']}/reset"
    assert desk.ask("admin", "POST", own, what).json()["code"] == "own_reset"
