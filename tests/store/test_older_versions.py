"""Databases of an older version come to head with all that is in them, on both databases."""

# ruff: noqa: S608 - statements put together from names of our own tables

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from billing.store.audit import verify_access, verify_audit
from billing.store.engine import connect_to
from billing.store.migrations import upgrade
from billing.store.migrations.difference import difference
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.schema import head
from billing.store.session import open_store
from billing.store.tables import CaseVersion, IdempotencyKey, Policy, StoredFile, Timer, User
from tests.store.old_world import LAST_NUMBER, OLD_TABLES, RING, make_old
from tests.support import world as w
from tests.support.migrated import postgres_copy
from tests.support.postgres import APP_ROLE, PostgresServer

GONE = {("idempotency_key", "user_id")}
SEALED_SINCE = {"role_grant.reason", "correction.reason"}


@pytest.fixture
def old_url(database_url: str) -> str:
    """A database as version 0001 left it."""
    make_old(database_url, "0001")
    return database_url


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
            places = [f"{name}.{column}" for column in columns.split(", ")]
            found[name] = [tuple(map(plain_of, places, row)) for row in rows]
        connection.rollback()
    engine.dispose()
    return found


def plain_of(place: str, value: Any) -> Any:
    """Give a value as it was said: what is sealed since is opened."""
    said = bytes(value) if isinstance(value, bytes | memoryview) else value
    return RING.open(said, f"{place}@1").decode() if place in SEALED_SINCE and isinstance(said, bytes) else said


def test_every_row_stays_as_it_was(old_url: str):
    before = content_of(old_url)
    assert [name for name, rows in before.items() if not rows] == []
    upgraded = upgrade(old_url, ring=lambda: RING)
    assert (upgraded.before, upgraded.after) == ("0001", head())
    assert content_of(old_url) == before


def test_the_product_works_on_with_what_was_there(old_url: str):
    upgrade(old_url, ring=lambda: RING)
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
    upgrade(old_url, ring=lambda: RING)
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
    upgrade(url, ring=lambda: RING)
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
