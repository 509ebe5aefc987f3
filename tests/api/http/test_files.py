"""Files over HTTP: to be saved and never shown, to who may see their thing, each download on record with its hash."""

import json
from base64 import b64encode
from hashlib import sha256

from sqlmodel import select

from billing.store.audit import verify_access
from billing.store.tables import AccessLog, StoredFile
from tests.api.http.running import NOW
from tests.support.papers import pdf

NEW = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-14", "net": "84.50", "description": "Bahnfahrt"}


def receipt(site, name: str = "Attest Frau Müller.pdf") -> int:
    file = {"name": name, "content": b64encode(pdf()).decode()}
    return int(site.post("staff", "/expenses", NEW | {"receipt_file": file})["receipt_file_id"])


def downloads(site) -> list[tuple[str, str, dict[str, str]]]:
    def rows(session):
        assert verify_access(session, NOW.date()).broken_at is None
        found = session.exec(select(AccessLog).where(AccessLog.action == "file_downloaded"))
        return [(row.actor, row.subject, json.loads(row.details)) for row in found]

    found: list[tuple[str, str, dict[str, str]]] = site.tell(rows)
    return found


def test_a_file_is_saved_under_a_safe_name_and_noted_with_its_hash(site):
    number = receipt(site)
    answer = site.ask("auditor", "GET", f"/files/{number}")
    assert (answer.status_code, answer.content) == (200, pdf())
    headers = answer.headers
    assert headers["content-disposition"].startswith('attachment; filename="A-2026-001.pdf"')
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "Müller" not in str(headers)
    ((actor, subject, details),) = downloads(site)
    assert actor.startswith("user:")
    assert (subject, details["sha256"]) == (f"stored_file:{number}", sha256(pdf()).hexdigest())


def test_a_refused_download_leaves_no_row_of_a_download(site):
    number = receipt(site)
    for role, of, status in (("controller_approver", "immoinvent", 403), ("admin", "nachbar", 404)):
        assert site.ask(role, "GET", f"/files/{number}", of=of).status_code == status
    assert site.ask("controller_approver", "GET", f"/portal/files/{number}").status_code == 404
    assert site.ask("anonymous", "GET", f"/files/{number}").status_code == 401
    assert downloads(site) == []


def test_a_file_whose_stored_hash_does_not_fit_is_not_given(desk):
    number = receipt(desk)

    def damage(session):
        connection = session.connection()
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'stored_file'"
        ).all()
        for (name,) in names:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        file = session.get(StoredFile, number)
        file.sha256 = "0" * 64

    desk.tell(damage)
    answer = desk.ask("staff", "GET", f"/files/{number}")
    assert (answer.status_code, answer.json()["code"]) == (503, "file_damaged")
    assert downloads(desk) == []


def test_a_number_that_no_file_has(desk):
    for number in ("999999", str(2**63), "0"):
        assert desk.ask("admin", "GET", f"/files/{number}").status_code == 404
