"""Columns: closed sets, months, whole minutes and hashes are checked by the database, not only in Python."""

# ruff: noqa: S608 - statements put together from names of our own tables

import re
from typing import Any

import pytest
import sqlalchemy as sa

from billing.store.rules import SQLITE, statements
from billing.store.tables import TenantRow, metadata
from billing.texts import LANGUAGES, catalogue
from tests.support.intruder import copied

ENUMS = sorted(
    (table.name, column.name)
    for table in metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, sa.Enum)
)
MONTHS = [("closing", "month"), ("run", "month"), ("draft", "month"), ("terms_version", "valid_from")]


def checks(furnished, name: str) -> list[str]:
    """Give the names of a table's CHECK constraints as the database knows them."""
    (anybody, *_) = furnished.people
    if furnished.database.is_sqlite:
        ((text,),) = anybody.ask(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{name}'")
        return re.findall(r"CONSTRAINT (\w+) CHECK", text)
    query = f"SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = '\"{name}\"'::regclass"
    return [row[0] for row in anybody.ask(query)]


@pytest.mark.parametrize(("name", "column"), ENUMS, ids=[f"{table}.{column}" for table, column in ENUMS])
def test_a_closed_set_is_closed_in_the_database(furnished, name, column):
    assert f"ck_{name}_{column}" in checks(furnished, name)


def test_there_are_closed_sets_to_look_at():
    assert len(ENUMS) > 20


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("role_grant", {"role": "'king'"}),
        ("expense", {"kind": "'yacht'", "ref": "'A9'"}),
        ("expense", {"net_cents": "-1", "ref": "'A9'"}),
        ("case_version", {"cause": "'weather'"}),
        ("case_version", {"audit_finding": "'clean'"}),
        ("incomplete_entry", {"duration_minutes": "0"}),
        ("holiday_set", {"sha256": "'short'"}),
        ("payment", {"amount_cents": "0"}),
        ("opening_balance", {"month": "NULL"}),
        ("written_off", {"invoice_id": "NULL"}),
        ("role_grant", {"recorded_by_name": "NULL"}),
    ],
)
def test_an_unsound_row_is_refused(furnished, name, changes):
    for person in furnished.people:
        ((row_id,),) = person.ask(f'SELECT min(id) FROM "{name}"')
        assert "ck_" in person.attempt(copied(name, row_id, **changes)), person.role


@pytest.mark.parametrize(("name", "column"), MONTHS)
@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "Oktober", ""])
def test_a_month_has_its_form(furnished, name, column, text):
    for person in furnished.people:
        ((row_id,),) = person.ask(f"SELECT min(id) FROM {name}")
        refusal = person.attempt(copied(name, row_id, **{column: f"'{text}'"}))
        assert f"ck_{name}_{column}_form" in refusal or "mehraufwand." in refusal


@pytest.mark.parametrize("text", ["2026-10-06 07:00:30.000000", "2026-10-06T07:00:00", "2026-10-06 07:00"])
def test_a_moment_of_work_is_a_whole_minute_in_one_form(furnished, text):
    """SQLite compares moments as text, so one that is written otherwise would sort and overlap wrongly."""
    for person in furnished.people:
        ((row_id,),) = person.ask("SELECT min(id) FROM run")
        refusal = person.attempt(copied("run", row_id, as_of=f"'{text}'"))
        assert refusal == "" if not furnished.database.is_sqlite and ":30" not in text else "whole_minute" in refusal


def test_every_table_has_a_counting_key_that_is_never_used_again(furnished):
    (anybody, *_) = furnished.people
    if furnished.database.is_sqlite:
        counting = anybody.ask("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
    else:
        ours = "table_schema = 'public' AND column_name = 'id' AND column_default LIKE 'nextval%'"
        counting = anybody.ask(f"SELECT count(*) FROM information_schema.columns WHERE {ours}")
    assert counting == [(len(metadata.tables),)]


def test_every_table_of_a_tenant_is_a_tenant_row():
    """The session's own filter knows tenants by this base class."""
    tables = {cls.__table__.name for cls in subclasses(TenantRow) if hasattr(cls, "__table__")}
    assert set(metadata.tables) - tables == {"processor", "login_attempt", "rate_limit"}


def subclasses(cls: type[Any]) -> set[type[Any]]:
    below: list[type[Any]] = cls.__subclasses__()
    return {cls}.union(*map(subclasses, below))


RULE_CODES = sorted(set(re.findall(r"mehraufwand\.([a-z_]+):", " ".join(statements(SQLITE)))) | {"segment_overlap"})


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", RULE_CODES)
def test_every_broken_rule_has_a_sentence(code, lang):
    assert f"error.{code}" in catalogue(lang)
