"""What procrastinate's tables know of workers that died, and what becomes of their jobs; PostgreSQL only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from billing import outbox
from billing.runner.jobs import DEATHS_TOGETHER, MOST_DEATHS, STALLED_SECONDS, STEPS_PER_JOB
from billing.store.keyring import new_ring
from billing.store.session import open_store
from tests.runner.test_runner import NOW, PAPER, Office
from tests.support.migrated import Migrated, postgres_copy
from tests.support.postgres import PostgresServer
from tests.support.world import found


@dataclass
class Floor:
    """An office on PostgreSQL, and the application's way to the dispatcher's tables."""

    office: Office
    line: "psycopg.Connection[Any]"

    def ask(self, query: str, *values: Any) -> list[Any]:
        return self.line.execute(query.encode(), values).fetchall()

    def dead(self, *, seconds: float, attempts: int) -> None:
        """Say that a worker took all jobs and was last heard of so long ago, the last of so many."""
        ((worker,),) = self.ask(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
            " RETURNING id",
            seconds,
        )
        self.line.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s, worker_id = %s", (attempts, worker)
        )

    @property
    def jobs(self) -> list[list[int]]:
        return [args["steps"] for (args,) in self.ask("SELECT args FROM procrastinate_jobs ORDER BY id")]


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Migrated]:
    with postgres_copy(postgres) as copy:
        yield copy


@pytest.fixture
def floor(database: Migrated) -> Iterator[Floor]:
    store = open_store(database.app_url, new_ring())
    url = database.app_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True, options="-c search_path=mehraufwand_queue") as line:
        yield Floor(Office(store, found(store)), line)
    store.close()


def test_steps_go_in_batches_of_one_processor_and_leave_no_job_behind(floor: Floor) -> None:
    due = floor.office.order(*range(1, STEPS_PER_JOB + 6))
    assert floor.office.runner.enqueue(due) == STEPS_PER_JOB + 5
    assert [len(steps) for steps in floor.jobs] == [STEPS_PER_JOB, 5]
    assert len(floor.office.run()) == STEPS_PER_JOB + 5
    assert (floor.jobs, floor.ask("SELECT * FROM procrastinate_workers")) == ([], [])


def test_a_living_workers_job_is_left_to_it(floor: Floor) -> None:
    floor.office.runner.enqueue(floor.office.order(1))
    floor.dead(seconds=STALLED_SECONDS - 5, attempts=0)
    assert floor.office.run() == []


def test_a_dead_workers_job_is_taken_over(floor: Floor) -> None:
    floor.office.runner.enqueue(floor.office.order(1, 2))
    floor.dead(seconds=STALLED_SECONDS + 1, attempts=0)
    assert floor.office.run() == [(1, ""), (2, "")]


def test_steps_that_ended_several_workers_together_go_each_alone(floor: Floor) -> None:
    floor.office.runner.enqueue(floor.office.order(1, 2))
    floor.dead(seconds=STALLED_SECONDS + 1, attempts=DEATHS_TOGETHER - 1)
    floor.office.run(limit=1)
    assert [len(steps) for steps in floor.jobs] == [1]
    floor.office.run()
    assert sorted(floor.office.done) == [(PAPER, 1), (PAPER, 2)]


def test_a_step_that_ends_every_worker_is_set_aside_with_that_reason(floor: Floor) -> None:
    floor.office.runner.enqueue(floor.office.order(1))
    floor.dead(seconds=STALLED_SECONDS + 1, attempts=MOST_DEATHS - 1)
    assert (floor.office.run(), floor.office.run(), floor.jobs) == ([], [], [])
    with floor.office.store.tenant(floor.office.world.processor_id) as session:
        (failed,) = outbox.failing(session, 99)
        assert (failed.error, failed.hopeless) == (f"its worker ended {MOST_DEATHS} times over it", True)
        assert outbox.retry(session, NOW, failed.item.id) == 1
    assert floor.office.run() == [(1, "")]


def test_a_dispatcher_that_has_forgotten_everything_loses_nothing(floor: Floor) -> None:
    floor.office.runner.enqueue(floor.office.order(1, 2))
    floor.line.execute("DELETE FROM procrastinate_jobs")
    assert floor.office.run() == [(1, ""), (2, "")]


def test_the_application_may_use_the_queue_and_owns_nothing_of_it(floor: Floor) -> None:
    owned = """SELECT relname FROM pg_class WHERE relnamespace = 'mehraufwand_queue'::regnamespace
        AND pg_get_userbyid(relowner) = current_user"""
    assert floor.ask(owned) == []
    for forbidden in ("CREATE TABLE mine (id int)", "DROP TABLE procrastinate_jobs", "TRUNCATE procrastinate_jobs"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            floor.line.execute(forbidden.encode())
    mighty = "SELECT proname FROM pg_proc WHERE pronamespace = 'mehraufwand_queue'::regnamespace AND prosecdef"
    assert floor.ask(mighty) == [], "a function of the owner would lead past row-level security"


def test_jobs_say_nothing_but_numbers(floor: Floor) -> None:
    floor.office.runner.enqueue(floor.office.order(1))
    assert floor.ask("SELECT queue_name, args FROM procrastinate_jobs") == [
        (PAPER, {"processor_id": floor.office.world.processor_id, "steps": [1]})
    ]
