"""The tests' own databases: real, fresh, unlike a developer's guess of one, and gone afterwards."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from billing.services.processors import current_processor
from billing.store.engine import connect_to
from billing.store.keyring import new_ring
from billing.store.session import open_store
from tests.support import cluster
from tests.support.kept import Kept
from tests.support.lent_file import LentFiles
from tests.support.migrated import Migrated, postgres_copy, sqlite_lent
from tests.support.postgres import APP_ROLE, OWNER_ROLE, PostgresServer
from tests.support.processor import found_processor

SINCE = date(2025, 1, 1)


def ask(url: str, question: str):
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(sa.text(question)).scalar()
    finally:
        engine.dispose()


def test_every_database_starts_empty(database_url):
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_the_owner_is_no_superuser(postgres_url):
    assert ask(postgres_url, "SELECT current_user::text") == OWNER_ROLE
    assert ask(postgres_url, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False


def test_the_application_role_can_log_in_and_create_nothing(postgres):
    with postgres.database() as name:
        url = postgres.url(name, APP_ROLE)
        assert ask(url, "SELECT current_user::text") == APP_ROLE
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            ask(url, "CREATE TABLE mine ()")


@pytest.mark.skipif("MEHRAUFWAND_TEST_POSTGRES" in os.environ, reason="the caller's server is as it is")
def test_the_private_server_sorts_unlike_code_points_and_lives_in_another_zone(postgres_url):
    assert ask(postgres_url, "SELECT 'a' < 'B'") is True
    assert ask(postgres_url, """SELECT 'a' < 'B' COLLATE "C" """) is False
    assert ask(postgres_url, "SELECT extract(timezone FROM now())::int % 3600") != 0


def test_a_template_is_built_once_and_its_copies_are_apart(postgres: PostgresServer):
    built = []

    def build(url):
        built.append(url)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE note (text text)")

    name = f"notes_of_{os.getpid()}"
    template = postgres.template(name, build)
    with postgres.database(template) as one, postgres.database(postgres.template(name, build)) as other:
        with psycopg.connect(postgres.url(one).replace("+psycopg", "")) as connection:
            connection.execute("INSERT INTO note VALUES ('here')")
        assert ask(postgres.url(one), "SELECT count(*) FROM note") == 1
        assert ask(postgres.url(other), "SELECT count(*) FROM note") == 0
    assert len(built) == 1


def test_a_template_whose_builder_failed_is_built_again(postgres: PostgresServer):
    name = f"second_try_of_{os.getpid()}"

    def fail(_url):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        postgres.template(name, fail)
    built: list[str] = []
    postgres.template(name, built.append)
    assert len(built) == 1


Lend = Callable[[], AbstractContextManager[Migrated]]


@pytest.fixture(params=["sqlite", "postgresql"])
def lend(request: pytest.FixtureRequest) -> Lend:
    """How a test is lent a database."""
    if request.param == "postgresql":
        return partial(postgres_copy, request.getfixturevalue("postgres"))
    return partial(sqlite_lent, request.getfixturevalue("lent_files"), request.getfixturevalue("migrated_file"))


def test_of_what_a_test_leaves_in_a_database_the_next_one_finds_nothing(lend: Lend):
    numbers, urls = [], set()
    for _ in range(3):
        with lend() as database:
            store = open_store(database.app_url, new_ring())
            numbers.append(found_processor(store, SINCE))
            store.close()
            urls.add(database.app_url)
    assert (numbers, len(urls)) == ([1, 1, 1], 1)


def test_a_database_that_its_owner_or_a_superuser_was_let_into_is_not_lent_again(lend: Lend):
    urls = set()
    for way_in in ("owner_url", "superuser_url", "app_url"):
        with lend() as database:
            getattr(database, way_in)
            urls.add(database.app_url)
    assert len(urls) == 3


@pytest.mark.parametrize(
    ("statement", "leaves"),
    [
        pytest.param("CREATE TABLE mine (text TEXT)", True, id="its schema was changed"),
        pytest.param("SELECT 1", False, id="somebody is still connected"),
    ],
)
def test_a_file_is_not_lent_again_if(lent_files: LentFiles, migrated_file: Path, statement: str, leaves: bool):  # noqa: FBT001
    urls = set()
    for _ in range(2):
        with sqlite_lent(lent_files, migrated_file) as database:
            engine = connect_to(database.app_url)
            with engine.begin() as connection:
                connection.execute(sa.text(statement))
            if leaves:
                engine.dispose()
            urls.add(database.app_url)
        engine.dispose()
    assert len(urls) == 2


def test_what_was_furnished_once_is_in_the_next_database_as_it_was(lend: Lend):
    kept, neighbours = Kept(lambda store: found_processor(store, SINCE)), []
    for _ in range(3):
        with lend() as database, kept.opened(database) as (store, number):
            with store.tenant(number) as session:
                assert current_processor(session, SINCE).company_name == "ImmoInvent GmbH"
            neighbours.append(found_processor(store, SINCE, "nachbar"))
    assert neighbours == [2, 2, 2]


SET = {"sqlite": "PRAGMA busy_timeout = 0", "postgresql": "SET lock_timeout = 77"}
SHOWN = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}


def test_a_connection_that_was_closed_is_had_again_as_if_it_were_new(lend: Lend):
    connections, told = [], []
    for _ in range(3):
        with lend() as database:
            engine = connect_to(database.app_url)
            line = engine.raw_connection()
            driver: Any = line.driver_connection
            line.detach()
            connections.append(driver)
            told.append(driver.execute(SHOWN[engine.dialect.name]).fetchone())
            driver.execute("BEGIN")
            driver.execute("SELECT * FROM processor")
            if engine.dialect.name == "postgresql":
                driver.execute("SELECT pg_advisory_lock(1)")
                driver.execute("COMMIT")
            driver.execute(SET[engine.dialect.name])
            driver.close()
            engine.dispose()
    assert len(set(map(id, connections))) == 1
    assert len(set(told)) == 1


def test_a_connection_that_was_given_a_function_is_not_had_again(lent_files, migrated_file):
    connections = []
    for _ in range(2):
        with sqlite_lent(lent_files, migrated_file) as database:
            engine = connect_to(database.app_url)
            with engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.create_function("date", -1, lambda *_: "2026-01-01")
                connections.append(driver)
            engine.dispose()
    assert connections[0] is not connections[1]


def test_the_server_ends_with_an_owner_that_is_killed():
    folder = Path(tempfile.mkdtemp(prefix="mehraufwand_killed_"))
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with psycopg.connect(cluster.ensure_running(folder, owner.pid)):
        server = Path("/proc") / (folder / "data" / "postmaster.pid").read_text().splitlines()[0]
    assert server.exists()
    keeper = int((folder / "keeper.pid").read_text())
    owner.kill()
    owner.wait()
    wait_until(lambda: not folder.exists())
    wait_until(lambda: not server.exists())
    os.waitpid(keeper, 0)


def wait_until(happened, seconds=30):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_without_server_programs_the_tests_fail_and_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="apt-get install postgresql"):
        cluster.find_programs(tmp_path)


def test_the_newest_installed_server_is_taken(tmp_path):
    for version in ("9", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert cluster.find_programs(tmp_path) == tmp_path / "17" / "bin"
