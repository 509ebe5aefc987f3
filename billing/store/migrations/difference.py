"""From the tables as an earlier version froze them to those of this one: the statements in between, rows kept.

Both states come as the CREATE statements that `freeze` makes, one column or constraint a line. PostgreSQL alters tables
in place; SQLite can't: a table that changed is copied aside, dropped, made anew and filled again, its rows as they were
and its counter where it stood. Fills say what a new column holds in rows that are there already.
"""

# ruff: noqa: S608 - statements put together from our own frozen statements

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from billing.store.rules import SQLITE

Fills = Mapping[tuple[str, str], str]
"""SQL, in words of both databases, for (table, column); other new columns are NULL."""

_CREATE = re.compile(r'CREATE TABLE "?(\w+)"? \(\n(.*)\n\)', re.DOTALL)
_INDEX = re.compile(r'CREATE (?:UNIQUE )?INDEX (\w+) ON "?(\w+)"?')
_DROP_INDEX = re.compile(r"DROP INDEX (\w+)")
_ALTER = re.compile(r'ALTER TABLE "?(\w+)"? (.*)', re.DOTALL)
_CONSTRAINT = re.compile(r"CONSTRAINT (\w+) (.*)", re.DOTALL)
_NOT_NULL = " NOT NULL"
_TEXT, _SEALED = "VARCHAR", "BYTEA"
_KEEP_COUNTERS = "CREATE TEMP TABLE kept_counters AS SELECT name, seq FROM sqlite_sequence"
_RESTORE_COUNTERS = (
    "UPDATE sqlite_sequence SET seq = k.seq FROM kept_counters k WHERE k.name = sqlite_sequence.name",
    """INSERT INTO sqlite_sequence (name, seq) SELECT k.name, k.seq FROM kept_counters k
WHERE k.name NOT IN (SELECT s.name FROM sqlite_sequence s)""",
    "DROP TABLE kept_counters",
)


@dataclass(slots=True)
class Shape:
    """A table as its CREATE statement says: columns, constraints and indexes, each by name."""

    name: str
    text: str
    columns: dict[str, str] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)

    @property
    def quoted(self) -> str:
        """The name as SQL takes it."""
        return f'"{self.name}"'


def shapes_of(statements: list[str]) -> dict[str, Shape]:
    """Read the tables out of frozen statements, in their order; those of later versions change what is there."""
    shapes: dict[str, Shape] = {}
    for statement in statements:
        if created := _CREATE.fullmatch(statement):
            shapes[created[1]] = _shape(created[1], statement, created[2])
        elif index := _INDEX.match(statement):
            shapes[index[2]].indexes[index[1]] = statement
        elif gone := _DROP_INDEX.fullmatch(statement):
            for shape in shapes.values():
                shape.indexes.pop(gone[1], None)
        elif altered := _ALTER.fullmatch(statement):
            _alter(shapes[altered[1]], altered[2])
    return shapes


def _alter(shape: Shape, said: str) -> None:
    """Change a table as a step of `_postgresql_steps` does."""
    if (added := said.removeprefix("ADD ")) != said and (constraint := _CONSTRAINT.fullmatch(added)):
        shape.constraints[constraint[1]] = constraint[2]
    elif found := re.fullmatch(r"DROP CONSTRAINT (\w+)", said):
        shape.constraints.pop(found[1])
    elif found := re.fullmatch(r"ADD COLUMN (\w+) (.*)", said):
        shape.columns[found[1]] = found[2]
    elif found := re.fullmatch(r"DROP COLUMN (\w+)", said):
        shape.columns.pop(found[1])
    elif found := re.fullmatch(r"ALTER COLUMN (\w+) (SET|DROP) NOT NULL", said):
        kind = shape.columns[found[1]].removesuffix(_NOT_NULL)
        shape.columns[found[1]] = kind + _NOT_NULL if found[2] == "SET" else kind
    elif found := re.fullmatch(r"ALTER COLUMN (\w+) TYPE (\w+) USING .*", said):
        shape.columns[found[1]] = found[2] + (_NOT_NULL if shape.columns[found[1]].endswith(_NOT_NULL) else "")
    else:
        assert said.endswith("ROW LEVEL SECURITY"), said  # noqa: S101 - a developer's tool


def _shape(name: str, text: str, inside: str) -> Shape:
    shape = Shape(name, text)
    for line in re.split(r",\s*\n", inside):
        said = line.strip()
        if constraint := _CONSTRAINT.fullmatch(said):
            shape.constraints[constraint[1]] = constraint[2]
        else:
            column, _, kind = said.partition(" ")
            shape.columns[column.strip('"')] = kind
    return shape


def difference(before: list[str], after: list[str], dialect: str, fills: Fills) -> list[str]:
    """Give the statements that lead from one frozen state to another; dropping a table is not foreseen."""
    old, new = shapes_of(before), shapes_of(after)
    assert old.keys() <= new.keys(), "a table is gone"  # noqa: S101 - a developer's tool
    steps = _sqlite_steps if dialect == SQLITE else _postgresql_steps
    return list(steps(old, new, fills))


def _sqlite_steps(old: dict[str, Shape], new: dict[str, Shape], fills: Fills) -> Iterator[str]:
    steps = list(_sqlite_changes(old, new, fills))
    yield from (_KEEP_COUNTERS, *steps, *_RESTORE_COUNTERS) if steps else ()


def _sqlite_changes(old: dict[str, Shape], new: dict[str, Shape], fills: Fills) -> Iterator[str]:
    for name, shape in new.items():
        if name not in old:
            yield from (shape.text, *shape.indexes.values())
        elif _words(shape.text) != _words(old[name].text):
            yield from _rebuilt(old[name], shape, fills)
        else:
            yield from _dropped_indexes(old[name], shape)
            yield from _added_indexes(old[name], shape)


def _rebuilt(old: Shape, new: Shape, fills: Fills) -> Iterator[str]:
    """Make a table anew: SQLite then holds exactly the statement of today's tables."""
    taken = {
        column: column if column in old.columns else fills.get((new.name, column), "NULL") for column in new.columns
    }
    yield f"CREATE TEMP TABLE kept_rows AS SELECT * FROM {old.quoted}"
    yield f"DROP TABLE {old.quoted}"
    yield new.text
    yield (
        f"INSERT INTO {new.quoted} ({', '.join(taken)})\nSELECT {', '.join(taken.values())}\nFROM kept_rows ORDER BY id"
    )
    yield "DROP TABLE kept_rows"
    yield from new.indexes.values()


def _postgresql_steps(old: dict[str, Shape], new: dict[str, Shape], fills: Fills) -> Iterator[str]:
    both = [(old[name], shape) for name, shape in new.items() if name in old]
    for before, after in both:
        yield from _dropped_constraints(before, after)
        yield from _dropped_indexes(before, after)
    for before, after in both:
        yield from _columns(before, after, fills)
        yield from _added_constraints(before, after, links=False)
    for name, shape in new.items():
        if name not in old:
            yield _without_links(shape)
    for name, shape in new.items():
        yield from _added_constraints(old.get(name) or _empty(shape), shape, links=True)
        yield from _added_indexes(old.get(name) or _empty(shape), shape)


def _columns(before: Shape, after: Shape, fills: Fills) -> Iterator[str]:
    added = [column for column in after.columns if column not in before.columns]
    gone = [column for column in before.columns if column not in after.columns]
    filled = {column: fills[after.name, column] for column in added if (after.name, column) in fills}
    for column in added:
        yield f"ALTER TABLE {after.quoted} ADD COLUMN {column} {after.columns[column].removesuffix(' NOT NULL')}"
    if filled:
        # Row-level security binds the owner too, and would hide every row; the rules switch it on again.
        yield f"ALTER TABLE {after.quoted} NO FORCE ROW LEVEL SECURITY"
        yield f"UPDATE {after.quoted} SET {', '.join(f'{column} = {said}' for column, said in filled.items())}"
    for column in added:
        if after.columns[column].endswith(" NOT NULL"):
            yield f"ALTER TABLE {after.quoted} ALTER COLUMN {column} SET NOT NULL"
    for column in gone:
        yield f"ALTER TABLE {after.quoted} DROP COLUMN {column}"
    for column, kind in after.columns.items():
        if before.columns.get(column) == f"{kind} NOT NULL":
            yield f"ALTER TABLE {after.quoted} ALTER COLUMN {column} DROP NOT NULL"
    yield from _sealed(before, after)


def _sealed(before: Shape, after: Shape) -> Iterator[str]:
    for column, said in after.columns.items():
        was, kind = (text.removesuffix(_NOT_NULL) for text in (before.columns.get(column, said), said))
        if was != kind:
            # A text that is sealed from now on; the migration's own code seals what is there.
            assert (was, kind) == (_TEXT, _SEALED), column  # noqa: S101 - a developer's tool
            yield f"ALTER TABLE {after.quoted} ALTER COLUMN {column} TYPE {kind} USING convert_to({column}, 'UTF8')"


def _dropped_constraints(before: Shape, after: Shape) -> Iterator[str]:
    for name, said in before.constraints.items():
        if after.constraints.get(name) != said:
            yield f"ALTER TABLE {after.quoted} DROP CONSTRAINT {name}"


def _added_constraints(before: Shape, after: Shape, *, links: bool) -> Iterator[str]:
    for name, said in after.constraints.items():
        if before.constraints.get(name) != said and said.startswith("FOREIGN KEY") == links:
            yield f"ALTER TABLE {after.quoted} ADD CONSTRAINT {name} {said}"


def _dropped_indexes(before: Shape, after: Shape) -> Iterator[str]:
    for name, said in before.indexes.items():
        if after.indexes.get(name) != said:
            yield f"DROP INDEX {name}"


def _added_indexes(before: Shape, after: Shape) -> Iterator[str]:
    for name, said in after.indexes.items():
        if before.indexes.get(name) != said:
            yield said


def _empty(shape: Shape) -> Shape:
    """Give a new table as it stands before its links and indexes: with everything else."""
    inside = {name: said for name, said in shape.constraints.items() if not said.startswith("FOREIGN KEY")}
    return Shape(shape.name, shape.text, shape.columns, inside)


def _without_links(shape: Shape) -> str:
    """Give the CREATE of a table without its links, which may lead to tables that are not there yet."""
    inside = [f"{name} {kind}" for name, kind in shape.columns.items()]
    inside += [
        f"CONSTRAINT {name} {said}" for name, said in shape.constraints.items() if not said.startswith("FOREIGN KEY")
    ]
    return f"CREATE TABLE {shape.quoted} (\n    " + ",\n    ".join(inside) + "\n)"


def _words(text: str) -> list[str]:
    return text.split()
