"""Which deadlines a case has, and where each stands; moments are minutes of October 2026 in Berlin, `05 09:00`."""

from typing import Any

import pytest

from billing.deadlines.rules import DEBTIFY, IMMOINVENT, IMMOSOLVE
from billing.deadlines.tracking import CaseEvents, InstructionEvents, State, Tracked, track
from billing.timespan import Instant
from tests.deadlines.berlin import calendar_of, moment, shown

BREACH = {"kind": "breach"}
REQUEST = {"kind": "data_subject_request"}


def on(day_and_time: str) -> Instant:
    return moment(f"2026-10-{day_and_time}")


def tracked(term_set: str = IMMOINVENT, **events: Any) -> dict[str, Tracked]:
    """Track a case opened on Monday the 5th; texts among the events are moments."""
    said: dict[str, Any] = {"opened_at": "05 08:00", **events, "term_set": term_set}
    for name, value in said.items():
        if name.endswith("_at") and isinstance(value, str):
            said[name] = on(value)
    said["marks"] = {code: tuple(map(on, moments)) for code, moments in said.get("marks", {}).items()}
    found = track(CaseEvents(**said), calendar_of())
    by_name = {f"{one.code} {one.about}" if one.about else one.code: one for one in found}
    assert len(by_name) == len(found)
    return by_name


def stand(one: Tracked, now: str) -> str:
    """Tell state and strict end in one line."""
    end = "" if one.due is None else f" {shown(one.due.strict)[8:]}"
    return f"{one.state(on(now))}{end}"


#  05 09:00      06 09:00      07 09:00      08 10:00          09 10:00 ...   20
#  known         first notice  48 h over     status marked     contained      10 Werktage
@pytest.mark.parametrize(
    ("events", "now", "stands"),
    [
        pytest.param(
            {},
            "05 09:00",
            {"D-01": "not_started", "D-02": "not_started", "D-03": "not_started", "D-05": "not_started"},
            id="nobody knows yet since when it is known",
        ),
        pytest.param({"known_at": "05 09:00"}, "07 09:00", {"D-01": "open 07 09:00"}, id="the last minute is in time"),
        pytest.param({"known_at": "05 09:00"}, "07 09:01", {"D-01": "overdue 07 09:00"}, id="a minute later it is not"),
        pytest.param(
            {"known_at": "05 09:00", "first_notice_at": "06 09:00"},
            "06 10:00",
            {
                "D-01": "met 07 09:00",
                "D-02": "open 09 09:00",
                "D-03": "open 07 09:00",
                "D-05": "not_started",
            },
            id="the first notice starts the 72 hours of the controller and the daily updates",
        ),
        pytest.param(
            {"known_at": "05 09:00", "first_notice_at": "06 09:00", "marks": {"D-03": ["07 08:00", "08 10:00"]}},
            "08 12:00",
            {"D-03": "open 09 10:00"},
            id="each update sets the next one going",
        ),
        pytest.param(
            {"known_at": "05 09:00", "first_notice_at": "06 09:00", "contained_at": "09 10:00"},
            "30 12:00",
            {"D-03": "met 07 09:00", "D-05": "overdue 21 23:59"},
            id="containment ends the updates and starts ten Werktage for the final report",
        ),
        pytest.param(
            {"first_notice_at": "06 09:00", "left_open_at": "06 09:00"},
            "07 09:01",
            {"D-04": "overdue 07 09:00"},
            id="what the first notice left open is to follow at once",
        ),
        pytest.param(
            {"first_notice_at": "06 09:00", "left_open_at": "06 09:00", "completed_at": "08 09:00"},
            "08 09:01",
            {"D-04": "met 07 09:00"},
            id="until nothing is missing any more",
        ),
        pytest.param(
            {"asked_at": "05 08:00", "known_at": "05 08:00"},
            "05 09:00",
            {"D-02": "open 08 08:00"},
            id="a controller who told us knows: its own 72 hours run",
        ),
    ],
)
def test_a_data_breach(events, now, stands):
    found = tracked(**BREACH, **events)
    assert {code: stand(found[code], now) for code in stands} == stands


@pytest.mark.parametrize(
    ("events", "codes"),
    [
        pytest.param(BREACH, "D-01 D-02 D-03 D-05", id="a data breach"),
        pytest.param({"kind": "data_breach"}, "D-01 D-02 D-03 D-05", id="a data breach by its long name"),
        pytest.param(BREACH | {"asked_at": "05 08:00"}, "D-02 D-03 D-05", id="one that the controller reported"),
        pytest.param({"kind": "other", "is_incident": True}, "D-01 D-02 D-03 D-05", id="a case that became one"),
        pytest.param(REQUEST, "D-06 D-07 D-08", id="a data-subject request"),
        pytest.param(REQUEST | {"asked_at": "05 08:00"}, "D-06 D-08", id="one that came by way of the controller"),
        pytest.param({"kind": "audit"}, "D-14", id="an audit"),
        pytest.param({"kind": "general_query"}, "", id="a general query"),
        pytest.param({"kind": "dpia", "legal_deadline_at": "30 12:00"}, "LEGAL", id="anything with a legal deadline"),
    ],
)
def test_a_case_has_the_deadlines_of_what_it_is(events, codes):
    assert " ".join(tracked(**events)) == codes


@pytest.mark.parametrize(
    ("term_set", "events", "codes"),
    [
        pytest.param(IMMOSOLVE, BREACH, "D-01 D-02", id="Immosolve: at once, and no word of updates"),
        pytest.param(DEBTIFY, REQUEST | {"kind": "data_portability"}, "D-07 D-08 D-09", id="Debtify: portability"),
        pytest.param(IMMOINVENT, REQUEST | {"kind": "data_portability"}, "D-06 D-07 D-08", id="ImmoInvent: 11(2)"),
    ],
)
def test_another_contract_has_other_deadlines(term_set, events, codes):
    assert " ".join(tracked(term_set, **events)) == codes


def test_seven_arbeitstage_for_a_portable_data_set():
    found = tracked(DEBTIFY, kind="data_portability", asked_at="05 08:00")
    assert stand(found["D-09"], "05 09:00") == "open 14 23:59"


@pytest.mark.parametrize(("wanted", "end"), [("08 12:00", "08 12:00"), ("23 18:00", "23 18:00")])
def test_the_seven_days_are_for_who_sets_no_term(wanted, end):
    found = tracked(DEBTIFY, kind="data_portability", asked_at="05 08:00", wanted_at=wanted)
    assert stand(found["D-09"], "05 09:00") == f"open {end}"
    assert found["D-09"].state(Instant(on(end) + 1)) is State.OVERDUE, "a term that was set does not move"
    assert found["D-08"].due == tracked(DEBTIFY, kind="data_portability", asked_at="05 08:00")["D-08"].due


def test_a_request_that_reached_the_processor_is_passed_on_and_then_runs_at_the_controller():
    before = tracked(**REQUEST)
    assert (stand(before["D-07"], "05 09:00"), stand(before["D-08"], "05 09:00")) == ("open 06 23:59", "not_started")
    after = tracked(**REQUEST, marks={"D-07": ["05 15:00"]})
    assert stand(after["D-07"], "07 09:00") == "met 06 23:59"
    assert stand(after["D-08"], "07 09:00") == "open 05 23:59", "a month later, 5 November"


def test_fourteen_days_run_from_the_instruction_of_the_controller():
    found = tracked(**REQUEST, instructions=(InstructionEvents(ref="W-1", given_at=on("07 10:00")),))
    assert stand(found["D-06"], "22 00:00") == "overdue 21 23:59"
    assert "D-07" in found, "the data subject wrote to the processor two days before"


def test_each_instruction_is_confirmed_on_its_own():
    instructions = (
        InstructionEvents(ref="W-1", given_at=on("05 10:00"), confirmed_at=on("05 11:00")),
        InstructionEvents(ref="W-2", given_at=on("08 10:00")),
    )
    found = tracked(kind="other", instructions=instructions, marks={"D-26": ["06 09:00"]})
    assert [stand(found[name], "10 08:00") for name in ("D-26 W-1", "D-26 W-2")] == ["met 06 23:59", "overdue 09 23:59"]


def test_what_was_met_too_late_says_so():
    found = tracked(**BREACH, known_at="05 09:00", first_notice_at="07 09:01")
    assert (found["D-01"].state(on("08 00:00")), found["D-01"].was_late) == (State.MET, True)
    assert not tracked(**BREACH, known_at="05 09:00", first_notice_at="07 09:00")["D-01"].was_late


def test_a_mark_meets_a_deadline_when_no_fact_does():
    found = tracked(kind="other", legal_deadline_at="30 12:00", marks={"LEGAL": ["29 09:00"]})
    assert stand(found["LEGAL"], "31 00:00") == "met 30 12:00"


def test_an_announcement_is_counted_back_from_the_day_of_the_audit():
    found = tracked(kind="audit", audit_at=on("26 00:00"))
    assert stand(found["D-14"], "05 09:00") == "open 11 23:59"
