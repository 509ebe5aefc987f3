"""A statement in the words of each database's driver, made once: what is asked thousands of times goes straight there.

SQLAlchemy's Core makes a context, a compiled form, a cursor result and rows for each asking, which takes several times
as long as the database takes to answer. Here its compiler is asked once; then the values go through the columns' own
types (moments, sealed text, closed sets) to the driver, and the rows back through them. The connection and its
transaction are those of the session.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPICursor

from billing.store.lines import Line
from billing.store.rules.speech import SQLITE

_Process = Callable[[Any], Any]
_NAMED = re.compile(r"%\((\w+)\)s|%%")
Later = Callable[[], Sequence[Any]]
"""Reads the rows of what was asked; call it once, when they are needed."""


class Prepared:
    """A statement of tables; it takes its values by the names of its parameters."""

    def __init__(self, statement: sa.Executable) -> None:
        """Take the statement; nothing is compiled before it is first asked."""
        self.statement = statement
        self._worded: dict[str, _Worded] = {}

    def ask(self, connection: sa.Connection | Line, values: Mapping[str, Any]) -> Sequence[Any]:
        """Give all rows, as named tuples; none for a statement that gives none. Errors are the driver's own."""
        return self.say(connection, values)()

    def say(self, connection: sa.Connection | Line, values: Mapping[str, Any]) -> Later:
        """Ask, and read the rows later: where the server is told things ahead (`engine.ahead`), nobody waits till then.

        An error of the statement may come with any later one or its rows, at the latest with the commit.
        """
        return self._in_words_of(connection).say(connection, values)

    def ask_each(self, connection: sa.Connection | Line, rows: Iterable[Mapping[str, Any]]) -> None:
        """Ask SQLite the same once for each of these values; for statements that give no rows."""
        self._in_words_of(connection).ask_each(connection, rows)

    def _in_words_of(self, connection: sa.Connection | Line) -> "_Worded":
        dialect = connection.dialect
        worded = self._worded.get(dialect.name)
        if worded is None:
            worded = self._worded[dialect.name] = _Worded(self.statement, dialect)
        return worded


class _Worded:
    """A statement as one driver takes it."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        processes: dict[str, _Process | None] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for bind, name in compiled.bind_names.items()
        }
        self._text = str(compiled)
        self._usual = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        self._by_place = [(name, processes[name]) for name in compiled.positiontup or ()]
        self._by_name = [] if compiled.positional else list(processes.items())
        self._numbered_text, names = _numbered(self._text)
        self._numbered = [(name, processes[name]) for name in names]
        columns = list(getattr(statement, "exported_columns", ()))
        self._gives_rows = bool(columns)
        self._make = _row_of([column.key for column in columns])
        found = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._opened = [(place, process) for place, process in enumerate(found) if process is not None]
        # SQLite takes the steps of a statement while its rows are read, and would meet what was written meanwhile.
        self._reads_at_once = dialect.name == SQLITE

    def say(self, connection: sa.Connection | Line, values: Mapping[str, Any]) -> Later:
        if not isinstance(connection, sa.Connection) and connection.pipeline is not None:
            given = {**self._usual, **values}
            said = [given[name] if process is None else process(given[name]) for name, process in self._numbered]
            return connection.pipeline.say(self._numbered_text, said, self._read if self._opened else self._make)
        cursor = _cursor(connection)
        cursor.execute(self._text, self._given({**self._usual, **values}))
        if not self._reads_at_once:
            return partial(self._rows, cursor)
        rows = self._rows(cursor)
        return lambda: rows

    def ask_each(self, connection: sa.Connection | Line, rows: Iterable[Mapping[str, Any]]) -> None:
        _cursor(connection).executemany(self._text, [self._given({**self._usual, **values}) for values in rows])

    def _rows(self, cursor: DBAPICursor) -> Sequence[Any]:
        rows = cursor.fetchall() if self._gives_rows else ()
        return [self._read(row) for row in rows] if self._opened else list(map(self._make, rows))

    def _given(self, values: Mapping[str, Any]) -> Any:
        if self._by_place:
            return [values[name] if process is None else process(values[name]) for name, process in self._by_place]
        return {name: values[name] if process is None else process(values[name]) for name, process in self._by_name}

    def _read(self, row: Sequence[Any]) -> Any:
        cells = list(row)
        for place, process in self._opened:
            cells[place] = process(cells[place])
        return self._make(cells)


def _cursor(connection: sa.Connection | Line) -> DBAPICursor:
    return connection.connection.cursor() if isinstance(connection, sa.Connection) else connection.cursor()


def _numbered(text: str) -> tuple[bytes, list[str]]:
    """Give a statement with `$1` for the first of its named values, and their names in that order."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _NAMED.sub(number, text).encode(), names


def _row_of(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    """Give what makes a row of its cells, each an attribute."""
    row: Any = namedtuple("row", names)  # type: ignore[misc]  # noqa: PYI024 - its columns are known at run time only
    return partial(tuple.__new__, row)  # as `_make` does, which counts the cells of each row besides
