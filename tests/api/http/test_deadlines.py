"""Deadlines over HTTP: of a case, marked, due soon, and what a contract knows of them."""

import pytest

from tests.api.http.casework import case_id

KNOWN = {"known_at": "2026-11-02T08:00:00Z"}


def codes(found):
    return {one["code"]: one["state"] for one in found["items"]}


def test_a_case_shows_its_deadlines_with_both_ends(site):
    opened = site.post("staff", "/cases", {"contract": "AVV-1", "kind": "breach", "title": "Fehlversand"})
    site.post("staff", f"/cases/{opened['id']}/incident", KNOWN)
    found = site.get("staff", f"/cases/{opened['id']}/deadlines")
    assert codes(found) == {"D-01": "open", "D-02": "not_started", "D-03": "not_started", "D-05": "not_started"}
    first = found["items"][0]
    assert (first["due_at"], first["latest_at"]) == ("2026-11-04T08:00:00Z", "2026-11-04T08:00:00Z")
    assert (first["remaining_minutes"], first["source"]) == (47 * 60, "6(3), 17(2)a")
    assert first["name"] == "Meldung der Datenschutzverletzung an den Auftraggeber"


def test_a_mark_meets_a_deadline_once(site):
    path = f"/cases/{case_id(site)}/deadlines"
    marked = site.post("staff", f"{path}/D-07/marks", {"note": "per E-Mail weitergeleitet"})
    assert codes(marked) == {"D-06": "not_started", "D-07": "met", "D-08": "open"}
    again = site.ask("staff", "POST", f"{path}/D-07/marks", {})
    assert (again.status_code, again.json()["code"]) == (409, "deadline_is_met")
    unknown = site.ask("staff", "POST", f"{path}/D-01/marks", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "deadline_unknown")


def test_what_is_due_soon_stands_first(site):
    site.post(
        "staff",
        "/cases",
        {"contract": "AVV-1", "kind": "other", "title": "x", "legal_deadline_at": "2026-11-02T21:00:00Z"},
    )
    found = site.get("staff", "/deadlines?within_hours=24")
    # Both requests reached us in January, so that forwarding them is long overdue.
    assert [(one["case"], one["code"], one["state"]) for one in found["items"]] == [
        ("V-1", "D-07", "overdue"),
        ("V-2", "D-07", "overdue"),
        ("V-2026-001", "LEGAL", "open"),
    ]
    assert [one["code"] for one in site.get("staff", "/deadlines?within_hours=0")["items"]] == ["D-07", "D-07"]


def test_what_is_due_comes_in_pages(desk):
    whole = [one["case"] for one in desk.get("staff", "/deadlines")["items"]]
    first = desk.get("staff", "/deadlines?limit=1")
    rest = desk.get("staff", f"/deadlines?limit=1&cursor={first['next_cursor']}")
    assert [one["case"] for one in first["items"] + rest["items"]] == whole == ["V-1", "V-2"]
    assert rest["next_cursor"] is None


def test_what_is_met_meanwhile_hides_nothing_that_is_due(desk):
    first = desk.get("staff", "/deadlines?limit=1")
    assert [one["case"] for one in first["items"]] == ["V-1"]
    desk.post("staff", "/cases/1/deadlines/D-07/marks", {})
    rest = desk.get("staff", f"/deadlines?limit=1&cursor={first['next_cursor']}")
    assert [one["case"] for one in rest["items"]] == ["V-2"]


@pytest.mark.parametrize("hours", ["-1", "8785", "x", "1.5"])
def test_hours_are_a_whole_number_of_at_most_a_year(desk, hours):
    assert desk.ask("staff", "GET", f"/deadlines?within_hours={hours}").status_code == 422


def test_a_contract_tells_its_deadlines_and_when_they_would_end(desk):
    found = desk.get("staff", "/deadline-rules?contract=AVV-1&start=2026-12-18T16:00:00%2B01:00")
    by_code = {one["code"]: one for one in found["items"]}
    report = by_code["D-05"]
    assert (report["count"], report["unit"], report["source"]) == (10, "working_days", "17(4)c")
    assert (report["due_at"], report["latest_at"]) == ("2027-01-02T22:59:00Z", "2027-01-04T22:59:00Z")
    assert by_code["D-17"]["unit"] is None
    assert all(one["due_at"] is None for one in desk.get("staff", "/deadline-rules?contract=AVV-1")["items"])


@pytest.mark.parametrize("start", ["1990-01-01T00:00:00Z", "2199-12-31T23:59:00Z"])
def test_the_edges_of_the_calendar_hold(desk, start):
    assert desk.get("staff", f"/deadline-rules?contract=AVV-1&start={start}")["items"]
