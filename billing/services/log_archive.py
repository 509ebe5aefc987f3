"""The log of a PostgreSQL server in an archive: received pieces are compressed and sealed, and opened for recovery.

`pg_receivewal` writes the log into a folder, piece by piece; the one it is writing ends in `.partial`. A round seals
every finished piece for good, and the newest state of the one being received beside them, so that at most what came
since the last round is lost with the machine. One process does all rounds: a new one for each would take longer.
"""

import gzip
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from billing.errors import Conflict, InvalidInput
from billing.services.archives import is_same
from billing.store.backup_file import write_whole
from billing.store.backup_key import load_backup_key
from billing.store.sealed_stream import BackupKey, OpenedStream, seal_stream

_PARTIAL = ".partial"
_SEALED = ".gz"
_KIND = "log"
_TIMELINE_DIGITS = 8


class LogKeeper:
    """Seals what is received, round by round."""

    def __init__(self, key_file: Path, incoming: Path, archive: Path) -> None:
        """Take the key, where pieces are received, and the folder of the archive they go to."""
        self._key = load_backup_key(key_file)
        self._incoming, self._archive = incoming, archive
        self._seen: tuple[str, int] | None = None
        archive.mkdir(parents=True, exist_ok=True, mode=0o700)

    def one_round(self) -> None:
        """Seal what is there now; Conflict `archive_holds_another` when the archive has another piece of the name."""
        pieces = sorted(path for path in self._incoming.iterdir() if path.is_file())
        for piece in (piece for piece in pieces if piece.suffix != _PARTIAL):
            self._seal_for_good(piece)
        for piece in (piece for piece in pieces if piece.suffix == _PARTIAL):
            self._seal_for_now(piece)

    def _seal_for_good(self, piece: Path) -> None:
        target = self._archive / f"{piece.name}{_SEALED}"
        packed = gzip.compress(piece.read_bytes(), compresslevel=1, mtime=0)
        if not target.exists():
            _seal(packed, target, self._key)
        elif not is_same(io.BytesIO(packed), target, self._key):
            raise Conflict("archive_holds_another", path=str(target))
        piece.unlink()
        (self._archive / f"{piece.name}{_PARTIAL}{_SEALED}").unlink(missing_ok=True)

    def _seal_for_now(self, piece: Path) -> None:
        """Replace the last state of the piece that is being received, in one step, if anything came since."""
        try:
            state, content = (piece.name, piece.stat().st_mtime_ns), piece.read_bytes()
        except FileNotFoundError:
            return  # it was finished this moment, and is of the next round
        if state != self._seen:
            _seal(gzip.compress(content, compresslevel=1), self._archive / f"{piece.name}{_SEALED}", self._key)
            self._seen = state


def unpack_log(key_file: Path, archive: Path, target: Path, first: str) -> int:
    """Open the pieces from `first` on into a folder, under the names that the server asks for; gives how many.

    A piece that was finished goes before what was received of it earlier. Timelines are not compared.
    """
    key = load_backup_key(key_file)
    if not archive.is_dir():
        raise InvalidInput("named_file_not_readable", path="archive", value=archive, reason="-")
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    count = 0
    for name, sealed in _needed(archive, first):
        with sealed.open("rb") as source:
            plain = gzip.decompress(io.BufferedReader(OpenedStream(source, key)).read())
        write_whole(target / name, partial(_write, plain))
        count += 1
    return count


def _needed(archive: Path, first: str) -> Iterator[tuple[str, Path]]:
    for sealed in sorted(archive.glob(f"*{_SEALED}")):
        name = sealed.name.removesuffix(_SEALED)
        plain = name.removesuffix(_PARTIAL)
        if plain != name and (archive / f"{plain}{_SEALED}").exists():
            continue
        if plain.endswith(".history") or plain[_TIMELINE_DIGITS:] >= first[_TIMELINE_DIGITS:]:
            yield plain, sealed


def _write(content: bytes, file: BinaryIO) -> None:
    file.write(content)


def _seal(packed: bytes, target: Path, key: BackupKey) -> None:
    write_whole(target, lambda sealed: seal_stream(io.BytesIO(packed), sealed, key, {"kind": _KIND}))
