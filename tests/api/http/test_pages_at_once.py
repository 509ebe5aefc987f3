"""A page and the interface change one thing at the same moment: of both one at a time does, under one name."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from api.v1.nouns import all_routes
from api.web.pages import all_pages
from api.web.things import THINGS, head_of
from billing.services.cases import describe_case
from billing.store.session import hold
from tests.api.http.running import PROCESSORS, Site
from tests.api.http.waiting import wait_for_a_lock
from tests.web.browsing import at_work

_SECONDS = 30
ON_POSTGRESQL = pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)


class Halted:
    """A use case that waits in the middle of its transaction until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.go = Event(), Event()

    def describe_case(self, *given: Any) -> Any:
        self.begun.set()
        assert self.go.wait(_SECONDS)
        return describe_case(*given)


@ON_POSTGRESQL
@pytest.mark.parametrize("name", ["V-1", "1"], ids=["by its reference", "by its number"])
def test_who_changes_a_case_on_its_page_while_the_interface_does_is_told_so(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str
):
    lead, path, halted = at_work(site, "lead"), f"/vorgaenge/{name}/bearbeiten", Halted()
    page, etag = lead.get(path), site.ask("lead", "GET", "/cases/1").headers["ETag"]
    monkeypatch.setattr("api.v1.cases.describe_case", halted.describe_case)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(site.ask, "lead", "PATCH", "/cases/1", {"title": "Vom Programm"}, If_Match=etag)
        assert halted.begun.wait(_SECONDS)
        second = pool.submit(lead.send, page, path, title="Von Hand")
        try:
            wait_for_a_lock(site, second)
        finally:
            halted.go.set()
    assert (first.result().status_code, second.result().status_code) == (200, 409)
    assert site.get("lead", "/cases/1")["title"] == "Vom Programm"
    assert 'value="Von Hand"' in second.result().text, "what was typed is still there"


@ON_POSTGRESQL
def test_a_program_that_changes_a_case_while_its_page_does_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch):
    lead, path, halted = at_work(site, "lead"), "/vorgaenge/V-1/bearbeiten", Halted()
    page, etag = lead.get(path), site.ask("lead", "GET", "/cases/1").headers["ETag"]
    monkeypatch.setattr("api.web.staff.case_deeds.describe_case", halted.describe_case)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(lead.send, page, path, title="Von Hand")
        assert halted.begun.wait(_SECONDS)
        second = pool.submit(site.ask, "lead", "PATCH", "/cases/1", {"title": "Vom Programm"}, If_Match=etag)
        try:
            wait_for_a_lock(site, second)
        finally:
            halted.go.set()
    assert (first.result().status_code, second.result().status_code) == (200, 412)
    assert site.get("lead", "/cases/1")["title"] == "Von Hand"


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("role", "path", "typed", "thing"),
    [
        pytest.param("admin", "/kunden/K-1/bearbeiten", {}, "/api/v1/controllers/1", id="a client"),
        pytest.param("lead", "/kva/KVA-2026-001", {}, "/api/v1/estimates/1", id="an estimate"),
        pytest.param("lead", "/kva/1/zurueckziehen", {}, "/api/v1/estimates/1", id="a page below an estimate"),
        pytest.param(
            "admin", "/einstellungen/sicherheit", {"session_hours": "9"}, "/api/v1/policy", id="what there is one of"
        ),
    ],
)
def test_a_deed_waits_for_whoever_holds_its_thing(site: Site, role: str, path: str, typed: dict[str, Any], thing: str):
    lines = [{"rate_class": "regular", "minutes": 60}]
    site.post("lead", "/estimates", {"case": "V-1", "description": "Suche", "lines": lines})
    browser = at_work(site, role)
    page = browser.get(path)
    with ThreadPoolExecutor(1) as pool:
        with site.store.tenant(site.processors[PROCESSORS[0]]) as other:
            hold(other, thing)
            deed = pool.submit(browser.send, page, path, **typed)
            wait_for_a_lock(site, deed)
        assert deed.result().status_code == 200


def _form(path: str) -> str:
    return re.sub(r"\{\w+", "{", head_of(path))


def test_every_deed_about_a_thing_names_it_as_the_interface_does():
    deeds = [one for one in all_pages() if one.changes and not one.reads_only and not one.is_open]
    about_one = {head_of(one.path) for one in deeds if "{" in one.path}
    assert about_one <= set(THINGS)
    assert set(THINGS) <= {head_of(one.path) for one in deeds}
    held = {_form(one.path) for one in all_routes() if one.changes and ("{" in one.path or one.matches)}
    assert {_form(thing) for thing in THINGS.values()} <= held
