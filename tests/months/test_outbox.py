"""Steps after a commit: done once, tried again later when they fail, at once when a person asks (billing/outbox.py)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from billing import outbox
from billing.outbox import Done, Due, Item
from billing.store.session import Store
from tests.support.world import World, found

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
KIND = "send"


@dataclass
class Sender:
    """A handler that fails so often, then does its work; it remembers what it did."""

    failures: int = 0
    done: list[int] = field(default_factory=list)

    def __call__(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        for item in items:
            if self.failures:
                self.failures -= 1
                yield Done(item, "no answer")
                continue
            with store.tenant(processor_id) as session:
                if outbox.take(session, item):
                    self.done.append(item.subject_id)
                    outbox.finish(session, item, NOW)
            yield Done(item, "")


@pytest.fixture
def world(store: Store) -> World:
    """A processor with three steps to do."""
    world = found(store)
    with store.tenant(world.processor_id) as session:
        for subject in (7, 8, 9):
            outbox.enqueue(session, KIND, "invoice", subject, NOW)
    return world


def run(store: Store, world: World, sender: Sender, *, minutes: int = 0, **how: bool | int) -> list[str]:
    """Do what is due some minutes later; gives the errors."""
    moment = NOW + timedelta(minutes=minutes)
    steps = outbox.run_pending(store, world.processor_id, {KIND: sender}, lambda: moment, **how)  # type: ignore[arg-type]
    return [done.error for done in steps]


def status(store: Store, world: World) -> dict[str, int]:
    with store.tenant(world.processor_id, read_only=True) as session:
        return outbox.status(session)


def test_each_step_is_done_once_in_the_order_it_came(store: Store, world: World) -> None:
    sender = Sender()
    assert run(store, world, sender) == ["", "", ""]
    assert run(store, world, sender) == []
    assert sender.done == [7, 8, 9]
    assert status(store, world) == {"open": 0, "failed": 0, "done": 3}


def test_the_same_step_ordered_twice_is_one(store: Store, world: World) -> None:
    with store.tenant(world.processor_id) as session:
        outbox.enqueue(session, KIND, "invoice", 7, NOW)
    assert status(store, world)["open"] == 3


def test_no_more_is_done_than_asked_for(store: Store, world: World) -> None:
    sender = Sender()
    run(store, world, sender, limit=2)
    assert sender.done == [7, 8]


def test_a_failure_stops_no_other_and_is_tried_again_after_two_minutes(store: Store, world: World) -> None:
    sender = Sender(failures=1)
    assert run(store, world, sender) == ["no answer", "", ""]
    assert status(store, world) == {"open": 1, "failed": 1, "done": 2}
    assert run(store, world, sender, minutes=1) == []
    assert run(store, world, sender, minutes=2) == [""]
    assert sender.done == [8, 9, 7]


def test_a_step_that_fails_again_and_again_waits_longer_each_time_but_never_more_than_six_hours(
    store: Store, world: World
) -> None:
    sender, minutes, waits = Sender(failures=100), 0, []
    for _ in range(10):
        run(store, world, sender, minutes=minutes)
        with store.tenant(world.processor_id, read_only=True) as session:
            wait = next(
                wait
                for wait in (2**attempt for attempt in range(1, 20))
                if wait >= 360 or outbox.open_items(session, NOW + timedelta(minutes=minutes + wait))
            )
        waits.append(min(wait, 360))
        minutes += waits[-1]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 360, 360]


def test_a_person_who_asks_does_not_wait(store: Store, world: World) -> None:
    sender = Sender(failures=3)
    assert run(store, world, sender) == ["no answer"] * 3
    assert run(store, world, sender) == []
    assert run(store, world, sender, waiting_too=True) == ["", "", ""]


def test_who_comes_second_finds_it_done(store: Store, world: World) -> None:
    """Two runners read the same list of open steps; one is faster."""
    with store.tenant(world.processor_id, read_only=True) as session:
        items = outbox.open_items(session, NOW)
    fast, slow = Sender(), Sender()
    list(fast(store, world.processor_id, items))
    assert [done.error for done in slow(store, world.processor_id, items)] == ["", "", ""]
    assert (fast.done, slow.done) == ([7, 8, 9], [])


def test_an_effect_that_is_rolled_back_leaves_its_step_open(store: Store, world: World) -> None:
    with store.tenant(world.processor_id, read_only=True) as session:
        (item, *_) = outbox.open_items(session, NOW)

    def fail_after_the_work() -> None:
        with store.tenant(world.processor_id) as session:
            assert outbox.take(session, item)
            outbox.finish(session, item, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_the_work()
    assert status(store, world) == {"open": 3, "failed": 0, "done": 0}


def test_a_step_that_is_claimed_is_nobody_elses_until_the_claim_runs_out(store: Store, world: World) -> None:
    until = NOW + timedelta(minutes=15)
    with store.tenant(world.processor_id) as session:
        (item, *_) = outbox.open_items(session, NOW)
        assert outbox.claim(session, item, until)
    with store.tenant(world.processor_id) as session:
        assert not outbox.claim(session, item, until), "who read the list before finds it taken"
        assert item.id not in [other.id for other in outbox.open_items(session, until - timedelta(seconds=1))]
        assert item.id in [other.id for other in outbox.open_items(session, until)]


def test_after_twenty_attempts_a_step_waits_for_a_person(store: Store, world: World) -> None:
    sender, never = Sender(failures=60), 60 * 24 * 3650
    for day in range(1, 21):
        run(store, world, sender, minutes=60 * 24 * day)
    assert run(store, world, sender, minutes=never) == []
    with store.tenant(world.processor_id) as session:
        assert [(done.item.attempts, done.error, done.hopeless) for done in outbox.failing(session, 3)] == [
            (20, "no answer", True)
        ] * 3
        assert outbox.retry(session, NOW) == 3
        assert outbox.retry(session, NOW) == 0
    assert run(store, world, sender) == ["", "", ""]


def test_only_steps_that_can_be_done_count_against_the_limit(store: Store, world: World) -> None:
    with store.tenant(world.processor_id) as session:
        outbox.enqueue(session, "print", "invoice", 7, NOW)
    sender = Sender()
    steps = outbox.run_pending(store, world.processor_id, {"print": sender}, lambda: NOW, limit=1)
    assert [done.item.kind for done in steps] == ["print"]


def test_whose_steps_are_due_is_known_across_processors(store: Store, world: World) -> None:
    other = found(store, "other")
    ours, theirs = Due(world.processor_id, KIND, 1), Due(other.processor_id, KIND, 4)
    assert outbox.due_steps(store, [KIND], NOW - timedelta(seconds=1), 9) == []
    assert outbox.due_steps(store, ["print"], NOW, 9) == []
    with store.tenant(other.processor_id) as session:
        outbox.enqueue(session, KIND, "invoice", 7, NOW)
    assert outbox.due_steps(store, ["print", KIND], NOW, 9)[::3] == [ours, theirs]
