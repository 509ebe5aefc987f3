"""Brief requests: answered where they come in, elsewhere while somebody is in the way, and by what holds just now."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from billing.store.tables import Entry
from tests.api.http.running import PROCESSORS, Site
from tests.api.http.test_entries import LATER, WORK
from tests.support.asked import awaited, committed

EVENING = {"start": "2026-10-06T18:00:00+02:00", "end": "2026-10-06T18:15:00+02:00"}
on_postgresql = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


def log(site: Site, came_to: list[int], **more: str) -> None:
    came_to.append(site.ask("staff", "POST", "/entries", WORK | more).status_code)


def test_while_somebody_writes_it_waits_and_others_are_answered(desk: Site):
    came_to: list[int] = []
    log(desk, came_to, **LATER)  # notes that the token is in use, once a minute
    thread = threading.Thread(target=log, args=(desk, came_to))
    with desk.store.tenant(desk.processors[PROCESSORS[0]]):
        thread.start()
        assert desk.client.get("/health").status_code == 200
        assert desk.ask("staff", "GET", "/entries").json()["items"]
        assert came_to == [201]
    thread.join()
    assert came_to == [201, 201]


def test_it_is_done_in_the_thread_that_it_came_to(site: Site):
    """Else it was slower than it need be, and no other test would tell. A line to a server is opened first."""
    loops: list[asyncio.AbstractEventLoop] = []
    assert site.ask("staff", "POST", "/entries", WORK).status_code == 201
    with committed(lambda _: loops.append(asyncio.get_running_loop())):
        assert site.ask("staff", "POST", "/entries", WORK | LATER).status_code == 201
    assert len(loops) == 1


def test_a_reference_that_turns_out_to_be_taken_is_not_given_twice(site: Site):
    """The newest ones don't tell of it: it is found when all is said already, and then looked for at length."""
    first = site.post("staff", "/entries", WORK)
    with site.store.tenant(site.processors[PROCESSORS[0]]) as session:
        known = session.get_one(Entry, first["id"]).model_dump(exclude={"id", "ref"})
        for ref in ("Z-2026-0003", "X-1", "X-2", "X-3", "X-4", "Z-2026-0002"):
            session.add(Entry(**known, ref=ref))
            session.flush()
    assert site.post("staff", "/entries", WORK | LATER)["ref"] == "Z-2026-0004"


def test_a_key_that_is_used_again_by_another_request_is_refused_and_by_another_person_is_not(site: Site):
    for login in ("staff", "lead"):
        again = [site.ask(login, "POST", "/entries", WORK, idempotency_key="k1") for _ in range(2)]
        assert {(response.status_code, response.json()["ref"]) for response in again} == {(201, again[0].json()["ref"])}
        assert again[1].headers["idempotency-replayed"] == "true"
        other = site.ask(login, "POST", "/entries", WORK | LATER, idempotency_key="k1")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_token_that_another_program_took_back_is_worth_nothing_at_once(desk: Site):
    assert desk.ask("staff", "POST", "/entries", WORK).status_code == 201
    path = desk.store.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE api_token SET revoked_at = '2026-10-06 00:00:00.000000' WHERE revoked_at IS NULL")
    refused = desk.ask("staff", "POST", "/entries", WORK | LATER)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_logged_in")


@on_postgresql
def test_a_server_is_waited_for_twice_and_for_the_commit(site: Site):
    """Who it is and where the work belongs are one answer; whether it went well, with the end of the log, another."""
    for when in ({}, LATER):  # opens a line, and tells whose the token is
        site.post("staff", "/entries", WORK | when)
    waits: list[str] = []
    with awaited(waits.append):
        site.post("staff", "/entries", WORK | EVENING)
    assert len(waits) == 2, waits


@on_postgresql
def test_work_is_its_own_person_s_whoever_held_the_token_when_it_was_asked_ahead(site: Site):
    for when in ({}, LATER):
        site.post("staff", "/entries", WORK | when)
    seen = site.service.last_seen
    seen.update({found: replace(visitor, person_ref="LEAD") for found, visitor in seen.items()})
    logged = site.post("staff", "/entries", WORK | EVENING)
    assert (logged["person"], logged["ref"]) == ("STAFF", "Z-2026-0003")
    assert {visitor.person_ref for visitor in seen.values()} == {"STAFF"}


@on_postgresql
def test_what_is_wrong_with_a_body_is_said_after_who_it_is(site: Site):
    for when in ({}, LATER):
        site.post("staff", "/entries", WORK | when)
    for role, body, code in (
        ("staff", WORK | EVENING | {"case": 1}, "not_a_text"),
        ("staff", WORK | EVENING | {"case": "V-9"}, "unknown_case"),
        ("staff", WORK | EVENING | {"person": "LEAD"}, "work_of_another"),
        ("auditor", {}, "right_missing"),
    ):
        assert site.ask(role, "POST", "/entries", body).json()["code"] == code
    assert len(site.get("staff", "/entries")["items"]) == 2
