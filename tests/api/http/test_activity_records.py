"""The activity record on request (13(10)): open months as they stand, closed ones as frozen, staff by initials only."""

import csv
import json
from io import StringIO

import pytest
from sqlmodel import select

from billing.store.tables import AccessLog
from tests.api.http.running import Site

PATH = "/contracts/1/activity-records/2026-10"


def work(site: Site, day: str, hours: str, service: str = "other_support", note: str = "intern: Frau Müller") -> None:
    start, end = (f"2026-10-{day}T{clock}:00+02:00" for clock in hours.split("-"))
    entry = {"case": "V-1", "service": service, "start": start, "end": end, "person": "STAFF", "note": note}
    site.post("lead", "/entries", entry)


def close(site: Site) -> None:
    """Run October, release its drafts as they were looked at, and issue them."""
    site.post("accountant", "/months/2026-10/runs")
    for draft in site.get("accountant", "/months/2026-10/drafts")["items"]:
        site.post("accountant", f"/drafts/{draft['id']}/approval", {"facts_hash": draft["facts_hash"]})
    assert site.post("accountant", "/months/2026-10/issue")["refused"] == []


def test_an_open_month_shows_all_its_work_as_it_stands(site):
    work(site, "06", "09:00-09:30", "general_query")
    work(site, "07", "09:00-10:00")
    record = site.get("auditor", PATH)
    assert (record["is_final"], record["invoice"], record["as_of"]) == (False, None, "2026-11-02T10:00:00+01:00")
    assert record["totals"] == {"minutes": 90, "billed_minutes": 0, "free_minutes": 30, "held_minutes": 60}
    assert (record["allowance_minutes"], record["allowance_used_minutes"]) == (60, 30)
    (case,) = record["cases"]
    free, held = case["stretches"]
    assert (free["outcome"], free["clause"], free["initials"], free["minutes"]) == ("free", "13(2)d", "ST", 30)
    assert (held["code"], held["next_step"] is not None) == ("no_approved_estimate", True)
    assert held["start"] == "2026-10-07T09:00:00+02:00"


def test_a_closed_month_says_tomorrow_what_it_says_today(site):
    work(site, "06", "09:00-09:30", "general_query")
    close(site)
    before = site.get("staff", PATH)
    assert before["is_final"] is True
    site.clock.forward(days=1)
    work(site, "08", "09:00-09:30", "general_query")
    assert site.get("staff", PATH) == before


def test_the_controller_gets_the_same_record_without_names_and_notes(site):
    work(site, "06", "09:00-09:30", "general_query")
    ours, theirs = (
        site.ask(role, "GET", path) for role, path in (("lead", PATH), ("controller_reader", f"/portal{PATH}"))
    )
    assert ours.json() == theirs.json()
    for text in (ours.text, theirs.text):
        assert "Person staff" not in text
        assert "Müller" not in text
        assert "STAFF" not in text


def test_the_table_holds_the_same_and_is_to_be_saved(site):
    work(site, "06", "09:00-09:30", "general_query")
    answer = site.ask("controller_approver", "GET", f"/portal{PATH}?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="Taetigkeitsnachweis-AVV-1-2026-10.csv"' in answer.headers["content-disposition"]
    header, row = csv.reader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    said = dict(zip(header, row, strict=True))
    assert (said["Vorgang"], said["Minuten"], said["Person"], said["Klausel"]) == ("V-1", "30", "ST", "13(2)d")


def test_reasons_are_told_in_the_language_that_is_asked_for(desk):
    work(desk, "07", "09:00-10:00")
    told = {lang: desk.get("lead", PATH, Accept_Language=lang) for lang in ("de", "en")}
    reasons = {lang: record["cases"][0]["stretches"][0]["reason"] for lang, record in told.items()}
    assert reasons["de"] != reasons["en"]


def test_each_record_given_is_noted_with_its_hash_and_who_got_it(site):
    site.get("lead", PATH)
    site.ask("controller_reader", "GET", f"/portal{PATH}?format=csv")

    def rows(session):
        return list(session.exec(select(AccessLog).where(AccessLog.action == "activity_record_given")))

    first, second = site.tell(rows)
    assert first.actor != second.actor
    assert {first.subject, second.subject} == {"contract:AVV-1"}
    assert len(json.loads(first.details)["sha256"]) == 64


@pytest.mark.parametrize("month", ["2026-13", "oktober", "2026-1"])
def test_a_month_that_is_none_is_named(desk, month):
    refused = desk.ask("lead", "GET", f"/contracts/1/activity-records/{month}")
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "not_a_month", "month")


def test_there_is_no_record_of_a_month_that_has_not_begun(desk):
    assert desk.ask("lead", "GET", "/contracts/1/activity-records/2026-11").status_code == 200  # the running one
    refused = desk.ask("lead", "GET", "/contracts/1/activity-records/2026-12")
    assert (refused.status_code, refused.json()["code"], refused.json()["path"]) == (422, "month_to_come", "month")


def test_a_form_that_is_none_is_named(desk):
    refused = desk.ask("lead", "GET", f"{PATH}?format=xls")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_value")
