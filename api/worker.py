"""The worker: does what was left for after a commit - papers, mail - and what is due by itself, until it is stopped.

It runs beside the service in a thread (`start`, `stop`) or alone (`run`), on one machine or several: whoever comes
second finds a step claimed or done. No bad step stops it: one that breaks its handler is noted as failed, waits longer
each time, and the others go on. Nor does a database that is away: it waits, and tries again.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from api.duties import DUTIES, Duty, do_at_the_gate
from api.installation import Store
from api.logs import log
from api.settings import Settings
from billing.errors import InvalidInput, Problem
from billing.outbox import Done, Handler, Item
from billing.runner import runner_of
from billing.services.acting import Act
from billing.services.installation import processors
from invoices.delivery import MailSender
from invoices.mail_server import MailServer, read_mail_server
from invoices.render import RenderPool
from invoices.run.approval_mails import ApprovalMailer
from invoices.run.files import FileMaker
from invoices.run.reminder_files import ReminderMaker
from invoices.run.sending import Dispatcher

ACTOR = "worker"
"""In whose name the worker acts."""
_POLL_SECONDS = 2.0
_LONGEST_PAUSE = 20.0
_PATIENCE_SECONDS = 10.0
_STEPS_AT_ONCE = 100
_MOST_PRINTERS = 4
_PRINTERS_STAY_SECONDS = 60.0
"""So long printing processes stay after their last paper: a month that is issued has one more every moment."""


def mail_server_of(settings: Settings, base_url: str | None = None) -> MailServer | None:
    """Give the mail server of the settings, None when there is none; InvalidInput when they don't fit together."""
    if settings.smtp_url is None:
        return None
    home = base_url or settings.base_url
    if home is None:
        raise InvalidInput("base_url_missing", path="MEHRAUFWAND_BASE_URL")
    return read_mail_server(settings.smtp_url, settings.mail_from, home)


@dataclass(slots=True)
class Turn:
    """What one turn did: steps done and failed, with their kinds and errors."""

    done: int = 0
    failed: list[Done] = field(default_factory=list)
    troubled: bool = False
    """Something was in the way that is no step's own fault: a database that can't be reached, an own bug."""


class Worker:
    """Works through the outbox of all processors of a store; to be used from one thread."""

    def __init__(
        self,
        store: Store,
        now: Callable[[], datetime],
        *,
        mail_server: MailServer | None = None,
        duties: Sequence[Duty] = DUTIES,
    ) -> None:
        """Take the store and the clock; without a mail server mail waits in the outbox."""
        self._store, self._now, self._duties = store, now, duties
        self._mail = None if mail_server is None else MailSender(mail_server, ACTOR, now)
        self._pool = RenderPool(max(1, min((os.cpu_count() or 1) - 1, _MOST_PRINTERS)))
        self._runner = runner_of(store, self._handlers, now)
        self._next: dict[str, datetime] = {}
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None
        self.so_far = Turn()
        """All that was done and failed since the beginning."""

    @property
    def is_working(self) -> bool:
        """Whether the thread of `start` is there."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Work in a thread of its own, beside the service."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the step in hand; waits ten seconds for it when the worker has a thread of its own.

        A step that takes longer, as with a silent mail server, is left as a crash would leave it: nothing is lost.
        """
        self._stop.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_SECONDS)

    def wake(self) -> None:
        """Look for work at once, as somebody has just left some."""
        self._woken.set()

    def run(self) -> None:
        """Work until `stop`; from time to time something else may have left work, so it looks every two seconds."""
        pause, busy_at = _POLL_SECONDS, time.monotonic()
        try:
            while not self._stop.is_set():
                self._woken.clear()
                turn = self.turn()
                pause = min(pause * 2, _LONGEST_PAUSE) if turn.troubled else _POLL_SECONDS
                if turn.done:
                    busy_at = time.monotonic()
                    continue
                if time.monotonic() - busy_at > _PRINTERS_STAY_SECONDS:
                    self._pool.close()  # printing processes are started again when there is something to print
                self._woken.wait(pause)
        finally:
            self._pool.close()

    def one_round(self) -> None:
        """Do what is due until nothing more comes of it."""
        try:
            while self.turn().done and not self._stop.is_set():
                pass
        finally:
            self._pool.close()

    def turn(self) -> Turn:
        """Do all that is due now, then the duties whose time has come."""
        turn = Turn()
        with self._surviving(turn, "outbox"):
            self._work_off(turn)
        with self._surviving(turn, "duties"):
            self._do_duties(turn)
        self.so_far.done += turn.done
        self.so_far.failed += turn.failed
        return turn

    @contextmanager
    def _surviving(self, turn: Turn, part: str) -> Iterator[None]:
        """Go on after whatever happens inside the block, and say that it happened."""
        try:
            yield
        except Problem as problem:
            turn.troubled = True
            log().warning("worker_waits", part=part, problem=problem.code)
        except Exception as error:  # noqa: BLE001 - a worker that has died helps nobody
            turn.troubled = True
            log().error("worker_failure", part=part, kind=type(error).__name__)

    def _work_off(self, turn: Turn) -> None:
        with closing(self._runner.run_pending(_STEPS_AT_ONCE)) as steps:
            for processor_id, done in steps:
                self._note(turn, processor_id, done)
                if self._stop.is_set():
                    return

    def _handlers(self) -> dict[str, Handler]:
        """Give what can be done now, each kept from breaking more than the step it is given."""
        act = Act(ACTOR, self._now())
        made = {
            **FileMaker(self._pool, act).handlers,
            **ReminderMaker(self._pool, act).handlers,
            **ApprovalMailer(self._pool, act).handlers,
            **Dispatcher(act).handlers,
        }
        if self._mail is not None:
            made |= self._mail.handlers
        return {kind: self._sturdy(handler) for kind, handler in made.items()}

    def _sturdy(self, handler: Handler) -> Handler:
        """Give a handler that goes on step by step after one of a batch has broken it."""

        def work(store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
            left = {item.id: item for item in items}
            try:
                for done in handler(store, processor_id, items):
                    left.pop(done.item.id, None)
                    yield done
            except GeneratorExit:
                self._pool.close()  # nobody takes what it prints; the next batch would be given it
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, it was one step's
                self._pool.close()
                if len(items) == 1:
                    yield Done(items[0], _words(error))
                    return
            for item in left.values():
                yield from work(store, processor_id, [item])

        return work

    def _note(self, turn: Turn, processor_id: int, done: Done) -> None:
        turn.done += not done.error
        if done.error:
            turn.failed.append(done)
            step = {"processor": processor_id, "kind": done.item.kind, "item": done.item.id}
            log().warning("step_failed", **step, attempt=done.item.attempts + 1, for_good=done.hopeless)

    def _do_duties(self, turn: Turn) -> None:
        """Do the duties whose time has come, each for every processor."""
        now = self._now()
        due = [duty for duty in self._duties if self._next.get(duty.name, now) <= now]
        if not due:
            return
        do_at_the_gate(self._store, now)
        known = [number for number, _ in processors(self._store)]
        for duty in due:
            self._next[duty.name] = now + duty.every
            for processor_id in known:
                if self._stop.is_set():
                    return
                with self._surviving(turn, duty.name):
                    duty.run(self._store, processor_id, Act(ACTOR, self._now()))


def _words(error: Exception) -> str:
    """Name what broke a handler: a problem's code or the kind of error; its words may quote what is sealed."""
    return error.code if isinstance(error, Problem) else type(error).__name__
