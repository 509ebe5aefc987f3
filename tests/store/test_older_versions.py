"""Databases of an older version come to head with all that is in them, on both databases.

`world_of_0001.sql` holds a row of every table as version 0001 wrote it; never edited, as old databases are not either.
"""

# ruff: noqa: S608 - statements put together from names of our own tables

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.store.audit import verify_access, verify_audit
from billing.store.engine import connect_to
from billing.store.key_file import KEYS_VARIABLE, load_ring
from billing.store.migrations import upgrade
from billing.store.migrations.difference import difference, shapes_of
from billing.store.migrations.freeze import frozen_statements
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.schema import head
from billing.store.session import open_store
from billing.store.tables import CaseVersion, IdempotencyKey, Policy, StoredFile, Timer, User
from tests.support import world as w
from tests.support.migrated import postgres_copy
from tests.support.postgres import APP_ROLE, PostgresServer

WORLD = (Path(__file__).parent / "world_of_0001.sql").read_text(encoding="utf-8")
# The keys that sealed that world; nothing else was ever sealed with them.
RING = load_ring(
    Path("none"),
    {
        KEYS_VARIABLE: '{"current": "8162a825", "digest_key": "5YuiLUSGeU9PVpMSIjjYCwbWJDl+Gqn9jw057hmqqvs=",'
        ' "keys": {"8162a825": "nBrHzMa6+U5SHy5S29nEulEp90VHtpn3r4pb1QOMtnY="}}'
    },
)
OLD_TABLES = shapes_of(frozen_statements("0001", POSTGRESQL))
GONE = {("idempotency_key", "user_id")}
LAST_NUMBER = 70
OLD_RULES = {
    SQLITE: [
        "CREATE TRIGGER mehraufwand_user_delete BEFORE DELETE ON \"user\" BEGIN SELECT RAISE(ABORT, 'old'); END",
        f"UPDATE sqlite_sequence SET seq = {LAST_NUMBER} WHERE name IN ('user', 'site')",
    ],
    POSTGRESQL: [
        "CREATE FUNCTION mehraufwand_user_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        'CREATE TRIGGER mehraufwand_user_delete BEFORE DELETE ON "user" EXECUTE FUNCTION mehraufwand_user_delete()',
        *(
            f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY; ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY;'
            f' CREATE POLICY mehraufwand_tenant ON "{name}" USING (false)'
            for name, shape in OLD_TABLES.items()
            if "processor_id" in shape.columns
        ),
        *(f"SELECT setval('{name}_id_seq', {LAST_NUMBER})" for name in OLD_TABLES),
    ],
}


@pytest.fixture
def old_url(database_url: str) -> str:
    """A database as version 0001 left it: its tables, its rows, and rules of its own in the way."""
    engine = connect_to(database_url, foreign_keys=False)
    with engine.begin() as connection:
        dialect = connection.dialect.name
        cursor = connection.connection.cursor()
        if dialect == POSTGRESQL:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            cursor.execute("SET TIME ZONE 'UTC'")
        version = ["CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"]
        version.append("INSERT INTO alembic_version VALUES ('0001')")
        for statement in [*frozen_statements("0001", dialect), *version, *rows_in(dialect), *OLD_RULES[dialect]]:
            cursor.execute(statement)
        cursor.close()
    engine.dispose()
    return database_url


def rows_in(dialect: str) -> list[str]:
    """Give the INSERT statements of the old world in the words of one database."""
    text = re.sub(r"x'([0-9a-f]*)'", r"decode('\1', 'hex')", WORLD) if dialect == POSTGRESQL else WORLD
    return [statement for statement in re.split(r";\n", text) if "INSERT" in statement]


def content_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Read what the old tables hold in the columns that stay; on PostgreSQL as the owner, whom no policy binds."""
    engine = connect_to(url)
    found = {}
    with engine.connect() as connection:
        for name, shape in OLD_TABLES.items():
            if engine.dialect.name == POSTGRESQL:
                connection.execute(sa.text(f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY'))
            columns = ", ".join(column for column in shape.columns if (name, column) not in GONE)
            rows = connection.execute(sa.text(f'SELECT {columns} FROM "{name}" ORDER BY id'))
            found[name] = [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows]
        connection.rollback()
    engine.dispose()
    return found


def test_every_row_stays_as_it_was(old_url: str):
    before = content_of(old_url)
    assert [name for name, rows in before.items() if not rows] == []
    upgraded = upgrade(old_url)
    assert (upgraded.before, upgraded.after) == ("0001", head())
    assert content_of(old_url) == before


def test_the_product_works_on_with_what_was_there(old_url: str):
    upgrade(old_url)
    store = open_store(old_url.replace("mehraufwand_owner", APP_ROLE), RING)
    with store.tenant(1) as session:
        assert session.exec(select(StoredFile.content)).all() == [b"%PDF secret receipt"]
        assert session.exec(select(CaseVersion.cause_reason)).all() == ["Prüfung läuft"]
        assert session.exec(select(User.email, User.language, User.totp_confirmed_at)).all() == [
            ("ab@acme.example", "de", None)
        ]
        assert session.exec(select(IdempotencyKey.actor, IdempotencyKey.key)).all() == [("user:1", "k1")]
        assert (verify_audit(session).rows, verify_audit(session).broken_at) == (1, None)
        assert verify_access(session, w.NOW.date()).broken_at is None
        w.put(session, Timer(person_id=1, case_id=1, started_at=w.NOW, service="dpia_support"))
        w.put(session, Policy(**w.recorded()))
    store.close()


def test_a_number_that_was_given_once_is_never_given_again(old_url: str):
    """Seventy users and sites were there once; a table made anew must remember that."""
    upgrade(old_url)
    store = open_store(old_url.replace("mehraufwand_owner", APP_ROLE), RING)
    with store.tenant(1) as session:
        user = w.put(session, User(person_id=1, email_digest="e" * 64, created_at=w.NOW))
        assert user.id == LAST_NUMBER + 1
    store.close()


RULES = {
    SQLITE: "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1",
    POSTGRESQL: """SELECT tgname, tgrelid::regclass::text || pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal UNION ALL SELECT policyname, tablename || coalesce(qual, '') FROM pg_policies
        UNION ALL SELECT relname, relforcerowsecurity::text FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1, 2""",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_rules_of_a_file_are_those_of_an_empty_one_that_came_to_head(old_url: str, migrated_file: Path):
    assert rules_after_upgrade(old_url) == rules_of(f"sqlite:///{migrated_file}")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_rules_of_a_postgresql_are_those_of_an_empty_one_that_came_to_head(old_url: str, postgres: PostgresServer):
    with postgres_copy(postgres) as empty:
        assert rules_after_upgrade(old_url) == rules_of(empty.owner_url)


def rules_after_upgrade(url: str) -> list[tuple[Any, ...]]:
    upgrade(url)
    return rules_of(url)


def rules_of(url: str) -> list[tuple[Any, ...]]:
    engine = connect_to(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(RULES[engine.dialect.name]))]
    engine.dispose()
    return found


STATE = ["CREATE TABLE a (\n    id INTEGER NOT NULL,\n    kept VARCHAR,\n    CONSTRAINT small CHECK (id < 9)\n)"]
LATER = [STATE[0].replace("VARCHAR,", "VARCHAR,\n    more INTEGER NOT NULL,").replace("id < 9", "id < 99")]


def test_a_table_that_did_not_change_is_not_touched():
    assert difference(STATE, STATE, POSTGRESQL, {}) == []
    assert not any("CREATE TABLE a" in step for step in difference(STATE, STATE, SQLITE, {}))


def test_a_table_that_changed_is_altered_or_made_anew():
    fills = {("a", "more"): "7"}
    assert difference(STATE, LATER, POSTGRESQL, fills) == [
        'ALTER TABLE "a" DROP CONSTRAINT small',
        'ALTER TABLE "a" ADD COLUMN more INTEGER',
        'ALTER TABLE "a" NO FORCE ROW LEVEL SECURITY',
        'UPDATE "a" SET more = 7',
        'ALTER TABLE "a" ALTER COLUMN more SET NOT NULL',
        'ALTER TABLE "a" ADD CONSTRAINT small CHECK (id < 99)',
    ]
    assert difference(STATE, LATER, SQLITE, fills)[1:6] == [
        'CREATE TEMP TABLE kept_rows AS SELECT * FROM "a"',
        'DROP TABLE "a"',
        LATER[0],
        'INSERT INTO "a" (id, kept, more)\nSELECT id, kept, 7\nFROM kept_rows ORDER BY id',
        "DROP TABLE kept_rows",
    ]


def test_a_column_may_come_to_be_empty():
    emptied = [STATE[0].replace("id INTEGER NOT NULL", "id INTEGER")]
    assert difference(STATE, emptied, POSTGRESQL, {}) == ['ALTER TABLE "a" ALTER COLUMN id DROP NOT NULL']


def test_a_table_that_is_gone_is_left_to_a_person():
    with pytest.raises(AssertionError, match="gone"):
        difference(STATE, [], SQLITE, {})
