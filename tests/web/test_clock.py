"""The running clock over HTTP: started from the form, on every page, stopped into one entry; never cut silently."""

import re
from typing import Any

import pytest

from tests.api.http.running import Site
from tests.web.browsing import Browser, at_work
from tests.web.logged import case_id, entries, text_of


@pytest.fixture
def running(desk: Site) -> Browser:
    """A member of staff on Monday, 2 November 2026, at ten, whose clock runs for V-1."""
    browser = at_work(desk, "staff")
    started = browser.send(browser.get("/zeiten"), "/zeiten", case=case_id(desk), note="Auskunft", follow=False)
    assert started.status_code == 422  # the form logs nothing without times; the clock has an address of its own
    fields = {"_csrf": _csrf(started.text), "case": case_id(desk), "note": "Auskunft"}
    assert "Die Uhr läuft für V-1." in text_of(browser.client.post("/uhr/start", data=fields))
    return browser


def later(desk: Site, **span: int) -> Browser:
    """The same person some time later, who had to log in again meanwhile: the clock knows nothing of that."""
    desk.clock.forward(**span)
    return at_work(desk, "staff")


def stop(staff: Browser, **typed: Any):
    page = staff.get("/uhr")
    return staff.send(page, re.findall(r'action="(/uhr/stopp[^"]*)"', page.text)[0], **typed)


@pytest.mark.usefixtures("running")
def test_a_running_clock_stands_on_every_page_with_its_start(desk: Site):
    staff = later(desk, minutes=65)
    for path in ("/zeiten", "/zeiten?kw=2026-23"):
        page = staff.get(path)
        assert "V-1 1:05 Stopp" in text_of(page)
        assert 'data-timer="2026-11-02T09:00:00+00:00"' in page.text


def test_only_one_clock_runs_at_a_time(desk: Site, running: Browser):
    fields = {"_csrf": _csrf(running.get("/zeiten").text), "case": case_id(desk, "V-2")}
    page = running.client.post("/uhr/start", data=fields)
    assert page.status_code == 409
    assert "Es läuft schon eine Uhr für V-1" in text_of(page)


@pytest.mark.parametrize("case", ["", "999999", "x", "9" * 40])
def test_a_clock_needs_a_case(desk: Site, case: str):
    browser = at_work(desk, "staff")
    page = browser.client.post("/uhr/start", data={"_csrf": _csrf(browser.get("/zeiten").text), "case": case})
    assert page.status_code == 422
    assert "Uhr läuft" not in text_of(page)


@pytest.mark.usefixtures("running")
def test_stopping_shows_the_end_first_and_logs_what_is_left_there(desk: Site):
    staff = later(desk, minutes=95)
    page = staff.get("/uhr")
    assert re.search(r'name="to"[^>]*value="11:35"', page.text)
    assert entries(desk) == 0
    done = stop(staff, to="11:30")
    assert "Gespeichert: 1:30 h, Vorgang V-1" in text_of(done)
    assert 'action="/uhr"' not in done.text
    assert "Mo 10:00–11:30 Auskunft" in text_of(done)
    assert entries(desk) == 1


@pytest.mark.usefixtures("running")
def test_a_note_that_was_emptied_on_stopping_is_not_logged(desk: Site):
    stop(later(desk, minutes=95), to="11:30", note="")
    assert desk.get("staff", "/entries/1")["note"] is None


@pytest.mark.usefixtures("running")
def test_a_clock_that_ran_twelve_hours_is_asked_about_before_anything_else(desk: Site):
    staff = later(desk, hours=11)
    asked = staff.get("/zeiten?kw=2026-44")
    assert asked.url.path == "/uhr"
    assert "Läuft die Uhr noch zu Recht?" in text_of(asked)
    assert re.search(r'name="to"[^>]*value=""', asked.text)
    unsaid = stop(staff)
    assert unsaid.status_code == 422
    assert entries(desk) == 0
    done = stop(staff, to="12:15", note="Auskunft bis mittags")
    assert "Gespeichert: 2:15 h, Vorgang V-1" in text_of(done)
    assert "Auskunft bis mittags" in text_of(done)
    assert staff.get("/zeiten").url.path == "/zeiten"


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"to": "23:59"}, "liegt noch in der Zukunft"),
        ({"to": "9:30"}, "liegt vor dem Beginn"),
        ({"to": "12x"}, "ist keine Uhrzeit"),
        ({"date": "31.6."}, "ist kein Tag"),
    ],
)
def test_an_end_that_cannot_be_leaves_the_clock_running(desk: Site, typed: dict[str, str], sentence: str):
    staff = later(desk, minutes=30)
    page = stop(staff, **typed)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert entries(desk) == 0
    assert 'action="/uhr"' in staff.get("/zeiten").text


@pytest.mark.usefixtures("running")
def test_a_clock_started_by_mistake_is_thrown_away(desk: Site):
    staff = later(desk, minutes=30)
    done = staff.send(staff.get("/uhr"), "/uhr/verwerfen")
    assert "es wurde nichts erfasst" in text_of(done)
    assert "Zurzeit läuft keine Uhr." in text_of(staff.get("/uhr"))
    assert entries(desk) == 0


def _csrf(text: str) -> str:
    return str(re.findall(r'name="_csrf" value="([^"]+)"', text)[0])
