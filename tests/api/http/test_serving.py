"""What holds for every route: who may come in, how refusals look, and that nothing is done twice."""

import gzip
import json
from pathlib import Path

import pytest

from billing.errors import NotFound
from billing.texts import problem_sentence
from tests.api.http.running import PROCESSORS, Site, token_of

SCENARIO = json.loads((Path(__file__).parents[2] / "examples" / "rounds-per-case-not-per-entry.json").read_text())


def test_a_scenario_is_settled_as_on_the_command_line(desk):
    assert desk.post("staff", "/settlements/preview", SCENARIO["scenario"]) == SCENARIO["expected"]


def test_nobody_unknown_is_let_in(desk):
    refused = desk.ask("anonymous", "POST", "/settlements/preview", {})
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "not_logged_in"


def test_an_invented_token_is_nobodys(desk):
    refused = desk.client.post("/api/v1/settlements/preview", json={}, headers={"Authorization": "Bearer mau_x"})
    assert refused.status_code == 401


@pytest.mark.parametrize("role", ["controller_approver", "controller_reader"])
def test_a_controller_sees_no_route_of_the_processor(desk, role):
    refused = desk.ask(role, "POST", "/settlements/preview", SCENARIO["scenario"])
    assert (refused.status_code, refused.json()["code"]) == (403, "right_missing")


def test_bad_input_names_its_path(desk):
    scenario = {**SCENARIO["scenario"], "surprise": 1}
    refused = desk.ask("staff", "POST", "/settlements/preview", scenario)
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "unknown_key", "surprise")


def test_what_is_no_json_is_said_so(desk):
    headers = {"Authorization": "Bearer mau_immoinvent_staff", "Content-Type": "application/json"}
    refused = desk.client.post("/api/v1/settlements/preview", content=b"{", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "not_json")


def test_what_is_wrong_with_a_whole_body_is_said_of_the_body(desk):
    refused = desk.client.post("/api/v1/cases", content=b"[" * 100_000, headers=_json_of("lead"))
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (400, "nested_too_deep", "body")


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("br, gzip", 415), ("identity", 201), ("", 201)])
def test_a_packed_body_is_refused_as_such_and_not_as_bad_text(desk, coding, status):
    case = {"contract": "AVV-1", "kind": "dpia", "title": "Zahlungsdienst"}
    content = json.dumps(case).encode()
    packed = gzip.compress(content) if status == 415 else content
    answer = desk.client.post("/api/v1/cases", content=packed, headers=_json_of("lead") | {"Content-Encoding": coding})
    assert answer.status_code == status, answer.text
    if status == 415:
        assert (answer.json()["code"], answer.json()["path"]) == ("content_packed", "Content-Encoding")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b'{"reason": "doppelt"}', 422, "unknown_key", id="what is said is not lost unheard"),
        pytest.param(b"[1]", 422, "not_an_object", id="nor is what is no object"),
        pytest.param(b"reason=doppelt", 400, "not_json", id="nor what is no JSON"),
        pytest.param(b"{}", 409, "nothing_to_supplement", id="an object without a key says nothing"),
        pytest.param(b"", 409, "nothing_to_supplement", id="no body is the usual"),
    ],
)
def test_a_deed_that_takes_no_body_takes_none(desk, body, status, code):
    answer = desk.client.post("/api/v1/cases/1/supplement", content=body, headers=_json_of("lead"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_where_no_key_is_allowed_the_answer_says_none(desk):
    refused = desk.ask("lead", "GET", "/cases/1?offen=1")
    assert refused.json()["detail"].endswith("erlaubt sind keine.")
    told = desk.ask("lead", "GET", "/cases/1?offen=1", accept_language="en")
    assert told.json()["detail"].endswith("allowed are none.")


def _json_of(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(PROCESSORS[0], role)}", "Content-Type": "application/json"}


def test_an_address_that_is_none_answers_in_json(desk):
    refused = desk.client.get("/api/v1/nowhere")
    assert (refused.status_code, refused.json()["code"]) == (404, "address_unknown")


def test_every_answer_carries_the_headers_that_protect_it(desk):
    for path in ("/health", "/api/v1/nowhere", "/api/v1/openapi.json"):
        headers = desk.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/health", "/readiness", "/api/v1/openapi.json"])
def test_a_watcher_may_ask_by_head(desk, path):
    asked, whole = desk.client.head(path), desk.client.get(path)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-type"] == whole.headers["content-type"]


def test_the_service_says_that_it_is_ready(site):
    assert site.client.get("/readiness").json()["status"] == "ready"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        pytest.param("", "de", id="nothing said"),
        pytest.param("en", "en", id="the only one"),
        pytest.param("de;q=0.1, en;q=0.9", "en", id="the one that is wanted more"),
        pytest.param("en;q=0.5, de;q=0.5", "en", id="the first of two wanted alike"),
        pytest.param("en;q=0", "de", id="one that is not wanted"),
        pytest.param("fr, en-GB;q=0.5", "en", id="the first that we speak"),
        pytest.param("EN-us;Q=1.000", "en", id="in capitals"),
        pytest.param("den, en;q=0.2", "en", id="another language that begins alike"),
        pytest.param("fr, *;q=0.1", "de", id="none that we speak"),
        pytest.param("en;q=0.3, *;q=0.8", "de", id="any other more"),
        pytest.param("*;q=0.5, de;q=0", "en", id="any but German"),
        pytest.param("en;q=0, *", "de", id="any but English"),
        pytest.param("fr, de;q=0.000", "en", id="one that we don't speak, and not German"),
        pytest.param("de;q=0, en;q=0", "de", id="neither of ours"),
        pytest.param("*;q=0", "de", id="none at all"),
        pytest.param("de-AT;q=0, de;q=0.9, en;q=0.1", "de", id="not that of one region"),
        pytest.param("en;q=x, ;;,", "en", id="nothing that can be read"),
        pytest.param(";,q=1,*-,en;q=2,de;q=0.999", "en", id="beside what is no range, with a weight that is none"),
    ],
)
def test_answers_are_in_the_language_that_is_wanted_most(desk: Site, accepted: str, language: str):
    detail = desk.ask("staff", "GET", "/entries/999", accept_language=accepted).json()["detail"]
    assert detail == problem_sentence(NotFound("entry_not_found", value=999), language)
