"""A new version with another schema, while people log work: nobody is turned away, nothing is lost.

old replica 1   ======================================X
old replica 2   ==========================================X
db upgrade               [=======]
new replicas                          ===========================
the proxy       old, old              | all four          | new, new
people          log work ........................................
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from benchmarks._billing_month import MONTH, furnish_contracts
from benchmarks._service import entry_json, furnish, token_of
from billing.services.acting import Act
from billing.services.processors import add_processor_data, read_processor
from billing.services.samples import SAMPLE_PROCESSOR
from billing.store.keyring import parse_ring
from billing.store.session import open_store
from tests.deploy.compose import Stack
from tests.deploy.next_version import REVISION, make_next_version
from tests.deploy.starting import (
    Replica,
    as_superuser,
    client_of,
    configure_proxy,
    start_database,
    start_proxy,
    start_replica,
    wait_for,
)
from tests.support.repository import ROOT

PEOPLE, ENOUGH, CREATED, BILLED = 4, 50, 201, 3


class People:
    """Some who log work through the proxy, one piece after the other, each with a key of its own."""

    def __init__(self, stack: Stack) -> None:
        """Be ready."""
        self._stack = stack
        self.answers: list[tuple[int, float]] = []
        """Status and seconds of each."""
        self.broken: list[str] = []
        self._go_home = threading.Event()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work inside the block."""
        threads = [threading.Thread(target=self._work, args=(person,)) for person in range(PEOPLE)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._go_home.set()
            for thread in threads:
                thread.join()

    def log_more(self, pieces: int = ENOUGH) -> None:
        """Wait until so many pieces more were answered."""
        wanted = len(self.answers) + pieces
        wait_for(lambda: len(self.answers) >= wanted or bool(self.broken), self._stack)

    def _work(self, person: int) -> None:
        number = 0
        # Each asks over a connection of its own: a proxy that reads its settings again ends those that wait.
        with client_of(self._stack, keeps=0) as client:
            while not self._go_home.is_set():
                headers = {
                    "Host": "mehraufwand.example",
                    "Authorization": f"Bearer {token_of(person)}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": f"upgrade-{person}-{number}",
                }
                begun = time.monotonic()
                try:
                    answer = client.post("/api/v1/entries", content=entry_json(person, number), headers=headers)
                except httpx.HTTPError as error:
                    self.broken.append(repr(error))
                    return
                self.answers.append((answer.status_code, time.monotonic() - begun))
                if answer.status_code != CREATED:
                    self.broken.append(answer.text)
                number += 1
                time.sleep(0.05)


def mehraufwand(stack: Stack, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [str(stack.folder / "bin" / "mehraufwand"), *words]
    environment = stack.environment("upgrade", **more)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")


def secret(stack: Stack, name: str) -> str:
    return (stack.secrets / name).read_text().strip()


def bill_a_month(stack: Stack) -> None:
    """Add contracts and bill them, with their papers."""
    store = open_store(secret(stack, "app_database_url"), parse_ring(secret(stack, "keys")))
    with store.tenant(1) as session:
        letter = read_processor({**SAMPLE_PROCESSOR, "valid_from": "2026-09-01"})
        add_processor_data(session, Act("upgrade", datetime.now(UTC)), letter)
    furnish_contracts(store, 1, range(BILLED))
    store.close()
    (stack.folder / "mehraufwand").mkdir()  # the volume `numbers`
    for command in ("run", "approve", "issue"):
        done = mehraufwand(stack, command, MONTH)
        assert done.returncode == 0, done.stderr


def checked(stack: Stack, code: str) -> str:
    """Give what the checker of the fault tests finds, asked through this code of the product."""
    secrets = {"MEHRAUFWAND_DB": secret(stack, "app_database_url"), "MEHRAUFWAND_KEYS": secret(stack, "keys")}
    environment = {**os.environ, **secrets, "PYTHONPATH": f"{code}:{ROOT}"}
    command = [sys.executable, "-m", "tests.faults.checker"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == bool(done.stdout), done.stderr
    return done.stdout


def documents(stack: Stack) -> int:
    with as_superuser(stack, stack.ports["database"], "mehraufwand") as line:
        row = line.execute("SELECT count(*) FROM invoice").fetchone()
    assert row
    return int(row[0])


def kept(stack: Stack) -> tuple[int, int]:
    """Count the pieces of work, and those that are remembered as answers: as the superuser, whatever the version."""
    query = "SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM idempotency_key WHERE status = 201)"
    with as_superuser(stack, stack.ports["database"], "mehraufwand") as line:
        row = line.execute(query).fetchone()
    assert row
    return row[0], row[1]


@dataclass
class Running:
    """Two replicas of this version behind the proxy, and the next version's code."""

    stack: Stack
    ends: ExitStack
    old: list[Replica]
    proxy: "subprocess.Popen[bytes]"
    newer: dict[str, str]

    def tell_proxy(self, replicas: list[Replica]) -> None:
        """Have the proxy look up the replicas again."""
        configure_proxy(self.stack, [replica.port for replica in replicas])
        self.proxy.send_signal(signal.SIGHUP)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with ExitStack() as ends:
        stack = Stack(Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mehraufwand-upgrade-"))))
        start_database(stack, ends, STANDBYS="")
        assert mehraufwand(stack, "db", "upgrade").returncode == 0
        furnish(secret(stack, "app_database_url"), parse_ring(secret(stack, "keys")), PEOPLE)
        bill_a_month(stack)
        old = [start_replica(stack, ends) for _ in range(2)]
        proxy = start_proxy(stack, ends, [replica.port for replica in old])
        yield Running(stack, ends, old, proxy, {"PYTHONPATH": str(make_next_version(tmp_path / "next"))})


@pytest.mark.slow
def test_a_new_schema_comes_while_people_log_work_and_nobody_is_turned_away(running: Running) -> None:
    stack, people, before = running.stack, People(running.stack), kept(running.stack)
    with people.working():
        people.log_more()
        begun, answered = time.monotonic(), len(people.answers)
        upgraded = mehraufwand(stack, "db", "upgrade", **running.newer)
        took = time.monotonic() - begun
        assert upgraded.returncode == 0, upgraded.stderr
        people.log_more()  # the old code on the new schema
        slowest = max(seconds for _, seconds in people.answers[answered:])
        assert mehraufwand(stack, "worker", "--once").returncode != 0  # what runs goes on, but nothing old begins
        assert REVISION in mehraufwand(stack, "db", "status", **running.newer).stdout
        replace_replicas(running, people)
    statuses = Counter(status for status, _ in people.answers)
    print(f"{statuses}, upgrade {took:.1f} s, slowest answer at that time {slowest:.2f} s")  # noqa: T201
    assert people.broken == []
    assert [now - then for now, then in zip(kept(stack), before, strict=True)] == [len(people.answers)] * 2
    assert mehraufwand(stack, "verify", **running.newer).returncode == 0
    assert documents(stack) >= BILLED
    assert checked(stack, running.newer["PYTHONPATH"]) == ""


def replace_replicas(running: Running, people: People) -> None:
    """Do what `deploy/replace-replicas.sh` does: the new ones beside the old ones, which then go one by one."""
    new = [start_replica(running.stack, running.ends, **running.newer) for _ in range(2)]
    running.tell_proxy([*running.old, *new])
    people.log_more()
    for replica in running.old:
        replica.process.terminate()
        assert replica.process.wait(60) == 0
        people.log_more()
    running.tell_proxy(new)
    people.log_more()
