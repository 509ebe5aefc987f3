"""The two logs (architecture 2.6): append-only, without a hole, every change visible; kept as long as they must be."""

# ruff: noqa: S608 - statements put together from the ids of a test

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from billing.services.log_retention import months_before
from billing.store.audit import Event, append_access, append_audit, verify_access, verify_audit
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.rules.logs import ACCESS_LOG_MONTHS, GENESIS
from billing.store.rules.speech import spoken
from billing.store.tables import AccessLog, AuditLog
from tests.support import world as w
from tests.support.intruder import copied, intruders, refusals


def event(number: int = 1, at: datetime = w.NOW) -> Event:
    return Event(at, "tester", "month_closed", f"contract:V{number}", {"month": "2026-10", "gross_cents": number})


@pytest.fixture
def log(store, world) -> list[AuditLog]:
    """Three rows of an audit log."""
    with store.tenant(world.processor_id) as session:
        for number in (1, 2, 3):
            append_audit(session, event(number))
        return list(session.exec(select(AuditLog).order_by(col(AuditLog.seq))))


def test_rows_are_numbered_and_chained(log):
    assert [row.seq for row in log] == [1, 2, 3]
    assert [row.prev_hash for row in log] == [GENESIS, log[0].hash, log[1].hash]


def test_a_whole_chain_verifies(store, world, log):
    with store.tenant(world.processor_id, read_only=True) as session:
        report = verify_audit(session)
    assert (report.rows, report.head, report.broken_at) == (3, log[2].hash, None)


def test_an_empty_chain_verifies(store, world):
    with store.tenant(world.processor_id, read_only=True) as session:
        assert verify_audit(session).rows == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "UPDATE audit_log SET details = '{}'",
        "UPDATE audit_log SET hash = prev_hash",
        "DELETE FROM audit_log",
    ],
)
def test_the_audit_log_is_append_only(furnished, statement):
    assert refusals(furnished.people, statement) - {"no right"} <= {"row_is_final", "row_is_kept"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"seq": "5", "prev_hash": "hash"}, id="a number left out"),
        pytest.param({"seq": "4"}, id="the link of another row"),
        pytest.param({"seq": "1", "prev_hash": f"'{GENESIS}'"}, id="a second beginning"),
        pytest.param({"seq": "0", "prev_hash": "hash"}, id="before the beginning"),
    ],
)
def test_a_row_must_follow_the_last_one(migrated, world, log, changes):
    with intruders(migrated, world.processor_id) as people:
        assert refusals(people, copied("audit_log", log[2].id, **changes)) == {"chain_broken"}


def test_a_forged_row_that_follows_in_form_is_found(migrated, store, world, log):
    """Links can be forged by whoever may write; the hash over the content can't be without showing."""
    forged = copied("audit_log", log[2].id, seq="4", prev_hash="hash", hash=f"'{w.HASH}'", action="'paid'")
    with intruders(migrated, world.processor_id) as people:
        people[0].connection.execute(forged)
    with store.tenant(world.processor_id, read_only=True) as session:
        report = verify_audit(session)
    assert (report.broken_at, report.fault) == (4, "row_changed")


def test_each_processor_has_a_chain_of_its_own(store, world, log):
    other = w.found(store, f"other-{world.processor_id}")
    with store.tenant(other.processor_id) as session:
        assert append_audit(session, event()).seq == 1
    assert log[2].seq == 3


def test_many_at_once_make_one_chain(store, world):
    def write(number):
        with store.tenant(world.processor_id) as session:
            append_audit(session, event(number))

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.tenant(world.processor_id, read_only=True) as session:
        assert (verify_audit(session).rows, verify_audit(session).broken_at) == (8, None)


def test_personal_values_go_in_as_keyed_digests(store, world):
    with store.tenant(world.processor_id) as session:
        digest = session.ring.digest("frau.kundin@kunde.example")
        append_audit(session, Event(w.NOW, "tester", "contact_added", "contact:1", {"email": digest}))
        (row,) = session.exec(select(AuditLog).order_by(col(AuditLog.seq)))
    assert "kundin" not in row.details
    assert digest in row.details


def test_a_float_has_no_place_in_a_log(store, world):
    with pytest.raises(TypeError, match="float"), store.tenant(world.processor_id) as session:
        append_audit(session, Event(w.NOW, "tester", "month_closed", "contract:V1", {"net": [1.5]}))


def test_the_access_log_has_a_chain_a_day(store, world):
    tomorrow = w.NOW + timedelta(days=1)
    with store.tenant(world.processor_id) as session:
        rows = [append_access(session, event(at=at)) for at in (w.NOW, w.NOW, tomorrow)]
        assert [(row.day, row.seq) for row in rows] == [(w.NOW.date(), 1), (w.NOW.date(), 2), (tomorrow.date(), 1)]
        assert verify_access(session, w.NOW.date()).rows == 2


TODAY = {
    SQLITE: ("'now'", "'{}'"),
    POSTGRESQL: ("(now() AT TIME ZONE 'UTC')::date", "date '{}'"),
}


@pytest.mark.parametrize(
    ("today", "then"),
    [
        pytest.param("2026-11-02", "2026-05-02", id="the day of the same number"),
        pytest.param("2026-08-31", "2026-02-28", id="the last of a shorter month"),
        pytest.param("2024-08-30", "2024-02-29", id="the last of a leap year's February"),
        pytest.param("2027-03-31", "2026-09-30", id="the thirtieth"),
        pytest.param("2026-12-31", "2026-06-30", id="in the same year"),
    ],
)
def test_six_months_ago_is_the_same_day_on_both_databases(furnished, today, then):
    dialect = SQLITE if furnished.database.is_sqlite else POSTGRESQL
    now, given = TODAY[dialect]
    asked = spoken(f"MONTHS_AGO({ACCESS_LOG_MONTHS})", dialect).replace(now, given.format(today))
    assert [str(day) for (day,) in furnished.people[0].ask(f"SELECT {asked}")] == [then]


@pytest.mark.parametrize(
    ("days_over", "kept"), [pytest.param(0, True, id="six months to the day"), pytest.param(1, False, id="a day more")]
)
def test_the_access_log_is_deleted_after_six_months_not_before(migrated, store, world, days_over, kept):
    at = datetime.combine(months_before(datetime.now(UTC).date(), 6), time(12), UTC) - timedelta(days=days_over)
    with store.tenant(world.processor_id) as session:
        append_access(session, event(at=at))
    with intruders(migrated, world.processor_id) as people:
        tried = {person.attempt(f"DELETE FROM access_log WHERE day = '{at:%Y-%m-%d}'") for person in people}
    assert all(("row_is_kept" in refusal) if kept else refusal == "" for refusal in tried)


def test_an_old_day_of_the_access_log_goes_through_the_store(store, world):
    at = datetime.now(UTC) - timedelta(days=190)
    with store.tenant(world.processor_id) as session:
        row = append_access(session, event(at=at))
        session.delete(row)
        session.flush()
        assert session.exec(select(AccessLog)).all() == []


def test_a_message_is_not_sent_before_it_is_written(furnished):
    ((mail_id,),) = furnished.people[0].ask("SELECT id FROM mail")
    born_sent = copied("mail", mail_id, message_id="'m2'", sent_at="created_at")
    assert refusals(furnished.people, born_sent) == {"born_ended"}


def test_a_message_is_sent_once(furnished):
    at = "'2026-11-02 08:00:00.000000'"
    later = "'2026-11-02 09:00:00.000000'"
    for person in furnished.people:
        once, twice = f"UPDATE mail SET sent_at = {at}", f"UPDATE mail SET sent_at = {later}"
        assert person.attempt(once) == ""
        assert "row_is_final" in person.attempt(once, twice)
