"""Writes the CREATE statements of all tables into files beside the first migration.

Run `python -m billing.store.migrations.freeze` after a change of tables or rules, as long as nobody has data in this
schema; once a version is out, tables change by further migrations.
"""

import re
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.schema import ExecutableDDLElement

from billing.store.migrations.install import rules_fingerprint
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.tables import metadata

SEPARATOR = ";\n\n"
VERSIONS = Path(__file__).parent / "versions"


def create_statements(dialect: str) -> list[str]:
    """Give the statements that make all tables and indexes of one database."""
    found: list[str] = []

    def write(ddl: ExecutableDDLElement, *_arguments: object, **_options: object) -> None:
        lines = str(ddl.compile(dialect=engine.dialect)).strip().splitlines()
        found.append("\n".join(line.rstrip().replace("\t", "    ") for line in lines))

    engine = sa.create_mock_engine({SQLITE: "sqlite://", POSTGRESQL: "postgresql+psycopg://"}[dialect], write)
    metadata.create_all(engine, checkfirst=False)
    return found


def frozen_statements(revision: str, dialect: str) -> list[str]:
    """Read the statements that were written for a revision."""
    text = (VERSIONS / f"{revision}.{dialect}.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(SEPARATOR) if statement.strip()]


def freeze(revision: str = "0001") -> None:
    """Write the files of a revision anew, and name its rules in the migration."""
    for dialect in (SQLITE, POSTGRESQL):
        text = "".join(statement + SEPARATOR for statement in create_statements(dialect))
        (VERSIONS / f"{revision}.{dialect}.sql").write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    (migration,) = VERSIONS.glob(f"{revision}_*.py")
    named = re.sub('RULES = ".*"', f'RULES = "{rules_fingerprint()}"', migration.read_text(encoding="utf-8"))
    migration.write_text(named, encoding="utf-8")


if __name__ == "__main__":
    freeze()
