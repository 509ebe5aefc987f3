"""Tenants (architecture 2.7): nobody sees, changes or links to another processor's rows, not even by SQL."""

# ruff: noqa: S608 - statements put together from names of our own tables

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import psycopg
import pytest

from billing.errors import Problem
from billing.store.rules.rows import rule_of
from billing.store.rules.tenancy import tenant_column
from billing.store.session import open_store
from billing.store.tables import metadata
from tests.support import world as w
from tests.support.furnished import furnish
from tests.support.intruder import Intruder, intruders

# Tables that belong to no tenant, each for a reason that stands in its docstring.
TENANTLESS = {"login_attempt", "rate_limit"}
TENANT_TABLES = sorted(set(metadata.tables) - TENANTLESS)
only_postgresql = pytest.mark.parametrize("furnished", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Neighbours:
    """Two processors with a row in every table, and somebody who works for the first with plain SQL."""

    people: list[Intruder]
    ours: w.World
    theirs: w.World


@pytest.fixture(scope="module")
def neighbours(furnished) -> Iterator[Neighbours]:
    theirs = w.found(furnished.store, "other")
    with furnished.store.tenant(theirs.processor_id) as session:
        furnish(session, theirs, "c")
    with intruders(furnished.database, furnished.world.processor_id) as people:
        yield Neighbours([person for person in people if person.role != "superuser"], furnished.world, theirs)


def test_every_table_belongs_to_a_tenant_or_says_why_not():
    without = {name for name, table in metadata.tables.items() if tenant_column(table) is None}
    assert without == TENANTLESS


def test_every_link_stays_inside_a_tenant():
    """A link without the tenant would let rows of two processors meet, on SQLite above all."""
    for table in metadata.tables.values():
        for link in table.foreign_key_constraints:
            if link.referred_table.name != "processor":
                pairs = {element.parent.name: element.column.name for element in link.elements}
                assert pairs.get("processor_id") == "processor_id", link.name


@only_postgresql
@pytest.mark.parametrize("name", TENANT_TABLES)
def test_row_level_security_is_forced(furnished, name):
    (superuser,) = (person for person in furnished.people if person.role == "superuser")
    query = f"SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = '\"{name}\"'::regclass"
    assert superuser.ask(query) == [(True, True)]
    assert superuser.ask(
        f"SELECT policyname FROM pg_policies WHERE tablename = '{name}' AND 'public' = ANY(roles)"
    ) == [("mehraufwand_tenant",)]


@only_postgresql
def test_no_table_of_the_database_was_forgotten(furnished):
    found = {name for (name,) in furnished.people[0].ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert found == {*metadata.tables, "alembic_version"}


@only_postgresql
@pytest.mark.parametrize("name", TENANT_TABLES)
def test_plain_sql_sees_no_foreign_row(neighbours, name):
    column = tenant_column(metadata.tables[name])
    for person in neighbours.people:
        assert person.ask(f'SELECT DISTINCT {column} FROM "{name}"') == [(neighbours.ours.processor_id,)]


@only_postgresql
@pytest.mark.parametrize("name", TENANT_TABLES)
def test_plain_sql_changes_and_deletes_no_foreign_row(neighbours, name):
    table = metadata.tables[name]
    theirs = f"WHERE {tenant_column(table)} = {neighbours.theirs.processor_id}"
    rule = rule_of(table)
    for person in neighbours.people:
        assert person.attempt(f'DELETE FROM "{name}" {theirs}').split(" for ")[0] in ("no row", "permission denied")
        for column in sorted(rule.may_change | rule.set_once):
            assert person.attempt(f'UPDATE "{name}" SET {column} = NULL {theirs}') == "no row"


@only_postgresql
@pytest.mark.parametrize("name", TENANT_TABLES)
def test_plain_sql_writes_no_row_for_another_processor(neighbours, name):
    columns = [column.name for column in metadata.tables[name].columns if column.name != "id"]
    mine = tenant_column(metadata.tables[name])
    given = {column: str(neighbours.theirs.processor_id) if column == mine else column for column in columns}
    if name == "processor":
        given = {"id": "nextval('processor_id_seq')", "ref": "'third'", "created_at": "created_at"}
    insert = f'INSERT INTO "{name}" ({", ".join(given)}) SELECT {", ".join(given.values())} FROM "{name}"'
    for person in neighbours.people:
        assert any(words in person.attempt(insert) for words in ("row-level security", "mehraufwand."))


@only_postgresql
def test_without_a_tenant_nothing_is_seen(furnished):
    with psycopg.connect(furnished.database.app_url.replace("+psycopg", "")) as connection:
        for name in TENANT_TABLES:
            assert connection.execute(f'SELECT count(*) FROM "{name}"').fetchall() == [(0,)]


@only_postgresql
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE invoice DISABLE TRIGGER ALL",
        "ALTER TABLE invoice NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE invoice DISABLE ROW LEVEL SECURITY",
        "DROP TRIGGER mehraufwand_invoice_update ON invoice",
        "DROP FUNCTION mehraufwand_invoice_update() CASCADE",
        "CREATE POLICY mine ON invoice USING (true)",
        "DROP TABLE audit_log CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE mehraufwand_owner",
        "CREATE TABLE mine (id integer)",
        "UPDATE alembic_version SET version_num = 'x'",
    ],
)
def test_the_application_can_not_loosen_the_rules(furnished, statement):
    (app,) = (person for person in furnished.people if person.role == "app")
    refusal = app.attempt(statement)
    assert any(words in refusal for words in ("permission denied", "must be owner", "no row")), refusal


@only_postgresql
def test_the_application_owns_nothing(furnished):
    (app, *_) = furnished.people
    assert app.ask("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == [(0,)]


@only_postgresql
@pytest.mark.parametrize("role", ["owner_url", "superuser_url"])
def test_the_store_refuses_to_work_as_a_role_that_is_not_bound(furnished, role):
    with pytest.raises(Problem, match="database_role_too_mighty"):
        open_store(getattr(furnished.database, role))


CROSSING = {
    "a contract with a foreign controller": """
        INSERT INTO contract (processor_id, ref, controller_id, number, term_set, starts_on, {recorded})
        VALUES ({ours.processor_id}, 'X', {theirs.controller_id}, 'X', 'x', '2026-01-01', {by})""",
    "a site of a foreign controller": """
        INSERT INTO site (processor_id, controller_id, name)
        VALUES ({ours.processor_id}, {theirs.controller_id}, 'X')""",
    "a case under a foreign contract": """
        INSERT INTO "case" (processor_id, ref, contract_id, controller_id, kind, title, opened_at, {recorded})
        VALUES ({ours.processor_id}, 'X', {theirs.contract_id}, {theirs.controller_id}, 'x', 'x',
        '2026-01-01 00:00:00', {by})""",
    "work of a foreign member of staff": """
        INSERT INTO entry (processor_id, ref, case_id, contract_id, controller_id, person_id, {recorded})
        VALUES ({ours.processor_id}, 'X', {ours.case_id}, {ours.contract_id}, {ours.controller_id},
        {theirs.person_id}, {by})""",
}
RECORDED = {"recorded": "recorded_at, recorded_by_name", "by": "'2026-01-01 00:00:00', 'tester'"}


@pytest.mark.parametrize("statement", list(CROSSING.values()), ids=list(CROSSING))
def test_no_link_leads_to_another_processor(furnished, neighbours, statement):
    crossing = statement.format(ours=neighbours.ours, theirs=neighbours.theirs, **RECORDED)
    inside = statement.format(ours=neighbours.ours, theirs=neighbours.ours, **RECORDED)
    if furnished.database.is_sqlite:
        path = furnished.database.owner_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as plain:
            person = Intruder("anybody", plain)  # most programs do not switch foreign keys on
            assert "link_broken" in person.attempt(crossing)
            assert person.attempt(inside) == ""
    else:
        (superuser,) = (person for person in furnished.people if person.role == "superuser")
        assert "foreign key" in superuser.attempt(crossing)
        assert superuser.attempt(inside) == ""
