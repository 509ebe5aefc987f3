"""Settings of every test run, and databases: SQLite and a real PostgreSQL, never skipped."""

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import hypothesis
import pytest

from billing.store.keyring import new_ring
from billing.store.migrations import upgrade
from billing.store.session import Store, open_store
from invoices.render import printers_kept
from tests.support import cluster
from tests.support.engines import make_engines_cheap
from tests.support.hashing import make_hashing_cheap
from tests.support.lent_file import LentFiles
from tests.support.memory import scratch_in_memory
from tests.support.migrated import Migrated, postgres_copy, sqlite_lent
from tests.support.postgres import PostgresServer

# The same examples on every machine, and no deadline: a busy machine is no failure.
hypothesis.settings.register_profile("mehraufwand", deadline=None, derandomize=True)
hypothesis.settings.load_profile("mehraufwand")

_CALLERS_SERVER = "MEHRAUFWAND_TEST_POSTGRES"
_RUN = "MEHRAUFWAND_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Name this run, before xdist starts its workers: they take the name from the environment and share the server."""
    patch = pytest.MonkeyPatch()
    make_hashing_cheap(patch)
    config.add_cleanup(patch.undo)
    if not hasattr(config, "workerinput"):
        os.environ[_RUN] = f"{os.getpid()}_{secrets.token_hex(4)}"
        _throw_away_in_memory(config, patch)


def _throw_away_in_memory(config: pytest.Config, patch: pytest.MonkeyPatch) -> None:
    """Put temporary files into memory, for the workers and all programs as well, unless the caller said where."""
    if "TMPDIR" not in os.environ and (folder := scratch_in_memory(os.environ[_RUN])) is not None:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)  # what was found before
        config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind: stop our own server, or drop this run's databases on the caller's."""
    if hasattr(config, "workerinput"):
        return
    if dsn := os.environ.get(_CALLERS_SERVER):
        server = PostgresServer(dsn, os.environ[_RUN])
        server.drop_all()
        server.close()
    else:
        cluster.stop(_cluster_folder())


def pytest_collection_finish() -> None:
    """Take what is loaded for good out of the garbage collector's rounds: each would go through all of it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _cheap_engines() -> Iterator[None]:
    """Compile a statement once a process, not once a database, and wait for no disk."""
    with pytest.MonkeyPatch.context() as patch:
        make_engines_cheap(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def _kept_printers() -> Iterator[None]:
    """Print on with the processes of the test before: to start one takes longer than most papers."""
    with printers_kept(2):
        yield


def _cluster_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"mehraufwand_{os.environ[_RUN]}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The caller's server (MEHRAUFWAND_TEST_POSTGRES, a superuser's DSN) or a private one, shared by all workers."""
    owner_pid = int(os.environ[_RUN].split("_")[0])
    dsn = os.environ.get(_CALLERS_SERVER) or cluster.ensure_running(_cluster_folder(), owner_pid)
    server = PostgresServer(dsn, os.environ[_RUN])
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The owner's URL of an empty PostgreSQL database; the owner is no superuser, and `mehraufwand_app` exists."""
    with postgres.database() as name:
        yield postgres.url(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'mehraufwand.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that tests copy: a copy costs less than a migration."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def lent_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LentFiles]:
    """The SQLite databases that tests of this process are lent."""
    files = LentFiles(tmp_path_factory.mktemp("lent"))
    yield files
    files.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated(request: pytest.FixtureRequest) -> Iterator[Migrated]:
    """A fresh database with the whole schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        files, template = map(request.getfixturevalue, ("lent_files", "migrated_file"))
        with sqlite_lent(files, template) as database:
            yield database
    else:
        with postgres_copy(request.getfixturevalue("postgres")) as database:
            yield database


@pytest.fixture
def store(migrated: Migrated) -> Iterator[Store]:
    """The opened store of an empty, migrated database, on both databases, with a fresh key ring."""
    opened = open_store(migrated.app_url, new_ring())
    yield opened
    opened.close()
