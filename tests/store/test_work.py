"""Logged work (architecture 2.1): versions instead of edits, nobody works twice at once, billed work stays as it was.

6 Oct 2026, UTC   07:00            08:00            09:00
person AB         |----- E1 -------|
tried             ...          |--...  any minute of it again
"""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from billing.errors import Conflict
from billing.store.tables import EntryVersion
from tests.support import world as w
from tests.support.intruder import intruders, refusals

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "minutes"),
    [
        pytest.param(timedelta(0), 60, id="the same hour"),
        pytest.param(HOUR - MINUTE, 30, id="its last minute"),
        pytest.param(-HOUR, 61, id="its first minute"),
        pytest.param(20 * MINUTE, 10, id="inside it"),
        pytest.param(-HOUR, 180, id="around it"),
    ],
)
def test_work_of_one_person_never_overlaps(store, world, start, minutes):
    with store.tenant(world.processor_id) as session:
        w.add_entry(session, world)
    with pytest.raises(Conflict, match="entry_overlap"), store.tenant(world.processor_id) as session:
        w.add_entry(session, world, "E2", start=w.WORKED + start, minutes=minutes)


def test_work_may_follow_at_once_and_another_person_may_work_at_the_same_time(store, world):
    with store.tenant(world.processor_id) as session:
        w.add_entry(session, world)
        w.add_entry(session, world, "E2", start=w.WORKED + HOUR)
        w.add_entry(session, world, "E3", start=w.WORKED - HOUR)
        w.add_entry(session, world, "E4", person=w.number(w.add_person(session, "CD")))


def test_a_correction_may_overlap_what_it_corrects_but_nothing_else(store, world):
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world)
        w.add_entry(session, world, "E2", start=w.WORKED + HOUR)
        w.put(session, w.version_of(entry, minutes=50, version_no=2, reason="Pause", recorded_at=w.NOW))
    with pytest.raises(Conflict, match="entry_overlap"), store.tenant(world.processor_id) as session:
        w.put(session, w.version_of(entry, minutes=61, version_no=3, reason="länger", recorded_at=w.NOW))


def test_work_that_was_taken_back_leaves_its_time_free(store, world):
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world)
        w.put(session, w.version_of(entry, version_no=2, deleted=True, reason="doppelt", recorded_at=w.NOW))
        w.add_entry(session, world, "E2")


def test_a_new_version_supersedes_the_one_before(store, world):
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world)
        w.put(session, w.version_of(entry, minutes=30, version_no=2, reason="Pause", recorded_at=w.NOW))
    with store.tenant(world.processor_id) as session:
        first, second = session.exec(select(EntryVersion).order_by(col(EntryVersion.version_no))).all()
        assert (first.superseded_at, second.superseded_at) == (w.NOW, None)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"version_no": 3}, "version_out_of_order", id="a version left out"),
        pytest.param({"version_no": 1}, "version_out_of_order", id="the first version again"),
        pytest.param({"recorded_at": w.WORKED}, "version_out_of_order", id="recorded before the last one"),
        pytest.param({"superseded_at": w.NOW}, "born_ended", id="hidden from the start"),
    ],
)
def test_versions_count_up(store, world, changes, code):
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world)
    said = {"version_no": 2, "reason": "Pause", "recorded_at": w.NOW} | changes
    with pytest.raises(Conflict, match=code), store.tenant(world.processor_id) as session:
        w.put(session, w.version_of(entry, **said))


def test_work_can_not_be_hidden_by_marking_it_superseded(furnished):
    hide = "UPDATE entry_version SET superseded_at = '2026-11-02 08:00:00.000000'"
    assert refusals(furnished.people, hide) == {"superseded_by_nothing"}


@pytest.mark.parametrize(
    ("verdict", "minutes", "deleted", "code"),
    [
        pytest.param("billed", 60, False, "entry_already_billed", id="billed work corrected"),
        pytest.param("billed", 60, True, "entry_already_billed", id="billed work taken back"),
        pytest.param("free", 59, False, "entry_already_settled", id="free work cut short"),
        pytest.param("free", 60, True, "entry_already_settled", id="free work taken back"),
    ],
)
def test_decided_work_stays(store, world, verdict, minutes, deleted, code):
    with store.tenant(world.processor_id) as session:
        entry, closing = w.add_entry(session, world), w.add_closing(session, world)
        w.put(session, w.segment_of(closing, entry) if verdict == "billed" else w.free_segment_of(closing, entry))
    said = {"version_no": 2, "reason": "Irrtum", "recorded_at": w.NOW, "deleted": deleted}
    with pytest.raises(Conflict, match=code), store.tenant(world.processor_id) as session:
        w.put(session, w.version_of(entry, minutes=minutes, **said))


def test_work_that_was_released_may_be_corrected(store, world):
    with store.tenant(world.processor_id) as session:
        issued = w.issue(session, world)
        w.cancel(session, world, issued)
        w.put(session, w.version_of(issued.entry, minutes=30, version_no=2, reason="Pause", recorded_at=w.NOW))


def test_an_expense_that_was_decided_is_not_withdrawn(furnished):
    withdraw = "UPDATE expense SET withdrawn_at = '2026-11-02 08:00:00.000000'"
    assert refusals(furnished.people, withdraw) == {"expense_already_settled"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"minutes": 0}, id="no time at all"),
        pytest.param({"minutes": -5}, id="the end before the start"),
        pytest.param({"start": w.WORKED + timedelta(seconds=30)}, id="half a minute"),
        pytest.param({"service": "standard_documents"}, id="a document without its type"),
    ],
)
def test_work_is_sound(store, world, changes):
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world, start=w.WORKED - 5 * HOUR)
    with pytest.raises(IntegrityError, match="ck_entry_version"), store.tenant(world.processor_id) as session:
        w.put(session, w.version_of(entry, version_no=2, reason="x", recorded_at=w.NOW, **changes))


def test_two_at_once_can_not_log_the_same_time(store, world):
    with store.tenant(world.processor_id) as session:
        entries = [w.add_entry(session, world, f"E{hour}", start=w.WORKED + hour * HOUR) for hour in (1, 2, 3)]
    outcomes: list[str] = []

    def move_to_the_same_hour(entry):
        try:
            with store.tenant(world.processor_id) as session:
                w.put(session, w.version_of(entry, version_no=2, reason="Irrtum", recorded_at=w.NOW))
            outcomes.append("moved")
        except Conflict as conflict:
            outcomes.append(conflict.code)

    threads = [threading.Thread(target=move_to_the_same_hour, args=[entry]) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["entry_overlap", "entry_overlap", "moved"]


def test_plain_sql_can_not_log_the_same_time_either(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        entry = w.add_entry(session, world)
        other = w.add_entry(session, world, "E2", start=w.WORKED + HOUR)
    move = f"""INSERT INTO entry_version (processor_id, entry_id, person_id, version_no, start_at, end_at, service,
        travel, onsite, urgent, remedies_processor_defect, deleted, recorded_at, recorded_by_name, reason)
        SELECT processor_id, {other.id}, person_id, 2, start_at, end_at, service, travel, onsite, urgent,
        remedies_processor_defect, deleted, '2026-11-03 12:00:00.000000', 'tester', note
        FROM entry_version WHERE entry_id = {entry.id}"""  # noqa: S608
    with intruders(migrated, world.processor_id) as people:
        for refusal in refusals(people, move.replace(", note", ", '\\x78'" if not migrated.is_sqlite else ", x'78'")):
            assert "entry_overlap" in refusal
