"""The description of the interface: what the service gives, what the repository keeps, and that it says enough."""

import json
import re
from typing import Any

import pytest

from api.v1.calls import read_cursor
from api.v1.description import FILE, describe
from billing.banking.camt import read_camt
from billing.clause.reading import read_month
from billing.errors import InvalidInput
from billing.services.file_types import type_of
from billing.services.proofs import read_upload
from invoices.run.overview import FILE_KINDS

DESCRIPTION: dict[str, Any] = describe()
OPERATIONS = {said["operationId"]: said for path in DESCRIPTION["paths"].values() for said in path.values()}
BODIES = {
    name: said["requestBody"]["content"]["application/json"]
    for name, said in OPERATIONS.items()
    if "requestBody" in said
}


def test_the_kept_description_is_the_one_served_and_made():
    """After a change of the interface: `python -m api.v1.description`."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == DESCRIPTION


def test_the_service_gives_the_kept_description(desk):
    served = desk.client.get("/api/v1/openapi.json")
    assert (served.status_code, served.headers["content-type"]) == (200, "application/json")
    assert served.content == FILE.read_bytes()


def test_what_it_refers_to_is_there_and_has_a_name_of_its_own():
    """Of two models of one name pydantic calls each by its module, and what names either leads nowhere."""
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', FILE.read_text(encoding="utf-8")))
    known = DESCRIPTION["components"]["schemas"]
    assert named - set(known) == set()
    assert [name for name in known if "__" in name] == []


def test_it_names_no_foreign_address():
    assert set(re.findall(r"https?://[^\s\"]+", FILE.read_text(encoding="utf-8"))) == set()
    assert DESCRIPTION["servers"] == [{"url": "/"}]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does_and_how_it_refuses(name):
    said = OPERATIONS[name]
    assert said["summary"].endswith((".", "?", ";")), said["summary"]
    assert "404" in said["responses"]
    assert said["tags"]


@pytest.mark.parametrize("name", BODIES)
def test_every_body_has_an_example_of_known_keys(name):
    body = BODIES[name]
    fitting = [
        shape
        for shape in body["schema"].get("oneOf") or body["schema"].get("anyOf") or [body["schema"]]
        if set(shape.get("required", [])) <= set(body["example"]) <= set(shape["properties"])
    ]
    assert len(fitting) >= 1


@pytest.mark.parametrize("name", BODIES)
def test_every_moment_of_an_example_is_one_by_the_letter_of_its_format(name):
    """We read `09:00+01:00` too, but RFC 3339 knows no moment without seconds, and those who check examples say so."""
    shapes = BODIES[name]["schema"].get("properties", {})
    moments = [key for key, shape in shapes.items() if "date-time" in str(shape) and key in BODIES[name]["example"]]
    said = [str(BODIES[name]["example"][key]) for key in moments]
    assert [moment for moment in said if not re.search(r"T\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$", moment)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_says_what_it_means_and_what_it_may_be(name):
    for said in OPERATIONS[name]["parameters"]:
        assert said["description"].endswith("."), said
        assert set(said["schema"]) - {"type"} or said["schema"]["type"] == "boolean", said


def test_a_change_says_that_it_must_name_something(desk):
    for path, methods in DESCRIPTION["paths"].items():
        said = methods.get("patch")
        if said is None:
            continue
        shape = said["requestBody"]["content"]["application/json"]["schema"]
        assert shape["minProperties"] >= 1, path
        refused = desk.ask("admin", "PATCH", re.sub(r"\{\w+\}", "1", path.removeprefix("/api/v1")), {}, if_match="*")
        assert refused.status_code in (404, 409, 422), (path, refused.text)


@pytest.mark.parametrize(
    ("path", "role"), [("/cases/1", "lead"), ("/controllers/1", "admin"), ("/policy", "admin"), ("/users/1", "admin")]
)
def test_a_change_says_what_null_may_empty(desk, path, role):
    said = DESCRIPTION["paths"][f"/api/v1{re.sub('[0-9]+', _numbers(path), path)}"]["patch"]
    for name, shape in said["requestBody"]["content"]["application/json"]["schema"]["properties"].items():
        answer = desk.ask(role, "PATCH", path, {name: None}, if_match="*")
        is_refused = answer.status_code == 422 and answer.json()["code"] == "may_not_be_empty"
        assert is_refused is ({"type": "null"} not in shape.get("anyOf", [])), (name, answer.text)


def _numbers(path: str) -> str:
    return f"{{{path.split('/')[1].removesuffix('s')}_id}}"


def test_what_the_description_says_of_a_month_a_file_and_a_cursor_is_what_is_read():
    shapes = {said["name"]: said["schema"] for one in OPERATIONS.values() for said in one["parameters"]}
    listed = {said["name"]: said["schema"] for said in OPERATIONS["list_cases"]["parameters"]}
    month, cursor = re.compile(shapes["month"]["pattern"]), re.compile(listed["cursor"]["pattern"])
    for text in ("1989-12", "1990-01", "2026-10", "2026-13", "2026-1", "2199-12", "2200-01", "0000-01"):
        assert (month.search(text) is not None) is _is_read(read_month, text), text
    for text in ("0", "after-0", "after-01", "after-1", f"after-{10**18 - 1}", f"after-{10**18}", "YWZ0ZXI6MQ"):
        assert (cursor.search(text) is not None) is _is_read(read_cursor, text), text
    kinds = {said["name"]: said["schema"] for said in OPERATIONS["invoice_file"]["parameters"]}
    assert kinds["kind"]["enum"] == list(FILE_KINDS)


def _is_read(reader: Any, text: str) -> bool:
    try:
        reader(text, "")
    except InvalidInput:
        return False
    return True


STILL_TO_COME = ("valid_until", "expires_at", "wanted_by")


def test_what_must_lie_ahead_in_an_example_does_for_months():
    """An example that was right on the day it was written was refused the day after."""
    ends = [body["example"][name] for body in BODIES.values() for name in STILL_TO_COME if name in body["example"]]
    assert len(ends) >= 4
    assert min(ends) > "2027-06"


def test_the_files_of_examples_are_whole_and_of_a_type_that_is_taken():
    files = {json.dumps(one) for body in BODIES.values() for one in body["example"].values() if _is_file(one)}
    assert len(files) >= 4
    for file in map(json.loads, files):
        content = read_upload(file, "file").content
        if file["name"].endswith(".xml"):
            assert len(read_camt(content).lines) == 1
        else:
            assert type_of(content) is not None


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"name", "content"}


def test_changes_say_that_they_need_what_was_seen():
    asked = {name for name, said in OPERATIONS.items() if any(one["name"] == "If-Match" for one in said["parameters"])}
    assert asked == {name for name, said in OPERATIONS.items() if {"412", "428"} <= set(said["responses"])}
    assert {"change_contact", "correct_entry", "change_estimate", "change_policy"} <= asked


@pytest.mark.parametrize(("method", "path"), [("PUT", "/cases"), ("PATCH", "/cases"), ("DELETE", "/cases/1")])
def test_a_method_that_is_none_is_refused_with_those_that_are(desk, method, path):
    refused = desk.ask("staff", method, path)
    offered = desk.ask("staff", "OPTIONS", path)
    assert (refused.status_code, refused.json()["code"], offered.status_code) == (405, "method_unknown", 204)
    there = {word.upper() for word in DESCRIPTION["paths"][f"/api/v1{path.replace('1', '{case_id}')}"]}
    for answer in (refused, offered):
        assert set(answer.headers["allow"].split(", ")) == there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set())
