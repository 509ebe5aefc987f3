"""Contacts over HTTP: who may approve, and that who has ended comes in no more."""

import pytest

NEW = {"controller": "K-1", "name": "Eva Kern", "email": "kern@wohnbau.example", "may_approve": True}


def test_a_contact_is_taken_in_changed_and_ended(site):
    added = site.post("accountant", "/contacts", NEW)
    assert (added["controller"], added["may_approve"], added["ended_at"]) == ("K-1", True, None)
    path = f"/contacts/{added['id']}"
    etag = site.ask("staff", "GET", path).headers["etag"]
    changed = site.ask("admin", "PATCH", path, {"phone": "0711 1", "may_approve": False}, If_Match=etag).json()
    assert (changed["phone"], changed["may_approve"]) == ("0711 1", False)
    ended = site.ask("admin", "POST", f"{path}/ending", {})
    assert (ended.status_code, ended.json()["ended_at"]) == (200, "2026-11-02T09:00:00Z")
    again = site.ask("admin", "POST", f"{path}/ending", {})
    assert (again.status_code, again.json()["code"]) == (409, "contact_has_ended")
    assert "02.11.2026 10:00" in again.json()["detail"]  # by the processor's clock
    back = site.post("admin", "/contacts", NEW)
    assert (back["id"], back["ended_at"]) == (added["id"], None)


def test_who_ends_the_last_approver_is_told_what_is_open(desk):
    estimate = {"case": "V-1", "description": "Suche", "lines": [{"rate_class": "regular", "minutes": 60}]}
    desk.post("lead", f"/estimates/{desk.post('lead', '/estimates', estimate)['id']}/sending")
    (number,) = [row["id"] for row in desk.get("admin", "/contacts")["items"] if row["may_approve"]]
    (notice,) = desk.post("admin", f"/contacts/{number}/ending")["notices"]
    assert (notice["code"], "KVA-2026-001" in notice["sentence"]) == ("nobody_left_to_approve", True)


def test_who_takes_the_last_right_to_approve_away_is_told_what_is_open(desk):
    estimate = {"case": "V-1", "description": "Suche", "lines": [{"rate_class": "regular", "minutes": 60}]}
    desk.post("lead", f"/estimates/{desk.post('lead', '/estimates', estimate)['id']}/sending")
    (number,) = [row["id"] for row in desk.get("admin", "/contacts")["items"] if row["may_approve"]]
    changed = desk.ask("admin", "PATCH", f"/contacts/{number}", {"may_approve": False}, If_Match="*")
    (notice,) = changed.json()["notices"]
    assert (notice["code"], "KVA-2026-001" in notice["sentence"]) == ("nobody_left_to_approve", True)
    now = desk.ask("admin", "GET", f"/contacts/{number}").headers["etag"]
    assert changed.headers["etag"] == now, "the version of the contact, whatever there is to know"


def test_who_has_ended_is_let_in_no_more(site):
    assert site.ask("controller_approver", "GET", "/portal/contracts").status_code == 200
    contacts = site.get("admin", "/contacts?controller=K-1")["items"]
    (number,) = [row["id"] for row in contacts if row["email"].startswith("controller_approver@")]
    site.post("admin", f"/contacts/{number}/ending")
    assert site.ask("controller_approver", "GET", "/portal/contracts").status_code == 401
    assert site.ask("controller_reader", "GET", "/portal/contracts").status_code == 200


def test_a_list_keeps_to_one_controller(desk):
    desk.post("admin", "/contacts", NEW | {"controller": "K-2"})
    assert [row["name"] for row in desk.get("staff", "/contacts?controller=K-2")["items"]] == ["Eva Kern"]
    assert len(desk.get("staff", "/contacts")["items"]) == 3
    unknown = desk.ask("staff", "GET", "/contacts?controller=K-9")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_controller")


@pytest.mark.parametrize("role", ["staff", "lead", "auditor", "controller_reader"])
def test_who_does_not_keep_master_data_changes_none(desk, role):
    assert desk.ask(role, "POST", "/contacts", NEW).status_code == 403
    assert desk.ask(role, "POST", "/contacts/1/ending", {}).status_code == 403
    assert desk.get("admin", "/contacts/1")["ended_at"] is None


def test_a_contact_of_another_processor_is_not_there(site):
    for method, path in (("GET", "/contacts/1"), ("PATCH", "/contacts/1"), ("POST", "/contacts/1/ending")):
        refused = site.ask(
            "admin", method, path, {"phone": "1"} if method == "PATCH" else None, of="nachbar", If_Match="*"
        )
        assert (refused.status_code, refused.json()["code"]) == (404, "contact_not_found"), path
