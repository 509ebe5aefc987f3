"""Requests for support: asked for in the portal, seen by staff; nobody sees those of others."""

import base64

import pytest

NEW = {"contract": "AVV-1", "kind": "data_subject_request", "description": "Auskunft zu 4711", "reference": "Az. 12"}
FILE = {"name": "antrag.txt", "content": base64.b64encode(b"Antrag").decode()}


@pytest.mark.parametrize("role", ["controller_approver", "controller_reader"])
def test_a_controller_asks_and_staff_see_the_case(site, role):
    asked = site.post(role, "/portal/requests", NEW | {"files": [FILE]})
    assert (asked["ref"], asked["confirmed_at"], asked["is_open"]) == ("ANF-2026-001", "2026-11-02T09:00:00Z", True)
    assert [file["size"] for file in asked["files"]] == [6]
    (row,) = site.get("staff", "/support-requests")["items"]
    assert (row["case"], row["controller"], row["controller_reference"]) == (asked["case"], "K-1", "Az. 12")
    seen = site.get("staff", f"/support-requests/{row['id']}")
    assert seen["files"][0]["sha256"] == asked["files"][0]["sha256"]
    assert site.get("staff", f"/cases/{row['case_id']}")["title"] == "Betroffenenanfrage ANF-2026-001"


def test_the_portal_lists_the_own_requests(desk):
    number = desk.post("controller_approver", "/portal/requests", NEW)["id"]
    assert [one["id"] for one in desk.get("controller_reader", "/portal/requests")["items"]] == [number]
    assert desk.get("controller_reader", f"/portal/requests/{number}")["description"] == "Auskunft zu 4711"
    foreign = desk.ask("controller_approver", "GET", f"/portal/requests/{number}", of="nachbar")
    assert foreign.status_code == 404


def test_the_contract_of_another_controller_is_unknown(desk):
    refused = desk.ask("controller_approver", "POST", "/portal/requests", NEW | {"contract": "AVV-2"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_contract")


def test_the_same_click_twice_is_one_request(desk):
    for _ in range(2):
        asked = desk.ask("controller_approver", "POST", "/portal/requests", NEW, Idempotency_Key="klick-1")
        assert (asked.status_code, asked.json()["ref"]) == (201, "ANF-2026-001")
    assert len(desk.get("staff", "/support-requests")["items"]) == 1


def test_staff_do_not_ask_in_the_portal_and_controllers_see_no_register(desk):
    assert desk.ask("staff", "POST", "/portal/requests", NEW).status_code == 403
    assert desk.ask("controller_approver", "GET", "/support-requests").status_code == 403
