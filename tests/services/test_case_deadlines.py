"""The tracker over real cases: what starts, meets and repeats deadlines, and what is due over all cases."""

import pytest
import sqlalchemy as sa

from billing.services.case_deadlines import deadlines_due, mark_deadline
from billing.services.cases import describe_case
from billing.services.contracts import add_contract, read_contract
from billing.services.incident_notices import send_first_notice
from billing.services.incidents import record_incident
from billing.store.tables import DeadlineMark
from tests.services.casework import act, on_case, stands, utc
from tests.services.furnishing import last_event, refused, rows_of

KNOWN = {"known_at": utc("2026-10-05 09:00"), "contact_point": "Datenschutz, Tel. 0711 1"}
ALL_OPEN = {
    "not_yet_known": [
        "nature",
        "occurred",
        "systems",
        "people_categories",
        "people_count",
        "data_categories",
        "record_count",
        "consequences",
        "measures",
    ]
}


def mark(story, code, when, case="V-1", **said):
    return on_case(story, mark_deadline, code, said, when=when, case=case)


def due(story, when, hours):
    found = story.tell(lambda session: deadlines_due(session, act(when), hours))
    return [f"{case.ref} {one.code}" for case, one in found]


def breach(story, ref="V-2"):
    story.case(ref, "2026-10-05 09:00", kind="breach")
    on_case(story, record_incident, KNOWN | ALL_OPEN, when="2026-10-05 09:00", case=ref)


#   05 09:00 known    06 09:00 first notice    07 08:00 update    contained 08 12:00
def test_a_data_breach_from_knowledge_to_containment(office):
    breach(office)
    assert stands(office, "2026-10-05 10:00", "V-2")["D-01"] == "open 07.10. 09:00"
    on_case(office, send_first_notice, {}, when="2026-10-06 09:00", case="V-2")
    assert stands(office, "2026-10-06 10:00", "V-2") == {
        "D-01": "met 07.10. 09:00",
        "D-02": "open 09.10. 09:00",
        "D-03": "open 07.10. 09:00",
        "D-04": "open 07.10. 09:00",
        "D-05": "not_started",
    }
    mark(office, "D-03", "2026-10-07 08:00", "V-2")
    assert stands(office, "2026-10-08 08:01", "V-2")["D-03"] == "overdue 08.10. 08:00"
    contained = {"contained_at": utc("2026-10-08 12:00")}
    on_case(office, record_incident, contained, when="2026-10-08 12:30", case="V-2")
    after = stands(office, "2026-10-08 13:00", "V-2")
    assert (after["D-03"], after["D-05"]) == ("met 08.10. 08:00", "open 20.10. 23:59")


def test_what_becomes_known_later_ends_the_missing_information(desk):
    breach(desk)
    on_case(desk, send_first_notice, {}, when="2026-10-06 09:00", case="V-2")
    rest = dict.fromkeys(ALL_OPEN["not_yet_known"], "bekannt") | {"people_count": 3, "record_count": 12}
    on_case(desk, record_incident, rest, when="2026-10-06 15:00", case="V-2")
    assert stands(desk, "2026-10-09 09:00", "V-2")["D-04"] == "met 07.10. 09:00"


def test_a_request_reaches_us_first_is_passed_on_and_then_runs_at_the_controller(office):
    office.case("V-3", "2026-10-05 09:00", kind="data_subject_request")
    assert stands(office, "2026-10-05 10:00", "V-3") == {
        "D-06": "not_started",
        "D-07": "open 06.10. 23:59",
        "D-08": "not_started",
    }
    mark(office, "D-07", "2026-10-05 16:00", "V-3", note="per E-Mail weitergeleitet")
    assert stands(office, "2026-10-05 17:00", "V-3") == {
        "D-06": "not_started",
        "D-07": "met 06.10. 23:59",
        "D-08": "open 05.11. 23:59",
    }
    (kept,) = rows_of(office, DeadlineMark)
    assert (kept.code, kept.note) == ("D-07", "per E-Mail weitergeleitet")
    assert last_event(office)[:2] == ("deadline_marked", "case:V-3")


def test_the_holidays_are_those_of_the_seat_with_the_contracts_own(desk):
    desk.case("V-3", "2026-10-08 09:00", kind="data_subject_request")
    assert stands(desk, "2026-10-08 10:00", "V-3")["D-07"] == "open 09.10. 23:59"
    desk.agree("2026-10", "2026-10-08 09:00", extra_holidays=["2026-10-09"])
    assert stands(desk, "2026-10-08 10:00", "V-3")["D-07"] == "open 12.10. 23:59", "over the weekend"


def test_a_contract_of_another_set_has_its_own_deadlines(desk):
    other = {"controller": "K-AVV-1", "ref": "AVV-2", "starts_on": "2025-01-01", "term_set": "immosolve-2026"}
    desk.tell(lambda session: add_contract(session, act(), read_contract(other)))
    desk.case("V-4", "2026-10-05 09:00", contract="AVV-2", kind="breach")
    on_case(desk, record_incident, KNOWN, when="2026-10-05 09:00", case="V-4")
    assert stands(desk, "2026-10-05 10:00", "V-4") == {"D-01": "open 06.10. 09:00", "D-02": "not_started"}


def test_what_is_due_soon_over_all_cases_the_earliest_first(office):
    breach(office)
    office.case("V-3", "2026-10-05 09:00", kind="data_subject_request")
    office.case("V-5", "2026-10-01 09:00", legal_deadline_at=utc("2026-10-05 12:00"))
    office.case("V-6", "2026-10-01 09:00", legal_deadline_at=utc("2026-12-24 12:00"))
    assert due(office, "2026-10-05 10:00", 48) == ["V-5 LEGAL", "V-3 D-07", "V-2 D-01"]
    assert due(office, "2026-10-05 10:00", 2) == ["V-5 LEGAL"]
    assert due(office, "2026-10-05 12:01", 0) == ["V-5 LEGAL"], "overdue is still to do"


def test_what_is_met_or_closed_is_due_no_more(desk):
    desk.case("V-5", "2026-10-01 09:00", legal_deadline_at=utc("2026-10-05 12:00"))
    desk.case("V-6", "2026-10-01 09:00", legal_deadline_at=utc("2026-10-05 12:00"))
    mark(desk, "LEGAL", "2026-10-05 10:00", "V-5")
    closed = {"closed_at": utc("2026-10-05 10:00")}
    on_case(desk, describe_case, closed, when="2026-10-05 10:00", case="V-6")
    assert due(desk, "2026-10-05 11:00", 48) == []


def test_a_passed_term_of_the_other_side_is_nothing_to_do_here(desk):
    breach(desk)
    on_case(desk, send_first_notice, {}, when="2026-10-06 09:00", case="V-2")
    assert "V-2 D-02" in due(desk, "2026-10-08 09:00", 24)
    assert "V-2 D-02" not in due(desk, "2026-10-09 10:01", 24)


def test_a_passed_deadline_stops_no_work(desk):
    desk.case("V-5", "2026-10-01 09:00", legal_deadline_at=utc("2026-10-02 12:00"))
    desk.work("Z-1", "V-5", "2026-10-06 09:00", 60)
    assert stands(desk, "2026-10-06 12:00", "V-5")["LEGAL"].startswith("overdue")


@pytest.mark.parametrize(
    ("code", "said", "refusal"),
    [
        pytest.param("D-05", {}, "deadline_unknown", id="a deadline of other cases"),
        pytest.param("D-99", {}, "deadline_unknown", id="a deadline there is not"),
        pytest.param("D-08", {}, "deadline_not_started", id="one that nothing has set going"),
        pytest.param("D-07", {"met_at": utc("2026-10-05 16:01")}, "moment_in_future", id="still to come"),
        pytest.param("D-07", {"met": True}, "unknown_key", id="a field there is not"),
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(desk, code, said, refusal):
    desk.case("V-3", "2026-10-05 09:00", kind="data_subject_request")
    with refused(refusal):
        mark(desk, code, "2026-10-05 16:00", "V-3", **said)
    assert rows_of(desk, DeadlineMark) == []


def test_what_is_met_is_not_marked_again(desk):
    desk.case("V-3", "2026-10-05 09:00", kind="data_subject_request")
    mark(desk, "D-07", "2026-10-05 16:00", "V-3")
    with refused("deadline_is_met"):
        mark(desk, "D-07", "2026-10-05 17:00", "V-3")


def test_the_questions_are_as_many_for_one_case_as_for_many(desk):
    breach(desk)
    one = queries_of(desk)
    for number in range(10, 15):
        desk.contract(f"AVV-{number}")
        desk.case(f"V-{number}", "2026-10-05 09:00", contract=f"AVV-{number}", kind="data_subject_request")
    assert queries_of(desk) == one


def queries_of(story):
    asked = []
    note = lambda *_: asked.append(1)  # noqa: E731
    sa.event.listen(story.store.engine, "before_cursor_execute", note)
    due(story, "2026-10-05 10:00", 48)
    sa.event.remove(story.store.engine, "before_cursor_execute", note)
    return len(asked)
