"""A process that runs commands on order, and installations whose state can be copied before each attempt."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from billing.services.installation import choose_processor
from billing.store.keyring import KeyRing, new_ring
from billing.store.session import Store, open_store
from tests.faults.checker import violations
from tests.faults.seed import seed
from tests.support.migrated import Migrated, postgres_copy, sqlite_copy
from tests.support.postgres import PostgresServer
from tests.support.repository import ROOT


@dataclass(frozen=True)
class Result:
    """How one call of the command ended; a negative code is a signal."""

    code: int
    out: str
    err: str
    commits: int


@dataclass(frozen=True)
class Place:
    """A seeded database as the application sees it, its keys, and how to copy it while nobody is connected."""

    url: str
    ring: KeyRing
    copied: Callable[[], AbstractContextManager["Place"]] = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """Give the settings that lead a command here."""
        return {"MEHRAUFWAND_DB": self.url, "MEHRAUFWAND_KEYS": self.ring.to_json(), "MEHRAUFWAND_AS": "Erika Beispiel"}

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Open the store."""
        store = open_store(self.url, self.ring)
        yield store
        store.close()

    def violations(self, processor: str = "immoinvent") -> list[str]:
        """Check everything that must hold for a processor."""
        with self.opened() as store:
            return violations(store, choose_processor(store, processor)[0])


class Worker:
    """The process of `worker.py`."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "MEHRAUFWAND_LANG": "de", "COLUMNS": "80"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def at_once(self, place: Place, calls: Sequence[Sequence[str]], **order: Any) -> list[Result]:
        """Run several commands, all started at the same moment."""
        assert self._process.stdin
        assert self._process.stdout
        whole = {"calls": [list(call) for call in calls], "environment": place.environment, **order}
        self._process.stdin.write(json.dumps(whole) + "\n")
        self._process.stdin.flush()
        return [Result(**result) for result in json.loads(self._process.stdout.readline())["results"]]

    def call(self, place: Place, *call: str, **order: Any) -> Result:
        """Run one command; `die_at` and `die` end it at one of its commits."""
        (result,) = self.at_once(place, [call], **order)
        return result

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """A process that runs commands in forks of itself."""
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A seeded database that tests copy, once on SQLite and once on PostgreSQL."""
    ring = new_ring()
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("faults") / "seeded.db"
        with sqlite_copy(request.getfixturevalue("migrated_file"), file):
            yield _seeded(sqlite_place(file, ring))
        return
    server = request.getfixturevalue("postgres")
    with postgres_copy(server) as database:
        yield _seeded(_postgres_place(server, database, ring))


def _seeded(place: Place) -> Place:
    with place.opened() as store:
        seed(store)
    return place


def sqlite_place(file: Path, ring: KeyRing) -> Place:
    """Give the place of a SQLite file."""

    @contextmanager
    def copied() -> Iterator[Place]:
        target = file.with_name(f"{uuid.uuid4().hex}.db")
        assert not file.with_name(f"{file.name}-wal").exists(), "somebody is still connected"
        shutil.copy(file, target)
        yield sqlite_place(target, ring)
        for left in target.parent.glob(f"{target.name}*"):
            left.unlink()

    return Place(f"sqlite:///{file}", ring, copied)


def _postgres_place(server: PostgresServer, database: Migrated, ring: KeyRing) -> Place:
    @contextmanager
    def copied() -> Iterator[Place]:
        with postgres_copy(server) as copy:
            copy.fill(database.content())
            yield _postgres_place(server, copy, ring)

    return Place(database.app_url, ring, copied)
