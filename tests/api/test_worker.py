"""The worker (architecture 5): papers, mail and duties for every processor; no bad step, no lost database stops it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.duties import DUTIES, Duty
from api.settings import read_settings
from api.worker import Worker, mail_server_of
from billing import outbox
from billing.errors import InvalidInput, Problem
from billing.outbox import Done, Handler, Item
from billing.services.acting import Act
from billing.store.session import Store
from billing.store.tables import IdempotencyKey, LoginAttempt, Mail, Outbox, UserSession
from billing.store.tables.kinds import AttemptKind
from invoices.mail_server import MailServer, Tls
from tests.api.shell import Shell
from tests.support.correspondence import NOW, Correspondence, correspond, correspond_on_sqlite
from tests.support.lent_file import LentFiles
from tests.support.smtp import HOST, PostOffice, post_office

HOME = "https://mehraufwand.example"
FILE_MAKER = "api.worker.FileMaker"


class Clock:
    """A clock that is set by hand."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **how: int) -> None:
        self.now += timedelta(**how)


@pytest.fixture
def desk(migrated_file: Path, lent_files: LentFiles) -> Iterator[Correspondence]:
    """A processor with somebody to write to, on SQLite."""
    with correspond_on_sqlite(lent_files, migrated_file) as office:
        yield office


@pytest.fixture
def server() -> Iterator[PostOffice]:
    """A mail server that takes everything."""
    with post_office() as office:
        yield office


def at(server: PostOffice) -> MailServer:
    return MailServer(HOST, server.port, Tls.NONE, None, None, "post@mehraufwand.example", HOME)


def worker_of(store: Store, now: Callable[[], datetime], server: PostOffice | None = None) -> Worker:
    return Worker(store, now, mail_server=None if server is None else at(server), duties=())


def test_one_turn_does_the_work_of_every_processor(store: Store, server: PostOffice) -> None:
    offices = [correspond(store), correspond(store, "immosolve")]
    for office in offices:
        office.write()
    turn = worker_of(store, Clock(), server).turn()
    assert (turn.done, turn.failed, turn.troubled) == (2, [], False)
    assert [row.sent_at for office in offices for row in office.rows(Mail)] == [NOW, NOW]
    assert len(server.taken) == 2


def test_without_a_mail_server_mail_waits_and_stops_nothing_else(
    desk: Correspondence, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = print_with(monkeypatch, lambda _: "")
    desk.write()
    desk.tell(lambda session: outbox.enqueue(session, "pdf", "invoice", 7, NOW))
    assert worker_of(desk.store, Clock()).turn().done == 1
    assert done == [7]
    assert [(row.kind, row.attempts, row.done_at) for row in desk.rows(Outbox)] == [("mail", 0, None), ("pdf", 1, NOW)]


def print_with(monkeypatch: pytest.MonkeyPatch, outcome: Callable[[Item], str]) -> list[int]:
    """Print papers by a press of the test's own; gives the list of what it has printed."""
    printed: list[int] = []

    def press(store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        for item in items:
            if error := outcome(item):
                yield Done(item, error)
                continue
            with store.tenant(processor_id) as session:
                if outbox.take(session, item):
                    printed.append(item.subject_id)
                    outbox.finish(session, item, NOW)
            yield Done(item, "")

    class Press:
        handlers: dict[str, Handler] = {"pdf": press}  # noqa: RUF012 - one for the test

        def __init__(self, *_: object) -> None: ...

    monkeypatch.setattr(FILE_MAKER, Press)
    return printed


def explode(error: Exception) -> Callable[[Item], str]:
    """Break the handler over step 8."""

    def outcome(item: Item) -> str:
        if item.subject_id == 8:
            raise error
        return ""

    return outcome


BREAKS = [
    (ZeroDivisionError("Frau Kern, Ring 1"), "ZeroDivisionError"),
    (Problem("file_damaged", name="Frau Kern"), "file_damaged"),
]


@pytest.mark.parametrize(("error", "noted"), BREAKS, ids=["an own bug", "a problem"])
def test_a_step_that_breaks_its_handler_stops_no_other(
    desk: Correspondence, monkeypatch: pytest.MonkeyPatch, error: Exception, noted: str
) -> None:
    done = print_with(monkeypatch, explode(error))
    for subject in (7, 8, 9, 10):
        desk.tell(lambda session, one=subject: outbox.enqueue(session, "pdf", "invoice", one, NOW))  # type: ignore[misc]
    clock = Clock()
    worker = worker_of(desk.store, clock)
    turn = worker.turn()
    assert (done, turn.done, [failed.error for failed in turn.failed]) == ([7, 9, 10], 3, [noted])
    assert [(row.attempts, row.error) for row in desk.rows(Outbox)][1] == (1, noted)
    assert worker.turn().failed == [], "it waits before it is tried again"
    clock.go_on(minutes=2)
    assert [failed.item.attempts for failed in worker.turn().failed] == [1]


def test_a_database_that_is_away_is_waited_for(desk: Correspondence, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> list[int]:
        raise Problem("database_unreachable")

    worker = worker_of(desk.store, Clock())
    monkeypatch.setattr("billing.outbox.due_steps", away)
    assert worker.turn().troubled
    monkeypatch.undo()
    assert not worker.turn().troubled


def test_a_duty_is_done_when_its_time_has_come_for_every_processor(store: Store) -> None:
    offices, clock, told = [correspond(store), correspond(store, "immosolve")], Clock(), []

    def tell(_: Store, processor_id: int, act: Act) -> None:
        told.append((processor_id, act.at, act.name))

    worker = Worker(store, clock, duties=[Duty("tell", timedelta(hours=1), tell)])
    for _ in range(3):
        worker.turn()
        clock.go_on(minutes=30)
    assert told == [
        (office.processor_id, NOW + timedelta(minutes=minutes), "worker") for minutes in (0, 60) for office in offices
    ]


def test_a_duty_that_fails_stops_no_other(desk: Correspondence) -> None:
    told: list[int] = []

    def fail(_store: Store, _processor_id: int, _act: Act) -> None:
        raise ZeroDivisionError

    def tell(_store: Store, processor_id: int, _act: Act) -> None:
        told.append(processor_id)

    hourly = timedelta(hours=1)
    turn = Worker(desk.store, Clock(), duties=[Duty("a", hourly, fail), Duty("b", hourly, tell)]).turn()
    assert (turn.troubled, told) == (True, [desk.processor_id])


def test_what_has_served_its_time_is_forgotten(store: Store) -> None:
    """T-04: tries at the door; answers to repeated requests after 48 hours; sessions; all of them younger stay."""
    office = correspond(store)
    user, digest = office.user("AB"), "a" * 64
    for name, hours in (("old", 24 * 40), ("new", 0)):
        moment, own = NOW - timedelta(hours=hours), f"{name:0>64}"
        office.put(IdempotencyKey(actor="user:1", key=name, request_sha256=digest, created_at=moment))
        times: dict[str, Any] = {
            "started_at": moment,
            "last_seen_at": moment,
            "expires_at": moment + timedelta(hours=12),
        }
        office.put(UserSession(user_id=user.id or 0, token_hash=own, **times))
        with store.gate() as gate:
            about: dict[str, Any] = {
                "email_digest": own,
                "secret_digest": digest,
                "address_prefix": "",
                "succeeded": False,
            }
            gate.add(LoginAttempt(at=moment, kind=AttemptKind.PASSWORD, **about))
    turn = Worker(store, Clock(), duties=DUTIES).turn()
    assert not turn.troubled
    assert [row.key for row in office.rows(IdempotencyKey)] == ["new"]
    assert [row.token_hash[-3:] for row in office.rows(UserSession)] == ["new"]
    with store.gate() as gate:
        assert [row.email_digest[-3:] for row in gate.exec(select(LoginAttempt))] == ["new"]


def test_every_duty_can_be_done(store: Store) -> None:
    """Of a processor with nothing in it: no duty stumbles over what is missing."""
    correspond(store)
    assert not Worker(store, Clock(), duties=DUTIES).turn().troubled
    assert len({duty.name for duty in DUTIES}) == len(DUTIES)


def test_a_thread_works_until_it_is_stopped(desk: Correspondence, server: PostOffice) -> None:
    worker = worker_of(desk.store, Clock(), server)
    worker.start()
    try:
        desk.write()
        worker.wake()
        assert server.arrived.wait(30)
    finally:
        worker.stop()
    assert not worker.is_working
    assert [row.sent_at for row in desk.rows(Mail)] == [NOW]


def test_stop_leaves_the_rest_for_the_next_start(desk: Correspondence, server: PostOffice) -> None:
    worker = worker_of(desk.store, Clock(), server)
    for number in range(3):
        desk.write(to=f"{number}@wohnbau.example")
    server.meanwhile = worker.stop
    worker.run()
    assert (len(server.taken), worker.so_far.done) == (1, 1)
    worker_of(desk.store, Clock(), server).one_round()
    assert len(server.taken) == 3


SETTINGS = {"MEHRAUFWAND_SMTP": "smtp://mail.example", "MEHRAUFWAND_MAIL_FROM": "post@firma.example"}


def test_mail_needs_to_know_where_its_links_lead() -> None:
    settings = read_settings(SETTINGS)
    with pytest.raises(InvalidInput, match="base_url_missing"):
        mail_server_of(settings)
    known = mail_server_of(read_settings({**SETTINGS, "MEHRAUFWAND_BASE_URL": HOME}))
    assert known is not None
    assert (known.host, known.sender, known.base_url) == ("mail.example", "post@firma.example", HOME)
    assert mail_server_of(read_settings({})) is None


def mail_from(shell: Shell, server: PostOffice) -> None:
    """Let the commands of a shell send by a server."""
    shell.more |= {
        "MEHRAUFWAND_SMTP": server.url,
        "MEHRAUFWAND_MAIL_FROM": "post@mehraufwand.example",
        "MEHRAUFWAND_BASE_URL": HOME,
    }


def test_the_command_says_that_mail_waits_for_a_server(ready: Shell) -> None:
    said = ready.ok("worker", "--once")
    assert "! E-Mails werden nicht versandt: MEHRAUFWAND_SMTP nennt keinen Mailserver. Wartend: 0." in said.err
    assert said.out.startswith("Beendet. Erledigt: 0, fehlgeschlagen: 0, wartende E-Mails: 0.")


def test_one_round_by_command_sends_what_waits_and_again_what_was_refused(ready: Shell, server: PostOffice) -> None:
    mail_from(ready, server)
    server.refuse["kern@wohnbau.example"] = "550 gone"
    write_one(ready)
    assert ready.ok("worker", "--once", "--json").json == {"done": 0, "failed": 1, "waiting": 1, "notices": []}
    server.refuse = {}
    assert ready.ok("worker", "--once", "--json").json["waiting"] == 1
    assert ready.ok("worker", "--once", "--again", "--json").json == {
        "done": 1,
        "failed": 0,
        "waiting": 0,
        "notices": [],
    }
    assert server.messages()[0]["To"] == "kern@wohnbau.example"


def test_one_refused_mail_is_seen_with_its_reason_and_sent_again_alone(ready: Shell, server: PostOffice) -> None:
    mail_from(ready, server)
    server.refuse["kern@wohnbau.example"] = "550 gone"
    write_one(ready)
    ready.ok("worker", "--once")
    (step,) = ready.ok("step", "list", "--json").json["steps"]
    assert (step["kind"], step["about"], step["attempts"], step["next_at"]) == ("mail", "estimate_sent", 1, None)
    assert step["error"].startswith("rejected: 550")
    assert "rejected: 550" in ready.ok("step", "list").out
    server.refuse = {}
    said = ready.ok("step", "retry", str(step["id"]))
    assert said.out == "Wird noch einmal versucht: Versand einer E-Mail (estimate_sent).\n"
    ready.ok("worker", "--once")
    assert ready.ok("step", "list", "--json").json["steps"] == []
    assert "ist inzwischen erledigt" in ready.run("step", "retry", str(step["id"])).err


def write_one(shell: Shell) -> None:
    """Have something to send: an estimate that goes to who may approve it."""
    shell.ok("estimate", "add", "--case", "V-2026-001", "--ref", "K", "--description", "x", "--line", "regular=60")
    shell.ok("estimate", "send", "K")


def test_the_command_works_until_it_is_told_to_end(ready: Shell, server: PostOffice) -> None:
    mail_from(ready, server)
    write_one(ready)
    environment = {**os.environ, **ready.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "api.cli", "worker"]
    with subprocess.Popen(command, env=environment, cwd=ready.home, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert server.arrived.wait(60)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out) == (0, "Beendet. Erledigt: 1, fehlgeschlagen: 0, wartende E-Mails: 0.\n")


class IdlePool:
    """A pool of printing processes that says when they were ended."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def close(self) -> None:
        self.ended.set()


@pytest.mark.parametrize(("seconds", "ended"), [(0.0, True), (60.0, False)], ids=["its time is over", "not yet"])
def test_printers_stay_for_a_time_after_the_last_paper(
    desk: Correspondence,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    ended: bool,  # noqa: FBT001
) -> None:
    pool = IdlePool()
    monkeypatch.setattr("api.worker.RenderPool", lambda _: pool)
    monkeypatch.setattr("api.worker._PRINTERS_STAY_SECONDS", seconds)
    monkeypatch.setattr("api.worker._POLL_SECONDS", 0.01)
    worker = worker_of(desk.store, Clock())
    worker.start()
    try:
        assert pool.ended.wait(10 if ended else 0.3) is ended
    finally:
        worker.stop()
    assert pool.ended.is_set()
