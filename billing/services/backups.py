"""`mehraufwand backup`: the whole SQLite installation as one sealed file - consistent, examined, and opened again.

A backup is made of a snapshot, so nobody has to stop working. Beside it stands a manifest for machines (`.json`): when,
which schema, rows of each table, size and SHA-256, and whether everything frozen in it is still what it was.
"""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from billing.errors import NotFound, Problem
from billing.services.access.trail import note_access
from billing.services.acting import Act
from billing.services.installation import Places, alone_in, open_installation, processors, schema_status
from billing.services.verification import Fault, Progress, verify
from billing.store.backup_file import Content, write_backup, write_whole
from billing.store.backup_key import create_backup_key, load_backup_key
from billing.store.key_file import load_ring
from billing.store.keyring import KeyRing
from billing.store.migrations import upgrade
from billing.store.sealed_stream import BackupKey
from billing.store.session import Store, open_store
from billing.store.snapshot import count_rows, settle_down, sha256_of, take_snapshot

KIND = "database"
_NAME = re.compile(r"mehraufwand-(\d{8}T\d{6}Z)(?:-(\d+))?\.backup\.json")
_WORK = ".unfinished-"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: its file, what its manifest says, the faults `verify` found, and old ones taken away."""

    file: Path
    manifest: dict[str, Any]
    faults: list[Fault]
    removed: list[Path]


def make_backup_key(places: Places) -> BackupKey:
    """Make the key that seals all backups; Conflict `backup_key_exists` when there is one."""
    return create_backup_key(places.backup_key)


def make_backup(
    places: Places, folder: Path, keep: int | None, act: Act, progress: Progress = lambda _: None
) -> Backup:
    """Make a backup into a folder; of old ones only the newest `keep` whole ones stay (None: all).

    A database whose frozen content is no longer what it was is backed up all the same, and said so in the manifest:
    such a backup pushes no whole one out. It gives out everything, so each processor's access log says who made it and
    which file it is; but an older schema is backed up as it is, and not written to. Problems: `backup_of_sqlite_only`,
    `nothing_set_up`, `backup_key_missing`, `database_damaged`, `schema_newer`.
    """
    database = sqlite_file(places)
    if not database.exists():
        raise NotFound("nothing_set_up")
    key, ring = load_backup_key(places.backup_key), load_ring(places.keys)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = time.monotonic()
    with working_folder(database.parent) as work:
        copy = work / "snapshot.db"
        progress("snapshot")
        take_snapshot(database, copy)
        rows, revision = count_rows(copy), schema_status(replace(places, database_url=_url_of(copy))).revision
        settle_down(copy)
        faults = _examined(copy, ring, progress)
        about = {"kind": KIND, "taken_at": act.at.astimezone(UTC).isoformat(timespec="seconds"), "revision": revision}
        progress("sealing")
        file = _free_name(folder, act.at)
        write_backup(file, copy, Content(sha256_of(copy), rows, ring.to_json()), about, key)
    sha256 = sha256_of(file)
    measured = {"bytes": file.stat().st_size, "sha256": sha256, "seconds": round(time.monotonic() - begun, 3)}
    manifest = {"file": file.name, **about, "key": key.id, **measured, "is_whole": not faults, "rows": rows}
    text = json.dumps(manifest, indent=1).encode()
    write_whole(_manifest_of(file), lambda target: target.write(text))
    _note(places, act, sha256)
    return Backup(file, manifest, faults, _remove_old(folder, keep))


def _note(places: Places, act: Act, sha256: str) -> None:
    """Leave a row in the access log of every processor."""
    if not schema_status(places).is_current:
        return
    store = open_installation(places)
    try:
        for processor_id, _ in processors(store):
            with store.tenant(processor_id) as session:
                note_access(session, act, "backed_up", "database", sha256=sha256)
    finally:
        store.close()


def sqlite_file(places: Places) -> Path:
    """Give the database's file; Problem `backup_of_sqlite_only` where a server keeps the database."""
    if places.file is None:
        raise Problem("backup_of_sqlite_only")
    return places.file


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """Give a folder on the database's own disk, for one process at a time; what a killed one left there goes first."""
    with alone_in(beside):
        for left in beside.glob(f"{_WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=_WORK, dir=beside))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def faults_of(store: Store, progress: Progress = lambda _: None) -> list[Fault]:
    """Prove logs, numbers and hashes of every processor."""
    faults: list[Fault] = []
    for processor_id, _ in processors(store):
        with store.tenant(processor_id, read_only=True) as session:
            faults += verify(session, progress).faults
    return faults


def known_backups(folder: Path) -> list[dict[str, Any]]:
    """Give the manifests of the backups in a folder that are still there, the newest first."""
    # Of two made in the same second the later one has a number.
    named = [(match[1], int(match[2] or 1), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    manifests = (json.loads(path.read_text(encoding="utf-8")) for _, _, path in sorted(named, reverse=True))
    return [manifest for manifest in manifests if (folder / manifest["file"]).exists()]


def _examined(copy: Path, ring: KeyRing, progress: Progress) -> list[Fault]:
    """Prove a snapshot as `verify` proves the database; in a copy, which is brought to this version's schema first."""
    examined = copy.with_name("examined.db")
    shutil.copy(copy, examined)
    upgrade(_url_of(examined), ring=lambda: ring)
    store = open_store(_url_of(examined), ring)
    try:
        return faults_of(store, progress)
    finally:
        store.close()


def _url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def _free_name(folder: Path, now: datetime) -> Path:
    stem = f"mehraufwand-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number, file = 1, folder / f"{stem}.backup"
    while file.exists():
        number += 1
        file = folder / f"{stem}-{number}.backup"
    return file


def _manifest_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _remove_old(folder: Path, keep: int | None) -> list[Path]:
    """Take away what is older than the last backups to be kept; only whole ones count."""
    if keep is None:
        return []
    manifests = known_backups(folder)
    whole = [manifest["file"] for manifest in manifests if manifest["is_whole"]]
    if len(whole) <= keep:
        return []
    names = [manifest["file"] for manifest in manifests]
    gone = [folder / name for name in names[names.index(whole[keep - 1]) + 1 :]]
    for file in gone:
        file.unlink()
        _manifest_of(file).unlink()
    return gone
