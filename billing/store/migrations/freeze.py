"""Writes the statements of a migration into files beside it: from the tables as those before left them to today's.

Run `python -m billing.store.migrations.freeze` after a change of tables or rules, as long as nobody has data in this
schema. Once a version is out its files stay: it joins `OUT`, and the next one takes a revision of its own (`REVISION`).
"""

import re
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, ExecutableDDLElement, sort_tables_and_constraints

from billing.store.migrations.difference import difference
from billing.store.migrations.install import rules_fingerprint
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.tables import metadata

SEPARATOR = ";\n\n"
OUT, REVISION = ("0001", "0002", "0003", "0004"), "0005"
# What rows of version 0001 hold in columns that came later. Nobody had logged in then, but keys are told by who asked.
FILLS = {
    ("idempotency_key", "actor"): "'user:' || user_id",
    ("login_attempt", "kind"): "'password'",
    ("user", "language"): "'de'",
    ("controller", "decision_code"): "FALSE",
    ("controller", "invoice_channel"): "'mail'",
    ("controller", "invoice_format"): "'zugferd'",
    ("receipt", "source"): "'manual'",
    ("expense", "in_name_of_client"): "FALSE",
    ("receipt", "land"): "'BW'",
    ("reminder", "open_cents"): "0",
    ("reminder", "channel"): "'letter'",
    ("reminder", "document"): "'{}'",
    ("reminder", "document_sha256"): "'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'",
}
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
    return text.removesuffix(SEPARATOR.strip() + "\n").split(SEPARATOR) if text.strip() else []


def run_frozen(connection: sa.Connection, revision: str) -> None:
    """Run the statements that were written for a revision, as they stand."""
    cursor = connection.connection.cursor()
    for statement in frozen_statements(revision, connection.dialect.name):
        cursor.execute(statement)
    cursor.close()


def new_steps(dialect: str) -> list[str]:
    """Give the steps from the versions that are out to today's tables."""
    before = [step for revision in OUT for step in frozen_statements(revision, dialect)]
    return difference(before, create_statements(dialect), dialect, FILLS)


def freeze() -> None:
    """Write the files of this version's migration anew, and name its rules in it."""
    for dialect in (SQLITE, POSTGRESQL):
        text = "".join(step + SEPARATOR for step in new_steps(dialect))
        (VERSIONS / f"{REVISION}.{dialect}.sql").write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    (migration,) = VERSIONS.glob(f"{REVISION}_*.py")
    named = re.sub('RULES = ".*"', f'RULES = "{rules_fingerprint()}"', migration.read_text(encoding="utf-8"))
    migration.write_text(named, encoding="utf-8")


if __name__ == "__main__":
    freeze()
