"""An upgrade on PostgreSQL while people work: whoever holds a table is let go on, and nobody ends in a deadlock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from billing.errors import Problem
from billing.store.engine import connect_to
from billing.store.migrations import upgrade
from billing.store.migrations.alone import hold_all_tables
from tests.support.served import wait_until


@contextmanager
def line_to(url: str) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as line:
        yield line


def test_whoever_wants_a_table_that_the_upgrade_took_first_gets_it_and_the_upgrade_waits(postgres_url, next_version):
    upgrade(postgres_url)
    next_version('op.add_column("site", sa.Column("colour", sa.String()))')
    ended: list[str | Problem] = []
    upgrading = threading.Thread(target=lambda: ended.append(outcome_of(postgres_url)))
    with line_to(postgres_url) as request, line_to(postgres_url) as watch:
        request.execute("LOCK TABLE timer IN ROW EXCLUSIVE MODE")
        upgrading.start()
        watch.autocommit = True
        wait_until(lambda: is_waiting_for(watch, "timer"))
        # Without a limit this closes a circle, and PostgreSQL ends this transaction or the upgrade.
        request.execute("LOCK TABLE access_log, entry IN ROW EXCLUSIVE MODE")
        assert ended == []
        request.commit()
    upgrading.join(60)
    assert ended == ["9001"]


def outcome_of(url: str) -> str | Problem:
    try:
        return upgrade(url).after
    except Problem as problem:
        return problem


def is_waiting_for(watch: "psycopg.Connection[tuple[Any, ...]]", table: str) -> bool:
    query = "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND mode = 'AccessExclusiveLock' AND NOT granted"
    return watch.execute(query, [table]).fetchone() is not None


def test_an_upgrade_that_waited_in_vain_says_so_and_changed_nothing(postgres_url):
    upgrade(postgres_url)
    engine = connect_to(postgres_url)
    with line_to(postgres_url) as backup, engine.connect() as connection:
        backup.execute("SELECT count(*) FROM entry")
        with pytest.raises(Problem, match="tables_in_use"):
            hold_all_tables(connection, patience=0)
        with line_to(postgres_url) as request:  # of what it had taken nothing is left
            request.execute("LOCK TABLE access_log IN ACCESS EXCLUSIVE MODE NOWAIT")
    engine.dispose()


def test_a_limit_of_the_owner_for_statements_holds_again_afterwards(postgres_url):
    upgrade(postgres_url)
    engine = connect_to(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = '70s'")
        hold_all_tables(connection)
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar_one() == "70s"
        with line_to(postgres_url) as request, pytest.raises(psycopg.errors.LockNotAvailable):
            request.execute("LOCK TABLE entry IN ACCESS SHARE MODE NOWAIT")
    engine.dispose()
