"""The access log is kept six months and goes by whole days (law.md T-13), each leaving its trace in the audit log."""

import json
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from billing.services.access.trail import note_access
from billing.services.acting import Act
from billing.services.log_retention import months_before, purge_logs
from billing.store.audit import verify_access, verify_audit
from billing.store.queries.logs import access_days
from billing.store.session import Store
from billing.store.tables import AuditLog
from tests.services.furnishing import refused
from tests.support import world as w

# Today by the database's own clock, which has the last word on deleting.
TODAY = datetime.now(UTC).date()
SIX_MONTHS_AGO = months_before(TODAY, 6)
DAY = timedelta(days=1)
OLD = [SIX_MONTHS_AGO - 40 * DAY, SIX_MONTHS_AGO - DAY]
YOUNG = [SIX_MONTHS_AGO, SIX_MONTHS_AGO + 10 * DAY, TODAY]


def noon(day: date) -> Act:
    return Act("tester", datetime.combine(day, time(12), UTC))


@pytest.fixture
def world(store: Store) -> w.World:
    """A processor whose access log holds two events on each of five days."""
    world = w.found(store)
    with store.tenant(world.processor_id) as session:
        for day in OLD + YOUNG:
            for name in ("login", "logout"):
                note_access(session, noon(day), name, "user:1")
    return world


def test_days_older_than_six_months_go_and_no_other(store: Store, world: w.World):
    with store.tenant(world.processor_id) as session:
        gone = purge_logs(session, noon(TODAY))
        assert [each.day for each in gone] == OLD
        assert access_days(session) == YOUNG
        assert verify_access(session, SIX_MONTHS_AGO).broken_at is None
        assert purge_logs(session, noon(TODAY)) == []


def test_each_day_leaves_its_trace_without_what_stood_there(store: Store, world: w.World):
    with store.tenant(world.processor_id) as session:
        heads = {str(day): verify_access(session, day).head for day in access_days(session)}
        gone = purge_logs(session, noon(TODAY))
    with store.tenant(world.processor_id, read_only=True) as session:
        rows = session.exec(select(AuditLog).order_by(col(AuditLog.seq))).all()
        assert verify_audit(session).broken_at is None
    assert [(row.action, row.subject) for row in rows] == [
        ("access_log_deleted", f"access_log:{each.day}") for each in gone
    ]
    traces = [json.loads(row.details) for row in rows]
    assert traces == [{"rows": 2, "head": heads[str(each.day)], "fault": None} for each in gone]


def test_a_clock_that_runs_ahead_deletes_nothing_early(store: Store, world: w.World):
    """The database asks its own clock; what was deleted before the refusal is rolled back with it."""
    with refused("row_is_kept"), store.tenant(world.processor_id) as session:
        purge_logs(session, noon(TODAY + 40 * DAY))
    with store.tenant(world.processor_id, read_only=True) as session:
        assert access_days(session) == OLD + YOUNG


def test_one_processors_log_is_not_anothers(store: Store, world: w.World):
    other = w.found(store, "other")
    with store.tenant(other.processor_id) as session:
        assert purge_logs(session, noon(TODAY)) == []
    with store.tenant(world.processor_id, read_only=True) as session:
        assert access_days(session) == OLD + YOUNG


@pytest.mark.parametrize(
    ("day", "before"),
    [
        ("2026-11-02", "2026-05-02"),
        ("2026-08-31", "2026-02-28"),
        ("2024-08-31", "2024-02-29"),
        ("2026-06-30", "2025-12-30"),
        ("2026-01-31", "2025-07-31"),
    ],
)
def test_six_months_before_is_the_same_day_or_the_last_of_a_shorter_month(day: str, before: str):
    assert months_before(date.fromisoformat(day), 6) == date.fromisoformat(before)
