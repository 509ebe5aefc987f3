"""Replicas of the version before run while a migration does: it takes nothing from them, and asks for no more.

Only PostgreSQL has replicas; a SQLite file belongs to one process, and its tables are rebuilt.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from billing.store.migrations.freeze import VERSIONS, frozen_statements
from billing.store.rules import POSTGRESQL
from billing.store.schema import REVISIONS

# Nobody runs replicas of what came before these: 0001 is the first, and had no service. To name another one here is to
# say in the changelog that everything must be stopped for it (docs/operations.md, section 3).
STOPS_ALL = ("0001", "0002", "0005")

NAME = r'(?:IF (?:NOT )?EXISTS )?"?(\w+)"?'
# What takes away or changes something, and what the statement that puts it back begins with.
TAKES: dict[str, str | None] = {
    rf"DROP INDEX (?:CONCURRENTLY )?{NAME}": r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?{0}\b",
    rf"DROP TRIGGER {NAME}": r"CREATE (?:CONSTRAINT )?TRIGGER {0}\b",
    rf"DROP FUNCTION {NAME}": r"CREATE (?:OR REPLACE )?FUNCTION {0}\b",
    rf"DROP POLICY {NAME}": r"CREATE POLICY {0}\b",
    rf"ALTER TABLE \S+ DROP CONSTRAINT {NAME}": r"ALTER TABLE \S+ ADD CONSTRAINT {0}\b",
    # A constraint has its own word above; all else that a table may lose are columns.
    rf"ALTER TABLE \S+ DROP (?!CONSTRAINT\b)(?:COLUMN )?{NAME}": None,
    rf"ALTER TABLE .* RENAME .*?{NAME}$": None,
    rf"ALTER TABLE .* ALTER (?:COLUMN )?{NAME} (?:SET DATA )?TYPE": None,
    rf"ALTER TABLE .* ALTER (?:COLUMN )?{NAME} DROP DEFAULT": None,
    rf"ALTER TABLE .* DISABLE {NAME}": None,
    rf"ALTER (?:INDEX|SEQUENCE|TYPE) {NAME} RENAME": None,
    rf"(?:DROP (?:TABLE|VIEW|SCHEMA|SEQUENCE|TYPE|MATERIALIZED VIEW)|TRUNCATE(?: TABLE)?|DELETE FROM) {NAME}": None,
    rf"REVOKE {NAME}": None,
    # What the version before does not fill must be filled by itself.
    rf"ALTER TABLE \S+ ADD (?:COLUMN )?{NAME} (?!.*\bDEFAULT\b).*\bNOT NULL": None,
    rf"ALTER TABLE .* ALTER (?:COLUMN )?{NAME} SET NOT NULL": r"ALTER TABLE .* ALTER (?:COLUMN )?{0} SET DEFAULT\b",
}
# Steps in a migration's own code that no frozen statement shows.
CODE = r"\bop\.(?:drop_\w+|alter_column|rename_table|batch_alter_table|execute)\b|\b(?:DROP|TRUNCATE|RENAME)\s"


def taken(statements: Sequence[str]) -> list[str]:
    """Give the statements that the version before may stumble over."""
    lines = [" ".join(statement.split()) for statement in statements]
    return [line for line in lines if any(not returns(back, lines) for back in takings(line))]


def takings(line: str) -> Iterator[str | None]:
    """Give for everything that a statement takes how it would be put back; None: not at all."""
    for pattern, back in TAKES.items():
        if found := re.match(pattern, line, re.IGNORECASE):
            yield back and back.replace("{0}", f'"?{found[1]}"?')


def returns(back: str | None, lines: Sequence[str]) -> bool:
    """Tell whether one of the statements puts it back."""
    return back is not None and any(re.match(back, line, re.IGNORECASE) for line in lines)


@pytest.mark.parametrize("revision", [revision for revision in REVISIONS if revision not in STOPS_ALL])
def test_a_migration_takes_nothing_away_from_replicas_that_still_run(revision: str):
    assert taken(frozen_statements(revision, POSTGRESQL)) == []


@pytest.mark.parametrize("revision", [revision for revision in REVISIONS if revision not in STOPS_ALL])
def test_a_migration_s_own_code_takes_nothing_away_either(revision: str):
    (file,) = VERSIONS.glob(f"{revision}_*.py")
    assert re.findall(CODE, Path(file).read_text(encoding="utf-8")) == []


def test_a_migration_that_did_take_away_is_found_out():
    found = taken(frozen_statements("0002", POSTGRESQL))
    assert 'ALTER TABLE "idempotency_key" DROP COLUMN user_id' in [line.rstrip(";") for line in found]
    assert "DROP INDEX ix_contract_controller_id_processor_id" in [line.rstrip(";") for line in found]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE entry",
        'DROP TABLE IF EXISTS "entry" CASCADE',
        "ALTER TABLE entry\n    DROP COLUMN note",
        'ALTER TABLE "entry" DROP note',
        "ALTER TABLE entry RENAME COLUMN note TO words",
        "ALTER TABLE entry RENAME TO work",
        "ALTER TABLE entry ALTER COLUMN note TYPE VARCHAR(5)",
        "ALTER TABLE entry ALTER note SET DATA TYPE TEXT",
        "ALTER TABLE entry ALTER COLUMN note SET NOT NULL",
        "ALTER TABLE entry ALTER COLUMN note DROP DEFAULT",
        "ALTER TABLE entry ADD COLUMN colour VARCHAR(30) NOT NULL",
        "ALTER TABLE entry DROP CONSTRAINT uq_entry_ref",
        "ALTER TABLE entry DISABLE TRIGGER guard",
        "ALTER TABLE entry DISABLE ROW LEVEL SECURITY",
        "DROP INDEX ix_entry_person",
        "DROP TRIGGER IF EXISTS guard ON entry",
        "DROP FUNCTION mehraufwand_guard()",
        "DROP POLICY own ON entry",
        "REVOKE SELECT ON entry FROM mehraufwand_app",
        "TRUNCATE entry",
        "delete from entry",
    ],
)
def test_what_takes_away_is_refused(statement: str):
    assert taken(["CREATE INDEX ix_other ON entry (note)", statement]) == [" ".join(statement.split())]


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE colour (name VARCHAR NOT NULL)"],
        ["ALTER TABLE entry ADD COLUMN colour VARCHAR(30)"],
        ["ALTER TABLE entry ADD COLUMN colour VARCHAR(30) DEFAULT 'red' NOT NULL"],
        ["DROP INDEX ix_entry_person", 'CREATE UNIQUE INDEX "ix_entry_person" ON entry (person_id, ref)'],
        ["DROP TRIGGER guard ON entry", "CREATE TRIGGER guard BEFORE UPDATE ON entry EXECUTE FUNCTION f()"],
        ["ALTER TABLE mail DROP CONSTRAINT ck_kind", "ALTER TABLE mail ADD CONSTRAINT ck_kind CHECK (kind <> '')"],
        [
            "ALTER TABLE e ALTER COLUMN c SET DEFAULT 'x'",
            "UPDATE e SET c = 'x'",
            "ALTER TABLE e ALTER COLUMN c SET NOT NULL",
        ],
    ],
    ids=["table", "column", "default", "index again", "trigger again", "wider rule", "filled by itself"],
)
def test_what_adds_or_replaces_is_taken(statements: list[str]):
    assert taken(statements) == []
