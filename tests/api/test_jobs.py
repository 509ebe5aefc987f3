"""Long work that a page begins: one piece about a subject at a time, counted, and never silent about its end."""

import threading
from collections.abc import Iterator

import pytest

from api.jobs import Job, Jobs
from billing.errors import Conflict
from tests.support.served import wait_until


def note(job: Job, name: str) -> None:
    job.note(name)


def test_short_work_is_over_when_it_was_begun():
    job = Jobs().begin(1, "month:2026-06", Job("run", 2), iter(["Stadtwerke", "Klinikum"]), note)
    assert (job.is_running, job.done, job.current, job.refused) == (False, 2, "Klinikum", [])


def test_long_work_goes_on_and_is_begun_once():
    jobs, go_on = Jobs(), threading.Event()

    def steps() -> Iterator[str]:
        yield "Stadtwerke"
        go_on.wait()
        yield "Klinikum"

    job = jobs.begin(1, "month:2026-06", Job("issue", 2), steps(), note)
    assert (job.is_running, job.done) == (True, 1)
    assert jobs.begin(1, "month:2026-06", Job("issue", 2), iter(["nobody"]), note) is job
    assert jobs.begin(2, "month:2026-06", Job("issue", 1), iter(["Nachbar"]), note).done == 1
    go_on.set()
    wait_until(lambda: not job.is_running)
    assert (job.done, jobs.of(1, "month:2026-06")) == (2, job)


def test_after_the_end_the_next_one_may_begin():
    jobs = Jobs()
    first = jobs.begin(1, "month:2026-06", Job("run", 0), iter(()), note)
    assert jobs.begin(1, "month:2026-06", Job("run", 0), iter(()), note) is not first


@pytest.mark.parametrize("is_ours", [False, True], ids=["a refusal is kept", "a fault of ours is said"])
def test_what_ends_it_early_is_known(is_ours):
    def steps() -> Iterator[str]:
        yield "Stadtwerke"
        if is_ours:
            raise ZeroDivisionError
        raise Conflict("rules_missing")

    job = Jobs().begin(1, "month:2026-06", Job("issue", 2), steps(), note)
    assert (job.is_running, job.done, job.is_broken) == (False, 1, is_ours)
    assert (job.problem is None) is is_ours


def test_what_could_not_be_done_is_named_and_stops_no_other():
    refused = Conflict("draft_is_stale")
    job = Job("issue", 2)
    job.note("Stadtwerke", refused)
    job.note("Klinikum")
    assert (job.done, job.refused) == (2, [("Stadtwerke", refused)])
