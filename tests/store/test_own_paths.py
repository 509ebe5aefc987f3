"""Rules of PostgreSQL find our rows, whatever else has the name of one of our tables and goes before it.

Who may create objects in any schema could else show the rules rows of his own: PostgreSQL looks for a name in the
schemas of the caller's path, and temporary tables first of all.
"""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from billing.store.engine import connect_to
from tests.store.conftest import Furnished
from tests.support.postgres import APP_ROLE

pytestmark = pytest.mark.parametrize("furnished", ["postgresql"], indirect=True)

OF_OUR_OWN = "SET search_path TO theirs, public"
RECORD = "retention_record (processor_id bigint, table_name varchar, row_id bigint)"
LEAVE = """SELECT processor_id, 'base_rate', id FROM public.base_rate"""


@pytest.fixture
def superuser(furnished: Furnished) -> Iterator[sa.Connection]:
    """Somebody who may give the application a schema; all he did is undone afterwards."""
    engine = connect_to(furnished.database.superuser_url)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def test_every_function_of_ours_has_a_path_of_its_own_with_temporary_tables_last(superuser: sa.Connection):
    query = """SELECT proname, proconfig FROM pg_proc
        WHERE proname LIKE 'mehraufwand%' AND pronamespace = 'public'::regnamespace"""
    paths = {tuple(row.proconfig or ()) for row in superuser.execute(sa.text(query))}
    assert paths == {("search_path=public, pg_temp",)}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([f"CREATE TABLE theirs.{RECORD}", f"INSERT INTO theirs.retention_record {LEAVE}"], id="a schema"),
        pytest.param([f"CREATE TEMP TABLE {RECORD}", f"INSERT INTO pg_temp.retention_record {LEAVE}"], id="a session"),
    ],
)
def test_a_record_of_leave_in_a_table_of_one_s_own_deletes_nothing(
    furnished: Furnished, superuser: sa.Connection, steps: list[str]
):
    database = sa.make_url(furnished.database.app_url).database
    steps = [
        f"CREATE SCHEMA theirs AUTHORIZATION {APP_ROLE}",
        f'GRANT TEMP ON DATABASE "{database}" TO {APP_ROLE}',
        f"SET LOCAL ROLE {APP_ROLE}",
        OF_OUR_OWN,
        f"SET LOCAL app.processor_id = {furnished.world.processor_id}",
        *steps,
    ]
    for step in steps:
        superuser.execute(sa.text(step))
    with pytest.raises(sa.exc.IntegrityError, match="row_is_kept:base_rate") as refused:
        superuser.execute(sa.text("DELETE FROM public.base_rate"))
    assert isinstance(refused.value.orig, psycopg.errors.IntegrityConstraintViolation)
