"""The tables of a package as CSV files, row by row: nothing of a table is in memory but the row that is written."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from billing.money import format_cents
from billing.store.engine import is_sqlite
from billing.store.rules import POSTGRESQL, SQLITE
from billing.store.rules.links import all_uses
from billing.store.rules.speech import spoken
from billing.store.session import TenantSession
from invoices.gobd.index_xml import DELIMITER, QUOTE, RECORD, Column, Described, Form
from invoices.gobd.selection import NAMES, Sheet, given_tables, of_year
from invoices.gobd.words import column_words, table_words

_ROWS_AT_ONCE = 500
_PSEUDONYM_DIGITS = 8
Row = Sequence[Any]


def described(sheet: Sheet) -> Described:
    """Say what the file of a table looks like; people and accounts get a pseudonym as their last column."""
    targets = {use.column: use.target for use in all_uses() if use.table == sheet.name}
    given = set(given_tables())
    columns = [
        # `controller_id` beside a link is agreed in by it, and names a controller all the same.
        _column(sheet, column, targets.get(column.name, column.name.removesuffix("_id")), given)
        for column in sheet.columns
    ]
    if sheet.name in ("person", "user"):
        columns.append(Column("pseudonym", column_words(sheet.name, "pseudonym"), Form.TEXT))
    if sheet.name == "stored_file":
        columns.append(Column("path", column_words(sheet.name, "path"), Form.TEXT))
    return Described(sheet.name, table_words(sheet.name), columns)


def _column(sheet: Sheet, column: sa.Column[Any], target: str | None, given: set[str]) -> Column:
    target = target if target in given else None
    words = column_words(sheet.name, column.name, target)
    return Column(_name(column), words, _form(column), target)


def _name(column: sa.Column[Any]) -> str:
    return f"{column.name.removesuffix('_cents')}_eur" if column.name.endswith("_cents") else str(column.name)


def _form(column: sa.Column[Any]) -> Form:
    kind = getattr(column.type, "impl_instance", column.type)
    if column.name.endswith("_cents"):
        return Form.MONEY
    if isinstance(kind, sa.Integer | sa.Boolean):
        return Form.WHOLE
    return Form.DAY if isinstance(kind, sa.Date) else Form.TEXT


def rows_of_year(session: TenantSession, sheet: Sheet, year: int) -> Iterator[Row]:
    """Give the rows of a table that belong to a year, by id; sealed columns that are given are opened."""
    dialect = SQLITE if is_sqlite(session.connection()) else POSTGRESQL
    condition = spoken(of_year(sheet.name, year, session.processor_id), dialect).replace(":", r"\:")
    x = sheet.table.alias("x")
    mine = x.c.id if sheet.name == "processor" else x.c.processor_id
    columns: list[Any] = [x.c[column.name] for column in sheet.columns]
    query: sa.Select[Any] = sa.select(*columns).where(mine == session.processor_id, sa.text(condition))
    yield from _streamed(session, query.order_by(x.c.id))


def rows_of_ids(session: TenantSession, sheet: Sheet, ids: Sequence[int]) -> Iterator[Row]:
    """Give rows of a table by their ids, in their order."""
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        part = ids[start : start + _ROWS_AT_ONCE]
        columns: list[Any] = list(sheet.columns)
        query: sa.Select[Any] = sa.select(*columns).where(
            sheet.table.c.processor_id == session.processor_id, sheet.table.c.id.in_(part)
        )
        yield from _streamed(session, query.order_by(sheet.table.c.id))


def _streamed(session: TenantSession, query: sa.Select[Any]) -> Iterator[Row]:
    connection = session.connection()
    with connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as found:
        yield from found


def write_csv(path: Path, table: Described, rows: Iterable[Iterable[Any]]) -> int:
    """Write a file of rows that are texts already; gives how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=DELIMITER, quotechar=QUOTE, lineterminator=RECORD)
        writer.writerow([column.name for column in table.columns])
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def texts(sheet: Sheet, row: Row, pseudonym: Callable[[str], str]) -> list[str]:
    """Write the values of a row as the file holds them; names become pseudonyms, but in the audit log."""
    keep_names = sheet.name == "audit_log"
    found = []
    for column, value in zip(sheet.columns, row, strict=True):
        if column.name in NAMES and value is not None and not keep_names:
            found.append(pseudonym(f"name:{value}"))
        else:
            found.append(format_cents(value).replace(".", ",") if _is_money(column, value) else text_of(value))
    return found


def _is_money(column: sa.Column[Any], value: Any) -> bool:
    return value is not None and str(column.name).endswith("_cents")


def text_of(value: Any) -> str:
    """Write a value: moments in UTC, fractions exactly, no line break inside a text."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case Fraction():
            return _exact(value)
        case _:
            return " ".join(str(value).split("\n")).replace("\r", " ")


def _exact(value: Fraction) -> str:
    """Write a fraction with a decimal comma where it ends, else as a fraction."""
    for places in range(7):
        if (value * 10**places).denominator == 1:
            digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
            whole, rest = (digits[:-places], digits[-places:]) if places else (digits, "")
            return ("-" if value < 0 else "") + (f"{whole},{rest}" if rest else whole)
    return str(value)


def pseudonyms(session: TenantSession) -> Callable[[str], str]:
    """Give what turns a name or a number into a pseudonym: a keyed digest, so the same is the same everywhere."""
    return lambda value: f"X{session.ring.digest(f'gobd:{value}')[:_PSEUDONYM_DIGITS]}"
