"""The running clock over HTTP: one's own, kept by the server, stopped into an entry; nothing is cut silently."""

import pytest

from tests.api.http.running import Site

WORK = {"case": "V-1", "service": "request_processing"}


def test_a_clock_is_started_seen_and_stopped_into_an_entry(site: Site):
    assert site.get("staff", "/timer") == {"timer": None}
    started = site.post("staff", "/timer", WORK | {"note": "Anruf"})["timer"]
    assert (started["case"], started["contract"], started["person"]) == ("V-1", "AVV-1", "STAFF")
    assert (started["started_at"], started["asks_after"]) == ("2026-11-02T09:00:00Z", "2026-11-02T13:00:00Z")
    site.clock.forward(minutes=70, seconds=59)
    assert site.get("staff", "/timer")["timer"] == started
    response = site.ask("staff", "POST", "/timer/stop", {})
    entry = response.json()
    assert (response.status_code, response.headers["location"]) == (201, f"/api/v1/entries/{entry['id']}")
    assert (entry["minutes"], entry["note"], entry["start"]) == (70, "Anruf", "2026-11-02T09:00:00Z")
    assert site.get("staff", "/timer") == {"timer": None}


def test_until_when_it_runs_unasked_is_told_in_utc_in_the_evening_too(desk: Site):
    desk.clock.forward(hours=8)
    assert desk.post("staff", "/timer", WORK)["timer"]["asks_after"] == "2026-11-02T19:00:00Z"


def test_everybody_has_one_of_his_own(desk: Site):
    desk.post("staff", "/timer", WORK)
    desk.post("lead", "/timer", WORK | {"case": "V-2"})
    assert desk.get("lead", "/timer")["timer"]["case"] == "V-2"
    response = desk.ask("staff", "POST", "/timer", WORK | {"case": "V-2"})
    problem = response.json()
    assert (response.status_code, problem["code"], problem["fields"]["value"]) == (409, "timer_is_running", "V-1")


@pytest.mark.parametrize(("role", "status"), [("auditor", 403), ("controller_approver", 403), ("anonymous", 401)])
def test_who_does_not_log_work_has_no_clock(desk: Site, role, status):
    assert desk.ask(role, "GET", "/timer").status_code == status
    assert desk.ask(role, "POST", "/timer", WORK).status_code == status


def test_what_it_is_for_may_change_by_who_saw_it(site: Site):
    site.post("staff", "/timer", WORK)
    seen = site.ask("staff", "GET", "/timer").headers["etag"]
    done = site.ask("staff", "PATCH", "/timer", {"case": "V-2", "urgent": True}, if_match=seen)
    assert (done.status_code, done.json()["timer"]["case"], done.json()["timer"]["urgent"]) == (200, "V-2", True)
    assert site.ask("staff", "PATCH", "/timer", {"urgent": False}, if_match=seen).status_code == 412
    assert site.ask("staff", "PATCH", "/timer", {"urgent": "no"}, if_match=seen).json()["path"] == "urgent"


# started 10:00 by the clock in Berlin:   |10:00 ------ 14:00|14:01 asks
def test_a_forgotten_clock_asks_for_the_real_end_and_takes_it(site: Site):
    site.post("staff", "/timer", WORK)
    site.clock.forward(hours=4, minutes=1)
    response = site.ask("staff", "POST", "/timer/stop", {})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "timer_needs_end")
    assert "02.11.2026 10:00" in problem["detail"]
    assert "02.11.2026 14:00" in problem["detail"]
    assert site.get("staff", "/timer")["timer"] is not None
    entry = site.post("staff", "/timer/stop", {"end": "2026-11-02T13:30:00+01:00"})
    assert (entry["minutes"], entry["end"]) == (210, "2026-11-02T12:30:00Z")


def test_what_refuses_the_work_leaves_the_clock_running(site: Site):
    site.post("staff", "/timer", WORK)
    site.clock.forward(seconds=59)
    assert site.ask("staff", "POST", "/timer/stop", {}).json()["code"] == "timer_under_a_minute"
    site.clock.forward(minutes=30)
    span = {"start": "2026-11-02T09:10:00Z", "end": "2026-11-02T09:20:00Z"}
    other = site.post("staff", "/entries", WORK | span)
    response = site.ask("staff", "POST", "/timer/stop", {})
    assert (response.status_code, response.json()["fields"]["other"]) == (409, other["ref"])
    assert site.get("staff", "/timer")["timer"] is not None


def test_a_clock_thrown_away_logs_nothing(desk: Site):
    desk.post("staff", "/timer", WORK)
    desk.clock.forward(minutes=10)
    assert desk.ask("staff", "DELETE", "/timer").status_code == 204
    assert desk.get("staff", "/entries")["items"] == []
    for response in (desk.ask("staff", "DELETE", "/timer"), desk.ask("staff", "POST", "/timer/stop", {})):
        assert (response.status_code, response.json()["code"]) == (409, "timer_not_running")


def test_the_same_stop_again_gives_the_same_entry(site: Site):
    site.post("staff", "/timer", WORK)
    site.clock.forward(minutes=10)
    answers = [site.ask("staff", "POST", "/timer/stop", {}, Idempotency_Key="stop-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    assert len(site.get("staff", "/entries")["items"]) == 1
