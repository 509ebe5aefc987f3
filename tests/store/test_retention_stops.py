"""What stops a deletion although the years are over: a hold, an open matter, a row that is still needed."""

# ruff: noqa: S608 - statements put together from names of our own tables

from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing.store.rules.retention import retained_tables
from billing.store.session import Store
from billing.store.tables import Contact, Controller, Entry, ImportBatch, LegalHold, OpeningBalance, ProcessorVersion
from tests.store.conftest import Furnished
from tests.support import world as w
from tests.support.intruder import intruders, refusals
from tests.support.leaves import leave_to_delete, today
from tests.support.migrated import Migrated

LONG_AGO = datetime(2012, 6, 1, 8, tzinfo=UTC)


def old_batch(session: Any) -> ImportBatch:
    """Keep something that is of no controller, of 2012."""
    said: dict[str, Any] = {"file_name": "a.csv", "file_sha256": w.HASH, "format": "toggl", "row_count": 1}
    return w.put(session, ImportBatch(**said, **w.recorded(LONG_AGO)))


def old_entry(session: Any, world: w.World) -> Entry:
    """Log work in 2012 that nobody ever billed."""
    return w.add_entry(session, world, start=LONG_AGO)


def held_by(session: Any, **scope: Any) -> LegalHold:
    return w.put(session, LegalHold(ref="S1", reason="Betriebsprüfung", **scope, **w.recorded()))


HOLDS = [
    pytest.param({}, {"entry", "import_batch"}, id="all is held"),
    pytest.param({"from_year": 2012}, {"entry", "import_batch"}, id="that year and later"),
    pytest.param({"from_year": 2013}, set(), id="later years only"),
    pytest.param({"controller_id": "mine"}, {"entry", "import_batch"}, id="this controller, and what is of none"),
    pytest.param({"controller_id": "another"}, {"import_batch"}, id="another controller, and what is of none"),
]


@pytest.mark.parametrize(("scope", "held"), HOLDS)
def test_a_hold_stops_what_it_covers(migrated: Migrated, store: Store, world: w.World, scope: Any, held: set[str]):
    with store.tenant(world.processor_id) as session:
        address: dict[str, Any] = {"name": "B", "street": "Weg 2", "postcode": "70173", "city": "Stuttgart"}
        another = w.put(session, Controller(ref="K2", **address))
        rows = {"entry": w.number(old_entry(session, world)), "import_batch": w.number(old_batch(session))}
        ids = {"mine": world.controller_id, "another": w.number(another)}
        held_by(session, **{name: ids.get(str(value), value) for name, value in scope.items()})
    with intruders(migrated, world.processor_id) as people:
        for table, row in rows.items():
            tried = {person.attempt(leave_to_delete(world, table, row, today())) for person in people}
            assert all("row_is_held" in refusal for refusal in tried) if table in held else tried == {""}


def test_a_hold_set_after_the_leave_was_given_still_stops_the_deletion(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        row = w.number(old_batch(session))
    leave = leave_to_delete(world, "import_batch", row, today())
    hold = f"""INSERT INTO legal_hold (processor_id, ref, reason, recorded_at, recorded_by_name)
        VALUES ({world.processor_id}, 'S1', {{sealed}}, '2026-11-02 08:00:00.000000', 'tester')"""
    delete = f"DELETE FROM import_batch WHERE id = {row}"
    with intruders(migrated, world.processor_id) as people:
        sealed = hold.format(sealed="X'00'" if migrated.is_sqlite else "'\\x00'::bytea")
        assert refusals(people, leave, sealed, delete) == {"row_is_held"}
        lifted = """UPDATE legal_hold SET lifted_at = recorded_at, lifted_by_name = 'tester', lift_reason = reason"""
        assert [person.attempt(leave, sealed, lifted, delete) for person in people] == [""] * len(people)


def test_a_lifted_hold_is_not_set_again_and_stays(furnished: Furnished):
    lift = "UPDATE legal_hold SET lifted_at = recorded_at, lifted_by_name = 'tester', lift_reason = reason"
    back = "UPDATE legal_hold SET lifted_at = NULL, lifted_by_name = NULL, lift_reason = NULL"
    assert refusals(furnished.people, lift, back) == {"row_is_final"}
    assert refusals(furnished.people, "DELETE FROM legal_hold") == {"row_is_kept"}


@pytest.mark.parametrize("table", ["entry", "import_batch", "invoice"])
def test_no_leave_is_given_for_a_row_that_is_still_to_come(furnished: Furnished, table: str):
    """Written beforehand it would let the row go on the day it comes."""
    leave = leave_to_delete(furnished.world, table, 987_654, "2026-11-02")
    assert refusals(furnished.people, leave) == {"retention_of_nothing"}


def test_a_leave_says_a_time_that_is_over(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        row = w.number(old_batch(session))
    with intruders(migrated, world.processor_id) as people:
        leave = leave_to_delete(world, "import_batch", row, today()).replace("1999-12-31", "2099-12-31")
        assert all("ck_retention_record_time_has_run_out" in person.attempt(leave) for person in people)


@pytest.mark.parametrize("table", ["policy", "number_series", "no_such_table", "Entry"])
def test_no_leave_is_given_in_a_table_where_none_counts(furnished: Furnished, table: str):
    assert table not in retained_tables()
    leave = leave_to_delete(furnished.world, table, 1, "2026-11-02")
    assert refusals(furnished.people, leave) == {"retention_of_nothing"}


def test_the_leave_is_asked_again_when_the_row_goes(migrated, store, world):
    """Work of 2012 that was billed only now is a voucher's proof; a leave given before does not count any more."""
    with store.tenant(world.processor_id) as session:
        entry = old_entry(session, world)
        closing = w.add_closing(session, world)
        segment = w.segment_of(closing, entry)
        segment.from_min, segment.to_min = (int(LONG_AGO.timestamp()) // 60 + at for at in (0, 60))
    leave = leave_to_delete(world, "entry_version", "(SELECT max(id) FROM entry_version)", today())
    delete = f"DELETE FROM entry_version WHERE entry_id = {entry.id}"
    with intruders(migrated, world.processor_id) as people:
        assert [person.attempt(leave, delete) for person in people] == [""] * len(people)
        people[0].connection.execute(leave)
    with store.tenant(world.processor_id) as session:
        w.put(session, segment)
    with intruders(migrated, world.processor_id) as people:
        assert refusals(people, delete) == {"retention_too_early"}


def test_free_minutes_do_not_go_before_their_entry_or_they_would_be_decided_again(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        entry, closing = old_entry(session, world), w.add_closing(session, world, "2012-06", as_of=LONG_AGO)
        begin = int(LONG_AGO.timestamp()) // 60
        segment = w.free_segment_of(closing, entry, month="2012-06")
        segment.from_min, segment.to_min = begin, begin + 60
        w.put(session, segment)
    close = 'UPDATE "case" SET closed_at = recorded_at'
    leave_segment = leave_to_delete(world, "segment", segment.id, today())
    leave_version = leave_to_delete(world, "entry_version", "(SELECT max(id) FROM entry_version)", today())
    delete = f"DELETE FROM segment WHERE id = {segment.id}"
    with intruders(migrated, world.processor_id) as people:
        assert refusals(people, leave_segment) == {"retention_too_early"}, "the case is open"
        assert refusals(people, close, leave_segment, delete) == {"row_is_used"}
        whole = (close, leave_segment, leave_version, f"DELETE FROM entry_version WHERE entry_id = {entry.id}", delete)
        assert [person.attempt(*whole) for person in people] == [""] * len(people)


def test_an_entry_that_is_going_gets_no_version_any_more(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        entry = old_entry(session, world)
    leave = leave_to_delete(world, "entry", entry.id, today())
    again = f"""INSERT INTO entry_version (processor_id, entry_id, version_no, person_id, start_at, end_at, service,
        travel, onsite, urgent, remedies_processor_defect, deleted, reason, recorded_at, recorded_by_name)
        SELECT processor_id, entry_id, 2, person_id, start_at, end_at, service, travel, onsite, urgent,
        remedies_processor_defect, deleted, NULL, recorded_at, recorded_by_name FROM entry_version
        WHERE entry_id = {entry.id}"""
    with intruders(migrated, world.processor_id) as people:
        assert refusals(people, leave, again) == {"row_is_going"}


LIVING = [
    pytest.param("contact", "ended_at = NULL", id="a contact of a living contract"),
    pytest.param("person", "left_on = NULL", id="a member of staff"),
    pytest.param("person", "left_on = '2199-12-31'", id="who is about to leave"),
    pytest.param("user", "disabled_at = NULL", id="an account that may come in"),
    pytest.param("contract", "ended_on = NULL", id="a living contract"),
    pytest.param("controller", "name = name", id="a controller with a living contract"),
]


@pytest.mark.parametrize(("table", "state"), LIVING)
def test_what_lives_is_kept_without_a_period(furnished: Furnished, table: str, state: str):
    leave = leave_to_delete(furnished.world, table, f'(SELECT min(id) FROM "{table}")', today())
    alive = f'UPDATE "{table}" SET {state}'
    tried = {person.attempt(alive, leave) for person in furnished.people if person.role != "app"}
    assert all("retention_too_early" in refusal for refusal in tried)


def test_the_balance_that_a_series_counts_from_stays(migrated, store, world):
    with store.tenant(world.processor_id) as session:
        said: dict[str, Any] = {"kind": "next_number", "series": "RE", "year": 2012, "value": 7}
        row = w.put(session, OpeningBalance(**said, **w.recorded(LONG_AGO)))
    with intruders(migrated, world.processor_id) as people:
        leave = leave_to_delete(world, "opening_balance", row.id, today())
        assert refusals(people, leave) == {"retention_too_early"}


def test_a_letterhead_goes_ten_years_after_the_next_one_began(migrated, store, world):
    letter: dict[str, Any] = {"company_name": "A", "street": "W", "postcode": "1", "city": "S", "vat_id": "DE1"}
    with store.tenant(world.processor_id) as session:
        first, last = [
            w.put(session, ProcessorVersion(valid_from=date(year, 1, 1), **letter, **w.recorded(LONG_AGO)))
            for year in (2010, 2013)
        ]
    with intruders(migrated, world.processor_id) as people:
        early = leave_to_delete(world, "processor_version", first.id, "2023-12-31")
        assert refusals(people, early) == {"retention_too_early"}
        in_time = leave_to_delete(world, "processor_version", first.id, "2024-01-01")
        assert [person.attempt(in_time) for person in people] == [""] * len(people)
        assert refusals(people, leave_to_delete(world, "processor_version", last.id, today())) == {
            "retention_too_early"
        }


def test_leave_of_one_processor_gives_none_to_another(migrated, store, world):
    """The record names a row by its id alone, so it must be of the same tenant."""
    other = w.found(store, f"other-{world.processor_id}")
    with store.tenant(other.processor_id) as session:
        ended = LONG_AGO
        theirs = w.put(session, Contact(controller_id=other.controller_id, email_digest="d" * 64, ended_at=ended))
    with intruders(migrated, world.processor_id) as people:
        leave = leave_to_delete(world, "contact", theirs.id, today())
        assert refusals(people, leave) == {"retention_of_nothing"}
