"""Data breaches over HTTP: from knowledge to the final report, and the incident file."""

from sqlmodel import select

from billing.store.tables import AccessLog
from tests.api.http.casework import case_id

KNOWN = {
    "known_at": "2026-11-02T08:00:00Z",
    "nature": "Export an falschen Empfänger",
    "people_categories": "Mieter",
    "people_count": 40,
    "contact_point": "Datenschutz",
}
LATER = ["occurred", "systems", "data_categories", "record_count", "consequences", "measures"]


def test_a_breach_from_knowledge_to_the_final_report(site):
    path = f"/cases/{case_id(site)}/incident"
    assert site.ask("staff", "GET", path).status_code == 404
    assert site.post("staff", path, KNOWN)["missing"] == LATER
    refused = site.ask("staff", "POST", f"{path}/first-notice", {}).json()
    assert (refused["status"], refused["clause"], refused["fields"]["missing"]) == (409, "17(3)", LATER)
    assert site.post("staff", path, {"not_yet_known": LATER})["missing"] == []
    told = site.post("staff", f"{path}/first-notice")
    assert (told["mails"], told["first_notice_at"], told["not_yet_known"]) == (2, "2026-11-02T09:00:00Z", LATER)
    site.clock.forward(hours=20)
    assert site.post("staff", f"{path}/updates", {"text": "Zugriff gesperrt"})["mails"] == 2
    found = site.get("staff", f"/cases/{case_id(site)}/deadlines")["items"]
    assert {one["code"]: one["due_at"] for one in found}["D-03"] == "2026-11-04T05:00:00Z"
    report = {"contained_at": "2026-11-03T05:00:00Z", "root_cause": "Verteiler", "prevention": "Vier Augen"}
    site.post("staff", path, report | {"measures": "Zugriff gesperrt"})
    assert site.post("staff", f"{path}/final-report")["final_report_at"] == "2026-11-03T05:00:00Z"


def test_nobody_was_told_before_it_was_known(site):
    path = f"/cases/{case_id(site)}/incident"
    site.post("staff", path, KNOWN | {"not_yet_known": LATER})
    refused = site.ask("staff", "POST", f"{path}/first-notice", {"informed_at": "2026-11-02T08:59:00+01:00"}).json()
    assert (refused["status"], refused["code"], refused["path"]) == (422, "told_before_known", "informed_at")
    assert site.get("staff", path)["first_notice_at"] is None
    site.post("staff", f"{path}/first-notice", {"informed_at": KNOWN["known_at"]})


def test_the_file_of_an_incident_is_exported_and_the_export_logged(site):
    path = f"/cases/{case_id(site)}"
    site.post("staff", f"{path}/incident", KNOWN | {"not_yet_known": LATER})
    site.post("staff", f"{path}/incident/first-notice")
    file = site.get("auditor", f"{path}/incident-file")
    assert file["incident"]["nature"] == KNOWN["nature"]
    assert [mail["kind"] for mail in file["communication"]] == ["breach_first_notice"] * 2

    def exports(session):
        return list(session.exec(select(AccessLog.details).where(AccessLog.action == "incident_file_exported")))

    (details,) = site.tell(exports)
    assert file["sha256"] in details
