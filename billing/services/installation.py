"""The installation: where its database and keys are, how it is founded, opened, upgraded, and whose books it keeps."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from billing.errors import Conflict, InvalidInput, NotFound, Problem
from billing.services.acting import Act
from billing.services.fields import read_line
from billing.services.moments import local_day
from billing.services.openings import set_opening
from billing.services.processors import add_processor_data, read_processor
from billing.store.backup_key import BACKUP_KEY_FILE
from billing.store.engine import connect_to, connect_to_read, parse_url, sqlite_path
from billing.store.key_file import create_ring, load_ring
from billing.store.keyring import KeyRing
from billing.store.migrations import Upgraded, head, revision_of, upgrade
from billing.store.number_journal import NumberJournal
from billing.store.problems import translated
from billing.store.rules import DEFAULT_APP_ROLE
from billing.store.session import Store, look_up, open_store


@dataclass(frozen=True, slots=True)
class Places:
    """Where an installation lives: the database as the application uses it and as its owner does, and the key ring.

    On SQLite both URLs name the same file. `numbers` is the journal of numbers, if one is kept.
    """

    database_url: str
    owner_url: str
    keys: Path
    numbers: Path | None = None

    @property
    def backup_key(self) -> Path:
        """The file of the backup key, beside the key ring."""
        return self.keys.with_name(BACKUP_KEY_FILE)

    @property
    def file(self) -> Path | None:
        """The database's file, if it is SQLite."""
        known = parse_url(self.database_url)
        return sqlite_path(known) if known.get_backend_name() == "sqlite" else None


def init_installation(
    places: Places, act: Act, raw: dict[str, Any], ref: str = "main", next_number: int | None = None
) -> int:
    """Found an installation with its first processor: keys, schema, letter data, next number. Gives the processor's id.

    InvalidInput before anything was made; Conflict `already_initialised` when there is a processor. A failure on the
    way takes back the files it made.
    """
    read_line(ref, "ref")
    read_processor(raw)
    with alone_in(places.keys.parent), _taking_back(places):
        ring = _ring_for(places)
        upgrade_installation(places)
        store = open_store(places.database_url, ring)
        try:
            known = processors(store)
            if known:
                raise Conflict("already_initialised", value=known[0][1])
            return found_processor(store, act, raw, ref, next_number)
        finally:
            store.close()


def found_processor(store: Store, act: Act, raw: dict[str, Any], ref: str, next_number: int | None = None) -> int:
    """Found a processor in an opened installation; Conflict `processor_exists` when the reference is taken."""
    data = read_processor(raw)
    name = read_line(ref, "ref")
    if any(name == known for _, known in processors(store)):
        raise Conflict("processor_exists", path="ref", value=name)
    with store.new_tenant(name, act.at) as session:
        add_processor_data(session, act, data)
        if next_number is not None:
            today = local_day(act.at, ZoneInfo(data.time_zone))
            opening = {"kind": "next_number", "year": today.year, "number": next_number}
            set_opening(session, act, opening, today)
        return session.processor_id


def open_installation(places: Places) -> Store:
    """Open what `init` founded. Problems: `nothing_set_up`, `keys_missing`, `schema_outdated`, `schema_newer` ..."""
    if places.file is not None and not places.file.exists():
        raise NotFound("nothing_set_up")
    try:
        journal = None if places.numbers is None else NumberJournal(places.numbers)
        return open_store(places.database_url, load_ring(places.keys), journal)
    except Problem as problem:
        founded = problem.code != "schema_missing" and (
            problem.code != "keys_missing" or schema_status(places).revision is not None
        )
        if founded:
            raise
    raise NotFound("nothing_set_up")


@contextmanager
def installation(places: Places) -> Iterator[Store]:
    """Open what `init` founded, and close it at the end."""
    store = open_installation(places)
    try:
        yield store
    finally:
        store.close()


def require_fresh(places: Places) -> None:
    """Refuse at once, before anybody is asked anything, when there is a processor already."""
    if places.file is not None and not places.file.exists():
        return
    if schema_status(places).revision is None:
        return
    with installation(places) as store:
        known = processors(store)
    if known:
        raise Conflict("already_initialised", value=known[0][1])


def shown_url(places: Places) -> str:
    """Give the database as people may see it: its file, or its URL without the password."""
    return str(places.file or parse_url(places.database_url).render_as_string(hide_password=True))


def upgrade_installation(places: Places) -> Upgraded:
    """Bring the database to this version's schema, as its owner; on SQLite a backup comes first."""
    role = parse_url(places.database_url).username
    return upgrade(places.owner_url, app_role=role or DEFAULT_APP_ROLE, ring=lambda: load_ring(places.keys))


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """The revision a database has (None: empty) and the one this version wants."""

    revision: str | None
    expected: str

    @property
    def is_current(self) -> bool:
        """Whether nothing is to be done."""
        return self.revision == self.expected


def schema_status(places: Places) -> SchemaStatus:
    """Look which schema a database has, changing nothing."""
    if places.file is not None and not places.file.exists():
        return SchemaStatus(None, head())
    engine = connect_to(places.database_url)
    try:
        with translated(), connect_to_read(engine) as connection:
            return SchemaStatus(revision_of(connection), head())
    finally:
        engine.dispose()


def processors(store: Store) -> list[tuple[int, str]]:
    """Give id and reference of every processor."""
    with store.operator() as session:
        return [(int(row[0]), str(row[1])) for row in look_up(session, "processors")]


def choose_processor(store: Store, ref: str | None) -> tuple[int, str]:
    """Give id and reference of the processor named, or of the only one.

    NotFound before one was founded; InvalidInput when one must be named, or the one named is unknown.
    """
    known = {name: number for number, name in processors(store)}
    names = ", ".join(sorted(known))
    if not known:
        raise NotFound("nothing_set_up")
    if ref is None:
        if len(known) > 1:
            raise InvalidInput("processor_choice", path="processor", value="", known=names)
        ref = next(iter(known))
    if ref not in known:
        raise InvalidInput("processor_unknown_ref", path="processor", value=ref, known=names)
    return known[ref], ref


def _ring_for(places: Places) -> KeyRing:
    """Load the key ring, or make one where there is none yet."""
    try:
        return load_ring(places.keys)
    except Problem as problem:
        if problem.code != "keys_missing":
            raise
    return create_ring(places.keys)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InvalidInput("folder_not_writable", path="folder", value=str(folder), reason=error.strerror) from None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time found something here, or one could take back what the other made."""
    _make_folder(folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _taking_back(places: Places) -> Iterator[None]:
    """Delete the files made inside the block when it fails: a failed start leaves nothing behind."""
    made = [path for path in (places.keys, places.file) if path is not None and not path.exists()]
    if places.file is not None:
        _make_folder(places.file.parent)
    try:
        yield
    except BaseException:
        for path in made:
            for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                file.unlink(missing_ok=True)
        raise
