"""Cases over HTTP: opened, described with If-Match, their facts, files and urgency; other processors' are not there."""

import pytest
from sqlmodel import select

from billing.store.tables import Person
from tests.api.http.casework import case_id
from tests.api.http.founding import upload

NEW = {"contract": "AVV-1", "kind": "audit", "title": "Prüfung 2026", "responsible": "STAFF"}
URGENT = {"deadline_reason": "72 Stunden", "action_reason": "noch abrufbar", "approval_reason": "Sonntag"}


def test_a_case_is_opened_found_and_listed(site):
    opened = site.post("staff", "/cases", NEW | {"cause": "undecided", "cause_reason": "unklar"})
    assert (opened["ref"], opened["responsible"], opened["facts"]["cause"]) == ("V-2026-001", "STAFF", "undecided")
    assert site.get("auditor", f"/cases/{opened['id']}")["title"] == "Prüfung 2026"
    assert [case["ref"] for case in site.get("staff", "/cases?kind=audit")["items"]] == ["V-2026-001"]
    assert [case["ref"] for case in site.get("staff", "/cases?contract=AVV-2")["items"]] == ["V-2"]


def test_pages_go_through_all_cases_once(desk):
    first = desk.get("staff", "/cases?limit=1")
    second = desk.get("staff", f"/cases?limit=1&cursor={first['next_cursor']}")
    assert [page["items"][0]["ref"] for page in (first, second)] == ["V-1", "V-2"]
    assert second["next_cursor"] is None


def test_a_change_needs_the_version_that_was_seen(site):
    path = f"/cases/{case_id(site)}"
    tag = site.ask("staff", "GET", path).headers["etag"]
    changes = {"title": "Auskunft Mieterakte", "responsible": "LEAD", "legal_deadline_at": "2026-11-05T12:00:00+01:00"}
    changed = site.ask("staff", "PATCH", path, changes, If_Match=tag)
    assert (changed.status_code, changed.json()["responsible"]) == (200, "LEAD")
    assert changed.json()["legal_deadline_at"] == "2026-11-05T11:00:00Z"
    assert site.ask("staff", "PATCH", path, {"title": "x"}, If_Match=tag).status_code == 412
    assert site.ask("staff", "PATCH", path, {"title": "x"}).status_code == 428


def test_null_empties_and_a_closed_case_can_be_opened_again(desk):
    path = f"/cases/{case_id(desk)}"
    for closed_at in ("2026-11-01T08:00:00Z", None):
        changed = desk.ask("staff", "PATCH", path, {"closed_at": closed_at}, If_Match="*")
        assert changed.json()["closed_at"] == closed_at
        found = [case["ref"] for case in desk.get("staff", "/cases?is_open=true")["items"]]
        assert ("V-1" in found) is (closed_at is None)
    refused = desk.ask("staff", "PATCH", path, {"title": None}, If_Match="*")
    assert (refused.status_code, refused.json()["path"]) == (422, "title")


def test_a_case_does_not_end_before_it_was_opened(desk):
    path = f"/cases/{case_id(desk)}"
    opened = desk.get("staff", path)["opened_at"]
    refused = desk.ask("staff", "PATCH", path, {"closed_at": "2020-01-01T00:00:00Z"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (422, "closed_before_opened")
    assert desk.ask("staff", "PATCH", path, {"closed_at": opened}, If_Match="*").status_code == 200


def test_every_fact_stays_with_who_said_it(site):
    path = f"/cases/{case_id(site)}/facts"
    mail = upload(b"Betreff: Ursache\n\nWir waren es.", "notiz.eml")
    recorded = site.post("staff", path, {"cause": "processor", "cause_reason": "siehe Mail", "evidence_file": mail})
    assert (recorded["known"]["cause"], recorded["notices"]) == ("processor", [])
    site.post("lead", path, {"cause": "mixed", "cause_reason": "beide"})
    found = site.get("staff", path)
    assert found["known"]["cause"] == "mixed"
    assert [(one["recorded_by"], one["facts"]["cause"]) for one in found["records"]] == [
        ("STAFF", "processor"),
        ("LEAD", "mixed"),
    ]


def test_files_are_kept_and_can_be_fetched(site):
    path = f"/cases/{case_id(site)}/files"
    kept = site.post("staff", path, {"file": upload(b"Antrag", "antrag.txt"), "note": "per Post"})
    (file,) = kept["items"]
    assert (file["media_type"], file["size"], file["note"]) == ("text/plain", 6, "per Post")
    assert site.ask("staff", "GET", f"/files/{file['file_id']}").content == b"Antrag"
    refused = site.ask("staff", "POST", path, {"file": upload(b"MZ\x00\x01", "x.exe")})
    assert (refused.status_code, refused.json()["code"]) == (422, "file_type_unknown")


def test_urgent_work_is_declared_once_and_the_controller_told(site):
    path = f"/cases/{case_id(site)}/urgent"
    declared = site.post("staff", path, URGENT)
    assert (declared["cap_minutes"], declared["mails"], declared["notice_at"]) == (120, 2, "2026-11-02T09:00:00Z")
    again = site.ask("staff", "POST", path, URGENT)
    assert (again.status_code, again.json()["code"]) == (409, "urgent_already_declared")


@pytest.mark.parametrize("missing", URGENT)
def test_all_three_reasons_are_asked(desk, missing):
    said = {name: text for name, text in URGENT.items() if name != missing}
    refused = desk.ask("staff", "POST", f"/cases/{case_id(desk)}/urgent", said)
    assert (refused.status_code, refused.json()["path"]) == (422, missing)


@pytest.mark.parametrize("path", ["", "/facts", "/files", "/deadlines", "/incident", "/incident-file"])
def test_a_case_of_another_processor_is_not_there(desk, path):
    foreign = desk.ask("staff", "GET", "/cases", of="nachbar").json()["items"][0]["id"]
    refused = desk.ask("staff", "GET", f"/cases/{foreign}{path}")
    assert refused.status_code == 404


def test_who_has_not_pledged_confidentiality_sees_no_case(desk):
    def forget(session):
        person = session.exec(select(Person).where(Person.ref == "STAFF")).one()
        person.confidentiality_pledged_on = None

    desk.tell(forget)
    for method, path, body in (("GET", "/cases", None), ("POST", "/cases", NEW), ("GET", "/deadlines", None)):
        refused = desk.ask("staff", method, path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "pledge_missing")


@pytest.mark.parametrize("role", ["accountant", "auditor", "lead", "admin"])
def test_who_has_not_pledged_confidentiality_sees_no_case_in_drafts_and_invoices_either(desk, role):
    def forget(session):
        person = session.exec(select(Person).where(Person.ref == role.upper())).one()
        person.confidentiality_pledged_on = None

    assert desk.ask(role, "GET", "/months/2026-10").status_code == 200
    desk.tell(forget)
    for path in ("/months/2026-10", "/months/2026-10/drafts", "/invoices", "/held-work"):
        refused = desk.ask(role, "GET", path)
        assert (refused.status_code, refused.json()["code"]) == (403, "pledge_missing"), path
