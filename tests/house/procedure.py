"""The procedure in writing, docs/verfahrensdokumentation.de.md: a template by hand, and tables made from the product.

python -m tests.house.procedure            writes it
python -m tests.house.procedure --check    exits with 1 when it is stale
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from billing.services.access.rights import RIGHTS, Right
from billing.store.migrations.install import rules_fingerprint
from billing.store.rules import SQLITE, statements
from billing.store.rules.retention import KEPT_WHILE, periods_of, retained_tables
from billing.store.rules.rows import rule_of
from billing.store.schema import head
from billing.store.tables import metadata
from billing.store.tables.columns import Deletion
from billing.texts import catalogue
from invoices.gobd.document_sheets import LINES, VATS
from invoices.gobd.selection import given_tables
from invoices.gobd.words import table_words
from tests.support.repository import ROOT

TEMPLATE = ROOT / "docs" / "verfahrensdokumentation.vorlage.md"
PAGE = ROOT / "docs" / "verfahrensdokumentation.de.md"
_RULE = re.compile(r"mehraufwand\.([a-z_]+):([a-z_]+)")
_WORDS = catalogue("de")
Rows = Sequence[Sequence[str]]


def text() -> str:
    """Give the page as it must be now."""
    page = TEMPLATE.read_text(encoding="utf-8")
    for name, made in _PARTS.items():
        page = page.replace(f"{{{{{name}}}}}", made())
    return page


def _table(head_row: Sequence[str], rows: Rows) -> str:
    lines = [head_row, ["---"] * len(head_row), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _versions() -> str:
    product = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    rules = f"`{rules_fingerprint()}`"
    rows = [["Programm", product], ["Schema der Datenbank", head()], ["Regeln der Datenbank", rules]]
    return _table(["Fassung", ""], rows)


def _dated(path: str, key: str, columns: Mapping[str, str]) -> str:
    """Show a dated table of the product, with its own sources."""
    found = tomllib.loads((ROOT / path).read_text(encoding="utf-8"))[key]
    return _table(list(columns.values()), [[str(row[name]) for name in columns] for row in found])


def _vat() -> str:
    return _dated(
        "billing/clause/vat_rates.toml", "rate", {"from": "Ab Monat", "share": "Anteil am Netto", "source": "Quelle"}
    )


def _base_rates() -> str:
    columns = {"valid_from": "Ab", "percent": "Prozent", "source": "Quelle"}
    return _dated("billing/receivables/base_rates.toml", "rates", columns)


def _label(table: str) -> str:
    return _WORDS.get(f"label.table_{table}") or table


def _tables(names: Iterator[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) + "."


def _immutable() -> str:
    return _tables(name for name in sorted(metadata.tables) if _lasts(name) and not _changing(name))


def _partly() -> str:
    rows = [
        [f"`{name}`", ", ".join(sorted(rule_of(metadata.tables[name]).set_once)), ", ".join(_changing_often(name))]
        for name in sorted(metadata.tables)
        if _lasts(name) and _changing(name)
    ]
    return _table(["Tabelle", "einmal", "änderbar"], rows)


def _lasts(table: str) -> bool:
    return rule_of(metadata.tables[table]).deletion is not Deletion.FREE


def _changing(table: str) -> bool:
    rule = rule_of(metadata.tables[table])
    return bool(rule.may_change | rule.set_once)


def _changing_often(table: str) -> list[str]:
    return sorted(rule_of(metadata.tables[table]).may_change)


def _roles() -> str:
    roles = list(RIGHTS)
    rows = [[f"`{right}`", *("x" if right in RIGHTS[role] else "" for role in roles)] for right in Right]
    return _table(["Recht", *(str(role) for role in roles)], rows)


def _rules() -> str:
    where: Mapping[str, set[str]] = defaultdict(set)
    for code, table in _RULE.findall("\n".join(statements(SQLITE))):
        where[code].add(table)
    everywhere = len(metadata.tables) // 2
    rows = [
        [f"`{code}`", _WORDS[f"error.{code}"], "fast alle" if len(tables) > everywhere else ", ".join(sorted(tables))]
        for code, tables in sorted(where.items())
    ]
    return _table(["Regel", "Bedeutung", "Tabellen"], rows)


def _retention() -> str:
    rows = []
    for name in retained_tables():
        years: dict[str, int] = {}
        for period in periods_of(name):
            kind = _WORDS[f"retention_class.{period.kept_as}"]
            years[kind] = max(period.years, years.get(kind, 0))
        said = ", ".join(f"{kind} {count}" for kind, count in years.items())
        rows.append([f"`{name}`", _label(name), said, "ja" if name in KEPT_WHILE else ""])
    return _table(["Tabelle", "Inhalt", "Klasse und Jahre", "und solange es gilt oder offen ist"], rows)


def _package() -> str:
    names = sorted({*given_tables(), LINES.name, VATS.name})
    return _table(["Datei", "Inhalt"], [[f"`{name}.csv`", table_words(name)] for name in names])


_PARTS: Mapping[str, Callable[[], str]] = {
    "versions": _versions,
    "vat": _vat,
    "base_rates": _base_rates,
    "immutable": _immutable,
    "partly": _partly,
    "roles": _roles,
    "rules": _rules,
    "retention": _retention,
    "package": _package,
}


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` say whether it is as it must be."""
    made = text()
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == made:
        return 0
    sys.stderr.write(f"{PAGE.name} is stale: python -m tests.house.procedure\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
