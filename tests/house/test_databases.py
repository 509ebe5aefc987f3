"""The tests' own databases: real, fresh, unlike a developer's guess of one, and gone afterwards."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.support import cluster
from tests.support.postgres import APP_ROLE, OWNER_ROLE, PostgresServer


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
