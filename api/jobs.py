"""Long work that a page begins: a thread of this process does it, and the page shows how far it is.

What is true stands in the tables. A process that dies takes its jobs along; whoever begins the same again goes on where
the tables say that it stopped.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from api.logs import log
from billing.errors import Problem

_SHORT_SECONDS = 2.0
"""Work that is done by then is answered at once, without a page that says to wait."""


@dataclass(slots=True)
class Job:
    """One piece of long work: of `total` steps `done` are over, the last was `current`; `refused` could not be done."""

    kind: str
    total: int
    done: int = 0
    current: str = ""
    refused: list[tuple[str, Problem]] = field(default_factory=list)
    problem: Problem | None = None
    """What ended it early."""
    is_broken: bool = False
    """Whether a fault of our own ended it; the log says which."""
    ended: float | None = None
    """When it was over, by the clock that never goes back."""

    @property
    def is_running(self) -> bool:
        """Whether it is not over yet."""
        return self.ended is None

    def was_running(self, moment: float) -> bool:
        """Tell whether it was not over at a moment: what was read from then on may lack what it did last."""
        return self.ended is None or self.ended > moment

    def note(self, name: str, problem: Problem | None = None) -> None:
        """Count a step as over."""
        self.done += 1
        self.current = name
        if problem is not None:
            self.refused.append((name, problem))


class Jobs:
    """The jobs of one service, one at a time about each subject."""

    def __init__(self) -> None:
        """Begin with none."""
        self._jobs: dict[tuple[int, str], Job] = {}
        self._lock = threading.Lock()

    def of(self, processor_id: int, subject: str) -> Job | None:
        """Give the last job about a subject, over or not."""
        return self._jobs.get((processor_id, subject))

    def begin(
        self, processor_id: int, subject: str, job: Job, steps: Iterator[Any], note: Callable[[Job, Any], None]
    ) -> Job:
        """Begin a job unless one about the subject runs, which is given then; short ones are over on return."""
        with self._lock:
            known = self.of(processor_id, subject)
            if known is not None and known.is_running:
                return known
            self._jobs[processor_id, subject] = job
        thread = threading.Thread(target=_work, args=(job, steps, note), name=f"job {job.kind} {subject}", daemon=True)
        thread.start()
        thread.join(_SHORT_SECONDS)
        return job


def _work(job: Job, steps: Iterator[Any], note: Callable[[Job, Any], None]) -> None:
    try:
        for outcome in steps:
            note(job, outcome)
    except Problem as problem:
        job.problem = problem
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread; the page says that it broke
        job.is_broken = True
        log().error("job_failure", job=job.kind, kind=type(error).__name__)
    finally:
        job.ended = time.monotonic()
