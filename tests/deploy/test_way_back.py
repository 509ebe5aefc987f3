"""The way back after a failover, by the commands of docs/operations.md: what was lost follows, then leads again.

database   primary ==X         standby ======== primary ==========
standby    standby === primary ===================X   standby ====
people     write ....  .......................    ................
"""

import re
import shlex
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from benchmarks._service import furnish
from benchmarks._writer import Writer
from billing.services.measuring import read_gauges
from billing.services.verification import verify
from billing.store.keyring import parse_ring
from billing.store.migrations import upgrade
from billing.store.session import open_store
from tests.deploy.compose import Stack
from tests.deploy.starting import (
    Process,
    as_superuser,
    as_user,
    listens,
    start_database,
    start_standby,
    wait_for,
)
from tests.support.repository import ROOT

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PLACES = {"database": "data", "standby": "standby"}


def said(beginning: str) -> list[str]:
    """Give the words of the one command of the guide that begins like this."""
    (line,) = re.findall(rf"^{re.escape(beginning)}[^#\n]*", GUIDE, re.MULTILINE)
    return shlex.split(line)


@dataclass
class Pair:
    """Two servers, of which one takes writes, and somebody who writes all the time."""

    stack: Stack
    ends: ExitStack
    running: dict[str, Process]
    acknowledged: int = 0
    breaks: int = field(default=0)

    def run(self, service: str, words: list[str], **more: str) -> Process:
        """Start something with the volume and the settings of a service."""
        ports = {"PORT": str(self.stack.ports[service]), "LISTEN": "127.0.0.1"}
        if service == "standby":
            more = {"PRIMARY": "127.0.0.1", "PRIMARY_PORT": str(self.stack.ports["database"]), **more}
        data = self.stack.folder / PLACES[service]
        environment = self.stack.environment(service, **ports, **{"DATA": str(data), **more})
        process: Process = self.ends.enter_context(self.stack.started(words, environment, as_user("postgres")))
        return process

    def up(self, service: str) -> None:
        """`docker-compose up --detach SERVICE`."""
        self.running[service] = self.run(service, self.stack.command(service))
        wait_for(lambda: listens(self.stack.ports[service]), self.stack)

    def stop(self, service: str) -> None:
        """`docker-compose stop SERVICE`."""
        self.running[service].send_signal(signal.SIGINT)
        assert self.running.pop(service).wait(60) == 0

    def promote(self, service: str) -> None:
        """`docker-compose exec SERVICE pg_ctl promote --pgdata=/var/lib/postgresql/data`."""
        words = said(f"docker-compose exec {service} pg_ctl promote")[3:]
        self._once(service, words)
        wait_for(lambda: self.ask(service, "SELECT pg_is_in_recovery()") == [(False,)], self.stack)

    def empty(self, service: str) -> None:
        """Take away what the volume of a service holds."""
        self._once(service, said(f"docker-compose run --rm --no-deps {service} find")[5:])
        assert list((self.stack.folder / PLACES[service]).iterdir()) == []

    def copy_to_the_lost_one(self) -> None:
        """Make a standby in the volume of `database`; it follows until it is stopped."""
        words = said("docker-compose run --rm --no-deps --env PRIMARY=standby")
        given = dict(words[place + 1].split("=", 1) for place, word in enumerate(words) if word == "--env")
        assert given.pop("PRIMARY") == "standby"
        assert words[-2:] == ["database", "start-standby.sh"]
        there = {"PRIMARY": "127.0.0.1", "PRIMARY_PORT": str(self.stack.ports["standby"])}
        more = {name: self.stack.place(value) for name, value in given.items()} | there
        before = len(self.log())
        self.running["database"] = self.run("database", ["start-standby.sh"], **more)
        wait_for(lambda: "started streaming" in self.log()[before:], self.stack)

    def wait_for_it(self, primary: str, follower: str) -> None:
        """Have commits wait for the other one, as the guide says."""
        (command,) = set(re.findall(rf"ALTER SYSTEM SET synchronous_standby_names = '{follower}'", GUIDE))
        with as_superuser(self.stack, self.stack.ports[primary]) as line:
            line.autocommit = True
            line.execute(command)
            line.execute("SELECT pg_reload_conf()")
        wait_for(lambda: self.follower(primary) == (follower, "streaming", "sync"), self.stack)

    def follower(self, primary: str) -> tuple[object, ...] | None:
        """Give who follows: name, whether it is in step, and whether commits wait for it."""
        query = "SELECT application_name, state, sync_state FROM pg_stat_replication WHERE application_name IN"
        found = self.ask(primary, f"{query} ('database', 'standby')")  # and not the archive
        return found[0] if found else None

    def ask(self, service: str, query: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Ask a server, as its superuser."""
        try:
            with as_superuser(self.stack, self.stack.ports[service], database) as line:
                return line.execute(query.encode()).fetchall()
        except psycopg.OperationalError:
            return []

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Have somebody write inside the block, through the address that names both."""
        url, ring = self.secret("app_database_url"), parse_ring(self.secret("keys"))
        writer = Writer(url, ring)
        try:
            self.goes_on(writer)
            yield writer
        finally:
            self.breaks += not writer.is_writing
            writer.end()
            self.acknowledged += len(writer.acknowledged)

    def goes_on(self, writer: Writer) -> None:
        """Wait until ten more writes were acknowledged."""
        wanted = len(writer.acknowledged) + 10
        wait_for(lambda: len(writer.acknowledged) >= wanted, self.stack)

    def in_step(self) -> int | None:
        """Ask as the metrics do."""
        store = open_store(self.secret("app_database_url"), parse_ring(self.secret("keys")))
        try:
            return read_gauges(store, datetime.now(UTC)).standbys_in_step
        finally:
            store.close()

    def log(self) -> str:
        """Give what the services said so far."""
        return (self.stack.folder / "log").read_text(errors="replace")

    @contextmanager
    def archived(self, service: str) -> Iterator[None]:
        """Have `backup` keep the archive of a server inside the block, from a base backup of its own on."""
        port = str(self.stack.ports[service])
        environment = self.stack.environment("backup", PGHOST="127.0.0.1", PGPORT=port)
        bases = self.stack.folder / "archive" / "base"
        before = set(bases.glob("*.tar.*"))
        with self.stack.started(self.stack.command("backup"), environment):
            wait_for(lambda: bool(set(bases.glob("*.tar.*")) - before), self.stack)
            yield

    def piece_is_sealed(self, service: str) -> None:
        """Wait until the piece of the log that a server writes now is in the archive, whole."""
        ((piece,),) = self.ask(service, "SELECT pg_walfile_name(pg_switch_wal())")
        wait_for((self.stack.folder / "archive" / "wal" / f"{piece}.gz").exists, self.stack)

    def secret(self, name: str) -> str:
        """Give a secret of the installation."""
        return (self.stack.secrets / name).read_text().strip()

    def _once(self, service: str, words: list[str]) -> None:
        place = str(self.stack.folder / PLACES[service])
        moved = [word.replace("/var/lib/postgresql/data", place) for word in words]
        with self.stack.started(moved, self.stack.environment(service), as_user("postgres")) as process:
            assert process.wait(60) == 0


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as ends:
        stack = Stack(Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="mehraufwand-back-"))))
        running = {"database": start_database(stack, ends), "standby": start_standby(stack, ends)}
        pair = Pair(stack, ends, running)
        upgrade(pair.secret("owner_database_url"), app_role="mehraufwand_app")
        furnish(pair.secret("app_database_url"), parse_ring(pair.secret("keys")), 1)
        yield pair


def make_a_standby_of_what_was_lost(pair: Pair, writer: Writer) -> None:
    """Go the first half of the way; nobody stops working."""
    pair.empty("database")
    pair.copy_to_the_lost_one()
    pair.stop("database")
    pair.up("database")
    pair.wait_for_it("standby", "database")
    pair.goes_on(writer)


def show_that_commits_wait(pair: Pair, writer: Writer) -> None:
    """Take the standby away for a while; the application knows."""
    assert pair.in_step() == 1
    pair.stop("database")
    wait_for(lambda: pair.in_step() == 0, pair.stack)
    stood = len(writer.acknowledged)
    time.sleep(3)
    assert len(writer.acknowledged) <= stood + 1
    pair.up("database")
    pair.goes_on(writer)


@pytest.mark.slow
def test_a_lost_server_becomes_the_standby_and_then_the_first_again_without_losing_a_write(pair: Pair) -> None:
    with pair.writing(), pair.archived("database"):
        pair.piece_is_sealed("database")
        pair.running["database"].send_signal(signal.SIGQUIT)  # at once, as in a crash
        pair.running.pop("database").wait()
    pair.promote("standby")
    with pair.writing() as writer, pair.archived("standby"):
        pair.piece_is_sealed("standby")
        make_a_standby_of_what_was_lost(pair, writer)
        show_that_commits_wait(pair, writer)
        begun = time.monotonic()
        pair.stop("standby")
    pair.promote("database")
    with pair.writing() as writer:
        print(f"nobody could write for {time.monotonic() - begun:.1f} s")  # noqa: T201
        pair.empty("standby")
        pair.up("standby")
        pair.wait_for_it("database", "standby")
        pair.goes_on(writer)
        with pair.archived("database"):
            pair.piece_is_sealed("database")
    query = "SELECT count(*) FROM audit_log WHERE action = 'drill'"
    ((kept,),) = pair.ask("database", query, "mehraufwand")
    assert isinstance(kept, int)
    assert pair.acknowledged <= kept <= pair.acknowledged + pair.breaks
    assert pair.ask("standby", "SELECT pg_is_in_recovery()") == [(True,)]
    store = open_store(pair.secret("app_database_url"), parse_ring(pair.secret("keys")))
    with store.tenant(1, read_only=True) as session:
        assert verify(session).faults == []
    store.close()
