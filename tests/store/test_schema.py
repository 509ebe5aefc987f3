"""The migrated schema is that of the tables and their rules: no more, no less, on both databases."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from billing.store import migrations
from billing.store.engine import connect_to
from billing.store.migrations import upgrade
from billing.store.migrations.dispatcher import install_queue
from billing.store.migrations.freeze import (
    REVISION,
    VERSIONS,
    create_statements,
    frozen_statements,
    new_steps,
)
from billing.store.migrations.install import install_rules, rules_fingerprint
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.schema import REVISIONS
from billing.store.tables import metadata
from tests.support.postgres import APP_ROLE


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = connect_to(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]
    finally:
        engine.dispose()


def test_the_migrated_schema_is_that_of_the_tables(database_url):
    upgrade(database_url)
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


VERSION_TABLE = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""


def make_from_tables(connection: sa.Connection) -> None:
    for statement in [*create_statements(connection.dialect.name), VERSION_TABLE]:
        connection.exec_driver_sql(statement.replace("%", "%%") if connection.dialect.name == POSTGRESQL else statement)


CATALOGUE = """
    SELECT 'column', table_name, column_name, concat_ws(' ', data_type, character_maximum_length, is_nullable,
        collation_name, column_default) FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal
    UNION ALL SELECT 'function', '', proname, concat_ws(' ', proconfig, prosrc) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'policy', tablename, policyname, concat_ws(' ', roles, cmd, qual, with_check) FROM pg_policies
    ORDER BY 1, 2, 3, 4"""


def test_nothing_but_the_tables_and_their_rules_is_in_the_migrated_postgresql(postgres, postgres_url):
    """What compare_metadata does not see: CHECK and EXCLUDE constraints, triggers, functions, policies."""
    upgrade(postgres_url)
    with postgres.database() as name:
        engine = connect_to(postgres.url(name))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE EXTENSION btree_gist"))
            make_from_tables(connection)
            install_rules(connection, APP_ROLE)
            install_queue(connection, APP_ROLE)
        engine.dispose()
        assert ask(postgres_url, CATALOGUE) == ask(postgres.url(name), CATALOGUE)


def test_nothing_but_the_tables_and_their_rules_is_in_the_migrated_sqlite(sqlite_url, tmp_path):
    upgrade(sqlite_url)
    made = f"sqlite:///{tmp_path / 'made.db'}"
    engine = connect_to(made)
    with engine.begin() as connection:
        make_from_tables(connection)
        install_rules(connection, APP_ROLE)
    engine.dispose()
    query = "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2"
    words = [[(kind, name, (text or "").split()) for kind, name, text in ask(url, query)] for url in (sqlite_url, made)]
    assert words[0] == words[1]


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_the_frozen_files_lead_to_the_tables_of_this_version(dialect):
    """After a change of tables, before the version is out: `python -m billing.store.migrations.freeze`."""
    assert frozen_statements(REVISION, dialect) == new_steps(dialect)


OUT = {
    "0001.sqlite.sql": "a159730c05b1316acd2c0c4cd43ed17c40a1631bab34ab1509d7769f5d4118ef",
    "0001.postgresql.sql": "17c920ad7f446136b6d8ea8535d9c1c6c1af78ddd64189412303a4d8121be427",
    "0002.sqlite.sql": "3ea53aea6e9211ced0981a40cd874dddf22bbe81a3fbc4949624b011f53631c1",
    "0002.postgresql.sql": "8fb3a8a5f2ea37c3a6c70f73d3a030d61071549070b11b20aa73713ce4d609d0",
    "0003.sqlite.sql": "f7c0f4f0642746023de86b6f50758ed18b7cf242009b1a0b1e6baa73ef9cb3c1",
    "0003.postgresql.sql": "f7c0f4f0642746023de86b6f50758ed18b7cf242009b1a0b1e6baa73ef9cb3c1",
    "0004.sqlite.sql": "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
    "0004.postgresql.sql": "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
}


@pytest.mark.parametrize("name", OUT)
def test_what_is_out_never_changes(name):
    """Databases were made with these files: a change of them would reach none."""
    assert sha256((VERSIONS / name).read_bytes()).hexdigest() == OUT[name]


def test_the_newest_migration_names_the_rules_it_installs():
    """A change of rules reaches existing databases only with a migration: make one, and name the new fingerprint."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    newest = scripts.get_revision("head")
    assert newest is not None
    assert rules_fingerprint() == newest.module.RULES


def test_the_known_revisions_are_those_of_the_migrations():
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert [script.revision for script in scripts.walk_revisions()][::-1] == list(REVISIONS)
