"""What is lost with a machine, and how long until work goes on: RPO and RTO of a real server that is killed.

    ./dev bench restore [--json] [--rounds N] [--megabytes M] [--ways standby,archive]

A PostgreSQL server holds an installation of the product that billed a month, with its papers, and M megabytes of files
of its cases; each round begins with a copy of it.
Somebody writes through the product all the time; at a random moment the server is killed and its data are deleted.

- *standby*: a synchronous standby is promoted. The application's address names both servers.
- *archive*: nothing is left but the sealed archive of `deploy/keep-archive.sh`; `deploy/restore-database.sh` makes a
  server of it. What was received but not sealed yet counts as lost.

RPO is how old the newest acknowledged write is that was lost, counted back from the kill; RTO runs from the kill to the
first write that is acknowledged again. After each round the checker of the fault tests asks for everything that must
hold (counts, numbers, sums, each minute once, the hash of every file), and `verify` proves the audit chain and all
hashes. Contract `debtify` names 5 and 30 seconds.
"""

import argparse
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlmodel import select

from benchmarks._billing_month import MONTH, furnish_month
from benchmarks._cluster import APP, Cluster, own, own_all, programs, url_of
from benchmarks._writer import Writer
from billing.services.acting import Act, id_of, put
from billing.services.cases import find_case
from billing.services.installation import processors
from billing.store.backup_key import create_backup_key
from billing.store.files import NewFile, store_file
from billing.store.keyring import KeyRing, new_ring
from billing.store.migrations import upgrade
from billing.store.session import open_store
from billing.store.tables import AuditLog, CaseFile, Invoice
from billing.store.tables.kinds import RetentionClass
from tests.faults.checker import violations

ROOT = Path(__file__).parents[1]
_OWNER = "mehraufwand_owner"
_FILE = 4 * 1024 * 1024
_CONTRACTS = 6


@dataclass(frozen=True)
class Place:
    """Where a round happens."""

    folder: Path
    primary: Cluster
    ring: KeyRing

    @property
    def environment(self) -> dict[str, str]:
        """What the scripts of `deploy/` find in their environment."""
        own_programs = self.folder / "bin"
        return {
            **os.environ,
            "PATH": f"{own_programs}:{programs()}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "MEHRAUFWAND_CONFIG": str(self.folder / "config"),
            "ARCHIVE": str(self.folder / "archive"),
            "INCOMING": str(self.folder / "incoming"),
            "PGHOST": str(self.primary.socket),
            "PGUSER": "postgres",
        }


@dataclass(frozen=True)
class Template:
    """An installation that was filled once, whose server is stopped."""

    data: Path
    ring: KeyRing


@contextmanager
def filled(megabytes: int) -> Iterator[Template]:
    """Make an installation that holds some files; rounds copy it."""
    with _folder() as folder:
        place = Place(folder, Cluster(folder / "filled", folder / "socket"), new_ring())
        place.primary.create()
        place.primary.start()
        try:
            _fill(place, megabytes)
        finally:
            place.primary.stop()
        yield Template(place.primary.data, place.ring)


@contextmanager
def installation(template: Template) -> Iterator[Place]:
    """Run a server with a copy of an installation."""
    with _folder() as folder:
        create_backup_key(folder / "config" / "backup.key")
        (folder / "bin").mkdir()
        command = folder / "bin" / "mehraufwand"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m api.cli "$@"\n')
        command.chmod(0o755)
        place = Place(folder, Cluster(folder / "primary", folder / "primary-socket"), template.ring)
        subprocess.run(["cp", "-a", template.data, place.primary.data], check=True)  # noqa: S603, S607 - ours
        place.primary.configure(unix_socket_directories=str(place.primary.socket))
        place.primary.start()
        try:
            yield place
        finally:
            place.primary.stop()


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mehraufwand-drill-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


def _fill(place: Place, megabytes: int) -> None:
    with psycopg.connect(place.primary.superuser, autocommit=True) as connection:
        for role in (_OWNER, APP):
            connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"CREATE DATABASE mehraufwand OWNER {_OWNER}")
    upgrade(f"postgresql://{_OWNER}@/mehraufwand?host={place.primary.socket}", app_role=APP)
    url = url_of(place.primary.socket)
    store = open_store(url, place.ring)
    processor_id = furnish_month(store, _CONTRACTS)
    for number in range(megabytes * 1024 * 1024 // _FILE):
        with store.tenant(processor_id) as session:
            content, act = b"%PDF-" + random.randbytes(_FILE), Act("drill", datetime.now(UTC))
            new = NewFile(f"{number}.pdf", "application/pdf", content, RetentionClass.LETTER, act.at.date())
            stored = store_file(session, new, recorded_at=act.at, recorded_by="drill")
            case = find_case(session, "V0-0", "AVV-00000")
            put(session, CaseFile(case_id=id_of(case), stored_file_id=id_of(stored), **act.record()))
    store.close()
    # The product's own commands bill the month, with its papers.
    environment = place.environment | {"MEHRAUFWAND_DB": url, "MEHRAUFWAND_KEYS": place.ring.to_json()}
    for command in ("run", "approve", "issue"):
        subprocess.run(  # noqa: S603 - ours
            [sys.executable, "-m", "api.cli", command, MONTH], check=True, env=environment, stdout=subprocess.DEVNULL
        )


def by_standby(place: Place) -> dict[str, Any]:
    """Lose the primary; a synchronous standby takes over."""
    standby = Cluster(place.folder / "standby", place.folder / "standby-socket")
    own(standby.data)
    subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [programs() / "pg_basebackup", "-D", standby.data, "-R", "-X", "stream", "-c", "fast"],
        check=True,
        env=place.environment | {"PGAPPNAME": "standby"},
    )
    own_all(standby.data)
    conninfo = f"host={place.primary.socket} user=postgres application_name=standby"
    standby.configure(unix_socket_directories=str(standby.socket), primary_conninfo=conninfo)
    standby.start()
    with psycopg.connect(place.primary.superuser, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        connection.execute("SELECT pg_reload_conf()")
    try:
        # A standby that was promoted waits for nobody: the setting was made on the primary, after it was copied.
        return _lost(place, url_of(place.primary.socket, standby.socket), standby.promote)
    finally:
        standby.stop()


def by_archive(place: Place) -> dict[str, Any]:
    """Lose the server and all that was received; make another one of the sealed archive."""
    words = [ROOT / "deploy" / "keep-archive.sh"]
    keeper = subprocess.Popen(words, env=place.environment, start_new_session=True)  # noqa: S603 - ours
    bases = place.folder / "archive" / "base"
    while not any(bases.glob("*.tar.zst")):
        if keeper.poll() is not None:
            message = "the archive is not kept"
            raise RuntimeError(message)
        time.sleep(0.1)
    data, log = place.folder / "restored", place.folder / "log"
    restored = Cluster(data, place.primary.socket)

    def restore() -> None:
        subprocess.run(  # noqa: S603 - ours
            [ROOT / "deploy" / "restore-database.sh", place.folder / "archive", data, log],
            check=True,
            env=place.environment,
        )
        own_all(data)
        own_all(log)
        data.chmod(0o700)
        restored.start()
        while restored.is_recovering():
            time.sleep(0.05)

    def lose_the_rest() -> None:
        os.killpg(keeper.pid, signal.SIGKILL)
        keeper.wait()
        shutil.rmtree(place.folder / "incoming", ignore_errors=True)

    try:
        return _lost(place, url_of(place.primary.socket), restore, lose_the_rest)
    finally:
        restored.stop()


def _lost(
    place: Place, url: str, bring_back: Callable[[], Any], also: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Write, lose the server at a random moment, bring it back, and compare with what was acknowledged."""
    writer = Writer(url, place.ring)
    time.sleep(random.uniform(6, 12))
    killed = time.monotonic()
    also()
    place.primary.lose()
    writer.end()
    bring_back()
    after = Writer(url, place.ring)
    while not after.acknowledged:
        time.sleep(0.01)
        if not after.is_writing:
            after = Writer(url, place.ring)
    recovered = after.acknowledged[0] - killed
    after.end()
    known, invoices, faults = _known(url, place.ring)
    lost = [at for number, at in enumerate(writer.acknowledged) if number not in known]
    return {
        "acknowledged": len(writer.acknowledged),
        "lost": len(lost),
        "rpo_seconds": round(killed - min(lost), 2) if lost else 0.0,
        "rto_seconds": round(recovered, 2),
        "invoices": invoices,
        "faults": faults,
    }


def _known(url: str, ring: KeyRing) -> tuple[set[int], int, list[str]]:
    """Give which writes are there, how many invoices, and everything that must not be."""
    store = open_store(url, ring)
    ((processor_id, _),) = processors(store)
    with store.tenant(processor_id, read_only=True) as session:
        subjects = session.connection().execute(
            AuditLog.__table__.select().where(AuditLog.__table__.c.action == "drill")  # type: ignore[attr-defined]
        )
        known = {int(row.subject.partition(":")[2]) for row in subjects}
        invoices = len(session.exec(select(Invoice.id)).all())
    faults = violations(store, processor_id)
    store.close()
    return known, invoices, faults


WAYS: dict[str, Callable[[Place], dict[str, Any]]] = {"standby": by_standby, "archive": by_archive}


def main() -> None:
    """Run the drills and print each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--ways", default=",".join(WAYS))
    said = parser.parse_args()
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # that connections break is what is measured
    rows = []
    with filled(said.megabytes) as template:
        for way in said.ways.split(","):
            for number in range(1, said.rounds + 1):
                with installation(template) as place:
                    row = {"way": way, "round": number, "megabytes": said.megabytes, **WAYS[way](place)}
                rows.append(row | {"load": round(os.getloadavg()[0], 1)})
                if not said.json:
                    print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
    if said.json:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
