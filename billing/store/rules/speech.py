"""What the database refuses on its own, said once and spoken in the words of SQLite and PostgreSQL.

A rule is an SQL condition over `NEW` and `OLD` under which a change is refused; both databases check it in triggers,
one per table and event. Where rows come by the dozen PostgreSQL asks once about all that a statement wrote. A few words
differ between the two and are written as macros:

    MINUTE(x)        UTC minutes since 1970 of an instant        KEY_ID(x)   id of the key that sealed a value
    MONTHS_AGO(n)    the date n months before today (UTC); before the 31st, the last day of a shorter month
    YEAR(x)          calendar year of an instant in German winter time, whatever zone a connection chose
    YEAR_OF_DAY(x)   calendar year of a date                     THIS_YEAR()  that of now, by the database's clock
  YEAR_OF_TODAY()  that of today (UTC): for an hour on 31 December still the old one
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
PREFIX = "mehraufwand"
OWN_PATH = "SET search_path = public, pg_temp"
"""Said by each function on PostgreSQL: it finds our tables and the server's operators, whatever path a caller has set.

The schema of temporary tables is named, and last: it would be searched first if it were not (PostgreSQL, "Writing
SECURITY DEFINER Functions Safely").
"""


class Event(StrEnum):
    """What is about to happen to a row."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Rule:
    """A change is refused with `code` while the condition `broken` holds; `only` limits it to one database."""

    code: str
    table: str
    event: Event
    broken: str
    only: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """A statement that the database itself runs after a row came in."""

    table: str
    statement: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A query that makes writers wait for each other on PostgreSQL before rules are asked; SQLite has one writer."""

    table: str
    query: str


_MACROS = {
    SQLITE: (
        (r"MINUTE\(([\w.]+)\)", r"(CAST(strftime('%s', \1) AS INTEGER) / 60)"),
        (r"KEY_ID\(([\w.]+)\)", r"CAST(substr(\1, 2, 8) AS TEXT)"),
        (r"YEAR\(([\w.]+)\)", r"CAST(strftime('%Y', \1, '+1 hour') AS INTEGER)"),
        (r"YEAR_OF_DAY\(([\w.]+)\)", r"CAST(strftime('%Y', \1) AS INTEGER)"),
        (r"THIS_YEAR\(\)", r"CAST(strftime('%Y', 'now', '+1 hour') AS INTEGER)"),
        (r"YEAR_OF_TODAY\(\)", r"CAST(strftime('%Y', 'now') AS INTEGER)"),
        # Alone, the first date would run over into the month after a shorter one.
        (
            r"MONTHS_AGO\((\d+)\)",
            r"min(date('now', '-\1 months'), date('now', 'start of month', '-\1 months', '+1 month', '-1 day'))",
        ),
    ),
    POSTGRESQL: (
        (r"MINUTE\(([\w.]+)\)", r"(extract(epoch FROM \1)::bigint / 60)"),
        (r"KEY_ID\(([\w.]+)\)", r"encode(substr(\1, 2, 8), 'escape')"),
        (r"YEAR\(([\w.]+)\)", r"extract(year FROM (\1 AT TIME ZONE 'UTC') + interval '1 hour')::integer"),
        (r"YEAR_OF_DAY\(([\w.]+)\)", r"extract(year FROM \1)::integer"),
        (r"THIS_YEAR\(\)", r"extract(year FROM (now() AT TIME ZONE 'UTC') + interval '1 hour')::integer"),
        (r"YEAR_OF_TODAY\(\)", r"extract(year FROM now() AT TIME ZONE 'UTC')::integer"),
        (r"MONTHS_AGO\((\d+)\)", r"((now() AT TIME ZONE 'UTC')::date - interval '\1 months')::date"),
    ),
}


def spoken(sql: str, dialect: str) -> str:
    """Write out the macros for one database."""
    for macro, words in _MACROS[dialect]:
        sql = re.sub(macro, words, sql)
    return sql


def message(rule: Rule) -> str:
    """Give the text that the database raises: `mehraufwand.number_gap:invoice`, read back by `store.problems`."""
    return f"{PREFIX}.{rule.code}:{rule.table}" + (f":{rule.detail}" if rule.detail else "")


def triggers(
    dialect: str, rules: Iterable[Rule], effects: Iterable[Effect], locks: Iterable[Lock], by_the_dozen: Collection[str]
) -> list[str]:
    """Give the CREATE statements of all triggers of one database, in a fixed order.

    `by_the_dozen` are tables that many rows come into at once.
    """
    by_place: dict[tuple[str, Event], list[Rule]] = {}
    for rule in rules:
        if rule.only in (None, dialect):
            by_place.setdefault((rule.table, rule.event), []).append(rule)
    statements = []
    for (table, event), here in sorted(by_place.items()):
        mine = [lock.query for lock in locks if (lock.table, Event.INSERT) == (table, event)]
        if dialect == SQLITE:
            statements += _sqlite_trigger(table, event, here)
        elif event is Event.INSERT and table in by_the_dozen:
            assert not mine  # noqa: S101 - a lock comes before the rows
            statements += _trigger_for_all(table, here)
        else:
            statements += _postgresql_trigger(table, event, here, mine)
    for effect in effects:
        statements += _after_insert(dialect, effect)
    return statements


def _sqlite_trigger(table: str, event: Event, rules: list[Rule]) -> list[str]:
    checks = "\n".join(
        f"  SELECT RAISE(ABORT, '{message(rule)}') WHERE {spoken(rule.broken, SQLITE)};" for rule in rules
    )
    return [
        f'CREATE TRIGGER {PREFIX}_{table}_{event} BEFORE {event.upper()} ON "{table}" FOR EACH ROW BEGIN\n{checks}\nEND'
    ]


def _postgresql_trigger(table: str, event: Event, rules: list[Rule], locks: list[str]) -> list[str]:
    waits = "".join(f"  PERFORM 1 {query};\n" for query in locks)
    checks = "\n".join(_refused(rule, spoken(rule.broken, POSTGRESQL)) for rule in rules)
    row = "OLD" if event is Event.DELETE else "NEW"
    return _function_and_trigger(
        f"{table}_{event}", f"{waits}{checks}\n  RETURN {row};", f"BEFORE {event.upper()}", table
    )


def _refused(rule: Rule, broken: str) -> str:
    return (
        f"  IF {broken} THEN\n"
        f"    RAISE EXCEPTION USING MESSAGE = '{message(rule)}', ERRCODE = 'integrity_constraint_violation';\n"
        "  END IF;"
    )


def _trigger_for_all(table: str, rules: list[Rule]) -> list[str]:
    """Ask the rules once about all rows of a statement: to ask about each costs PostgreSQL most of its work."""
    checks = "\n".join(_refused(rule, _broken_by_any(rule)) for rule in rules)
    asked = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT"
    return _function_and_trigger(f"{table}_insert", f"{checks}\n  RETURN NULL;", "AFTER INSERT", table, asked)


def _broken_by_any(rule: Rule) -> str:
    broken = re.sub(r"\bNEW\.", "added.", spoken(rule.broken, POSTGRESQL))
    return f"EXISTS (SELECT 1 FROM added WHERE {broken})"  # noqa: S608 - our own rules


def _after_insert(dialect: str, effect: Effect) -> list[str]:
    if dialect == SQLITE:
        head = f'CREATE TRIGGER {PREFIX}_{effect.table}_done AFTER INSERT ON "{effect.table}" FOR EACH ROW BEGIN'
        return [f"{head}\n  {effect.statement};\nEND"]
    return _function_and_trigger(
        f"{effect.table}_done", f"  {effect.statement};\n  RETURN NULL;", "AFTER INSERT", effect.table
    )


def _function_and_trigger(name: str, body: str, moment: str, table: str, asked: str = "FOR EACH ROW") -> list[str]:
    function = f"{PREFIX}_{name}()"
    return [
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql {OWN_PATH} AS $$\nBEGIN\n{body}\nEND $$",
        f'CREATE TRIGGER {PREFIX}_{name} {moment} ON "{table}" {asked} EXECUTE FUNCTION {function}',
    ]
