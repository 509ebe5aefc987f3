"""One port of three methods, the same on both databases: inline on SQLite, through procrastinate on PostgreSQL."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from billing import outbox
from billing.errors import Problem
from billing.outbox import Done, Due, Handler, Item
from billing.runner import Runner, runner_of
from billing.store.session import Store
from tests.support.world import World, found

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PAPER, LETTER = "pdf", "mail"


@dataclass
class Office:
    """A processor, what its handlers did, in that order, and what they fail at."""

    store: Store
    world: World
    now: datetime = NOW
    done: list[tuple[str, int]] = field(default_factory=list)
    fails: set[int] = field(default_factory=set)
    threads: set[int] = field(default_factory=set)

    @property
    def runner(self) -> Runner:
        return runner_of(self.store, self.handlers, lambda: self.now)

    def handlers(self) -> dict[str, Handler]:
        return {PAPER: self.handle, LETTER: self.handle}

    def handle(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        self.threads.add(threading.get_ident())
        for item in items:
            if item.subject_id in self.fails:
                yield Done(item, "paper jam")
                continue
            with store.tenant(processor_id) as session:
                if outbox.take(session, item):
                    self.done.append((item.kind, item.subject_id))
                    outbox.finish(session, item, self.now)
            yield Done(item, "")

    def order(self, *subjects: int, kind: str = PAPER) -> list[Due]:
        with self.store.tenant(self.world.processor_id) as session:
            for subject in subjects:
                outbox.enqueue(session, kind, "invoice", subject, NOW)
        return outbox.due_steps(self.store, [PAPER, LETTER], self.now, 1000)

    def run(self, limit: int = 1000) -> list[tuple[int, str]]:
        """Run what is pending; gives subjects and errors in the order they ended."""
        with closing(self.runner.run_pending(limit)) as steps:
            return [(done.item.subject_id, done.error) for _, done in steps]


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store, found(store))


def test_what_is_due_is_done_once(office: Office) -> None:
    office.order(1, 2, 3)
    assert office.run() == [(1, ""), (2, ""), (3, "")]
    assert office.run() == []
    assert office.done == [(PAPER, 1), (PAPER, 2), (PAPER, 3)]


def test_a_step_that_was_handed_over_twice_is_done_once(office: Office) -> None:
    due = office.order(1, 2)
    for _ in range(2):
        office.runner.enqueue(due)
    assert office.run() == [(1, ""), (2, "")]
    assert office.run() == []


def test_handlers_work_in_the_callers_thread(office: Office) -> None:
    """A pool of rendering processes belongs to one thread; so do the loop and what it waits for to another."""
    office.order(1)
    office.run()
    assert office.threads == {threading.get_ident()}


def test_steps_of_two_processors_are_done_each_as_its_own(office: Office) -> None:
    other = Office(office.store, found(office.store, "other"), done=office.done)
    office.order(1)
    other.order(2)
    with closing(office.runner.run_pending(1000)) as steps:
        assert [(whose, done.item.subject_id) for whose, done in steps] == [
            (office.world.processor_id, 1),
            (other.world.processor_id, 2),
        ]


def test_what_a_person_waits_for_goes_before_papers(office: Office) -> None:
    office.order(1, 2)
    office.order(3, kind=LETTER)
    office.run()
    assert office.done[0] == (LETTER, 3)


def test_a_failed_step_keeps_its_reason_waits_and_stops_no_other(office: Office) -> None:
    office.order(1, 2, 3)
    office.fails = {2}
    assert sorted(office.run()) == [(1, ""), (2, "paper jam"), (3, "")]
    with office.store.tenant(office.world.processor_id) as session:
        ((failed,),) = [outbox.failing(session, 1)]
        assert (failed.item.subject_id, failed.error, failed.hopeless) == (2, "paper jam", False)
    assert office.run() == []
    office.fails, office.now = set(), NOW + timedelta(minutes=2)
    assert office.run() == [(2, "")]


def test_a_failed_step_is_tried_again_alone_when_a_person_says_so(office: Office) -> None:
    office.order(1, 2)
    office.fails = {1, 2}
    office.run()
    office.fails = set()
    with office.store.tenant(office.world.processor_id) as session:
        assert outbox.retry(session, NOW, outbox.failing(session, 1)[1].item.id) == 1
    assert office.run() == [(2, "")]


def test_who_stops_asking_leaves_the_rest_for_the_next_run(office: Office) -> None:
    office.order(*range(1, 50))
    with closing(office.runner.run_pending(1000)) as steps:
        next(steps)
    assert len(office.done) == 1
    assert len(office.run()) == 48


def test_a_run_ends_when_its_limit_is_reached(office: Office) -> None:
    office.order(*range(1, 60))
    assert len(office.run(limit=20)) == 20
    assert len(office.run()) == 39


def test_a_run_counts_what_is_open_failed_and_done(office: Office) -> None:
    office.order(1, 2, 3)
    office.fails = {2}
    with closing(office.runner.run_pending(1000)) as steps:
        next(steps)
    assert office.runner.status(office.world.processor_id)["done"] == 1
    office.run()
    assert office.runner.status(office.world.processor_id) == {"open": 1, "failed": 1, "done": 2}
    assert office.runner.status(office.world.processor_id, {"invoice": [1, 2]}) == {"open": 1, "failed": 1, "done": 1}
    assert office.runner.status(office.world.processor_id, {}) == {"open": 0, "failed": 0, "done": 0}


def test_a_database_that_goes_away_ends_the_run_and_loses_no_step(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.order(1, 2)

    def away(*_: object, **__: object) -> list[Item]:
        raise Problem("database_unreachable")

    monkeypatch.setattr("billing.outbox.open_items", away)
    with pytest.raises(Problem, match="database_unreachable"):
        office.run()
    monkeypatch.undo()
    assert sorted(office.run()) == [(1, ""), (2, "")]


def test_a_worker_that_can_do_less_is_not_given_the_rest(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail without a mail server waits, and hides nothing that could be done."""
    office.order(3, kind=LETTER)
    office.order(1)
    monkeypatch.setattr(office, "handlers", lambda: {PAPER: office.handle})
    assert office.run() == [(1, "")]
    monkeypatch.undo()
    assert office.run() == [(3, "")]
