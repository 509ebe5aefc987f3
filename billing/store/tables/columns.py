"""The building blocks of every table: keys, links inside one tenant, checks, and what may happen to a written row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from billing.store.keyring import EncryptedText

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# References and months compare by code point on both databases, whatever the server's locale (architecture 2.9).
CODE_POINTS = sa.String().with_variant(sa.String(collation="C"), "postgresql")

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def key() -> Any:
    """Give the primary key: a number that the database counts up."""
    # Said aloud, since SQLAlchemy stops counting when the column is also part of a foreign key.
    return Field(default=None, primary_key=True, sa_type=KEY, sa_column_kwargs={"autoincrement": True})


class Row(SQLModel, defer_build=True):
    """The base of all tables, with one collection of metadata and predictable constraint names.

    Rows are never validated by pydantic, so it prepares for that when first asked: each start would pay for all tables.
    """

    metadata = sa.MetaData(naming_convention=_NAMES)


class TenantRow(Row):
    """A row of one processor; its number is never used again, not even after the row was deleted."""

    id: int | None = key()
    processor_id: int | None = Field(
        default=None, foreign_key="processor.id", sa_type=sa.BigInteger, nullable=False
    )  # None until the session fills in its tenant


class Recorded(TenantRow):
    """A fact: seen by a run from `recorded_at` on, recorded by a user or, on the command line, a named operator."""

    recorded_at: datetime
    recorded_by_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    recorded_by_name: str | None = None
    evidence_file_id: int | None = Field(default=None, sa_type=sa.BigInteger)


class Deletion(StrEnum):
    """When a row may go: at any time, when a retention record names it, or never."""

    FREE = "free"
    RETENTION = "retention"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RowRule:
    """What the database allows to happen to a written row; `billing.store.rules` makes triggers and grants of it.

    `may_change` columns take new values at any time, `set_once` columns go from NULL to a value once; all others never
    change.
    """

    may_change: frozenset[str]
    set_once: frozenset[str]
    deletion: Deletion


def table(
    *parts: SchemaItem,
    may_change: str = "",
    set_once: str = "",
    deletion: Deletion = Deletion.RETENTION,
    tenant: bool = True,
) -> tuple[Any, ...]:
    """Give the `__table_args__` of a table: its constraints, the target of links to it, and its row rule."""
    rule = RowRule(frozenset(may_change.split()), frozenset(set_once.split()), deletion)
    target = (sa.UniqueConstraint("id", "processor_id"),) if tenant else ()
    return (*target, *parts, {"info": {"rule": rule}, "sqlite_autoincrement": True})


def link(target: str, column: str, *shared: str, use_alter: bool = False) -> sa.ForeignKeyConstraint:
    """Link to a row of the same tenant that also agrees in the `shared` columns (same contract, same controller ...).

    NULL in any of the columns means "no link"; so `shared` columns must be NOT NULL wherever the link is one.
    """
    ours = ["processor_id", column, *shared]
    theirs = [f"{target}.{name}" for name in ("processor_id", "id", *shared)]
    return sa.ForeignKeyConstraint(ours, theirs, use_alter=use_alter)


def recorded() -> tuple[SchemaItem, ...]:
    """Give the constraints of a `Recorded` table: a recorder must be named."""
    named = sa.CheckConstraint("recorded_by_id IS NOT NULL OR recorded_by_name IS NOT NULL", name="recorder_named")
    return (link("user", "recorded_by_id"), link("stored_file", "evidence_file_id"), named)


# Keys begin with what tells rows apart and end with the tenant: were the tenant first, a planner that knows no
# statistics yet could take any of them for any query, and read all rows of the tenant. For the same reason an index by
# a column that links agree in goes on with `id`: checking such a link may take it, and must still find one row.


def agreeing(*shared: str) -> sa.UniqueConstraint:
    """Let links to this table agree in further columns; `link(table, column, *shared)` needs it."""
    return sa.UniqueConstraint("id", *shared, "processor_id")


def unique(*columns: str) -> sa.UniqueConstraint:
    """Make columns unique within a tenant."""
    return sa.UniqueConstraint(*columns, "processor_id")


def unique_where(name: str, condition: str, *columns: str) -> sa.Index:
    """Make columns unique within a tenant among the rows that meet the condition ("living" rows)."""
    where = sa.text(condition)
    return sa.Index(name, *columns, "processor_id", unique=True, postgresql_where=where, sqlite_where=where)


def numbered(*columns: str) -> sa.UniqueConstraint:
    """Make numbers unique within a tenant, and the last of them quick to find."""
    return sa.UniqueConstraint("processor_id", *columns)


def index(*columns: str) -> sa.Index:
    """Index columns, for a query that needs it."""
    return sa.Index(None, *columns, "processor_id")


def check(name: str, condition: str) -> sa.CheckConstraint:
    """State a condition that every row of the table meets, in SQL that both databases read."""
    return sa.CheckConstraint(condition, name=name)


def _check_each(name: str, *, sqlite: str, postgresql: str) -> tuple[sa.CheckConstraint, ...]:
    """State one condition in the words of each database."""
    spoken = {"sqlite": sqlite, "postgresql": postgresql}
    return tuple(sa.CheckConstraint(sql, name=name).ddl_if(dialect=dialect) for dialect, sql in spoken.items())


def whole_minutes(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    """State that instants were cut to whole minutes (settlement 1.1)."""
    return tuple(
        constraint
        for column in columns
        for constraint in _check_each(
            f"{column}_whole_minute",
            sqlite=f"{column} = strftime('%Y-%m-%d %H\\:%M\\:00.000000', {column})",
            postgresql=f"extract(second from {column}) = 0",
        )
    )


def month_form(column: str = "month") -> tuple[sa.CheckConstraint, ...]:
    """State that a text is a month, `2026-10`."""
    digits = "[0-9][0-9][0-9][0-9]"
    return _check_each(
        f"{column}_form",
        sqlite=f"{column} GLOB '{digits}-0[1-9]' OR {column} GLOB '{digits}-1[0-2]'",
        postgresql=f"{column} ~ '^[0-9]{{4}}-(0[1-9]|1[0-2])$'",
    )


def half_year_start(column: str) -> tuple[sa.CheckConstraint, ...]:
    """State that a date is 1 January or 1 July (§ 247 Abs. 1 BGB)."""
    return _check_each(
        f"{column}_half_year",
        sqlite=f"strftime('%m-%d', {column}) IN ('01-01', '07-01')",
        postgresql=f"extract(day from {column}) = 1 AND extract(month from {column}) IN (1, 7)",
    )


def same_year(first: str, last: str) -> tuple[sa.CheckConstraint, ...]:
    """State that two dates are of one calendar year."""
    return _check_each(
        f"{last}_same_year",
        sqlite=f"strftime('%Y', {first}) = strftime('%Y', {last})",
        postgresql=f"extract(year from {first}) = extract(year from {last})",
    )


def sha256_form(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    """State that a text has the length of a SHA-256 in hexadecimal digits."""
    return tuple(check(f"{column}_form", f"length({column}) = 64") for column in columns)


def choice(kind: type[StrEnum], name: str) -> sa.Enum:
    """Store a closed set by its values, with a CHECK on both databases (SQLModel would store member names)."""
    return sa.Enum(
        kind,
        name=name,
        values_callable=_values,
        native_enum=False,
        create_constraint=True,
        length=30,
        validate_strings=True,
    )


def _values(kind: type[StrEnum]) -> list[str]:
    """List the stored values of a closed set."""
    return [member.value for member in kind]


def ref() -> Any:
    """Give a human reference, compared by code point."""
    return Field(sa_type=CODE_POINTS, min_length=1, max_length=200)


def month() -> Any:
    """Give a month as text; pair it with `month_form` in the table."""
    return Field(sa_type=CODE_POINTS)


def to() -> Any:
    """Give the column of a mandatory link; pair it with `link` in the table."""
    return Field(sa_type=sa.BigInteger)


def maybe_to() -> Any:
    """Give the column of an optional link; pair it with `link` in the table."""
    return Field(default=None, sa_type=sa.BigInteger)


def sealed(place: str) -> Any:
    """Give an optional free text that is encrypted at rest; `place` is `table.column`."""
    return Field(default=None, sa_type=EncryptedText(place))


def always_sealed(place: str) -> Any:
    """Give a free text that every row has, encrypted at rest."""
    return Field(sa_type=EncryptedText(place))
