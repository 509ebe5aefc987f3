"""A SQLite database that is lent to one test after the other, its content overwritten in between.

SQLite's own backup overwrites it while connections to it stay open, which takes a tenth of what it takes to open them
anew. It is for databases in which nothing but rows was changed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.kept_connections import Shelf

_VERSION = "PRAGMA schema_version"
_FIRST = 1


class LentFile:
    """The database; `must_go` says that more than its rows may have been changed."""

    def __init__(self, path: Path, template: sqlite3.Connection) -> None:
        """Make it of a template, whose schema it will keep."""
        self.path, self.must_go = path, False
        self._shelf = Shelf(str(path))
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self.put(template)

    def content(self) -> sqlite3.Connection:
        """Give all that is in it, as a database in memory."""
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.backup(copy)
        return copy

    def put(self, content: sqlite3.Connection) -> None:
        """Overwrite it with a database of the same schema, while nobody is in a transaction."""
        content.backup(self._connection)
        # The backup counts on, so that all would read the schema anew; it is the one they know.
        self._connection.execute(f"{_VERSION} = {_FIRST}")

    @property
    def may_stay(self) -> bool:
        """Whether nobody is connected any more, and nothing but rows was changed."""
        return not self.must_go and not self._shelf.in_use and self._is_of_the_same_schema()

    def close(self) -> None:
        """End all connections and remove the file."""
        self._shelf.clear()
        self._connection.close()
        for left in self.path.parent.glob(f"{self.path.name}*"):
            left.unlink()

    def _is_of_the_same_schema(self) -> bool:
        try:
            return bool(self._connection.execute(_VERSION).fetchone() == (_FIRST,))
        except sqlite3.Error:
            return False


class LentFiles:
    """The SQLite databases that this process lends."""

    def __init__(self, folder: Path) -> None:
        """Make them in a folder."""
        self._folder, self._made = folder, 0
        self._idle: list[LentFile] = []
        self._templates: dict[Path, sqlite3.Connection] = {}

    @contextmanager
    def lent(self, template: Path) -> Iterator[LentFile]:
        """Lend a database with what is in a template, which is a migrated file."""
        content = self._content(template)
        if self._idle:
            file = self._idle.pop()
            file.put(content)
        else:
            self._made += 1
            file = LentFile(self._folder / f"{self._made}.db", content)
        try:
            yield file
        except BaseException:
            file.must_go = True
            raise
        finally:
            if file.may_stay:
                self._idle.append(file)
            else:
                file.close()

    def close(self) -> None:
        """Close and remove all."""
        for file in self._idle:
            file.close()
        for template in self._templates.values():
            template.close()

    def _content(self, template: Path) -> sqlite3.Connection:
        if template not in self._templates:
            self._templates[template] = sqlite3.connect(":memory:", check_same_thread=False)
            file = sqlite3.connect(template)
            file.backup(self._templates[template])
            file.close()
        return self._templates[template]
