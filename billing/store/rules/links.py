"""How rows hang together, read from the tables' links: who uses a row, whose it is, and in which order rows can go."""

# ruff: noqa: S608 - conditions put together from names of our own tables, no input

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from billing.store.tables import metadata

_TENANT = "processor_id"
# Who wrote a row, and what proves it, do not say whose matter it is.
_NOT_THE_MATTER = frozenset(("user", "stored_file"))


@dataclass(frozen=True, slots=True)
class Use:
    """That rows of `table` name a row of another one by its id in `column`."""

    table: str
    column: str
    target: str


@cache
def all_uses() -> tuple[Use, ...]:
    """Give every link between tables of a tenant, in the order of their names."""
    return tuple(use for name in sorted(metadata.tables) for use in _uses_in(metadata.tables[name]))


def uses_of(target: str) -> list[Use]:
    """Give the links that lead to a table, from itself too."""
    return [use for use in all_uses() if use.target == target]


def _uses_in(table: sa.Table) -> Iterator[Use]:
    found = set()
    for constraint in table.foreign_key_constraints:
        for element in constraint.elements:
            if element.column.name == "id" and element.parent.name != _TENANT:
                found.add(Use(table.name, element.parent.name, constraint.referred_table.name))
    yield from sorted(found, key=str)


# Without its versions an entry is seen by no run, without its verdict an expense by every one: they go at once.
TOGETHER = (("entry", "entry_version", "segment"), ("closing_expense", "expense"))


@cache
def rings(*, together: bool = False) -> tuple[tuple[str, ...], ...]:
    """Give tables in the order in which their rows can go, users first; those that use each other go in one step.

    `together` puts what must not go alone in one step as well.
    """
    users = {name: {use.table for use in uses_of(name)} for name in sorted(metadata.tables)}
    for group in TOGETHER if together else ():
        for name in group:
            users[name] = users[name] | set(group)
    reached = {name: _reached(name, users) for name in users}
    done: set[str] = set()
    found: list[tuple[str, ...]] = []
    while len(done) < len(users):
        free = next(name for name in users if name not in done and reached[name] - _ring(name, reached) <= done)
        ring = _ring(free, reached)
        found.append(tuple(sorted(ring)))
        done |= ring
    return tuple(found)


def ring_of(table: str) -> tuple[str, ...]:
    """Give the tables that use each other with this one, itself included."""
    return next(ring for ring in rings() if table in ring)


def _ring(name: str, reached: dict[str, set[str]]) -> set[str]:
    return {name} | {other for other in reached[name] if name in reached[other]}


def _reached(name: str, users: dict[str, set[str]]) -> set[str]:
    """Give all tables whose rows use a row of this table, over any number of steps."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for user in users[waiting.pop()] - found:
            found.add(user)
            waiting.append(user)
    return found


def still_used(table: str, row: str, apart: frozenset[str] | None = None) -> list[str]:
    """Give the conditions that a row is named by one that goes before it; links inside its ring are left out.

    With `apart` those from other tables are left out instead.
    """
    ignored = frozenset(ring_of(table)) if apart is None else apart
    return [
        f'EXISTS (SELECT 1 FROM "{use.table}" u WHERE u.{use.column} = {row}.id AND u.{_TENANT} = {row}.{_TENANT})'
        for use in uses_of(table)
        if use.table not in ignored
    ]


def controller_of(table: str, row: str = "x", depth: int = 0, seen: frozenset[str] = frozenset()) -> str | None:
    """Give an SQL expression for the controller whose row it is; None for rows that are of none, or of any."""
    known = metadata.tables[table]
    if table == "controller":
        return f"{row}.id"
    if "controller_id" in known.columns:
        return f"{row}.controller_id"
    links = [use for use in _uses_in(known) if use.target not in seen | {table} | _NOT_THE_MATTER]
    for use in sorted(links, key=lambda use: bool(known.columns[use.column].nullable)):
        parent = f"p{depth}"
        of_parent = controller_of(use.target, parent, depth + 1, seen | {table})
        if of_parent is not None:
            same = f"{parent}.{_TENANT} = {row}.{_TENANT} AND {parent}.id = {row}.{use.column}"
            return f'(SELECT {of_parent} FROM "{use.target}" {parent} WHERE {same})'
    return None
