"""Four eyes over HTTP: staff propose; a lead, an accountant or an admin confirms, but nobody his own."""

from typing import Any

import pytest

from tests.api.http.running import PROCESSORS, Site

WORK = {
    "case": "V-1",
    "start": "2026-10-06T09:00:00+02:00",
    "end": "2026-10-06T10:30:00+02:00",
    "service": "request_processing",
    "ref": "Z-1",
}
WRITE_OFF = {"entry": "Z-1", "kind": "write_off", "reason": "Kulanz nach dem Gespräch"}
RECLASSIFY = {
    "entry": "Z-1",
    "kind": "reclassify",
    "changes": {"service": "general_query", "urgent": True},
    "reason": "Es war eine Frage.",
}


def proposed(site: Site, raw: Any = None, *, by: str = "staff", worker: str = "staff") -> int:
    """Log work and propose something about it; gives the proposal's number."""
    if not site.get("lead", "/entries")["items"]:
        site.post(worker, "/entries", WORK)
    number: int = site.post(by, "/proposals", raw or WRITE_OFF)["id"]
    return number


def decide(site: Site, role: str, number: int, word: str = "confirmation", **raw: Any):
    return site.ask(role, "POST", f"/proposals/{number}/{word}", raw)


def test_a_second_person_s_word_classes_the_work_anew(site: Site):
    number = proposed(site, RECLASSIFY)
    waiting = site.get("auditor", f"/proposals/{number}")
    assert (waiting["state"], waiting["changes"]) == ("open", RECLASSIFY["changes"])
    assert (waiting["proposed_by"], waiting["entry"]) == ("STAFF", "Z-1")
    done = decide(site, "lead", number, reason="Stimmt")
    assert (done.status_code, done.json()["state"], done.json()["alone"]) == (200, "confirmed", False)
    entry = site.get("staff", f"/entries/{waiting['entry_id']}")
    assert (entry["service"], entry["urgent"], entry["version"]) == ("general_query", True, 2)
    assert entry["versions"][1]["recorded_by"] == "LEAD"


def test_work_given_up_says_so_and_is_held_no_longer(site: Site):
    number = proposed(site)
    assert [item["item"] for item in site.get("staff", "/held-work")["items"]] == ["Z-1"]
    assert decide(site, "accountant", number).status_code == 200
    entry = site.get("staff", "/entries/1")
    given_up = entry["written_off"]
    assert (given_up["proposal_id"], given_up["confirmed_by"], given_up["alone"]) == (number, "ACCOUNTANT", False)
    assert site.get("staff", "/held-work")["items"] == []


@pytest.mark.parametrize(
    ("role", "status"),
    [("staff", 403), ("lead", 200), ("accountant", 200), ("admin", 200), ("auditor", 403), ("anonymous", 401)],
)
def test_who_may_be_the_second_person(desk: Site, role, status):
    assert decide(desk, role, proposed(desk)).status_code == status


@pytest.mark.parametrize(
    ("by", "worker"), [("lead", "staff"), ("staff", "lead")], ids=["who proposed it", "who did the work"]
)
def test_nobody_confirms_what_is_his_own(site: Site, by, worker):
    number = proposed(site, by=by, worker=worker)
    response = decide(site, "lead", number)
    assert (response.status_code, response.json()["code"]) == (403, "second_person_missing")
    assert site.get("staff", f"/proposals/{number}")["state"] == "open"
    assert decide(site, "admin", number).status_code == 200


def test_work_logged_for_another_is_not_confirmed_by_who_did_it(desk: Site):
    desk.post("admin", "/entries", WORK | {"person": "LEAD"})
    number = proposed(desk)
    assert decide(desk, "lead", number).json()["code"] == "second_person_missing"
    assert decide(desk, "admin", number).json()["code"] == "second_person_missing"
    assert decide(desk, "accountant", number).status_code == 200


def test_a_refusal_has_a_reason_and_is_final(site: Site):
    number = proposed(site)
    assert decide(site, "lead", number, "refusal").json()["path"] == "reason"
    done = decide(site, "lead", number, "refusal", reason="Bleibt so")
    assert (done.json()["state"], done.json()["decision_reason"]) == ("refused", "Bleibt so")
    again = decide(site, "admin", number)
    assert (again.status_code, again.json()["code"]) == (409, "proposal_decided")
    assert site.get("staff", "/entries/1")["written_off"] is None


def test_one_waits_at_a_time_and_names_itself(desk: Site):
    number = proposed(desk)
    response = desk.ask("staff", "POST", "/proposals", RECLASSIFY)
    problem = response.json()
    assert (response.status_code, problem["code"], problem["fields"]["proposal"]) == (409, "proposal_open", number)


def test_the_list_is_of_all_the_open_or_the_decided(desk: Site):
    decided = proposed(desk)
    decide(desk, "lead", decided, "refusal", reason="Nein")
    waiting = proposed(desk, RECLASSIFY)

    def numbers(query: str) -> list[int]:
        return [item["id"] for item in desk.get("auditor", f"/proposals{query}")["items"]]

    assert (numbers(""), numbers("?state=open"), numbers("?state=decided")) == (
        [decided, waiting],
        [waiting],
        [decided],
    )
    first = desk.get("auditor", "/proposals?limit=1")
    assert numbers(f"?cursor={first['next_cursor']}") == [waiting]


@pytest.mark.parametrize("word", ["confirmation", "refusal"])
def test_a_proposal_of_another_processor_is_not_there(site: Site, word):
    number, stranger = proposed(site), {"of": PROCESSORS[1]}
    response = site.ask("admin", "POST", f"/proposals/{number}/{word}", {"reason": "so"}, **stranger)
    assert (response.status_code, response.json()["code"]) == (404, "proposal_not_found")
    assert site.ask("admin", "GET", f"/proposals/{number}", **stranger).status_code == 404
    assert site.get("staff", f"/proposals/{number}")["state"] == "open"
