"""Backups of a home made by the real commands, and another machine to restore them on."""

import shutil
import sqlite3
from pathlib import Path

from tests.api.shell import Shell


def database_of(shell: Shell) -> Path:
    return shell.home / "data" / "mehraufwand.db"


def rows_of(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        asked = {name: f'SELECT count(*) FROM "{name}"' for name in names}  # noqa: S608 - names of our own tables
        return {name: connection.execute(query).fetchone()[0] for name, query in asked.items()}


def back_up(shell: Shell, *options: str) -> Path:
    if not (shell.home / "config" / "backup.key").exists():
        shell.ok("keys", "backup-key")
    return Path(shell.ok("backup", "--to", str(shell.home / "backups"), "--json", *options).json["file"])


def empty_home(shell: Shell) -> Shell:
    """Another machine: nothing but the backup key, out of the safe."""
    home = shell.home / "another-machine"
    (home / "config").mkdir(parents=True)
    shutil.copy(shell.home / "config" / "backup.key", home / "config")
    return Shell(home, shell.monkeypatch)
