"""Brief requests: answered where they come in, elsewhere while somebody is in the way, and by what holds just now."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import sqlalchemy as sa

from tests.api.http.running import PROCESSORS, Site
from tests.api.http.test_entries import LATER, WORK


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


def test_it_is_done_in_the_thread_that_it_came_to(desk: Site):
    """Else it was slower than it need be, and no other test would tell."""
    loops: list[asyncio.AbstractEventLoop] = []
    sa.event.listen(desk.store.engine, "commit", lambda _: loops.append(asyncio.get_running_loop()))
    assert desk.ask("staff", "POST", "/entries", WORK).status_code == 201
    assert len(loops) == 1


def test_a_token_that_another_program_took_back_is_worth_nothing_at_once(desk: Site):
    assert desk.ask("staff", "POST", "/entries", WORK).status_code == 201
    path = desk.store.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE api_token SET revoked_at = '2026-10-06 00:00:00.000000' WHERE revoked_at IS NULL")
    refused = desk.ask("staff", "POST", "/entries", WORK | LATER)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_logged_in")
