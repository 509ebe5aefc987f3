"""Logging work over HTTP: for oneself or, with the right to it, for others; listed, corrected, taken back."""

import threading
from datetime import datetime
from typing import Any

import pytest

from api.v1.calls import cursor_of
from tests.api.http.running import PROCESSORS, Site

WORK = {
    "case": "V-1",
    "start": "2026-10-06T09:00:00+02:00",
    "end": "2026-10-06T10:30:00+02:00",
    "service": "request_processing",
}
LATER = {"start": "2026-10-06T13:00:00+02:00", "end": "2026-10-06T13:45:00+02:00"}


def log(site: Site, role: str = "staff", **more: Any) -> dict[str, Any]:
    logged: dict[str, Any] = site.post(role, "/entries", WORK | more)
    return logged


def correct(site: Site, role: str, number: int, raw: Any, tag: str | None = None):
    """Correct an entry as it is seen now, or as a tag says that it was seen."""
    seen = tag or site.ask(role, "GET", f"/entries/{number}").headers["etag"]
    return site.ask(role, "PATCH", f"/entries/{number}", raw, if_match=seen)


def test_work_is_one_s_own_if_nobody_is_named(site: Site):
    response = site.ask("staff", "POST", "/entries", WORK | {"note": "Auszug erstellt"})
    entry = response.json()
    assert (response.status_code, response.headers["location"]) == (201, f"/api/v1/entries/{entry['id']}")
    assert (entry["ref"], entry["person"], entry["minutes"], entry["version"]) == ("Z-2026-0001", "STAFF", 90, 1)
    assert (entry["case"], entry["contract"], entry["note"]) == ("V-1", "AVV-1", "Auszug erstellt")
    assert (entry["start"], entry["notices"]) == ("2026-10-06T07:00:00Z", [])
    assert site.get("auditor", f"/entries/{entry['id']}")["versions"][0]["recorded_by"] == "STAFF"


@pytest.mark.parametrize(
    ("role", "status"),
    [("staff", 403), ("lead", 201), ("accountant", 201), ("admin", 201), ("auditor", 403), ("anonymous", 401)],
)
def test_who_may_log_work_of_another(desk: Site, role, status):
    response = desk.ask(role, "POST", "/entries", WORK | {"person": "AUDITOR"})
    assert response.status_code == status, response.text
    if role == "staff":
        assert response.json()["code"] == "work_of_another"


@pytest.mark.parametrize("role", ["lead", "accountant", "admin"])
def test_null_for_a_person_means_oneself(desk: Site, role):
    assert log(desk, role, person=None)["person"] == role.upper()


@pytest.mark.parametrize(
    ("change", "status", "code", "path"),
    [
        pytest.param({"case": "V-9"}, 422, "unknown_case", "case", id="a case there is not"),
        pytest.param({"person": ""}, 422, "text_is_empty", "person", id="an empty name is nobody's"),
        pytest.param({"contract": ""}, 422, "text_is_empty", "contract", id="nor is an empty contract one"),
        pytest.param({"contract": "AVV-2"}, 422, "unknown_case", "case", id="a case of another contract"),
        pytest.param({"start": "2026-10-06T09:00:00"}, 422, "time_without_offset", "start", id="a local time"),
        pytest.param({"end": "2027-01-01T09:00:00Z"}, 422, "work_too_long", "end", id="months"),
        pytest.param({"rate": "100.00"}, 422, "unknown_key", "rate", id="a field there is not"),
        pytest.param({"service": "standard_documents"}, 422, "document_missing", "document", id="which document?"),
    ],
)
def test_work_that_can_t_be_taken_says_where_it_is_wrong(desk: Site, change, status, code, path):
    response = desk.ask("staff", "POST", "/entries", WORK | change)
    problem = response.json()
    assert (response.status_code, problem["code"], problem["path"]) == (status, code, path)
    assert desk.get("staff", "/entries")["items"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            {"end": "2026-10-06T06:00:00Z"}, "end: Das Ende 06.10.2026 08:00 liegt vor dem Beginn.", id="local"
        ),
        pytest.param(
            {"start": None}, "start: ein fehlender Wert ist kein Zeitpunkt wie", id="nothing instead of a time"
        ),
        pytest.param({"onsite": []}, "onsite: [] ist weder true noch false.", id="what was sent, as it was"),
    ],
)
def test_a_refusal_writes_values_as_people_do(desk: Site, change, told):
    refused = desk.ask("staff", "POST", "/entries", WORK | change)
    assert (refused.status_code, refused.json()["detail"][: len(told)]) == (422, told)


def test_overlapping_work_is_refused_and_the_other_entry_named(site: Site):
    other = log(site)
    response = site.ask("staff", "POST", "/entries", WORK | {"start": "2026-10-06T10:00:00+02:00"})
    problem = response.json()
    assert (response.status_code, problem["code"], problem["fields"]["other"]) == (409, "work_overlaps", other["ref"])
    assert "Z-2026-0001" in problem["detail"]


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        pytest.param({"note": "an eva@kern.example geschrieben"}, ["note_names_email"], id="an e-mail address"),
        pytest.param({"note": "Konto DE89 3704 0044 0532 0130 00"}, ["note_names_iban"], id="an IBAN"),
        pytest.param({"note": "Konto DE89370400440532013000"}, ["note_names_iban"], id="an IBAN without blanks"),
        pytest.param({"note": "Mieter, geb. am 4.5.1970"}, ["note_names_birth_date"], id="a date of birth"),
        pytest.param({"note": "Person 1970-05-04"}, ["note_names_birth_date"], id="a date long ago"),
        pytest.param({"note": "Ticket 4711 vom 6.10.2026, 90 Minuten"}, [], id="nothing personal"),
        pytest.param(
            {"start": "2026-08-04T08:59:00Z", "end": "2026-08-04T09:30:00Z"},
            ["work_is_late"],
            id="90 days and a minute",
        ),
        pytest.param({"start": "2026-08-04T09:00:00Z", "end": "2026-08-04T09:30:00Z"}, [], id="90 days"),
    ],
)
def test_what_should_be_known_is_said_and_the_work_taken(desk: Site, more, codes):
    entry = log(desk, **more)
    assert [notice["code"] for notice in entry["notices"]] == codes
    assert all(len(notice["sentence"]) > 40 for notice in entry["notices"])


def bounded(site: Site, *, closed_at: str | None = None, ended_on: str | None = None) -> None:
    """Close V-1, and end its contract."""
    (case,) = (one for one in site.get("staff", "/cases")["items"] if one["ref"] == "V-1")
    if closed_at:
        assert site.ask("staff", "PATCH", f"/cases/{case['id']}", {"closed_at": closed_at}, if_match="*").is_success
    if ended_on:
        path = f"/contracts/{case['contract_id']}"
        assert site.ask("admin", "PATCH", path, {"ended_on": ended_on}, if_match="*").is_success


@pytest.mark.parametrize(
    ("bounds", "work", "codes"),
    [
        pytest.param({"closed_at": "2026-11-01T08:00:00Z"}, {}, ["case_is_closed"], id="a closed case"),
        pytest.param({"ended_on": "2026-10-06"}, {}, [], id="on the last day of the contract"),
        pytest.param({"ended_on": "2026-10-05"}, {}, ["work_after_contract"], id="a day later"),
        pytest.param(
            {"ended_on": "2026-10-06"},
            {"start": "2026-10-06T21:30:00Z", "end": "2026-10-06T22:00:00Z"},
            [],
            id="up to midnight by our clock",
        ),
        pytest.param(
            {"ended_on": "2026-10-06"},
            {"start": "2026-10-06T21:30:00Z", "end": "2026-10-06T22:01:00Z"},
            ["work_after_contract"],
            id="a minute into the next day",
        ),
        pytest.param(
            {},
            {"start": "2025-12-31T22:59:00Z", "end": "2025-12-31T23:30:00Z"},
            ["work_before_contract", "work_is_late"],
            id="a minute before the contract began",
        ),
        pytest.param(
            {},
            {"start": "2025-12-31T23:00:00Z", "end": "2025-12-31T23:30:00Z"},
            ["work_is_late"],
            id="from its first minute on",
        ),
    ],
)
def test_work_where_nobody_expects_it_is_taken_and_said_to_be_so(desk: Site, bounds, work, codes):
    bounded(desk, **bounds)
    entry = log(desk, **work)
    assert [notice["code"] for notice in entry["notices"]] == codes
    assert len(desk.get("auditor", "/entries")["items"]) == 1


def test_a_correction_that_leads_out_of_the_contract_says_so(site: Site):
    bounded(site, closed_at="2026-11-01T08:00:00Z", ended_on="2026-10-06")
    number = log(site)["id"]
    moved = {"start": "2026-10-07T09:00:00+02:00", "end": "2026-10-07T10:00:00+02:00", "reason": "falscher Tag"}
    told = correct(site, "staff", number, moved).json()["notices"]
    assert [notice["code"] for notice in told] == ["case_is_closed", "work_after_contract"]
    assert "endete am 06.10.2026" in told[1]["sentence"]


def test_a_clock_on_a_closed_case_says_so_as_it_is_stopped(desk: Site):
    desk.post("staff", "/timer", {"case": "V-1", "service": "request_processing"})
    desk.clock.forward(minutes=10)
    bounded(desk, closed_at="2026-11-02T09:05:00Z", ended_on="2026-11-01")
    told = desk.post("staff", "/timer/stop", {})["notices"]
    assert [notice["code"] for notice in told] == ["case_is_closed", "work_after_contract"]


def test_a_list_goes_on_where_its_cursor_says(site: Site):
    refs = [log(site, start=f"2026-10-0{day}T07:00:00Z", end=f"2026-10-0{day}T08:00:00Z")["ref"] for day in (6, 7, 8)]
    first = site.get("auditor", "/entries?limit=2")
    rest = site.get("auditor", f"/entries?limit=2&cursor={first['next_cursor']}")
    assert [entry["ref"] for page in (first, rest) for entry in page["items"]] == refs
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("?case=V-1", ["Z-1", "Z-3"]),
        ("?contract=AVV-2", ["Z-2"]),
        ("?person=LEAD", ["Z-3"]),
        ("?month=2026-09", ["Z-3"]),
        ("?month=2026-10&person=STAFF&case=V-2", ["Z-2"]),
    ],
)
def test_a_list_can_be_of_a_case_a_contract_a_person_or_a_month(desk: Site, query, refs):
    log(desk, ref="Z-1")
    log(desk, ref="Z-2", case="V-2", **LATER)
    log(desk, "lead", ref="Z-3", start="2026-09-30T21:00:00Z", end="2026-09-30T22:30:00Z")
    assert [entry["ref"] for entry in desk.get("auditor", f"/entries{query}")["items"]] == refs


BEYOND = cursor_of(2**63)


@pytest.mark.parametrize(
    "query",
    ["?month=10", "?limit=0", "?limit=201", "?cursor=x", f"?cursor={BEYOND}", "?page=2", "?person=NOBODY"],
    ids=[
        "no month",
        "none",
        "too many",
        "no cursor",
        "a cursor beyond all rows",
        "no such parameter",
        "nobody of ours",
    ],
)
def test_a_list_of_what_there_is_not_is_refused(desk: Site, query):
    assert desk.ask("staff", "GET", f"/entries{query}").status_code == 422


def test_a_correction_names_what_it_saw_and_leaves_the_old_version(site: Site):
    entry = log(site)
    seen = site.ask("staff", "GET", f"/entries/{entry['id']}").headers["etag"]
    raw = {"end": "2026-10-06T10:45:00+02:00", "note": "mit geb. 4.5.1970", "reason": "Nachbereitung"}
    done = correct(site, "staff", entry["id"], raw, seen)
    assert (done.status_code, done.json()["minutes"], done.json()["version"]) == (200, 105, 2)
    assert [notice["code"] for notice in done.json()["notices"]] == ["note_names_birth_date"]
    assert correct(site, "staff", entry["id"], raw, seen).status_code == 412
    first, second = site.get("staff", f"/entries/{entry['id']}")["versions"]
    assert (first["minutes"], second["minutes"], second["reason"]) == (90, 105, "Nachbereitung")
    assert datetime.fromisoformat(first["superseded_at"]) == datetime.fromisoformat(second["recorded_at"])


def test_null_takes_the_note_away(desk: Site):
    entry = log(desk, note="Frau Muster, geb. 4.5.1970")
    done = correct(desk, "staff", entry["id"], {"note": None, "reason": "Name gehört nicht hierher"})
    assert (done.status_code, done.json()["note"], done.json()["minutes"]) == (200, None, entry["minutes"])
    refused = correct(desk, "staff", entry["id"], {"end": None, "reason": "so"})
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "may_not_be_empty", "end")


def test_a_correction_without_what_it_saw_is_refused(desk: Site):
    entry = log(desk)
    response = desk.ask("staff", "PATCH", f"/entries/{entry['id']}", {"note": "x", "reason": "so"})
    assert (response.status_code, response.json()["code"]) == (428, "if_match_missing")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param(lambda tag: tag, 200, None, id="as it came"),
        pytest.param(lambda tag: f'"{"0" * 32}", {tag}', 200, None, id="one of several"),
        pytest.param(lambda _: f'"{"0" * 32}"', 412, "representation_changed", id="that of something else"),
        pytest.param(lambda tag: tag.strip('"'), 422, "if_match_invalid", id="without its quotes"),
        pytest.param(lambda tag: f"W/{tag}", 422, "if_match_invalid", id="made weak by a proxy"),
        pytest.param(lambda _: "", 428, "if_match_missing", id="empty"),
    ],
)
def test_a_tag_that_is_none_is_not_called_a_change_of_somebody_else(desk: Site, change, status, code):
    entry = log(desk)
    tag = desk.ask("staff", "GET", f"/entries/{entry['id']}").headers["etag"]
    response = correct(desk, "staff", entry["id"], {"note": "x", "reason": "so"}, change(tag) or " ")
    assert (response.status_code, response.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({"end": "2026-10-06T10:45:00+02:00"}, "missing_key", "reason", id="no reason"),
        pytest.param({"reason": "so"}, "nothing_said", "start", id="nothing to change"),
        pytest.param({"service": "general_query", "reason": "so"}, "unknown_key", "service", id="the class of work"),
        pytest.param({"travel": True, "reason": "so"}, "unknown_key", "travel", id="a flag that changes its price"),
    ],
)
def test_one_person_alone_corrects_times_and_notes_only(desk: Site, raw, code, path):
    entry = log(desk)
    response = correct(desk, "staff", entry["id"], raw)
    assert (response.status_code, response.json()["code"], response.json()["path"]) == (422, code, path)


def test_work_taken_back_leaves_the_list_but_not_the_record(site: Site):
    entry = log(site)
    gone = site.post("staff", f"/entries/{entry['id']}/deletion", {"reason": "doppelt"})
    assert (gone["deleted"], gone["versions"][-1]["reason"]) == (True, "doppelt")
    assert site.get("staff", "/entries")["items"] == []
    assert site.get("staff", f"/entries/{entry['id']}")["deleted"]
    again = site.ask("staff", "POST", f"/entries/{entry['id']}/deletion", {"reason": "doppelt"})
    assert (again.status_code, again.json()["code"]) == (409, "work_is_deleted")


def test_work_of_another_is_left_alone_but_by_those_who_work_for_others(desk: Site):
    entry = log(desk, "lead")
    for response in (
        correct(desk, "staff", entry["id"], {"note": "x", "reason": "so"}),
        desk.ask("staff", "POST", f"/entries/{entry['id']}/deletion", {"reason": "so"}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "work_of_another")
    assert correct(desk, "accountant", entry["id"], {"note": "x", "reason": "so"}).status_code == 200


@pytest.mark.parametrize("deed", ["read", "correct", "delete"])
def test_an_entry_of_another_processor_is_not_there(site: Site, deed):
    number, stranger = log(site)["id"], {"of": PROCESSORS[1]}
    reason = {"reason": "so"}
    response = {
        "read": lambda: site.ask("admin", "GET", f"/entries/{number}", **stranger),
        "correct": lambda: site.ask("admin", "PATCH", f"/entries/{number}", reason, if_match="*", **stranger),
        "delete": lambda: site.ask("admin", "POST", f"/entries/{number}/deletion", reason, **stranger),
    }[deed]()
    assert (response.status_code, response.json()["code"]) == (404, "entry_not_found")


def test_people_who_log_at_once_get_references_of_their_own(site: Site):
    barrier, answers = threading.Barrier(4), list[Any]()

    def work(role: str) -> None:
        barrier.wait()
        answers.append(site.ask(role, "POST", "/entries", WORK))

    threads = [threading.Thread(target=work, args=(role,)) for role in ("staff", "lead", "accountant", "admin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4, [answer.text for answer in answers]
    assert sorted(answer.json()["ref"] for answer in answers) == [f"Z-2026-000{number}" for number in (1, 2, 3, 4)]


def test_the_same_request_again_logs_nothing_twice(site: Site):
    answers = [site.ask("staff", "POST", "/entries", WORK, Idempotency_Key="k-1") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(site.get("staff", "/entries")["items"]) == 1
