"""A backup as one sealed file: what is in the database, the key ring that opens it, and the database itself.

    sealed stream of:  length (4 bytes) | JSON {sha256, rows, ring} | the SQLite file

A file stands under its name only once all of it is on the disk and was read back.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from billing.errors import Problem
from billing.store.sealed_stream import BackupKey, OpenedStream, Readable, seal_stream
from billing.store.snapshot import sha256_of

_LENGTH_BYTES = 4
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What a backup holds beside the database: its SHA-256, the rows of each table, and the key ring as JSON."""

    sha256: str
    rows: Mapping[str, int]
    ring: str


def write_backup(file: Path, database: Path, content: Content, about: Mapping[str, Any], key: BackupKey) -> None:
    """Seal a settled database into a file; `about` stays readable without the key."""
    preface = json.dumps({"sha256": content.sha256, "rows": content.rows, "ring": content.ring}).encode()
    head = len(preface).to_bytes(_LENGTH_BYTES) + preface

    def write(target: BinaryIO) -> None:
        with database.open("rb") as source:
            seal_stream(_Joined(head, source), target, key, about)

    write_whole(file, write, check=lambda written: read_backup(written, key, Path(os.devnull)))


def read_backup(file: Path, key: BackupKey, target: Path) -> tuple[dict[str, Any], Content]:
    """Write the database of a backup to a file that only its owner reads; gives what the backup says of itself.

    Problems: `backup_not_ours`, `backup_other_key`, `backup_broken`. Until it returns, nothing in `target` is proved.
    """
    with file.open("rb") as sealed:
        stream = OpenedStream(sealed, key)
        source = io.BufferedReader(stream, _BLOCK)
        preface = source.read(int.from_bytes(source.read(_LENGTH_BYTES)))
        digest = hashlib.sha256()
        with _private(target) as out:
            while part := source.read(_BLOCK):
                digest.update(part)
                out.write(part)
    try:
        content = Content(**json.loads(preface))
    except (ValueError, TypeError):
        raise Problem("backup_not_ours") from None
    if digest.hexdigest() != content.sha256:
        raise Problem("backup_broken")
    return stream.about, content


def write_whole(file: Path, write: Callable[[BinaryIO], Any], check: Callable[[Path], Any] = sha256_of) -> None:
    """Let a file appear under its name only when it is written, on the disk, and `check` has read it."""
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with _private(unfinished) as target:
            write(target)
            target.flush()
            os.fsync(target.fileno())
        check(unfinished)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _private(path: Path) -> BinaryIO:
    """Open a file to be written that only its owner reads."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


class _Joined:
    """Some bytes, then a file."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._parts: list[Readable] = [io.BytesIO(head), rest]

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, b"" at the end."""
        while self._parts:
            if part := self._parts[0].read(size):
                return part
            self._parts.pop(0)
        return b""
