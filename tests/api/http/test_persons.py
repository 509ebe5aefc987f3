"""Staff over HTTP: kept by the administration, with the day of the confidentiality pledge."""

NEW = {"name": "Mia Lang", "initials": "ML"}


def test_a_person_is_taken_in_and_the_pledge_recorded(site):
    added = site.post("admin", "/persons", NEW)
    assert (added["ref"], added["confidentiality_pledged_on"]) == ("ML", None)
    path = f"/persons/{added['id']}"
    etag = site.ask("staff", "GET", path).headers["etag"]
    changes = {"confidentiality_pledged_on": "2026-11-02", "left_on": "2026-12-31"}
    changed = site.ask("admin", "PATCH", path, changes, If_Match=etag)
    assert changed.status_code == 200, changed.text
    assert changed.json() | changes == changed.json()
    assert [row["ref"] for row in site.get("lead", "/persons?limit=200")["items"]][-1] == "ML"


def test_a_pledge_still_to_come_is_none(desk):
    refused = desk.ask("admin", "PATCH", "/persons/1", {"confidentiality_pledged_on": "2026-11-03"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (422, "date_in_future")


def test_staff_are_kept_by_the_administration_alone(desk):
    for role in ("staff", "lead", "accountant", "auditor", "controller_reader"):
        assert desk.ask(role, "POST", "/persons", NEW).status_code == 403
        assert desk.ask(role, "PATCH", "/persons/1", {"initials": "XX"}, If_Match="*").status_code == 403


def test_a_controller_never_learns_who_works_here(desk):
    assert desk.ask("controller_approver", "GET", "/persons").status_code == 403


def test_a_person_of_another_processor_is_not_there(site):
    for method, body in (("GET", None), ("PATCH", {"initials": "XX"})):
        refused = site.ask("admin", method, "/persons/1", body, of="nachbar", If_Match="*")
        assert (refused.status_code, refused.json()["code"]) == (404, "person_not_found")
