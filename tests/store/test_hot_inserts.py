"""Logging work stays as cheap with many rows as with few: what the rules read for one more row does not grow.

Counted, not timed: PostgreSQL counts the rows it read, SQLite the steps of its machine.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from billing.store.queries.references import newest_refs
from billing.store.rules.logs import GENESIS
from billing.store.session import Store
from billing.store.tables import Entry
from tests.support import world as w
from tests.support.migrated import Migrated

FEW, MANY = 12, 400
HOT = ("entry", "entry_version", "audit_log", "access_log", "idempotency_key", "session")
STEPS_ALLOWED = 1.5  # a deeper tree costs a few steps more; reading all rows would cost thirty times as many
READ_ROWS = """SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) FROM pg_stat_xact_user_tables
    WHERE relname = ANY(%s)"""


def hot_rows(world: w.World, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what one logged entry writes, as table and values: each fifteen minutes after the one before."""
    start = w.WORKED + timedelta(minutes=15 * number)
    tenant: dict[str, Any] = {"processor_id": world.processor_id}
    by: dict[str, Any] = {"recorded_at": w.NOW, "recorded_by_name": "tester"}
    yield "entry", {**tenant, "ref": f"H{number}", **world.case, "person_id": world.person_id, **by}
    times = {"start_at": start, "end_at": start + timedelta(minutes=15)}
    flags = dict.fromkeys(("travel", "onsite", "urgent", "remedies_processor_defect", "deleted"), False)
    said = {"person_id": world.person_id, "version_no": 1, "service": "dpia_support"}
    yield "entry_version", {**tenant, **said, **times, **flags, **by}
    hashes = {"prev_hash": f"{number:064d}" if number else GENESIS, "hash": f"{number + 1:064d}"}
    event = {"at": w.NOW, "actor": "t", "action": "a", "subject": "s", "details": "{}"}
    yield "audit_log", {**tenant, "seq": number + 1, **hashes, **event}
    yield "access_log", {**tenant, "day": w.NOW.date(), "seq": number + 1, **hashes, **event}
    answered = {"actor": "user:1", "key": f"k{number}", "request_sha256": w.HASH, "created_at": w.NOW}
    yield "idempotency_key", {**tenant, **answered}


HEADS = (
    "SELECT hash FROM audit_log {} ORDER BY seq DESC LIMIT 1",
    "SELECT hash FROM access_log {} AND day = '2026-11-02' ORDER BY seq DESC LIMIT 1",
)


def log_one(connection: Any, world: w.World, number: int, mark: str) -> None:
    for head in HEADS:
        connection.execute(head.format(f"WHERE processor_id = {mark}"), [world.processor_id]).fetchone()
    entry_id = None
    for table, said in hot_rows(world, number):
        values = {**said, "entry_id": entry_id} if table == "entry_version" else said
        given = [value if mark == "%s" else as_text(value) for value in values.values()]
        marks = ", ".join([mark] * len(given))
        cursor = connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks}) RETURNING id", given)  # noqa: S608
        (row_id,) = cursor.fetchone()
        entry_id = row_id if table == "entry" else entry_id


def as_text(value: Any) -> Any:
    """Write moments as the product does on SQLite."""
    return (
        value.strftime("%Y-%m-%d %H:%M:%S.%f")
        if hasattr(value, "hour")
        else str(value)
        if hasattr(value, "day")
        else value
    )


def count_rows_read(connection: psycopg.Connection[Any], world: w.World, numbers: range) -> list[int]:
    """Log entries in one transaction, and count the rows that each made the database read."""
    connection.execute("SELECT set_config('app.processor_id', %s, true)", [str(world.processor_id)])

    def rows_read(number: int) -> int:
        before = connection.execute(READ_ROWS, [list(HOT)]).fetchone()
        log_one(connection, world, number, "%s")
        after = connection.execute(READ_ROWS, [list(HOT)]).fetchone()
        assert before is not None
        assert after is not None
        return int(after[0] - before[0])

    return [rows_read(number) for number in numbers]


def as_superuser(migrated: Migrated, *statements: str) -> None:
    """Say statements with triggers kept still."""
    dsn, quiet = migrated.superuser_url.replace("+psycopg", ""), "-c session_replication_role=replica"
    with psycopg.connect(dsn, autocommit=True, options=quiet) as superuser:
        for statement in statements:
            superuser.execute(statement)


def log_many(migrated: Migrated, world: w.World, numbers: range) -> list[int]:
    with psycopg.connect(migrated.app_url.replace("+psycopg", "")) as connection:
        return count_rows_read(connection, world, numbers)


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_postgresql_reads_no_more_rows_for_a_later_entry(migrated: Migrated, store: Store):
    """First as on the first day, when nothing is known of the tables; then with statistics, and plans made anew."""
    as_superuser(migrated, "TRUNCATE processor CASCADE")
    world = w.found(store, "new")
    read = log_many(migrated, world, range(MANY))
    assert max(read[-FEW:]) <= max(read[1:FEW]) + 1
    as_superuser(migrated, "ANALYZE")
    known = log_many(migrated, world, range(MANY, MANY + FEW))
    assert max(known) <= max(read[1:FEW]) + 1


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("before", "known"),
    [
        pytest.param(FEW, ["VACUUM ANALYZE"], id="when statistics saw a few rows"),
        pytest.param(MANY, [*(f"DELETE FROM {table}" for table in HOT), "VACUUM"], id="when many rows were deleted"),  # noqa: S608
    ],
)
def test_postgresql_forgets_plans_for_a_small_table_with_its_next_statistics(migrated, store, before, known):
    """A connection whose plans read all of a small table goes on so while it grows: autovacuum must not be off."""
    as_superuser(migrated, "TRUNCATE processor CASCADE")
    log_many(migrated, w.found(store, "early"), range(before))
    as_superuser(migrated, *known)
    world = w.found(store, "late")
    with psycopg.connect(migrated.app_url.replace("+psycopg", "")) as connection:
        misled = count_rows_read(connection, world, range(MANY))
        connection.commit()
        as_superuser(migrated, "ANALYZE")
        put_right = count_rows_read(connection, world, range(MANY, MANY + FEW))
    assert min(misled[-FEW:]) > MANY
    assert max(put_right) < FEW


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_postgresql_reads_the_newest_references_and_no_others(migrated: Migrated, store: Store):
    """What has a prefix it takes for rare: asked for that with the newest first, it reads and sorts all there are."""
    as_superuser(migrated, "TRUNCATE processor CASCADE")
    world = w.found(store, "new")
    log_many(migrated, world, range(MANY))
    as_superuser(migrated, "ANALYZE")
    with store.tenant(world.processor_id) as session:
        read = session.connection().exec_driver_sql(READ_ROWS, (list(HOT),)).scalar_one()
        refs = newest_refs(session, Entry)()
        read = session.connection().exec_driver_sql(READ_ROWS, (list(HOT),)).scalar_one() - read
    assert refs[0] == f"H{MANY - 1}"
    assert read <= len(refs) < MANY


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_sqlite_takes_no_more_steps_for_a_later_entry(migrated: Migrated, world: w.World):
    path = sa.make_url(migrated.owner_url).database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        taken = 0

        def step() -> None:
            nonlocal taken
            taken += 1

        connection.execute("BEGIN IMMEDIATE")
        connection.set_progress_handler(step, 1)
        steps = []
        for number in range(MANY):
            taken = 0
            log_one(connection, world, number, "?")
            steps.append(taken)
        connection.execute("ROLLBACK")
    assert max(steps[-FEW:]) <= STEPS_ALLOWED * max(steps[1:FEW])
