"""Long work stands aside while short requests are in hand, for a while, and never for itself."""

import threading
import time
from collections.abc import Iterator

import pytest

from billing.services.giving_way import Traffic, give_way


class Waits:
    """How long each wait may be that long work asks for; none of them takes time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[float] = []
        self.computed = 0.0
        monkeypatch.setattr(time, "thread_time", lambda: self.computed)

        def wait(event: threading.Event, timeout: float) -> bool:
            if not event.is_set():
                self.asked.append(timeout)
            return event.is_set()

        monkeypatch.setattr(threading.Event, "wait", wait)

    def steps(self, count: int) -> Iterator[int]:
        """Compute a second a step, then give way."""
        for number in range(count):
            self.computed += 1
            give_way()
            yield number


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    return Waits(monkeypatch)


def test_nobody_is_there_and_nobody_waits(waits: Waits) -> None:
    assert list(Traffic().long_work(waits.steps(3))) == [0, 1, 2]
    assert waits.asked == []


def test_while_a_request_is_in_hand_long_work_waits_twice_what_it_computed(waits: Waits) -> None:
    traffic = Traffic()
    work = traffic.long_work(waits.steps(3))
    assert next(work) == 0
    with traffic.in_hand(), traffic.in_hand():
        assert next(work) == 1
    assert [timeout for timeout in waits.asked if timeout] == [2.0]
    assert next(work) == 2
    assert [timeout for timeout in waits.asked if timeout] == [2.0]


def test_what_a_caller_does_with_a_step_is_work_as_well(waits: Waits) -> None:
    traffic = Traffic()
    work = traffic.long_work(iter([1, 2]))
    next(work)
    waits.computed += 3
    with traffic.in_hand():
        next(work)
    assert waits.asked == [6.0]


def test_two_runs_do_not_wait_for_each_other(waits: Waits) -> None:
    traffic = Traffic()
    with traffic.in_hand():
        one = traffic.long_work(waits.steps(2))
        with traffic.in_hand():
            two = traffic.long_work(waits.steps(2))
            assert list(one) == list(two) == [0, 1]
    assert waits.asked == []


def test_work_that_no_service_does_never_waits(waits: Waits) -> None:
    with Traffic().in_hand():
        assert list(waits.steps(2)) == [0, 1]
    assert waits.asked == []


def test_work_goes_on_as_soon_as_the_last_request_has_its_answer() -> None:
    traffic, entered = Traffic(), threading.Event()
    ended: list[float] = []

    def steps() -> Iterator[None]:
        begun = time.thread_time()
        while time.thread_time() - begun < 0.5:  # so it would stand aside for a second
            pass
        entered.set()
        give_way()
        ended.append(time.monotonic())
        yield

    worker = threading.Thread(target=lambda: list(traffic.long_work(steps())))
    with traffic.in_hand():
        worker.start()
        entered.wait()
        time.sleep(0.1)
        assert ended == []
        left = time.monotonic()
    worker.join()
    assert ended[0] >= left
