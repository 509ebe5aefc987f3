"""Databases as versions before this one left them: their tables, their rows, and rules of their own in the way.

`world_of_0001.sql` holds a row of every table as version 0001 wrote it; never edited, as old databases are not either.
"""

# ruff: noqa: S608 - statements put together from names of our own tables

import re
from pathlib import Path

from billing.store.engine import connect_to
from billing.store.key_file import KEYS_VARIABLE, load_ring
from billing.store.migrations.difference import shapes_of
from billing.store.migrations.freeze import frozen_statements
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.schema import REVISIONS

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
LAST_NUMBER = 70


def old_rules(dialect: str, revision: str) -> list[str]:
    """Give rules that stand in the way, as each version has its own, and the numbers that were given before."""
    if dialect == SQLITE:
        return [
            "CREATE TRIGGER mehraufwand_user_delete BEFORE DELETE ON \"user\" BEGIN SELECT RAISE(ABORT, 'old'); END",
            f"UPDATE sqlite_sequence SET seq = {LAST_NUMBER} WHERE name IN ('user', 'site')",
        ]
    tables = shapes_of(statements_until(revision, POSTGRESQL))
    return [
        "CREATE FUNCTION mehraufwand_user_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        'CREATE TRIGGER mehraufwand_user_delete BEFORE DELETE ON "user" EXECUTE FUNCTION mehraufwand_user_delete()',
        *(
            f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY; ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY;'
            f' CREATE POLICY mehraufwand_tenant ON "{name}" USING (false)'
            for name, shape in tables.items()
            if "processor_id" in shape.columns
        ),
        *(f"SELECT setval('{name}_id_seq', {LAST_NUMBER})" for name in tables),
    ]


def statements_until(revision: str, dialect: str) -> list[str]:
    """Give the statements of all versions until one, in their order."""
    return [step for known in REVISIONS if known <= revision for step in frozen_statements(known, dialect)]


def make_old(url: str, revision: str, *more: str) -> None:
    """Fill an empty database as a version left it, with further rows that it had by then."""
    engine = connect_to(url, foreign_keys=False)
    with engine.begin() as connection:
        dialect = connection.dialect.name
        cursor = connection.connection.cursor()
        if dialect == POSTGRESQL:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            cursor.execute("SET TIME ZONE 'UTC'")
        version = ["CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"]
        version.append(f"INSERT INTO alembic_version VALUES ('{revision}')")
        first = frozen_statements("0001", dialect)
        later = statements_until(revision, dialect)[len(first) :]
        rules = old_rules(dialect, revision)
        for statement in (*first, *version, *rows_in(dialect), *later, *more, *rules):
            cursor.execute(statement)
        cursor.close()
    engine.dispose()


def rows_in(dialect: str) -> list[str]:
    """Give the INSERT statements of the old world in the words of one database."""
    text = re.sub(r"x'([0-9a-f]*)'", r"decode('\1', 'hex')", WORLD) if dialect == POSTGRESQL else WORLD
    return [statement for statement in re.split(r";\n", text) if "INSERT" in statement]
