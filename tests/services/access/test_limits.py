"""How often something may be asked for: counted in the database, right however many ask at once."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from billing.errors import TooMany
from billing.services.access.limits import forget_limits, limit, seconds_until
from billing.store.tables import RateLimit
from tests.services.access.door import MINUTE, NOW
from tests.services.furnishing import refused

HOUR = timedelta(hours=1)


def ask(store, at=NOW, subject: str = "203.0.113.0/24", name: str = "reset") -> None:
    with store.gate() as gate:
        limit(gate, name, subject, 3, HOUR, at=at)


# |1 2 3|X ... 59 min X|60 min: a new window
def test_so_many_in_a_window_and_no_more(store):
    for number in range(3):
        ask(store, NOW + number * MINUTE)
    with refused("asked_too_often") as caught:
        ask(store, NOW + 3 * MINUTE)
    assert isinstance(caught.value, TooMany)
    assert caught.value.retry_after == 57 * 60
    with refused("asked_too_often"):
        ask(store, NOW + HOUR - timedelta(microseconds=1))
    ask(store, NOW + HOUR)


@pytest.mark.parametrize(
    "other", [pytest.param({"subject": "198.51.100.0/24"}, id="whom"), pytest.param({"name": "login"}, id="what")]
)
def test_limits_count_apart(store, other):
    for _ in range(3):
        ask(store)
    ask(store, **other)


def test_at_once_all_are_counted(store):
    results, barrier = [], threading.Barrier(8)

    def one() -> None:
        barrier.wait()
        try:
            ask(store)
            results.append("given")
        except TooMany:
            results.append("refused")

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["given"] * 3 + ["refused"] * 5


def test_only_a_digest_of_the_subject_is_kept_and_not_for_long(store):
    ask(store)
    with store.gate() as gate:
        (row,) = gate.execute(select(RateLimit)).scalars()
        assert len(row.bucket) == 64
        assert forget_limits(gate, NOW + timedelta(days=1) - MINUTE) == 0
        assert forget_limits(gate, NOW + timedelta(days=1)) == 1


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        pytest.param(timedelta(seconds=10), 10, id="whole seconds"),
        pytest.param(timedelta(seconds=9, microseconds=1), 10, id="rather a second more"),
        pytest.param(timedelta(0), 1, id="never none"),
    ],
)
def test_waits_are_told_in_whole_seconds(left, seconds):
    assert seconds_until(NOW + left, NOW) == seconds
