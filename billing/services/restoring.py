"""`mehraufwand restore`: a backup becomes an installation again - whole or not at all, and only where none is.

Everything happens in a folder beside the place: the file is opened and proved to its last byte, SQLite examines it, the
rows are counted, `verify` proves what was frozen. Then the database appears at its place in one step. It appears with
its number series waiting for a person (`restored_numbers`), so there is no moment in which a number could go out twice.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from billing.errors import Conflict, Problem
from billing.services.acting import Act
from billing.services.backups import KIND, faults_of, sqlite_file, working_folder
from billing.services.installation import Places, processors
from billing.services.restored_numbers import note_restore
from billing.services.verification import Fault, Progress
from billing.store.backup_file import read_backup
from billing.store.backup_key import load_backup_key
from billing.store.key_file import is_out_of_file, load_ring, save_ring
from billing.store.keyring import KeyRing, parse_ring
from billing.store.migrations import upgrade
from billing.store.session import open_store
from billing.store.snapshot import count_rows, is_free, move_aside, put_in_place, settle_down


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, or only tried: when its backup was taken, rows, faults, and where an older database went."""

    taken_at: datetime
    rows: int
    faults: list[Fault]
    waiting: int
    """Number series that wait for a person before anything is issued."""
    aside: Path | None


def restore_backup(
    places: Places,
    file: Path,
    act: Act,
    *,
    replace: bool = False,
    only_try: bool = False,
    progress: Progress = lambda _: None,
) -> Restored:
    """Restore a backup, with `replace` over a database that nobody uses; with `only_try` nothing stays.

    Problems: `backup_not_ours`, `backup_other_key`, `backup_broken`, `keys_of_another_installation`, `schema_newer`;
    Conflict `restore_place_taken`, `database_in_use`.
    """
    place = sqlite_file(places)
    if not (only_try or replace or is_free(place)):
        raise Conflict("restore_place_taken", path=str(place))
    key = load_backup_key(places.backup_key)
    with working_folder(place.parent) as work:
        copy = work / "restored.db"
        progress("opening")
        about, content = read_backup(file, key, copy)
        if about.get("kind") != KIND:
            raise Problem("backup_not_ours")
        if count_rows(copy) != content.rows:
            raise Problem("backup_broken")
        ring, is_new = _ring_for(places, parse_ring(content.ring))
        upgrade(f"sqlite:///{copy}", ring=lambda: ring)
        taken_at = datetime.fromisoformat(about["taken_at"])
        faults, waiting = _proved(copy, ring, act, taken_at, progress)
        if only_try:
            return Restored(taken_at, sum(content.rows.values()), faults, waiting, None)
        if is_new:
            # Keys first: a database without its keys is of no use to anybody.
            places.keys.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            save_ring(ring, places.keys)
        aside = _place(place, copy, act)
    return Restored(taken_at, sum(content.rows.values()), faults, waiting, aside)


def _proved(copy: Path, ring: KeyRing, act: Act, taken_at: datetime, progress: Progress) -> tuple[list[Fault], int]:
    """Prove what the backup holds, and have its number series wait."""
    store = open_store(f"sqlite:///{copy}", ring)
    try:
        faults, waiting = faults_of(store, progress), 0
        for processor_id, _ in processors(store):
            with store.tenant(processor_id) as session:
                waiting += len(note_restore(session, act, taken_at))
    finally:
        store.close()
    settle_down(copy)
    return faults, waiting


def _ring_for(places: Places, backed_up: KeyRing) -> tuple[KeyRing, bool]:
    """Give the ring that opens the backup, and whether it is to be written: the one here with the backup's keys added.

    Problems: `keys_of_another_installation` when another one's lies here, `key_missing` when the ring comes out of the
    environment, where nobody can add to it, and lacks a key.
    """
    try:
        here = load_ring(places.keys)
    except Problem as problem:
        if problem.code != "keys_missing":
            raise
        return backed_up, True
    if here.digest_key != backed_up.digest_key:
        raise Problem("keys_of_another_installation", path=str(places.keys))
    lacking = sorted(key_id for key_id in backed_up.keys if key_id not in here.keys)
    if lacking and not is_out_of_file(here):
        raise Problem("key_missing", key_id=lacking[0])
    return KeyRing(here.current, {**backed_up.keys, **here.keys}, here.digest_key), bool(lacking)


def _place(place: Path, copy: Path, act: Act) -> Path | None:
    """Move a database out of the way if one is there, and put the new one down; gives where the old one is now."""
    aside = None if is_free(place) else move_aside(place, f"{act.at:%Y%m%dT%H%M%SZ}.replaced")
    put_in_place(copy, place)
    return aside
