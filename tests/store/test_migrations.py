"""The schema's history: from empty to head on both databases, whole or not at all, with a backup before (SQLite)."""

import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from billing.errors import Problem
from billing.store.engine import connect_to
from billing.store.keyring import new_ring
from billing.store.migrations import upgrade
from billing.store.schema import head
from billing.store.session import open_store
from billing.store.tables import metadata
from tests.support.postgres import APP_ROLE
from tests.support.world import found

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = connect_to(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]
    finally:
        engine.dispose()


def tables_of(url: str) -> set[str]:
    engine = connect_to(url)
    found_tables = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found_tables


def columns_of_site(url: str) -> set[str]:
    engine = connect_to(url)
    columns = {column["name"] for column in sa.inspect(engine).get_columns("site")}
    engine.dispose()
    return columns


def do(url: str, statement: str) -> None:
    engine = connect_to(url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_an_empty_database_comes_to_head(database_url):
    upgraded = upgrade(database_url)
    assert (upgraded.before, upgraded.after, upgraded.backup) == (None, head(), None)
    assert tables_of(database_url) == {*metadata.tables, "alembic_version"}


def test_doing_it_again_changes_nothing(database_url):
    upgrade(database_url)
    again = upgrade(database_url)
    assert (again.before, again.after, again.backup) == (head(), head(), None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_application_makes_no_temporary_table_that_our_rules_would_take_for_ours(database_url):
    """With one named retention_record it could delete what must be kept."""
    app_url = database_url.replace("mehraufwand_owner", APP_ROLE)
    for _ in range(2):
        upgrade(database_url)
        with (
            closing(psycopg.connect(app_url.replace("+psycopg", ""))) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="temporary tables"),
        ):
            connection.execute("CREATE TEMPORARY TABLE retention_record (id integer)")
        do(database_url, f'GRANT TEMPORARY ON DATABASE "{sa.make_url(database_url).database}" TO PUBLIC')


def test_a_file_is_private_from_the_first_moment(sqlite_url):
    upgrade(sqlite_url)
    assert stat.S_IMODE(Path(sqlite_url.removeprefix("sqlite:///")).stat().st_mode) == 0o600


ADD_COLUMN = 'op.add_column("site", sa.Column("colour", sa.String()))'


def test_an_older_database_comes_to_head_and_keeps_its_rows(database_url, next_version):
    before = upgrade(database_url).after
    url = database_url.replace("mehraufwand_owner", APP_ROLE)
    store = open_store(url, new_ring())
    world = found(store)
    store.close()
    next_version(ADD_COLUMN)
    upgraded = upgrade(database_url, now=NOON)
    assert (upgraded.before, upgraded.after) == (before, "9001")
    store = open_store(url, new_ring())
    with store.tenant(world.processor_id) as session:
        assert session.execute(sa.text("SELECT ref FROM contract")).all() == [("V1",)]
    store.close()


def test_a_backup_is_made_before_a_migration(sqlite_url, next_version):
    before = upgrade(sqlite_url).after
    do(sqlite_url, "INSERT INTO processor (ref, created_at) VALUES ('kept', '2026-11-02 08:00:00.000000')")
    next_version(ADD_COLUMN)
    backup = upgrade(sqlite_url, now=NOON).backup
    assert backup is not None
    assert backup.name == f"mehraufwand.db.{before}.20261102T120000Z.backup"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT ref FROM processor").fetchall() == [("kept",)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(before,)]
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_backup_never_overwrites_another(sqlite_url, next_version):
    upgrade(sqlite_url)
    next_version("raise ZeroDivisionError")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            upgrade(sqlite_url, now=NOON)
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    assert len(list(folder.glob("*.backup"))) == 2


def test_triggers_survive_a_rebuilt_table(sqlite_url, next_version):
    """SQLite changes a table by making it anew, which drops its triggers."""
    upgrade(sqlite_url)
    count = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'invoice'"
    before = ask(sqlite_url, count)
    rebuild = 'with op.batch_alter_table("invoice", recreate="always") as table: '
    next_version(rebuild + 'table.add_column(sa.Column("colour", sa.String()))')
    upgrade(sqlite_url)
    assert ask(sqlite_url, count) == before != [(0,)]


def test_a_migration_that_fails_changes_nothing(database_url, next_version):
    before = upgrade(database_url).after
    next_version(f"{ADD_COLUMN}; raise ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        upgrade(database_url)
    assert ask(database_url, "SELECT version_num FROM alembic_version") == [(before,)]
    assert "colour" not in columns_of_site(database_url)


def test_a_migration_that_breaks_links_is_refused(sqlite_url, next_version):
    upgrade(sqlite_url)
    next_version("op.execute(\"INSERT INTO site (processor_id, controller_id, name) VALUES (7, 7, 'x')\")")
    with pytest.raises(Problem, match="schema_broken"):
        upgrade(sqlite_url)
    assert ask(sqlite_url, "SELECT count(*) FROM site") == [(0,)]


def test_a_newer_schema_is_refused(database_url):
    upgrade(database_url)
    do(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Problem, match="schema_newer"):
        upgrade(database_url)
    with pytest.raises(Problem, match="schema_newer"):
        open_store(database_url)


def test_an_older_schema_is_not_worked_with(database_url, next_version):
    upgrade(database_url)
    next_version("pass")
    with pytest.raises(Problem, match="schema_outdated"):
        open_store(database_url)


def test_an_empty_database_is_not_worked_with(database_url):
    with pytest.raises(Problem, match="schema_missing"):
        open_store(database_url)


def test_somebody_elses_database_is_left_alone(database_url):
    do(database_url, "CREATE TABLE theirs (id integer)")
    with pytest.raises(Problem, match="schema_unknown"):
        upgrade(database_url)
    assert tables_of(database_url) == {"theirs"}


def test_a_file_that_is_no_database_is_left_alone(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Sehr geehrte Damen und Herren, " * 40)
    with pytest.raises(Problem, match="not_a_database"):
        upgrade(f"sqlite:///{path}")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Problem, match="database_unreachable"):
        upgrade(f"sqlite:///{tmp_path / 'nowhere' / 'mehraufwand.db'}")


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///:memory:", "mysql://user@host/db", "mehraufwand.db"])
def test_other_databases_are_refused(url):
    with pytest.raises(Problem, match="database_url"):
        upgrade(url)


def test_upgrading_at_once_upgrades_once(database_url):
    outcomes: list[object] = []

    def run():
        try:
            outcomes.append(upgrade(database_url).before)
        except Exception as error:  # noqa: BLE001 - shown below
            outcomes.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [head(), head(), head(), None]


def test_the_owner_is_told_when_the_application_has_no_role(postgres_url):
    with pytest.raises(Problem, match="role_missing"):
        upgrade(postgres_url, app_role="nobody_made_this")
    assert tables_of(postgres_url) == set()


def test_the_role_is_made_when_the_owner_may(postgres):
    role = "mehraufwand_made_here"
    with postgres.database() as name, psycopg.connect(postgres.superuser_dsn, autocommit=True) as superuser:
        user = superuser.info.user
        upgrade(postgres.url(name, user), app_role=role)
        try:
            owns = superuser.execute(
                "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [role]
            ).fetchall()
            assert owns == [(False, False)]
            open_store(postgres.url(name, role)).close()
        finally:
            superuser.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            superuser.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("role", ["x; DROP TABLE invoice", "Ä", "", 'a"b'])
def test_a_strange_name_of_a_role_is_refused(postgres_url, role):
    with pytest.raises(Problem, match=r"role_missing|role_name"):
        upgrade(postgres_url, app_role=role)
