"""Controllers over HTTP: taken in, listed in parts, changed by who has seen what he changes."""

import pytest

NEW = {"name": "Haus Nord eG", "street": "Am Markt 3", "postcode": "20095", "city": "Hamburg"}


def test_a_controller_is_taken_in_shown_and_changed(site):
    added = site.ask("accountant", "POST", "/controllers", NEW | {"customer_number": "4711"}, Idempotency_Key="k1")
    assert (added.status_code, added.json()["ref"]) == (201, "K-003")
    path = added.headers["location"].removeprefix("/api/v1")
    shown = site.ask("staff", "GET", path)
    assert shown.json() == added.json()
    assert shown.headers["etag"] == added.headers["etag"]
    changes = {"customer_number": None, "decision_code": True}
    changed = site.ask("admin", "PATCH", path, changes, If_Match=shown.headers["etag"])
    assert changed.status_code == 200, changed.text
    assert (changed.json()["customer_number"], changed.json()["decision_code"]) == (None, True)
    assert changed.headers["etag"] != shown.headers["etag"]
    assert site.get("auditor", path) == changed.json()


def test_a_change_of_what_was_not_seen_is_refused(desk):
    shown = desk.ask("admin", "GET", "/controllers/1")
    assert desk.ask("admin", "PATCH", "/controllers/1", {"city": "Ulm"}).status_code == 428
    desk.ask("admin", "PATCH", "/controllers/1", {"city": "Ulm"}, If_Match=shown.headers["etag"])
    late = desk.ask("admin", "PATCH", "/controllers/1", {"city": "Bonn"}, If_Match=shown.headers["etag"])
    assert (late.status_code, late.json()["code"]) == (412, "representation_changed")
    assert desk.get("admin", "/controllers/1")["city"] == "Ulm"


def test_the_same_request_takes_in_one_controller(site):
    first, again = (site.ask("admin", "POST", "/controllers", NEW, Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert [row["ref"] for row in site.get("admin", "/controllers")["items"]] == ["K-1", "K-2", "K-003"]


def test_a_list_goes_on_where_its_cursor_stands(desk):
    for number in range(3):
        desk.post("admin", "/controllers", NEW | {"ref": f"X-{number}"})
    refs, query = [], "?limit=2"
    while query:
        page = desk.get("staff", f"/controllers{query}")
        refs += [row["ref"] for row in page["items"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
    assert refs == ["K-1", "K-2", "X-0", "X-1", "X-2"]


@pytest.mark.parametrize(
    ("body", "status", "code", "path"),
    [
        pytest.param(NEW | {"ref": "K-1"}, 409, "controller_exists", "ref", id="a reference that is taken"),
        pytest.param(NEW | {"id": 7}, 422, "unknown_key", "id", id="a number of one's own choice"),
        pytest.param(NEW | {"processor_id": 2}, 422, "unknown_key", "processor_id", id="another processor"),
        pytest.param(NEW | {"postcode": "1"}, 422, "postcode_invalid", "postcode", id="a postcode of one digit"),
        pytest.param({"name": "X"}, 422, "missing_key", "street", id="a name alone"),
        pytest.param([NEW], 422, "not_an_object", "body", id="a list"),
    ],
)
def test_a_controller_with_a_wrong_field_is_refused_with_its_path(desk, body, status, code, path):
    refused = desk.ask("admin", "POST", "/controllers", body)
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (status, code, path)


@pytest.mark.parametrize("role", ["staff", "lead", "auditor", "controller_approver"])
def test_who_does_not_keep_master_data_changes_none(desk, role):
    assert desk.ask(role, "POST", "/controllers", NEW).status_code == 403
    assert desk.ask(role, "PATCH", "/controllers/1", {"city": "Ulm"}, If_Match="*").status_code == 403
    assert len(desk.get("admin", "/controllers")["items"]) == 2


def test_a_controller_of_another_processor_is_not_there(site):
    for method, body in (("GET", None), ("PATCH", {"city": "Ulm"})):
        refused = site.ask("admin", method, "/controllers/1", body, of="nachbar", If_Match="*")
        assert (refused.status_code, refused.json()["code"]) == (404, "controller_not_found")
