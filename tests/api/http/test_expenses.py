"""Expenses over HTTP: taken in by who had them, proved later or at once, approved by record with its proof."""

import pytest

from tests.api.http.founding import upload
from tests.support.papers import jpeg, mail, pdf

NEW = {"case": "V-1", "kind": "travel", "incurred_on": "2026-10-14", "net": "84.50", "description": "Bahnfahrt"}
COSTS = NEW | {"kind": "third_party", "description": "Gutachten"}


def test_an_expense_is_taken_in_with_its_receipt(site):
    added = site.ask("staff", "POST", "/expenses", NEW | {"person": "STAFF", "receipt_file": upload(pdf(), "a.pdf")})
    assert added.status_code == 201, added.text
    expense = added.json()
    assert expense | {"ref": "A-2026-001", "net": "84.50", "person": "STAFF", "receipt": True} == expense
    path = added.headers["location"].removeprefix("/api/v1")
    assert site.get("auditor", path) | {"notices": []} == expense
    file = site.ask("staff", "GET", f"/files/{expense['receipt_file_id']}")
    assert (file.content, file.headers["content-type"]) == (pdf(), "application/pdf")


def test_a_receipt_comes_later_and_is_never_exchanged(site):
    expense = site.post("staff", "/expenses", NEW)
    path = f"/expenses/{expense['id']}/receipt"
    first = site.ask("staff", "PUT", path, {"receipt_file": upload(jpeg(), "foto.jpg")})
    assert (first.status_code, first.json()["receipt_file_id"] is not None) == (200, True)
    second = site.ask("staff", "PUT", path, {"receipt_file": upload(pdf(), "a.pdf")})
    assert (second.status_code, second.json()["code"], second.json()["clause"]) == (409, "receipt_is_there", "13(4)c")


def test_third_party_costs_are_approved_with_what_proves_it(site):
    expense = site.post("staff", "/expenses", COSTS)
    body = {"approved_at": "2026-10-13T12:00:00+02:00", "evidence_file": upload(mail(), "freigabe.eml")}
    approved = site.post("lead", f"/expenses/{expense['id']}/approval", body)
    assert approved["approved_at"] == "2026-10-13T10:00:00Z"
    proof = site.ask("auditor", "GET", f"/files/{approved['approval_file_id']}")
    assert (proof.content, proof.headers["content-type"]) == (mail(), "message/rfc822")
    again = site.ask("lead", "POST", f"/expenses/{expense['id']}/approval", body)
    assert (again.status_code, again.json()["code"]) == (409, "expense_already_approved")


@pytest.mark.parametrize(
    ("approved_at", "change", "codes"),
    [
        pytest.param("2026-10-14T21:59:00Z", {}, [], id="on the day of the costs, by our clock"),
        pytest.param("2026-10-14T22:00:00Z", {}, ["expense_approved_late"], id="on the next day"),
        pytest.param("2026-10-20T09:00:00Z", {"kind": "travel"}, [], id="of costs that need none"),
        pytest.param("2026-10-20T09:00:00Z", {"remedies_processor_defect": True}, [], id="of costs that are ours"),
    ],
)
def test_an_approval_after_the_day_of_the_costs_is_kept_and_said_not_to_count(desk, approved_at, change, codes):
    expense = desk.post("staff", "/expenses", COSTS | change)
    body = {"approved_at": approved_at, "evidence_file": upload(mail(), "freigabe.eml")}
    approved = desk.post("lead", f"/expenses/{expense['id']}/approval", body)
    assert approved["approved_at"] == approved_at
    assert [notice["code"] for notice in approved["notices"]] == codes
    assert all("Sie bleiben in Klärung." in notice["sentence"] for notice in approved["notices"])
    held = [item["reason"] for item in desk.get("staff", "/held-work")["items"]]
    assert held == (["third_party_not_approved"] if codes else ["receipt_missing"] * ("kind" in change))


def test_nobody_approves_in_passing_or_without_a_proof(desk):
    refused = desk.ask("lead", "POST", "/expenses", COSTS | {"approved_at": "2026-10-13T12:00:00Z"})
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "unknown_key", "approved_at")
    number = desk.post("staff", "/expenses", COSTS)["id"]
    bare = desk.ask("lead", "POST", f"/expenses/{number}/approval", {"approved_at": "2026-10-13T12:00:00Z"})
    assert (bare.status_code, bare.json()["path"]) == (422, "evidence_file")
    body = {"approved_at": "2026-10-13T12:00:00Z", "evidence_file": upload(pdf(), "a.pdf")}
    for role in ("staff", "accountant", "auditor", "controller_approver"):
        assert desk.ask(role, "POST", f"/expenses/{number}/approval", body).status_code == 403


def test_an_expense_is_taken_back_once(desk):
    number = desk.post("staff", "/expenses", NEW)["id"]
    withdrawn = desk.post("staff", f"/expenses/{number}/withdrawal")
    assert withdrawn["withdrawn_at"] == "2026-11-02T09:00:00Z"
    again = desk.ask("staff", "POST", f"/expenses/{number}/withdrawal", {})
    assert (again.status_code, again.json()["code"]) == (409, "expense_is_withdrawn")


def test_lists_keep_to_a_contract_or_a_case(desk):
    desk.post("staff", "/expenses", NEW)
    desk.post("staff", "/expenses", NEW | {"case": "V-2"})
    assert [row["case"] for row in desk.get("staff", "/expenses")["items"]] == ["V-1", "V-2"]
    assert [row["case"] for row in desk.get("staff", "/expenses?contract=AVV-2")["items"]] == ["V-2"]
    assert [row["contract"] for row in desk.get("staff", "/expenses?case=V-1")["items"]] == ["AVV-1"]
    first = desk.get("staff", "/expenses?limit=1")
    assert [row["case"] for row in desk.get("staff", f"/expenses?cursor={first['next_cursor']}")["items"]] == ["V-2"]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"net": 84.5}, "money_not_a_string", "net", id="money as a number"),
        pytest.param({"receipt_file": "x"}, "not_an_object", "receipt_file", id="a text for a file"),
        pytest.param({"receipt_file": upload(b"", "a.pdf")}, "file_is_empty", "receipt_file", id="a file of nothing"),
        pytest.param(
            {"receipt_file": upload(pdf()[:-9], "a.pdf")},
            "file_not_whole",
            "receipt_file",
            id="a scan that broke off",
        ),
        pytest.param({"receipt_file": upload(b"MZ\0", "a.pdf")}, "file_type_unknown", "receipt_file", id="a program"),
        pytest.param(
            {"receipt_file": {"name": "a", "content": "#"}}, "file_not_base64", "receipt_file.content", id="#"
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(desk, change, code, path):
    refused = desk.ask("staff", "POST", "/expenses", NEW | change)
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, code, path)
    assert desk.get("staff", "/expenses")["items"] == []


def test_an_expense_of_another_processor_is_not_there(site):
    number = site.post("staff", "/expenses", NEW)["id"]
    receipt = {"receipt_file": upload(pdf(), "a.pdf")}
    asked: tuple[tuple[str, str, object], ...] = (
        ("GET", "", None),
        ("PUT", "/receipt", receipt),
        ("POST", "/withdrawal", {}),
        ("POST", "/approval", {"approved_at": "2026-10-13T12:00:00Z", "evidence_file": upload(pdf(), "a.pdf")}),
    )
    for method, path, body in asked:
        refused = site.ask("lead", method, f"/expenses/{number}{path}", body, of="nachbar")
        assert (refused.status_code, refused.json()["code"]) == (404, "expense_not_found"), path
