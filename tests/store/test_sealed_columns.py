"""Sealed columns (law.md T-15, T-17): nothing secret at rest, sealed anew only under another key."""

# ruff: noqa: S608 - statements put together from names of our own tables

import sqlite3
from contextlib import closing
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import select

from billing.errors import Conflict, NotFound, Problem
from billing.store.files import read_file
from billing.store.keyring import (
    EncryptedBytes,
    EncryptedText,
    Seal,
    new_ring,
    sealing,
)
from billing.store.queries.sealed import SEALED_TABLES, sealed_columns
from billing.store.session import Store, open_store
from billing.store.tables import CaseVersion, EntryVersion, StoredFile, metadata
from tests.support import world as w
from tests.support.furnished import furnish
from tests.support.intruder import intruders, refusals
from tests.support.migrated import postgres_copy

SECRETS = ["Frau Kundin", "ab@acme.example", "secret receipt", "Prüfung läuft", "Kopie des Ausweises"]


def test_sealed_columns_name_their_own_place():
    """The place is authenticated: two columns with one place could be swapped."""
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, EncryptedBytes | EncryptedText):
                assert column.type.place == f"{table.name}.{column.name}"


def test_sealed_columns_need_a_tenant(store, world):
    with store.tenant(world.processor_id) as session:
        file = w.add_file(session)
    with (
        pytest.raises(sa.exc.StatementError, match=r"stored_file\.content is sealed"),
        store.operator() as session,
    ):
        session.add(StoredFile(**file.model_dump(exclude={"id"})))


def test_a_store_without_keys_refuses_to_seal(migrated, world):
    without = open_store(migrated.app_url)
    with pytest.raises(Problem, match="keys_missing"), without.tenant(world.processor_id) as session:
        w.add_file(session)
    without.close()


def test_nothing_secret_stands_in_the_sqlite_files_as_plain_text(migrated_file, tmp_path):
    path = tmp_path / "mehraufwand.db"
    path.write_bytes(migrated_file.read_bytes())
    store = open_store(f"sqlite:///{path}", new_ring())
    fill_with_secrets(store)
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("mehraufwand.db"))
    store.close()
    assert b"immoinvent-2026" in written  # plain text would be found
    assert [secret for secret in SECRETS if secret.encode() in written or secret.encode("utf-16-le") in written] == []


def test_nothing_secret_stands_in_postgresql_as_plain_text(postgres):
    with postgres_copy(postgres) as database:
        store = open_store(database.app_url, new_ring())
        fill_with_secrets(store)
        store.close()
        with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as superuser:
            rows = [superuser.execute(f'SELECT t::text FROM "{name}" t').fetchall() for name in metadata.tables]
    written = str(rows)
    assert "immoinvent-2026" in written
    hexes = {secret: secret.encode().hex() for secret in SECRETS}
    assert [secret for secret in SECRETS if secret in written or hexes[secret] in written] == []


def fill_with_secrets(store: Store) -> None:
    world = w.found(store)
    with store.tenant(world.processor_id) as session:
        issued = furnish(session, world)
        entry = w.add_entry(session, world, "E9", start=w.LONG_BEFORE)
        said: dict[str, Any] = {"version_no": 2, "reason": "Tippfehler", "recorded_at": w.NOW}
        w.put(session, w.version_of(entry, start=w.LONG_BEFORE, note="Kopie des Ausweises", **said))
        assert read_file(session, w.number(issued.file)).content == b"%PDF secret receipt"


def marker(column: sa.Column[Any]) -> str:
    return f"Geheimes in {column.table.name}.{column.name}"


ALL_SEALED = [column for table in SEALED_TABLES for column in sealed_columns(table)]


# What a row must hold besides, to hold these texts.
BESIDES: dict[str, dict[str, Any]] = {
    "instruction": {"objected_at": w.NOW},
    "export_batch": {"withdrawn_at": w.NOW, "withdrawn_by_name": "tester"},
}


def fill_every_sealed_column(store: Store, world: w.World) -> list[str]:
    """Write a secret of its own into each sealed column there is; give what reads back."""
    with store.tenant(world.processor_id) as session:
        for table in SEALED_TABLES:
            said = {
                column.name: marker(column).encode() if isinstance(column.type, EncryptedBytes) else marker(column)
                for column in sealed_columns(table)
            }
            mine = sa.update(table).where(table.c.processor_id == world.processor_id)
            session.execute(mine.values({**BESIDES.get(table.name, {}), **said}))
    with store.tenant(world.processor_id, read_only=True) as session:
        read = [session.execute(sa.select(column).limit(1)).scalar_one() for column in ALL_SEALED]
    return [text.decode() if isinstance(text, bytes) else text for text in read]


def test_no_sealed_column_stands_in_a_sqlite_file_as_plain_text(migrated_file, tmp_path):
    path = tmp_path / "mehraufwand.db"
    path.write_bytes(migrated_file.read_bytes())
    store = open_store(f"sqlite:///{path}", new_ring())
    world = w.found(store)
    with store.tenant(world.processor_id) as session:
        furnish(session, world)
    with closing(sqlite3.connect(path)) as owner:  # only somebody who may drop triggers can rewrite what is final
        for (name,) in owner.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            owner.execute(f'DROP TRIGGER "{name}"')
    secrets = [marker(column) for column in ALL_SEALED]
    assert fill_every_sealed_column(store, world) == secrets
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("mehraufwand.db"))
    store.close()
    assert b"immoinvent-2026" in written
    assert [text for text in secrets if text.encode() in written or text.encode("utf-16-le") in written] == []


def test_no_sealed_column_stands_in_postgresql_as_plain_text(postgres):
    with postgres_copy(postgres) as database:
        store = open_store(database.app_url, new_ring())
        world = w.found(store)
        with store.tenant(world.processor_id) as session:
            furnish(session, world)
        with psycopg.connect(database.superuser_url.replace("+psycopg", ""), autocommit=True) as superuser:
            for table in SEALED_TABLES:
                superuser.execute(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
            secrets = [marker(column) for column in ALL_SEALED]
            assert fill_every_sealed_column(store, world) == secrets
            rows = [superuser.execute(f'SELECT t::text FROM "{name}" t').fetchall() for name in metadata.tables]
        store.close()
    written = str(rows)
    assert "immoinvent-2026" in written
    assert [text for text in secrets if text in written or text.encode().hex() in written] == []


def test_sealed_text_reads_as_it_was(store, world):
    with store.tenant(world.processor_id) as session:
        w.put(session, CaseVersion(case_id=world.case_id, cause_reason="Übernahme – ß", **w.recorded()))
    with store.tenant(world.processor_id, read_only=True) as session:
        assert session.exec(select(CaseVersion.cause_reason)).all() == ["Übernahme – ß"]


def test_after_a_rotation_old_values_read_and_new_ones_take_the_new_key(store, world):
    with store.tenant(world.processor_id) as session:
        old_file = w.add_file(session)
    rotated = Store(store.engine, store.ring.rotated())
    with rotated.tenant(world.processor_id) as session:
        assert read_file(session, w.number(old_file)).content == b"%PDF secret receipt"
        assert w.add_file(session).key_id == session.ring.current != old_file.key_id
    store.ring = rotated.ring  # the module's later tests must read what was written here


def test_a_value_may_be_sealed_anew_with_another_key(store, world):
    with store.tenant(world.processor_id) as session:
        file = w.add_file(session)
        row = w.put(session, CaseVersion(case_id=world.case_id, cause_reason="Prüfung", **w.recorded()))
    rotated = Store(store.engine, store.ring.rotated())
    with rotated.tenant(world.processor_id) as session:
        kept = session.get_one(StoredFile, w.number(file))
        kept.key_id = session.ring.current
        flag_modified(kept, "content")  # the same plain bytes, but written anew
        flag_modified(session.get_one(CaseVersion, w.number(row)), "cause_reason")
    with rotated.tenant(world.processor_id) as session:
        assert read_file(session, w.number(file)).key_id == session.ring.current
    store.ring = rotated.ring


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_file SET content = {other}",
        "UPDATE stored_file SET key_id = 'deadbeef'",
        "UPDATE contact SET processor_id = 9",
        "UPDATE case_version SET cause_reason = {other}",
        "UPDATE case_version SET cause_reason = NULL",
        "UPDATE entry_version SET note = {other}",
    ],
)
def test_sealed_bytes_of_final_rows_change_for_no_other_reason(furnished, statement):
    """Other bytes under the same key, or none, are another text; only the owner of another key can seal anew."""
    ((sealed,),) = furnished.people[0].ask("SELECT content FROM stored_file")
    forged = bytes(sealed)[:40].hex()
    other = f"x'{forged}'" if furnished.database.is_sqlite else f"'\\x{forged}'"
    tried = refusals(furnished.people, statement.format(other=other))
    assert tried - {"no right"} <= {"row_is_final", "key_id_differs"}


def test_a_file_whose_bytes_are_not_its_own_is_found(migrated, store, world):
    """Whoever holds a key could seal other bytes; the hash of the plain bytes shows it."""
    with store.tenant(world.processor_id) as session:
        file = w.add_file(session)
    ring = store.ring.rotated()
    forged = ring.seal(b"another receipt", f"stored_file.content@{world.processor_id}").hex()
    other = f"x'{forged}'" if migrated.is_sqlite else f"'\\x{forged}'"
    with intruders(migrated, world.processor_id) as people:
        people[0].connection.execute(
            f"UPDATE stored_file SET content = {other}, key_id = '{ring.current}' WHERE id = {file.id}"
        )
    with pytest.raises(Problem, match="file_damaged"), Store(store.engine, ring).tenant(world.processor_id) as session:
        read_file(session, w.number(file))
    store.ring = ring


def test_an_unknown_file_is_not_found(store, world):
    with pytest.raises(NotFound, match="file_unknown"), store.tenant(world.processor_id) as session:
        read_file(session, 4711)


def test_sealing_ends_with_its_block(store):
    ring = new_ring()
    with sealing(Seal(ring, 1)):
        pass
    with pytest.raises(RuntimeError, match="is sealed"):
        EncryptedText("a.b").process_bind_param("x", store.engine.dialect)


def test_a_corrected_note_is_a_new_version(store, world):
    with store.tenant(world.processor_id) as session:
        w.add_entry(session, world)
        row = session.exec(select(EntryVersion)).one()
    row.note = "anders"
    with pytest.raises(Conflict, match="row_is_final"), store.tenant(world.processor_id) as session:
        session.add(row)
