"""What somebody tries who means harm: with cookies, with other people's pages, with requests that no client sends."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

from billing.store.keyring import KeyRing
from billing.store.session import open_store
from tests.api.http.entering import GOOD, WRONG, ask, code, cookie_of, enter, give_password
from tests.api.http.estimating import newest_link, send
from tests.api.http.furnishing import FILE
from tests.api.http.running import Site, application_of, open_site
from tests.support.migrated import sqlite_copy

CHOSEN = "chosen-by-the-attacker-0123456789-0123456789-0123456789"
JSON = {"Content-Type": "application/json"}
CASE = b'{"contract": "AVV-1", "kind": "data_subject_request", "title": %s}'


@pytest.fixture(scope="module")
def stall(site_file: tuple[Path, KeyRing, dict[str, int]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A desk for requests that leave nothing."""
    template, ring, numbers = site_file
    with sqlite_copy(template, tmp_path_factory.mktemp("stall") / "mehraufwand.db") as database:
        store = open_store(database.app_url, ring)
        with open_site(store, numbers) as opened:
            yield opened
        store.close()


def raw(site: Site, content: bytes, path: str = "/cases", **headers: str):
    sent = {"Authorization": "Bearer mau_immoinvent_lead"} | JSON | headers
    return site.client.post(f"/api/v1{path}", content=content, headers=sent)


def log_in(site: Site) -> str:
    """Log in with a password; gives the token that proves requests to be ours."""
    return str(enter(site).json()["csrf_token"])


@pytest.mark.parametrize("name", ["mehraufwand", "__Host-mehraufwand", "session", "litestar"])
def test_an_identity_that_the_client_chose_is_never_taken_on(desk, name):
    give_password(desk)
    body = {"email": "staff@immoinvent.example", "password": GOOD}
    answer = desk.client.post("/api/v1/session", json=body, headers={"Cookie": f"{name}={CHOSEN}"})
    assert answer.status_code == 201
    assert CHOSEN not in str(answer.headers)
    desk.client.cookies.clear()
    assert ask(desk, "GET", "/session", Cookie=f"{name}={CHOSEN}").status_code == 401


def test_each_step_of_a_log_in_gets_a_secret_of_its_own(desk):
    give_password(desk)
    entered = enter(desk, "accountant")
    half = dict(desk.client.cookies)
    given = ask(desk, "POST", "/session/second-factor", {"code": code(desk)}, csrf=entered.json()["csrf_token"])
    assert given.status_code == 200, given.text
    assert dict(desk.client.cookies) != half
    desk.client.cookies.clear()
    cookie = "; ".join(f"{name}={value}" for name, value in half.items())
    assert ask(desk, "GET", "/session", Cookie=cookie).status_code == 401


@pytest.mark.parametrize(
    ("csrf", "headers"),
    [
        pytest.param(None, {}, id="none"),
        pytest.param("0" * 64, {}, id="an invented one"),
        pytest.param("ä", {}, id="one that is no ASCII"),
        pytest.param("right", {"Sec-Fetch-Site": "cross-site"}, id="the right one from another site"),
    ],
)
def test_a_change_by_cookie_needs_the_proof_that_it_is_ours(desk, csrf, headers):
    give_password(desk)
    token = log_in(desk)
    given = None if csrf is None else token if csrf == "right" else csrf.encode()
    refused = desk.client.post(
        "/api/v1/cases",
        content=CASE % b'"x"',
        headers=JSON | headers | ({} if given is None else {"X-CSRF-Token": given}),
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_missing")
    assert desk.client.post("/api/v1/cases", content=CASE % b'"x"', headers=JSON | {"X-CSRF-Token": token}).is_success


def test_anothers_proof_is_none(desk):
    give_password(desk)
    anothers = enter(desk, "lead").json()["csrf_token"]
    log_in(desk)
    refused = ask(desk, "POST", "/cases", {}, csrf=anothers)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_missing")


def test_the_cookie_is_for_us_alone_and_over_tls_for_this_host_alone(desk):
    give_password(desk)
    plain = cookie_of(enter(desk)).lower()
    assert "httponly" in plain
    assert "samesite=lax" in plain
    safe = replace(desk.service, base_url="https://mehraufwand.local")
    with application_of(safe) as application, TestClient(application, base_url=safe.base_url) as client:
        over_tls = cookie_of(enter(replace(desk, service=safe, client=client)))
    assert over_tls.startswith("__Host-mehraufwand=")
    for part in ("Secure", "HttpOnly", "Path=/"):
        assert part in over_tls
    assert "Domain" not in over_tls


def test_no_secret_stands_in_logs_or_in_refusals(desk):
    give_password(desk)
    send(desk)
    link = newest_link(desk)
    with capture_logs() as lines:
        csrf = log_in(desk)
        cookie = next(iter(desk.client.cookies.values()))
        texts = [
            ask(desk, "GET", f"/links/{link}").text,
            ask(desk, "POST", f"/links/{link}x/decision", {"decision": "surprise"}).text,
            ask(desk, "GET", f"/cases?cursor=eyJh&secret={csrf}").text,
            ask(desk, "POST", "/cases", {"title": "x"}, csrf=csrf).text,
            desk.ask("staff", "GET", "/nowhere").text,
            enter(desk, "staff", WRONG).text,
            desk.client.get("/api/v1/me", headers={"Authorization": "Bearer mau_invented"}).text,
        ]
        made = desk.ask("lead", "POST", "/me/tokens", {"label": "x", "scopes": ["work"]}).text
    logged = json.dumps(lines)
    assert len(lines) >= len(texts)
    for secret in (link, cookie, csrf, GOOD, WRONG, "mau_invented", "mau_immoinvent_staff", "eyJh"):
        assert secret not in logged
    for secret in (link, cookie, GOOD, WRONG, "mau_invented", "mau_immoinvent_staff"):
        assert secret not in "".join(texts)
    assert "mau_" not in made


@pytest.mark.parametrize(
    ("content", "status", "refusal"),
    [
        pytest.param(lambda: b"x" * 37_000_000, 413, "body_too_large", id="more than the largest file"),
        pytest.param(b"[" * 100_000, 400, "nested_too_deep", id="a hundred thousand brackets"),
        pytest.param(b'{"a": ' * 50_000, 400, "nested_too_deep", id="objects in objects"),
        pytest.param(b'{"title": "a", "title": "b"}', 422, "duplicate_json_key", id="a key said twice"),
        pytest.param(CASE % b"NaN", 422, "not_a_json_number", id="NaN"),
        pytest.param(CASE % b"-Infinity", 422, "not_a_json_number", id="infinity"),
        pytest.param(b"\xff\xfe{}", 400, "not_utf8", id="no UTF-8"),
        pytest.param(CASE % b'"\\ud800"', 422, "text_not_storable", id="half a character"),
        pytest.param(b'{"\\ud800": 1}', 422, "unknown_key", id="half a character for a key"),
        pytest.param(CASE % b'"\\u0000"', 422, "text_not_storable", id="a zero byte"),
        pytest.param(lambda: CASE % (b'"' + b"x" * 10_000_000 + b'"'), 422, "text_too_long", id="ten million letters"),
        pytest.param(b'{"' + b"k" * 1_000_000 + b'": 1}', 422, "unknown_key", id="a key of a million letters"),
        pytest.param(CASE % (b"[" + b'"x",' * 200_000 + b"1]"), 422, "not_a_text", id="a list for a text"),
        pytest.param(CASE % (b"9" * 5_000), 422, None, id="a number of five thousand digits"),
    ],
)
def test_a_hostile_body_is_refused_shortly(stall, content, status, refusal):
    refused = raw(stall, content() if callable(content) else content)  # the large ones are made when asked for
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert refusal is None or refused.json()["code"] == refusal
    assert len(refused.content) < 4_000


def test_a_refused_file_is_not_sent_back(stall):
    refused = stall.ask("staff", "POST", "/cases", {"contract": "AVV-1", "evidence": FILE})
    assert refused.status_code == 422
    assert FILE["content"] not in refused.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/cases/0", 404, id="zero"),
        pytest.param("/cases/-1", 404, id="a negative number"),
        pytest.param(f"/cases/{2**63}", 404, id="a number that no row has"),
        pytest.param(f"/cases/{'9' * 3000}", 404, id="a number of three thousand digits"),
        pytest.param(f"/cases/{'9' * 5000}", 404, id="a number of five thousand digits"),
        pytest.param("/cases/1e3", 404, id="a number with an exponent"),
        pytest.param("/cases/%00", 404, id="a zero byte"),
        pytest.param("/months/%00", 422, id="a zero byte for a month"),
        pytest.param("/months/..%2f..%2fetc%2fpasswd", 404, id="a way out of the folder"),
        pytest.param("/invoices/1/files/..%5c..%5cetc", 404, id="a way out of the folder of files"),
        pytest.param("/cases?limit=1&limit=2", 422, id="a parameter said twice"),
        pytest.param("/cases?cursor=' OR 1=1 --", 422, id="SQL for a cursor"),
        pytest.param("/cases?kind=%27%20OR%201%3D1", 200, id="SQL for a kind, which finds nothing"),
        pytest.param(f"/cases?limit={'9' * 5000}", 422, id="a limit of five thousand digits"),
        pytest.param("/cases?limit=-1", 422, id="a negative limit"),
        pytest.param("/cases?limit=١", 422, id="digits of another script"),
    ],
)
def test_a_hostile_address_finds_nothing(stall, path, status):
    answer = stall.ask("lead", "GET", path)
    assert (answer.status_code, len(answer.content) < 10_000) == (status, True), answer.text[:300]
    if status == 200:
        assert answer.json()["items"] == []


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-HTTP-Method-Override": "DELETE"}, id="another method in a header"),
        pytest.param({"X-HTTP-Method": "POST", "X-Method-Override": "PUT"}, id="and by other names"),
        pytest.param({"Range": "bytes=0-1"}, id="a part of it"),
        pytest.param({"Accept": "image/png"}, id="another media type"),
        pytest.param({"Accept-Language": "xx;q=9," * 500}, id="languages without end"),
        pytest.param({f"X-Bomb-{number}": "y" * 1_000 for number in range(200)}, id="200 headers"),
        pytest.param({"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "evil.example"}, id="another sender"),
        pytest.param({"X-Original-URL": "/api/v1/policy", "X-Rewrite-URL": "/api/v1/policy"}, id="another address"),
    ],
)
def test_headers_do_not_change_what_is_answered(stall, headers):
    plain = stall.ask("lead", "GET", "/cases")
    answer = stall.client.get("/api/v1/cases", headers={"Authorization": "Bearer mau_immoinvent_lead"} | headers)
    assert (answer.status_code, answer.content) == (200, plain.content)


@pytest.mark.parametrize("host", ["mehraufwand.local:http", "mehraufwand.local:99999", "[", ""])
@pytest.mark.parametrize(
    ("path", "status"), [("/anmelden", 200), ("/api/v1/cases", 200), ("/gibt-es-nicht", 404), ("/zeiten", 303)]
)
def test_a_host_that_is_none_changes_nothing(stall, host, path, status):
    headers = {"Authorization": "Bearer mau_immoinvent_lead", "Accept": "text/html", "Host": host}
    assert stall.client.get(path, headers=headers, follow_redirects=False).status_code == status


@pytest.mark.parametrize("host", ["evil.example", "mehraufwand.local@evil.example"])
def test_addresses_in_answers_and_mail_are_never_of_the_callers_choice(desk, host):
    made = raw(desk, CASE % b'"x"', Host=host)
    assert made.status_code == 201
    assert made.headers["location"].startswith("/api/v1/cases/")


@pytest.mark.parametrize("given", ["Basic c3RhZmY6eA==", "Bearer", "Bearer ", "Bearer a b", "bearer\tx", "Token x"])
def test_what_is_no_token_opens_nothing(stall, given):
    assert stall.client.get("/api/v1/me", headers={"Authorization": given}).status_code == 401


def test_a_bug_answers_with_a_number_and_no_words_of_ours(desk, monkeypatch):
    def fail(*_args: object, **_more: object) -> None:
        message = "SELECT secret FROM somewhere"
        raise RuntimeError(message)

    monkeypatch.setattr("api.v1.serving.visitor_in", fail)
    with application_of(desk.service) as application, capture_logs() as lines:
        client = TestClient(application, raise_server_exceptions=False)
        answer = replace(desk, client=client).ask("staff", "GET", "/me")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert re.fullmatch("[0-9a-f]{16}", answer.json()["fields"]["request"])
    assert "SELECT" not in answer.text + json.dumps(lines)
