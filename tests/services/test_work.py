"""Logged work: always possible, corrected by new versions, never twice at once, final once an invoice bills it."""

import pytest

from billing.errors import Conflict, Refused
from billing.services.work import correct_work, delete_work, find_entry, log_work
from billing.services.work_done import read_work
from billing.services.work_lists import list_work
from billing.store.tables import Entry, EntryVersion
from tests.months.facts import BERLIN, at
from tests.months.story import Story
from tests.services.furnishing import NOW, last_event, refused, rows_of
from tests.support.asked import awaited, heard

NEW = {
    "case": "V-1",
    "person": "EB",
    "start": "2026-10-06T09:00:00+02:00",
    "end": "2026-10-06T10:30:00+02:00",
    "service": "request_processing",
}


def log(story: Story, change=None, when: str = NOW):
    return story.tell(lambda session: log_work(session, story.act(when), read_work(NEW | (change or {}))))


def correct(story: Story, ref: str, raw, reason: str | None = "Tippfehler", when: str = NOW):
    act = story.act(when)
    return story.tell(lambda session: correct_work(session, act, find_entry(session, ref), raw, reason)).version


def delete(story: Story, ref: str, when: str = NOW):
    return story.tell(lambda session: delete_work(session, story.act(when), find_entry(session, ref), "doppelt"))


def test_work_is_logged_to_the_minute_and_never_rounded(office: Story):
    entry = log(office, {"end": "2026-10-06T09:07:59+02:00", "note": "Anruf"})
    (version,) = rows_of(office, EntryVersion)
    assert (entry.ref, version.start_at, version.end_at, version.note) == (
        "Z-2026-0001",
        at("2026-10-06 09:00"),
        at("2026-10-06 09:07"),
        "Anruf",
    )
    assert last_event(office)[:2] == ("work_logged", "entry:Z-2026-0001")


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        pytest.param({"case": "V-9"}, "unknown_case", "case", id="a case there is not"),
        pytest.param({"person": "XX"}, "unknown_person", "person", id="nobody of ours"),
        pytest.param({"service": "coffee"}, "unknown_value", "service", id="a service there is not"),
        pytest.param({"end": NEW["start"]}, "entry_is_empty", "end", id="no minute"),
        pytest.param({"end": "2026-10-06T08:00:00+02:00"}, "end_before_start", "end", id="an end before the start"),
        pytest.param({"end": "2026-10-07T09:01:00+02:00"}, "work_too_long", "end", id="24 hours and a minute"),
        pytest.param({"end": "2026-10-06T10:30:00"}, "time_without_offset", "end", id="a local time"),
        pytest.param(
            {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T08:01:00Z"}, "moment_in_future", "end", id="to come"
        ),
        pytest.param({"service": "standard_documents"}, "document_missing", "document", id="which document?"),
        pytest.param({"travel": "yes"}, "not_true_or_false", "travel", id="a word for a flag"),
        pytest.param({"rate": "100.00"}, "unknown_key", "rate", id="a field there is not"),
    ],
)
def test_work_that_can_t_have_been_is_refused(desk: Story, change, code, path):
    with refused(code, path):
        log(desk, change)
    assert rows_of(desk, Entry) == []


def test_that_nobody_recorded_the_facts_of_an_audit_is_said_to_who_works_on_it(office: Story):
    def told(hour: int) -> list[str]:
        times = {"start": f"2026-10-06T{hour:02d}:00:00+02:00", "end": f"2026-10-06T{hour:02d}:30:00+02:00"}
        return [notice.code for notice in log(office, {**times, "service": "audit_support"}).notices]

    assert told(9) == ["audit_facts_missing"]
    corrected = office.tell(
        lambda s: correct_work(s, office.act(NOW), find_entry(s, "Z-2026-0001"), {"note": "Nachtrag"}, "vergessen")
    )
    assert [notice.code for notice in corrected.notices] == ["audit_facts_missing"]
    office.fact("V-1", NOW, audit_site="Werk", audit_mode="onsite", audit_date="2026-10-06")
    assert told(10) == []


# EB:      |09:00 ---------- 10:30|
# again:        |10:29 -- 11:00|          one minute of both
# later:                    |10:30 - 11:00|
def test_nobody_works_twice_at_once_and_the_other_entry_is_named(office: Story):
    log(office)
    with refused("work_overlaps", "start") as caught:
        log(office, {"start": "2026-10-06T10:29:00+02:00", "end": "2026-10-06T11:00:00+02:00"})
    assert isinstance(caught.value, Conflict)
    assert (caught.value.fields["other"], caught.value.fields["case"]) == ("Z-2026-0001", "V-1")
    assert caught.value.fields["start"].isoformat() == "2026-10-06T09:00:00+02:00"
    log(office, {"start": "2026-10-06T10:30:00+02:00", "end": "2026-10-06T11:00:00+02:00"})
    assert len(rows_of(office, Entry)) == 2


def test_two_people_may_work_at_once_and_one_again_where_work_was_taken_back(office: Story):
    log(office)
    office.work("Z-9", "V-1", "2026-10-06 09:00", 60, person="ML")
    delete(office, "Z-2026-0001")
    log(office, {"ref": "Z-10"})
    assert [row.ref for row in rows_of(office, Entry)] == ["Z-2026-0001", "Z-9", "Z-10"]


def test_work_is_corrected_by_a_version_and_the_old_one_stays(office: Story):
    log(office)
    version = correct(office, "Z-2026-0001", {"end": "2026-10-06T10:45:00+02:00", "travel": True})
    first, second = rows_of(office, EntryVersion)
    assert (first.end_at, first.superseded_at, first.travel) == (at("2026-10-06 10:30"), at(NOW), False)
    assert (second.id, second.end_at, second.service) == (version.id, at("2026-10-06 10:45"), "request_processing")
    assert (second.travel, second.reason) == (True, "Tippfehler")
    assert last_event(office)[:2] == ("work_corrected", "entry:Z-2026-0001")


@pytest.mark.parametrize(
    ("raw", "reason", "code", "path"),
    [
        pytest.param({}, "so", "nothing_said", "start", id="nothing to change"),
        pytest.param({"end": "2026-10-06T08:00:00Z"}, None, "missing_key", "reason", id="no reason"),
        pytest.param({"end": "2026-10-06T08:00:00Z"}, " ", "text_is_empty", "reason", id="a reason of blanks"),
        pytest.param({"case": "V-2"}, "so", "unknown_key", "case", id="another case: log it anew"),
        pytest.param({"end": "2026-10-06T06:00:00Z"}, "so", "end_before_start", "end", id="an end before the start"),
        pytest.param({"service": "standard_documents"}, "so", "document_missing", "document", id="which document?"),
        pytest.param(
            {"start": "2026-10-06T09:00:00Z", "end": "2026-10-06T10:30:00Z"},
            "so",
            "work_overlaps",
            "start",
            id="into other work",
        ),
    ],
)
def test_a_correction_that_is_none_changes_nothing(desk: Story, raw, reason, code, path):
    log(desk)
    log(desk, {"ref": "Z-2", "start": "2026-10-06T12:00:00+02:00", "end": "2026-10-06T13:00:00+02:00"})
    with refused(code, path):
        correct(desk, "Z-2026-0001", raw, reason)
    assert len(rows_of(desk, EntryVersion)) == 2


def test_work_taken_back_stays_in_the_history_and_is_not_taken_back_twice(office: Story):
    log(office)
    delete(office, "Z-2026-0001")
    assert [version.deleted for version in rows_of(office, EntryVersion)] == [False, True]
    with refused("work_is_deleted"):
        delete(office, "Z-2026-0001")
    with refused("work_is_deleted"):
        correct(office, "Z-2026-0001", {"travel": True})


def test_billed_work_is_final_until_its_invoice_is_cancelled(office: Story):
    office.estimate("Q-1", "V-1", regular=600)
    log(office, when="2026-10-06 12:00")
    office.bill("2026-10", "2026-11-02 10:00")
    for change in (
        lambda: correct(office, "Z-2026-0001", {"travel": True}, when="2026-11-02 11:00"),
        lambda: delete(office, "Z-2026-0001", "2026-11-02 11:00"),
    ):
        with refused("work_is_billed") as caught:
            change()
        assert isinstance(caught.value, Refused)
        assert (caught.value.fields["number"], caught.value.fields["clause"]) == ("RE-2026-0001", "13(8)")
    office.cancel("RE-2026-0001", "2026-11-03 09:00")
    correct(office, "Z-2026-0001", {"travel": True}, when="2026-11-03 10:00")


# found free:   |09:00 --- 09:30|
# corrected to: |09:00 --- 09:45|      keeps all of it
#               |09:10 --- 09:30|      loses ten minutes
def test_minutes_found_free_must_stay_in_a_corrected_entry(office: Story):
    office.work("Z-1", "V-1", "2026-10-06 09:00", 30, "request_intake")
    office.bill("2026-10", "2026-11-02 10:00")
    with refused("work_is_settled"):
        correct(office, "Z-1", {"start": at("2026-10-06 09:10").isoformat()}, when="2026-11-02 11:00")
    with refused("work_is_settled"):
        delete(office, "Z-1", "2026-11-02 11:00")
    correct(office, "Z-1", {"end": at("2026-10-06 09:45").isoformat()}, when="2026-11-02 11:00")


def test_a_list_can_be_of_a_case_a_person_or_a_local_month(office: Story):
    office.case("V-2", when="2026-09-01 08:00")
    office.work("Z-1", "V-1", "2026-10-01 00:00", 30)
    office.work("Z-2", "V-2", "2026-09-30 23:00", 30)
    office.work("Z-3", "V-2", "2026-09-30 23:00", 30, person="ML")

    def refs(**wanted):
        return [row.ref for row in office.tell(lambda session: list_work(session, wanted, BERLIN))]

    assert refs() == ["Z-2", "Z-3", "Z-1"]
    assert (refs(month="2026-10"), refs(month="2026-09")) == (["Z-1"], ["Z-2", "Z-3"])
    assert (refs(case="V-2", person="ML"), refs(contract="AVV-1", month="2026-11")) == (["Z-3"], [])
    with refused("not_a_month", "month"):
        refs(month="October")


def test_references_of_entries_go_on_where_others_were_given_by_hand(office: Story):
    office.work("Z-2026-0007", "V-1", "2026-10-01 09:00", 30)
    office.work("Z-2026-x", "V-1", "2026-10-01 10:00", 30)
    assert log(office).ref == "Z-2026-0008"
    with refused("entry_exists", "ref"):
        log(office, {"ref": "Z-2026-x"})
    with refused("unknown_entry", "entry"):
        office.tell(lambda session: find_entry(session, "Z-0"))


def test_references_go_on_though_many_others_were_written_since(office: Story):
    """The newest ones are looked at; if the next is taken then, those of its name are searched for, not tried."""
    for number in range(1, 31):
        office.work(f"Z-2026-{number:04d}", "V-1", f"2026-09-{number:02d} 09:00", 30)
    for number in range(1, 21):
        office.work(f"X-{number}", "V-1", f"2026-09-{number:02d} 10:00", 30)
    asked: list[str] = []
    with heard(office.store, asked.append):
        assert log(office).ref == "Z-2026-0031"
    assert (
        len([question for question in asked if question.startswith("SELECT entry.ref") and ".ref = " in question]) == 2
    )


@pytest.mark.parametrize("note", [None, "Anruf"])
def test_logging_asks_the_database_few_questions(office: Story, note):
    """People log all day long: case, contract and person at once, a reference, overlaps, rows, budget, audit log."""
    log(office)
    asked: list[str] = []
    more = {"note": note} if note else {}
    new = read_work(NEW | {"start": "2026-10-07T09:00:00+02:00", "end": "2026-10-07T10:00:00+02:00"} | more)
    with office.store.tenant(office.processor_id) as session, heard(office.store, asked.append):
        log_work(session, office.act(NOW), new, BERLIN)
    locks = [statement for statement in asked if "pg_advisory_xact_lock" in statement]
    assert len(asked) - len(locks) <= 9, asked
    assert len(locks) <= 2


def test_logging_waits_for_few_answers(office: Story):
    """To a server and back: for place and newest references, whether the next is taken, the budget, the chain."""
    log(office)
    waited: list[str] = []
    new = read_work(NEW | {"start": "2026-10-07T09:00:00+02:00", "end": "2026-10-07T10:00:00+02:00"})
    with office.store.tenant(office.processor_id) as session, awaited(waited.append):
        log_work(session, office.act(NOW), new, BERLIN)
    assert len(waited) <= 4, waited
