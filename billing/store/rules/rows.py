"""The rules that every table has, made from its columns and its row rule: a new table can't be forgotten."""

# ruff: noqa: S608 - conditions put together from names of our own tables, no input

from collections.abc import Iterator

import sqlalchemy as sa

from billing.store.keyring import KEY_ID_LENGTH, EncryptedBytes, EncryptedText
from billing.store.rules.speech import SQLITE, Event, Rule
from billing.store.tables import RowRule, metadata
from billing.store.tables.columns import Deletion

# Columns that say "no longer": a row is born without them.
_ENDS = ("released_by_id", "cancelled_by_id", "superseded_at")


def rule_of(table: sa.Table) -> RowRule:
    """Give the row rule of a table; KeyError when somebody made one without."""
    rule: RowRule = table.info["rule"]
    return rule


def row_rules() -> list[Rule]:
    """Give the rules of all tables, in the order of their names."""
    return [rule for name in sorted(metadata.tables) for rule in _rules_of(metadata.tables[name])]


def sqlite_rules() -> list[Rule]:
    """Give what SQLite needs besides; asked last, as other rules say better what is wrong."""
    tables = [metadata.tables[name] for name in sorted(metadata.tables)]
    return [rule for table in tables for rule in (*_links_hold(table), *_no_replacing(table))]


def is_sealed(column: sa.Column[object]) -> bool:
    """Tell whether a column is encrypted: its bytes may change when its key does."""
    return isinstance(column.type, EncryptedBytes | EncryptedText)


def changed(table: sa.Table, names: list[str]) -> str:
    """Give the condition that one of these columns gets another value; sealing it anew with another key is none."""
    return " OR ".join(_changed(table.columns[name]) for name in names)


def _rules_of(table: sa.Table) -> Iterator[Rule]:
    rule, name = rule_of(table), table.name
    final = [column for column in table.columns.keys() if column not in rule.may_change | rule.set_once]  # noqa: SIM118
    yield Rule("row_is_final", name, Event.UPDATE, changed(table, final))
    for column in sorted(rule.set_once):
        again = f"OLD.{column} IS NOT NULL AND {_changed(table.columns[column])}"
        yield Rule("row_is_final", name, Event.UPDATE, again)
    for column in _ENDS:
        if column in table.columns:
            yield Rule("born_ended", name, Event.INSERT, f"NEW.{column} IS NOT NULL")
    yield from _deletion(name, rule.deletion)


def _changed(column: sa.Column[object]) -> str:
    old, new = f"OLD.{column.name}", f"NEW.{column.name}"
    if not is_sealed(column):
        return f"{old} IS DISTINCT FROM {new}"
    same_key = f"substr({old}, 2, {KEY_ID_LENGTH}) = substr({new}, 2, {KEY_ID_LENGTH})"
    return f"(({old} IS NULL) <> ({new} IS NULL) OR {old} <> {new} AND {same_key})"


def _deletion(table: str, deletion: Deletion) -> Iterator[Rule]:
    if deletion is Deletion.NEVER:
        yield Rule("row_is_kept", table, Event.DELETE, "TRUE")
    elif deletion is Deletion.RETENTION:
        record = "SELECT 1 FROM retention_record r WHERE r.processor_id = OLD.processor_id"
        named = f"{record} AND r.table_name = '{table}' AND r.row_id = OLD.id"
        yield Rule("row_is_kept", table, Event.DELETE, f"NOT EXISTS ({named})")


def _links_hold(table: sa.Table) -> Iterator[Rule]:
    """Check links in triggers too: SQLite asks foreign keys only where a connection wants it, and most do not."""
    rule = rule_of(table)
    for link in sorted(table.foreign_key_constraints, key=lambda link: str(link.name)):
        pairs = [(element.parent.name, element.column.name) for element in link.elements]
        given = " AND ".join(f"NEW.{ours} IS NOT NULL" for ours, _ in pairs)
        same = " AND ".join(f"o.{theirs} = NEW.{ours}" for ours, theirs in pairs)
        broken = f'{given} AND NOT EXISTS (SELECT 1 FROM "{link.referred_table.name}" o WHERE {same})'
        detail = ",".join(ours for ours, _ in pairs if ours != "processor_id")
        yield Rule("link_broken", table.name, Event.INSERT, broken, SQLITE, detail)
        if {ours for ours, _ in pairs} & (rule.may_change | rule.set_once):
            yield Rule("link_broken", table.name, Event.UPDATE, broken, SQLITE, detail)


def _no_replacing(table: sa.Table) -> Iterator[Rule]:
    """Refuse what `INSERT OR REPLACE` and `UPDATE OR REPLACE` would delete on SQLite without asking DELETE triggers."""
    rule = rule_of(table)
    if rule.deletion is Deletion.FREE:
        return
    yield Rule("row_exists", table.name, Event.INSERT, _taken(table, ["id"], None, ""), SQLITE, "id")
    for columns, where in _unique_keys(table):
        detail = ",".join(column for column in columns if column != "processor_id")
        yield Rule("row_exists", table.name, Event.INSERT, _taken(table, columns, where, ""), SQLITE, detail)
        touched = set(columns) | {column for column in table.columns.keys() if column in (where or "")}  # noqa: SIM118
        if touched & (rule.may_change | rule.set_once):
            others = _taken(table, columns, where, " AND o.id <> OLD.id")
            yield Rule("row_exists", table.name, Event.UPDATE, others, SQLITE, detail)


def _unique_keys(table: sa.Table) -> list[tuple[list[str], str | None]]:
    """List the unique keys of a table with the condition of those that hold among living rows only."""
    keys: list[tuple[list[str], str | None]] = [
        (list(constraint.columns.keys()), None)
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint) and "id" not in constraint.columns
    ]
    keys += [
        (list(index.columns.keys()), str(index.dialect_options[SQLITE]["where"]))
        for index in table.indexes
        if index.unique
    ]
    return sorted(keys, key=str)


def _taken(table: sa.Table, columns: list[str], where: str | None, others: str) -> str:
    same = " AND ".join(f"o.{column} = NEW.{column}" for column in columns) + others
    if where is None:
        return f'EXISTS (SELECT 1 FROM "{table.name}" o WHERE {same})'
    new_row = ", ".join(f"NEW.{column} AS {column}" for column in table.columns.keys() if column in where)  # noqa: SIM118
    return (
        f'EXISTS (SELECT 1 FROM "{table.name}" o WHERE {same} AND {where}) AND (SELECT {where} FROM (SELECT {new_row}))'
    )
