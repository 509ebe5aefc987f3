"""A SQLite database as one file that rests: copied while others write, examined, put in its place in one step."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from billing.errors import Conflict, Problem

_SIDE_FILES = ("-wal", "-shm", "-journal")
_BLOCK = 1024 * 1024


def take_snapshot(source: Path, target: Path) -> None:
    """Copy a database as last committed, whoever writes meanwhile; the copy is one file without side files."""
    _create_privately(target)
    with _told(source), closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
    settle_down(target)


def settle_down(path: Path) -> None:
    """Bring a database that nobody uses into its one file, and that onto the disk."""
    with _told(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    if mode != "delete":
        raise Conflict("database_in_use", path=str(path))
    _to_disk(path)


def count_rows(path: Path) -> dict[str, int]:
    """Let SQLite examine every page, index and link, and count the rows of each table.

    Problem `database_damaged` when anything is wrong.
    """
    with _told(path), closing(sqlite3.connect(path)) as connection:
        faults = connection.execute("PRAGMA integrity_check").fetchall()
        if faults != [("ok",)] or connection.execute("PRAGMA foreign_key_check").fetchall():
            raise Problem("database_damaged")
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        counts = (connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() for (name,) in names)  # noqa: S608
        return {name: number for (name,), (number,) in zip(names, counts, strict=True)}


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_free(path: Path) -> bool:
    """Tell whether a place holds no database, not even what one left beside itself."""
    return not any(file.exists() for file in (path, *_beside(path)))


def put_in_place(unused: Path, place: Path) -> None:
    """Let a settled database appear at a free place, whole or not at all; Conflict when something came there."""
    for file in _beside(place):
        if file.exists():  # SQLite would read an old log into the new database
            raise Conflict("restore_place_taken", path=str(file))
    try:
        os.link(unused, place)
    except FileExistsError:
        raise Conflict("restore_place_taken", path=str(place)) from None
    unused.unlink()
    _to_disk(place.parent)


def move_aside(path: Path, label: str) -> Path:
    """Take a database that nobody uses out of its place; gives where it is now. Conflict while somebody uses it."""
    if path.exists():
        try:
            settle_down(path)
        except (Problem, sqlite3.Error) as problem:
            # A damaged one can't be settled: it is moved with all that lies beside it.
            if isinstance(problem, Problem) and problem.code == "database_in_use":
                raise
    aside = path.with_name(f"{path.name}.{label}")
    for file in (*_beside(path), path):
        with suppress(FileNotFoundError):
            file.rename(aside.with_name(aside.name + file.name.removeprefix(path.name)))
    _to_disk(path.parent)
    return aside


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in _SIDE_FILES]


def _create_privately(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _to_disk(path: Path) -> None:
    """Have a file or the names in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell a database that is in use from one that is damaged."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise Conflict("database_in_use", path=str(path)) from error
        raise
    except sqlite3.DatabaseError as error:
        raise Problem("database_damaged") from error
