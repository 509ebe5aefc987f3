"""Writes the CREATE statements of all tables into files beside the first migration.

Run `python -m billing.store.migrations.freeze` after a change of tables or rules, as long as nobody has data in this
schema; once a version is out, tables change by further migrations.
"""

import re
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, ExecutableDDLElement, sort_tables_and_constraints

from billing.store.migrations.install import rules_fingerprint
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.tables import metadata

SEPARATOR = ";\n\n"
_URLS = {SQLITE: "sqlite://", POSTGRESQL: "postgresql+psycopg://"}
VERSIONS = Path(__file__).parent / "versions"


def create_statements(dialect: str) -> list[str]:
    """Give the statements that make all tables and indexes of one database, the same each time."""
    engine = sa.create_mock_engine(_URLS[dialect], lambda *_: None)
    found: list[ExecutableDDLElement] = []
    ordered = sort_tables_and_constraints(metadata.tables.values())  # type: ignore[no-untyped-call]
    for table, links in ordered:
        if table is None:
            # What closes a circle comes last on PostgreSQL; SQLite takes it inside, before the other table is there.
            circle = sorted(links, key=_name) if dialect == POSTGRESQL else []
            found += [AddConstraint(link, isolate_from_table=False) for link in circle]
            continue
        inside = None if dialect == SQLITE else sorted(links, key=_name)
        found.append(CreateTable(table, include_foreign_key_constraints=inside))
        found += [CreateIndex(index) for index in sorted(table.indexes, key=_name)]
    return [_text(ddl, engine.dialect) for ddl in found]


def _name(item: sa.Index | sa.ForeignKeyConstraint) -> str:
    return str(item.name)


def _text(ddl: ExecutableDDLElement, dialect: sa.Dialect) -> str:
    lines = str(ddl.compile(dialect=dialect)).strip().splitlines()
    return "\n".join(line.rstrip().replace("\t", "    ") for line in lines)


def frozen_statements(revision: str, dialect: str) -> list[str]:
    """Read the statements that were written for a revision."""
    text = (VERSIONS / f"{revision}.{dialect}.sql").read_text(encoding="utf-8")
    return text.removesuffix(SEPARATOR.strip() + "\n").split(SEPARATOR)


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
