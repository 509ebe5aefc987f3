"""The running clock: one a person, whole minutes, never cut silently; whatever refuses the work leaves it running."""

import threading
from typing import Any

import pytest

from billing.errors import Problem
from billing.services.acting import Act
from billing.services.cases import find_case
from billing.services.parties import find_person
from billing.services.timers import change_timer, discard_timer, stop_timer, timer_of
from billing.store.session import TenantSession
from billing.store.tables import Entry, EntryVersion
from tests.months.facts import at
from tests.months.story import Story
from tests.services.clocks import change, logged, running, start, stop
from tests.services.furnishing import last_event, refused, rows_of


def test_a_clock_runs_from_the_minute_it_is_started_and_becomes_an_entry(office: Story):
    timer = start(office, "2026-10-06 09:00:59", note="Anruf", urgent=True).row
    assert (timer.case_ref, timer.started_at) == ("V-1", at("2026-10-06 09:00"))
    assert last_event(office)[:2] == ("timer_started", "person:EB")
    work = stop(office, "2026-10-06 10:07:59")
    assert (work.ref, logged(office), running(office)) == ("Z-2026-0001", [("06. 09:00", "06. 10:07")], [])
    (version,) = rows_of(office, EntryVersion)
    assert (version.service, version.urgent, version.note) == ("request_processing", True, "Anruf")
    assert last_event(office)[:2] == ("work_logged", "entry:Z-2026-0001")


def test_each_person_has_one_and_a_second_start_names_the_one_that_runs(office: Story):
    start(office, "2026-10-06 09:00")
    with refused("timer_is_running", "case") as caught:
        start(office, "2026-10-06 09:30", service="general_query")
    assert caught.value.fields["value"] == "V-1"
    assert caught.value.fields["start"].isoformat() == "2026-10-06T09:00:00+02:00"
    office.work("Z-1", "V-1", "2026-10-05 09:00", 15, person="ML")
    start(office, "2026-10-06 09:30", person="ML")
    assert len(running(office)) == 2


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({"case": "V-9"}, "unknown_case", "case", id="a case there is not"),
        pytest.param({"service": "coffee"}, "unknown_value", "service", id="a service there is not"),
        pytest.param({"service": "standard_documents"}, "document_missing", "document", id="which document?"),
        pytest.param({"end": "2026-10-06T10:00:00Z"}, "unknown_key", "end", id="an end at the start"),
        pytest.param({"remedies_processor_defect": True}, "unknown_key", None, id="a flag for later"),
    ],
)
def test_a_clock_for_what_can_t_be_is_not_started(desk: Story, raw, code, path):
    with refused(code, path):
        start(desk, "2026-10-06 09:00", **raw)
    assert running(desk) == []


def test_what_a_clock_is_for_may_change_but_not_since_when_it_runs(office: Story):
    office.case("V-2")
    start(office, "2026-10-06 09:00", note="erst so")
    changed = change(office, case="V-2", service="standard_documents", document="toms", note="an eva@kern.example").row
    assert (changed.case_ref, changed.document, changed.started_at) == ("V-2", "toms", at("2026-10-06 09:00"))
    assert last_event(office)[:2] == ("timer_changed", "person:EB")
    stop(office, "2026-10-06 09:45")
    assert [office.tell(lambda session: find_case(session, "V-2").id)] == [
        row.case_id for row in rows_of(office, Entry)
    ]


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        pytest.param({}, "nothing_said", "case", id="nothing"),
        pytest.param({"urgent": None}, "may_not_be_empty", "urgent", id="nothing where something must be"),
        pytest.param({"contract": "AVV-1"}, "nothing_said", "service", id="a contract without a case"),
        pytest.param({"service": "standard_documents"}, "document_missing", "document", id="which document?"),
        pytest.param({"started_at": "2026-10-06T06:00:00Z"}, "unknown_key", "started_at", id="another start"),
        pytest.param({"case": "V-9"}, "unknown_case", "case", id="a case there is not"),
    ],
)
def test_a_change_that_is_none_is_refused(desk: Story, raw, code, path):
    start(desk, "2026-10-06 09:00")
    with refused(code, path):
        change(desk, **raw)
    assert running(desk)[0].service == "request_processing"


def test_a_note_with_an_address_is_told_but_taken(desk: Story):
    told = start(desk, "2026-10-06 09:00", note="Rückruf bei eva@kern.example").notices
    assert [notice.code for notice in told] == ["note_names_email"]
    assert [notice.code for notice in change(desk, note="geb. 4.5.1970").notices] == ["note_names_birth_date"]


def test_without_a_running_clock_there_is_nothing_to_stop_change_or_discard(desk: Story):
    for deed in (
        lambda session: stop_timer(session, desk.act("2026-10-06 09:00"), "EB", {}),
        lambda session: change_timer(session, desk.act("2026-10-06 09:00"), "EB", {"urgent": True}),
        lambda session: discard_timer(session, desk.act("2026-10-06 09:00"), "EB"),
    ):
        with refused("timer_not_running", "person"):
            desk.tell(deed)


def test_a_clock_that_was_discarded_logs_nothing(office: Story):
    start(office, "2026-10-06 09:00")
    office.tell(lambda session: discard_timer(session, office.act("2026-10-06 11:00"), "EB"))
    assert (running(office), logged(office), last_event(office)[0]) == ([], [], "timer_discarded")
    start(office, "2026-10-06 11:00")


def test_under_a_minute_is_said_and_the_clock_goes_on(desk: Story):
    start(desk, "2026-10-06 09:00:05")
    with refused("timer_under_a_minute"):
        stop(desk, "2026-10-06 09:00:59")
    stop(desk, "2026-10-06 09:01:00")
    assert logged(desk) == [("06. 09:00", "06. 09:01")]


def test_an_end_still_to_come_is_refused(desk: Story):
    start(desk, "2026-10-06 09:00")
    with refused("moment_in_future", "end"):
        stop(desk, "2026-10-06 15:00", "2026-10-06 15:01")
    assert len(running(desk)) == 1


def test_hours_are_elapsed_ones_when_the_clocks_go_back(desk: Story):
    start(desk, "2026-10-25 01:30")
    work = stop(desk, "2026-10-25 03:30")
    assert (work.done.end - work.done.start).total_seconds() == 3 * 3600


# the clock:   |09:00 ----------------- 11:00|
# logged too:            |10:00 - 10:30|
def test_other_work_in_between_is_named_and_the_clock_runs_on(office: Story):
    start(office, "2026-10-06 09:00")
    office.work("Z-7", "V-1", "2026-10-06 10:00", 30)
    with refused("work_overlaps") as caught:
        stop(office, "2026-10-06 11:00")
    since = caught.value.fields["value"].isoformat()
    assert (caught.value.fields["other"], since) == ("Z-7", "2026-10-06T10:00:00+02:00")
    assert len(running(office)) == 1
    stop(office, "2026-10-06 11:00", "2026-10-06 10:00")
    assert logged(office) == [("06. 10:00", "06. 10:30"), ("06. 09:00", "06. 10:00")]


def both(deeds: list[Any]) -> list[Any]:
    """Do two things at the same time; gives what came of each, a result or a problem."""
    barrier, outcomes = threading.Barrier(2), list[Any]()

    def do(deed: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(deed())
        except Problem as problem:
            outcomes.append(problem)

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_stops_at_once_one_logs_the_work(office: Story):
    start(office, "2026-10-06 09:00")
    outcomes = both([lambda: stop(office, "2026-10-06 10:00")] * 2)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert [problem.code for problem in problems] == ["timer_not_running"]
    assert logged(office) == [("06. 09:00", "06. 10:00")]


def test_of_two_starts_at_once_one_clock_runs(office: Story):
    outcomes = both([lambda: start(office, "2026-10-06 09:00")] * 2)
    problems = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    assert len(problems) == 1
    assert problems[0].code in {"timer_is_running", "written_meanwhile"}
    assert len(running(office)) == 1


def test_a_clock_survives_whatever_ends_but_the_database(office: Story):
    start(office, "2026-10-06 09:00")

    def look(session: TenantSession):
        return timer_of(session, find_person(session, "EB").id or 0)

    seen = office.tell(look)
    assert (seen.case_ref, seen.person_ref, seen.started_at) == ("V-1", "EB", at("2026-10-06 09:00"))
    stopped = office.tell(lambda session: stop_timer(session, Act("Other", at("2026-10-06 10:00")), "EB", {}))
    assert stopped.done.end == at("2026-10-06 10:00")
