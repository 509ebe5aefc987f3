"""What is written stays as it is, whoever tries with plain SQL: every table, every column, both databases."""

# ruff: noqa: S608 - statements put together from names of our own tables

import re
from typing import Any

import pytest
import sqlalchemy as sa

from billing.store.rules import SQLITE, statements
from billing.store.rules.rows import is_sealed, rule_of
from billing.store.tables import metadata
from billing.store.tables.columns import Deletion
from tests.support.intruder import refusals

FINAL = {"row_is_final"}
KEPT = {"row_is_kept"}
TABLES = sorted(metadata.tables)
# Any of our rules may be the one that says no.
CODES = set(re.findall(r"mehraufwand\.([a-z_]+):", " ".join(statements(SQLITE))))
LASTING = [name for name in TABLES if rule_of(metadata.tables[name]).deletion is not Deletion.FREE]


def another_value(column: sa.Column[Any]) -> str:
    """Give an SQL expression of the column's type that differs from what any row holds."""
    if isinstance(column.type, sa.Boolean):
        return f"NOT coalesce({column.name}, FALSE)"
    if isinstance(column.type, sa.Integer):
        return f"coalesce({column.name}, 0) + 1"
    if isinstance(column.type, sa.Date):
        return "'1999-12-31'"
    if isinstance(column.type, sa.DateTime) or getattr(column.type, "impl_instance", None).__class__ is sa.DateTime:
        return "'1999-12-31 00:00:00.000000'"
    return "'x'"


def final_columns(table: sa.Table) -> list[sa.Column[Any]]:
    rule = rule_of(table)
    return [column for column in table.columns if column.name not in rule.may_change | rule.set_once]


def unique_keys(table: sa.Table) -> list[sa.UniqueConstraint]:
    """Give the unique keys that every row takes part in: NULL is equal to nothing."""
    keys = [key for key in table.constraints if isinstance(key, sa.UniqueConstraint)]
    return [key for key in keys if "id" not in key.columns and not any(column.nullable for column in key.columns)]


def test_the_world_has_a_row_in_every_table(furnished):
    (anybody, *_) = furnished.people
    empty = [name for name in TABLES if name != "login_attempt" and not anybody.ask(f'SELECT 1 FROM "{name}"')]
    assert empty == []


@pytest.mark.parametrize("name", TABLES)
def test_no_final_column_changes(furnished, name):
    for column in final_columns(metadata.tables[name]):
        if is_sealed(column):
            continue
        tried = refusals(furnished.people, f'UPDATE "{name}" SET {column.name} = {another_value(column)}')
        assert tried - {"no right"} == FINAL, column.name


@pytest.mark.parametrize("name", LASTING)
def test_no_row_goes_without_its_retention_record(furnished, name):
    assert refusals(furnished.people, f'DELETE FROM "{name}"') - {"no right"} == KEPT


@pytest.mark.parametrize("furnished", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", TABLES)
def test_no_table_is_emptied_as_a_whole(furnished, name):
    tried = refusals(furnished.people, f'TRUNCATE "{name}" CASCADE')
    assert tried - {"no right"} == KEPT


@pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", LASTING)
def test_no_row_is_replaced(furnished, name):
    """`INSERT OR REPLACE` deletes the row in its way, on SQLite without asking a DELETE trigger."""
    columns = ", ".join(column.name for column in metadata.tables[name].columns)
    tried = refusals(furnished.people, f'INSERT OR REPLACE INTO "{name}" ({columns}) SELECT {columns} FROM "{name}"')
    assert tried <= CODES


@pytest.mark.parametrize("furnished", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", [name for name in LASTING if unique_keys(metadata.tables[name])])
def test_no_row_is_replaced_through_a_unique_key(furnished, name):
    columns = ", ".join(column.name for column in metadata.tables[name].columns if column.name != "id")
    tried = refusals(furnished.people, f'INSERT OR REPLACE INTO "{name}" ({columns}) SELECT {columns} FROM "{name}"')
    assert tried <= CODES
