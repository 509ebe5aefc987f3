"""Logging in over HTTP: a cookie nobody else can set or read, a token that proves a request is ours, no fixation."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, select

from billing.services.access.passwords import hash_password
from billing.store.tables import AccessLog, User, UserSession
from tests.api.http.entering import GOOD, WRONG, ask, code, cookie_of, enter, give_password


def log_of(site, of: str = "immoinvent") -> list[tuple[str, str]]:
    query = select(AccessLog.action, AccessLog.details).order_by(col(AccessLog.day), col(AccessLog.seq))
    events: list[tuple[str, str]] = site.tell(lambda session: list(session.exec(query)), of)
    return events


def test_a_log_in_gives_a_session_that_lasts(site):
    give_password(site)
    begun = enter(site)
    assert begun.status_code == 201, begun.text
    assert begun.json() | {"csrf_token": "", "rights": []} == {
        "user_id": begun.json()["user_id"],
        "name": "Person staff",
        "language": "de",
        "processor": "immoinvent",
        "controller": None,
        "roles": ["staff"],
        "rights": [],
        "via": "session",
        "waits_for": None,
        "csrf_token": "",
        "expires_at": "2026-11-02T21:00:00Z",
    }
    assert ask(site, "GET", "/session").json() == begun.json()
    assert log_of(site) == [("login", json.dumps({"network": ""}, separators=(",", ":")))]


@pytest.mark.parametrize(
    ("base_url", "name", "secure"),
    [
        pytest.param("https://abrechnung.example", "__Host-mehraufwand", True, id="over TLS"),
        pytest.param("http://127.0.0.1:8000", "mehraufwand", False, id="the demo on this machine"),
    ],
)
def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts(desk, base_url, name, secure):
    give_password(desk)
    of_site = desk.client.app.state.service
    desk.client.app.state.service = replace(of_site, base_url=base_url)
    words = cookie_of(enter(desk)).lower().split("; ")
    assert words[0].startswith(f"{name.lower()}=")
    assert {"httponly", "samesite=lax", "path=/"} <= set(words)
    assert ("secure" in words) is secure
    assert not any(word.startswith("domain") for word in words)


def test_a_session_id_of_the_client_s_choice_is_never_adopted(desk):
    give_password(desk)
    desk.client.cookies.set("mehraufwand", "attackerfixed")
    begun = desk.client.post("/api/v1/session", json={"email": "staff@immoinvent.example", "password": GOOD})
    assert begun.status_code == 201
    assert "attackerfixed" not in cookie_of(begun)
    desk.client.cookies.clear()
    desk.client.cookies.set("mehraufwand", "attackerfixed")
    assert ask(desk, "GET", "/session").status_code == 401


def test_each_log_in_makes_another_token(desk):
    give_password(desk)
    assert cookie_of(enter(desk)) != cookie_of(enter(desk))


@pytest.mark.parametrize(
    ("csrf", "headers", "status"),
    [
        pytest.param(None, {}, 403, id="without the token"),
        pytest.param("wrong", {}, 403, id="with a wrong one"),
        pytest.param("right", {}, 204, id="with the session's own"),
        pytest.param("right", {"Sec-Fetch-Site": "cross-site"}, 403, id="from another site"),
        pytest.param("right", {"Sec-Fetch-Site": "same-origin"}, 204, id="from our own page"),
        pytest.param("right", {"Origin": "https://evil.example"}, 403, id="from another site, by an old browser"),
        pytest.param("right", {"Origin": "null"}, 403, id="from a page of nobody"),
    ],
)
def test_what_changes_something_must_prove_that_it_comes_from_us(desk, csrf, headers, status):
    give_password(desk)
    token = enter(desk).json()["csrf_token"]
    answer = ask(desk, "DELETE", "/session", csrf=token if csrf == "right" else csrf, **headers)
    assert answer.status_code == status


@pytest.mark.parametrize("base_url", ["https://abrechnung.example", "https://Abrechnung.Example:443"])
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        pytest.param("https://abrechnung.example", 303, id="as browsers write it"),
        pytest.param("https://abrechnung.example:8443", 403, id="another port"),
        pytest.param("http://abrechnung.example", 403, id="a plain page of the same name"),
        pytest.param("https://[abrechnung.example", 403, id="no address"),
        pytest.param("https://abrechnung.example:https", 403, id="no port"),
    ],
)
def test_the_page_that_sends_a_form_is_ours_however_our_address_is_written(desk, base_url, origin, status):
    give_password(desk)
    desk.client.app.state.service = replace(desk.client.app.state.service, base_url=base_url)
    form = {"email": "staff@immoinvent.example", "password": GOOD}
    sent = desk.client.post("/anmelden", data=form, headers={"Origin": origin}, follow_redirects=False)
    assert sent.status_code == status


def test_a_proof_of_another_session_proves_nothing(desk):
    give_password(desk)
    foreign = enter(desk).json()["csrf_token"]
    enter(desk)
    refused = ask(desk, "DELETE", "/session", csrf=foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_missing")


def test_logging_out_ends_the_session_for_good(site):
    give_password(site)
    begun = enter(site)
    kept = site.client.cookies["mehraufwand"]
    out = ask(site, "DELETE", "/session", csrf=begun.json()["csrf_token"])
    assert out.status_code == 204
    assert "max-age=0" in cookie_of(out).lower()
    site.client.cookies.clear()
    site.client.cookies.set("mehraufwand", kept)
    assert ask(site, "GET", "/session").status_code == 401
    assert [action for action, _ in log_of(site)] == ["login", "logout"]


def test_a_session_locks_itself_when_nobody_is_there_and_stays_open_for_who_only_reads(desk):
    give_password(desk)
    enter(desk)
    for _ in range(3):
        desk.clock.forward(minutes=14)
        assert ask(desk, "GET", "/session").status_code == 200
    desk.clock.forward(minutes=15)
    assert ask(desk, "GET", "/session").status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"password": WRONG}, id="a wrong password"),
        pytest.param({"email": "niemand@immoinvent.example"}, id="an address nobody has"),
        pytest.param({"processor": "nachbar"}, id="a processor where one is not"),
        pytest.param({"processor": "nirgends"}, id="a processor there is not"),
    ],
)
def test_the_answer_never_tells_what_was_wrong(desk, said):
    give_password(desk)
    refused = desk.client.post("/api/v1/session", json={"email": "staff@immoinvent.example", "password": GOOD} | said)
    assert refused.status_code == 401
    assert (refused.json()["code"], refused.json()["fields"]) == ("login_failed", {})
    assert "set-cookie" not in refused.headers


def test_no_answer_repeats_a_secret(desk):
    refused = desk.client.post("/api/v1/session", json={"email": "a@b.example", "password": "geheim" * 60})
    assert refused.status_code == 422
    assert "geheim" not in refused.text


def test_after_five_different_passwords_the_answer_says_when_to_come_again(desk):
    give_password(desk)
    for number in range(5):
        assert enter(desk, password=f"{WRONG} {number}").status_code == 401
    locked = enter(desk)
    assert (locked.status_code, locked.json()["code"]) == (429, "door_locked")
    assert int(locked.headers["retry-after"]) == 15 * 60


def test_who_works_for_several_processors_chooses_one_where_the_password_fits(site):
    give_password(site, "immoinvent")
    give_password(site, "nachbar")

    def same_address(session) -> None:
        user = session.exec(select(User).where(col(User.id) == other)).one()
        user.email, user.email_digest = "staff@immoinvent.example", session.ring.digest("staff@immoinvent.example")

    other = site.tell(lambda session: session.exec(select(User.id).order_by(col(User.id))).first(), "nachbar")
    site.tell(same_address, "nachbar")
    choice = enter(site)
    assert (choice.status_code, choice.json()["code"]) == (409, "processor_choice")
    assert choice.json()["fields"]["known"] == "immoinvent, nachbar"
    assert "set-cookie" not in choice.headers
    assert enter(site, processor="nachbar").json()["processor"] == "nachbar"
    site.tell(lambda session: setattr(session.get_one(User, other), "password_hash", hash_password(WRONG)), "nachbar")
    assert enter(site).json()["processor"] == "immoinvent"
    assert enter(site, password=WRONG).json()["processor"] == "nachbar"


@pytest.mark.parametrize("role", ["admin", "accountant", "controller_approver"])
def test_a_half_log_in_can_do_nothing_but_the_next_step(site, role):
    give_password(site)
    begun = enter(site, role)
    assert begun.json()["waits_for"] == "second_factor"
    csrf = begun.json()["csrf_token"]
    for method, path in (("GET", "/me/tokens"), ("POST", "/me/tokens"), ("POST", "/settlements/preview")):
        refused = ask(site, method, path, {} if method == "POST" else None, csrf)
        assert (refused.status_code, refused.json()["code"]) == (403, "session_incomplete"), path
    first = site.client.cookies["mehraufwand"]
    done = ask(site, "POST", "/session/second-factor", {"code": code(site)}, csrf)
    assert (done.status_code, done.json()["waits_for"]) == (200, None)
    second = site.client.cookies["mehraufwand"]
    assert second != first
    assert done.json()["csrf_token"] != csrf
    assert ask(site, "GET", "/me/tokens").status_code == 200
    site.client.cookies.clear()
    site.client.cookies.set("mehraufwand", first)
    assert ask(site, "GET", "/session").status_code == 401


def test_a_code_opens_once(site):
    give_password(site)
    csrf = enter(site, "admin").json()["csrf_token"]
    used = code(site)
    assert ask(site, "POST", "/session/second-factor", {"code": used}, csrf).status_code == 200
    csrf = enter(site, "admin").json()["csrf_token"]
    again = ask(site, "POST", "/session/second-factor", {"code": used}, csrf)
    assert (again.status_code, again.json()["code"]) == (422, "code_wrong")
    assert ask(site, "POST", "/session/second-factor", {"code": code(site, 1)}, csrf).status_code == 200
    actions = [action for action, _ in log_of(site)]
    assert actions == ["login", "second_factor_given", "login", "second_factor_failed", "second_factor_given"]


def test_codes_can_t_be_guessed_by_logging_in_again_and_again(site):
    give_password(site)
    for number in range(5):
        csrf = enter(site, "admin").json()["csrf_token"]
        wrong = f"{(int(code(site)) + 7 + number) % 1_000_000:06d}"
        assert ask(site, "POST", "/session/second-factor", {"code": wrong}, csrf).status_code == 422
    csrf = enter(site, "admin").json()["csrf_token"]
    locked = ask(site, "POST", "/session/second-factor", {"code": code(site)}, csrf)
    assert (locked.status_code, locked.json()["code"]) == (429, "door_locked")


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param({}, "one_code_expected", id="none"),
        pytest.param({"code": "123456", "recovery_code": "ABCD-EFGH-JKLM-NPQR"}, "one_code_expected", id="two"),
        pytest.param({"code": "12345"}, "code_unreadable", id="five digits"),
        pytest.param({"recovery_code": "ABCD-EFGH-JKLM-NPQ0"}, "recovery_code_unreadable", id="a sign there is not"),
        pytest.param({"recovery_code": "ABCD-EFGH-JKLM-NPQR"}, "code_wrong", id="a recovery code of nobody"),
    ],
)
def test_a_code_that_is_none_is_refused(desk, body, refusal):
    give_password(desk)
    csrf = enter(desk, "admin").json()["csrf_token"]
    refused = ask(desk, "POST", "/session/second-factor", body, csrf)
    assert (refused.status_code, refused.json()["code"]) == (422, refusal)


def test_a_whole_session_needs_no_code(desk):
    give_password(desk)
    csrf = enter(desk).json()["csrf_token"]
    refused = ask(desk, "POST", "/session/second-factor", {"code": "123456"}, csrf)
    assert (refused.status_code, refused.json()["code"]) == (409, "second_factor_not_asked")


def test_a_token_has_a_session_to_look_at_but_none_to_end(desk):
    seen = desk.get("staff", "/session")
    assert (seen["via"], seen["csrf_token"], seen["processor"]) == ("token", None, "immoinvent")
    refused = desk.ask("staff", "DELETE", "/session")
    assert (refused.status_code, refused.json()["code"]) == (403, "session_needed")


def test_neither_password_nor_session_lies_in_any_table(desk):
    give_password(desk)
    enter(desk, password=WRONG)
    enter(desk)
    cookie = desk.client.cookies["mehraufwand"]
    file = Path(desk.store.engine.url.database)
    stored = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert b"login_failed" in stored
    for secret in (GOOD, WRONG, cookie, "staff@immoinvent.example"):
        assert secret.encode() not in stored


def test_sessions_are_the_users_own(site):
    give_password(site)
    enter(site)
    (row,) = site.tell(lambda session: list(session.exec(select(UserSession))))
    assert row.processor_id == site.processors["immoinvent"]
    assert site.tell(lambda session: list(session.exec(select(UserSession))), "nachbar") == []
