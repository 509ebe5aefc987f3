"""One's own account over HTTP: who one is, a new password, the second factor, and tokens of one's own."""

import pyotp
import pytest

from tests.api.http.entering import GOOD, ask, code, enter, give_password

OTHER = "grüne Wolken; ziehen"


def test_everybody_sees_his_own_account(desk):
    me = desk.get("controller_approver", "/me")
    assert me == {
        "id": me["id"],
        "name": "Kontakt controller_approver",
        "email": "controller_approver@immoinvent.example",
        "language": "de",
        "processor": "immoinvent",
        "person": None,
        "contact_id": me["contact_id"],
        "controller": "K-1",
        "roles": ["controller_approver"],
        "rights": ["portal_decide", "portal_read"],
        "has_second_factor": True,
        "recovery_codes_left": 0,
        "password_changed_at": None,
    }
    assert desk.get("staff", "/me")["person"] == "STAFF"
    assert desk.ask("anonymous", "GET", "/me").status_code == 401


def test_a_new_password_gives_a_new_cookie_and_ends_the_other_sessions(site):
    give_password(site)
    elsewhere = enter(site)
    cookie = site.client.cookies["mehraufwand"]
    csrf = enter(site).json()["csrf_token"]
    changed = ask(site, "POST", "/me/password", {"current_password": GOOD, "new_password": OTHER}, csrf)
    assert (changed.status_code, changed.json()["waits_for"]) == (200, None)
    assert ask(site, "GET", "/session").json()["csrf_token"] == changed.json()["csrf_token"] != csrf
    assert enter(site).status_code == 401
    assert enter(site, password=OTHER).status_code == 201
    site.client.cookies.clear()
    site.client.cookies.set("mehraufwand", cookie)
    assert elsewhere.status_code == 201
    assert ask(site, "GET", "/session").status_code == 401


def test_a_token_changes_no_password(desk):
    give_password(desk)
    refused = desk.ask("staff", "POST", "/me/password", {"current_password": GOOD, "new_password": OTHER})
    assert (refused.status_code, refused.json()["code"]) == (403, "session_needed")


def test_a_second_factor_is_set_up_by_its_first_code(site):
    give_password(site)
    csrf = enter(site).json()["csrf_token"]
    proposed = ask(site, "POST", "/me/second-factor", {}, csrf)
    assert proposed.status_code == 200, proposed.text
    app = pyotp.TOTP(proposed.json()["secret"])
    assert app.secret in proposed.json()["uri"]
    body = {"enrolment": proposed.json()["enrolment"], "code": app.at(site.clock.now)}
    done = ask(site, "POST", "/me/second-factor/confirmation", body, csrf)
    assert done.status_code == 201, done.text
    assert len(done.json()["recovery_codes"]) == 10
    assert ask(site, "GET", "/me").json()["recovery_codes_left"] == 10
    site.clock.forward(minutes=1)
    begun = enter(site).json()
    assert begun["waits_for"] == "second_factor"
    shown = {"recovery_code": done.json()["recovery_codes"][3]}
    assert ask(site, "POST", "/session/second-factor", shown, begun["csrf_token"]).json()["waits_for"] is None
    assert ask(site, "GET", "/me").json()["recovery_codes_left"] == 9


@pytest.mark.parametrize(
    ("body", "status", "refusal"),
    [
        pytest.param({}, 422, "password_needed", id="without the password"),
        pytest.param({"current_password": OTHER}, 422, "password_wrong", id="with a wrong one"),
        pytest.param({"current_password": GOOD}, 200, None, id="with it"),
    ],
)
def test_to_replace_a_factor_in_use_takes_the_password(desk, body, status, refusal):
    give_password(desk)
    csrf = enter(desk, "admin").json()["csrf_token"]
    csrf = ask(desk, "POST", "/session/second-factor", {"code": code(desk)}, csrf).json()["csrf_token"]
    answer = ask(desk, "POST", "/me/second-factor", body, csrf)
    assert (answer.status_code, answer.json().get("code")) == (status, refusal)


def test_one_makes_lists_and_revokes_tokens_of_one_s_own(site):
    give_password(site)
    csrf = enter(site).json()["csrf_token"]
    raw = {"label": "Editor", "scopes": ["read"], "expires_at": "2027-01-31T00:00:00+01:00"}
    made = ask(site, "POST", "/me/tokens", raw, csrf)
    assert made.status_code == 201, made.text
    token = made.json().pop("token")
    assert made.headers["location"] == f"/api/v1/me/tokens/{made.json()['id']}"
    bearer = {"Authorization": f"Bearer {token}"}
    site.client.cookies.clear()
    listed = ask(site, "GET", "/me/tokens", **bearer).json()
    assert [(item["label"], item["scopes"]) for item in listed["items"]] == [
        ("test", listed["items"][0]["scopes"]),  # what `ask` of the site uses
        ("Editor", ["read"]),
    ]
    assert all("token" not in item for item in listed["items"])
    assert listed["items"][1]["expires_at"] == "2027-01-30T23:00:00Z"
    refused = ask(site, "DELETE", f"/me/tokens/{made.json()['id']}", **bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "token_reads_only")
    csrf = enter(site).json()["csrf_token"]
    for status in (204, 404):
        assert ask(site, "DELETE", f"/me/tokens/{made.json()['id']}", None, csrf).status_code == status
    site.client.cookies.clear()
    assert ask(site, "GET", "/me", **bearer).status_code == 401


def test_a_token_of_fewer_rights_ends_itself_and_touches_nothing_else_of_its_owner(site):
    give_password(site)
    csrf = enter(site).json()["csrf_token"]
    raw = {"label": "Liste", "scopes": ["read_cases"], "expires_at": "2027-01-31T00:00:00+01:00"}
    made = ask(site, "POST", "/me/tokens", raw, csrf).json()
    site.client.cookies.clear()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    (other, _) = site.get("staff", "/me/tokens")["items"]
    for method, path in (
        ("GET", "/me/tokens"),
        ("DELETE", f"/me/tokens/{other['id']}"),
        ("GET", "/me/personal-data"),
    ):
        refused = ask(site, method, path, **bearer)
        assert (refused.status_code, refused.json()["code"]) == (403, "session_needed"), path
    assert ask(site, "DELETE", f"/me/tokens/{made['id']}", **bearer).status_code == 204
    assert ask(site, "GET", "/me", **bearer).status_code == 401


def test_tokens_of_others_are_not_there(desk):
    (mine,) = desk.get("staff", "/me/tokens")["items"]
    for role, of in (("lead", "immoinvent"), ("staff", "nachbar"), ("controller_reader", "immoinvent")):
        refused = desk.ask(role, "DELETE", f"/me/tokens/{mine['id']}", of=of)
        assert (refused.status_code, refused.json()["code"]) == (404, "token_unknown")
    assert desk.get("staff", "/me/tokens")["items"] == [mine | {"last_used_at": "2026-11-02T09:00:00Z"}]


def test_tokens_come_page_by_page(desk):
    give_password(desk)
    csrf = enter(desk).json()["csrf_token"]
    for number in range(3):
        raw = {"label": f"Token {number}", "scopes": ["work"], "expires_at": "2027-01-31T00:00:00Z"}
        assert ask(desk, "POST", "/me/tokens", raw, csrf).status_code == 201
    first = ask(desk, "GET", "/me/tokens?limit=2").json()
    rest = ask(desk, "GET", f"/me/tokens?limit=2&cursor={first['next_cursor']}").json()
    labels = [item["label"] for item in first["items"] + rest["items"]]
    assert (labels, rest["next_cursor"]) == (["test", "Token 0", "Token 1", "Token 2"], None)


def test_the_same_request_for_a_token_makes_one(desk):
    give_password(desk)
    csrf = enter(desk).json()["csrf_token"]
    raw = {"label": "Editor", "scopes": ["work"], "expires_at": "2027-01-31T00:00:00Z"}
    made = [ask(desk, "POST", "/me/tokens", raw, csrf, **{"Idempotency-Key": "k"}).json() for _ in range(2)]
    assert made[0] == made[1]
    assert len(ask(desk, "GET", "/me/tokens").json()["items"]) == 2
