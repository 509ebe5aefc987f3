"""Where the backup key is kept: a file that only its owner reads, or the variable MEHRAUFWAND_BACKUP_KEY."""

import os
from collections.abc import Mapping
from pathlib import Path

from billing.errors import Conflict, Problem
from billing.store.sealed_stream import BackupKey, new_backup_key, parse_backup_key
from billing.store.secret import refuse_readable_by_others, secret

BACKUP_KEY_VARIABLE = "MEHRAUFWAND_BACKUP_KEY"
BACKUP_KEY_FILE = "backup.key"
"""Its name beside the key ring."""


def create_backup_key(path: Path) -> BackupKey:
    """Make a key and its file, readable by its owner only; Conflict `backup_key_exists` when there is one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = new_backup_key()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict("backup_key_exists", path=str(path)) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.to_text() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def load_backup_key(path: Path, environment: Mapping[str, str] = os.environ) -> BackupKey:
    """Read the key from MEHRAUFWAND_BACKUP_KEY or MEHRAUFWAND_BACKUP_KEY_FILE if set, else from the file.

    Problems `backup_key_missing`, `backup_key_unreadable`, `keys_readable_by_others`.
    """
    if text := secret(BACKUP_KEY_VARIABLE, environment):
        return parse_backup_key(text)
    if not path.exists():
        raise Problem("backup_key_missing", path=str(path))
    refuse_readable_by_others(path)
    return parse_backup_key(path.read_text(encoding="utf-8", errors="replace"))
