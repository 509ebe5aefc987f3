"""New keys for old (law.md T-15, T-17): one that seals from now on, everything sealed anew, old ones dropped at last.

    keys.json: A        rotate: A, B* -- values of A sealed anew with B --> all under B        drop: B*
                                 (both keys open everything meanwhile)

The ring's file comes first, then the values, in small transactions: killed anywhere, the next call goes on.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from billing.errors import Conflict, Problem
from billing.services.acting import Act, audit
from billing.services.alarms import alert_admins
from billing.services.installation import Places, alone_in, installation, processors
from billing.services.policies import current_policy
from billing.store.key_file import KEYS_VARIABLE, reloaded, save_ring
from billing.store.keyring import KeyRing
from billing.store.queries.sealed import SEALED_TABLES, founded_at, noted_at, seal_some, values_by_key
from billing.store.secret import secret
from billing.store.session import Store, TenantSession

Progress = Callable[[str, int], None]
"""Told the table and how many of its values are done."""

_ROTATED = "key_rotated"
_TAKEN_OVER = timedelta(hours=1)
"""After so long every running service has read the new key and seals with it."""
_AGAIN_DAYS = 30


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A key of the ring: whether it seals new values, and how many values it seals."""

    key_id: str
    is_current: bool
    values: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did.

    `handed_over` is the file with the new ring when the running one came from the environment: nothing else was done
    then. `resumed`: an earlier rotation was not at its end, so no new key was made.
    """

    key_id: str
    resumed: bool = False
    sealed: Mapping[str, int] = field(default_factory=dict)
    keys: tuple[KeyInUse, ...] = ()
    dropped: tuple[str, ...] = ()
    handed_over: Path | None = None


def keys_in_use(store: Store) -> tuple[KeyInUse, ...]:
    """Give every key that the ring holds or a value was sealed with, the current one first."""
    counts = _counts(store)
    ring = _ring_of(store)
    ids = sorted({*ring.keys, *counts}, key=lambda key_id: (key_id != ring.current, key_id))
    return tuple(KeyInUse(key_id, key_id == ring.current, counts[key_id]) for key_id in ids)


def rotate_keys(
    places: Places,
    act: Act,
    progress: Progress = lambda _table, _values: None,
    environment: Mapping[str, str] = os.environ,
) -> Rotation:
    """Make a new key current and seal everything anew with it; go on where an earlier call was killed."""
    with alone_in(places.keys.parent), installation(places) as store:
        resumed = any(key.values for key in keys_in_use(store) if not key.is_current)
        if not resumed:
            handed_over = _renew(store, places.keys, environment)
            if handed_over is not None:
                return Rotation(_ring_of(store).current, handed_over=handed_over)
        _note(store, act, _ROTATED)
        sealed = seal_all(store, act, progress)
        return Rotation(_ring_of(store).current, resumed, sealed, keys_in_use(store))


def drop_old_keys(
    places: Places,
    act: Act,
    progress: Progress = lambda _table, _values: None,
    environment: Mapping[str, str] = os.environ,
) -> Rotation:
    """Seal what is left anew and drop every old key that seals nothing any more; backups need it still.

    Conflict `key_too_young` while a running service may not yet have taken over the current key.
    """
    with alone_in(places.keys.parent), installation(places) as store:
        if len(_ring_of(store).keys) > 1 and not _is_noted(store):
            # Killed before it left its trail: nobody knows since when services may have it.
            _note(store, act, _ROTATED)
        _require_taken_over(store, act)
        sealed = seal_all(store, act, progress)
        used = keys_in_use(store)
        ring = _ring_of(store)
        unused = tuple(key.key_id for key in used if not key.is_current and not key.values)
        if not unused:
            return Rotation(ring.current, sealed=sealed, keys=used)
        store.ring = ring.without(unused)
        handed_over = _keep(store, places.keys, environment)
        _note(store, act, "keys_dropped", dropped=list(unused))
        kept = tuple(key for key in used if key.key_id not in unused)
        return Rotation(ring.current, sealed=sealed, keys=kept, dropped=unused, handed_over=handed_over)


def seal_all(store: Store, act: Act, progress: Progress = lambda _table, _values: None) -> dict[str, int]:
    """Seal all values of all processors that an old key seals anew; give how many, by table."""
    done: Counter[str] = Counter()
    for processor_id, _ in processors(store):
        before = done.total()
        for table in SEALED_TABLES:
            last: int | None = 0
            while last is not None:
                with store.tenant(processor_id) as session:
                    number, last = seal_some(session, table, last)
                done[table.name] += number
                progress(table.name, done[table.name])
        if done.total() > before:
            with store.tenant(processor_id) as session:
                audit(session, act, "values_sealed_anew", _subject(session), values=done.total() - before)
    return {name: number for name, number in done.items() if number}


def take_over_keys(store: Store) -> None:
    """Read the ring's file again, so that a running service seals with the key that is current now."""
    store.ring = reloaded(_ring_of(store))


def warn_of_old_key(session: TenantSession, act: Act) -> bool:
    """Raise an alarm when the current key is older than the policy wants (T-17); again every thirty days."""
    limit = current_policy(session).key_max_age_days
    days = (act.at - _current_since(session)).days
    if limit is None or days <= limit:
        return False
    return alert_admins(session, act, "old_key", once=f"{session.ring.current} {days // _AGAIN_DAYS}", days=days) > 0


def _renew(store: Store, path: Path, environment: Mapping[str, str]) -> Path | None:
    """Put a ring with a new current key where the running one came from; give the file if somebody must carry it on."""
    store.ring = _ring_of(store).rotated()
    return _keep(store, path, environment)


def _keep(store: Store, path: Path, environment: Mapping[str, str]) -> Path | None:
    """Write the ring to its file, or to one beside it when MEHRAUFWAND_KEYS goes before the file."""
    if secret(KEYS_VARIABLE, environment) is None:
        save_ring(_ring_of(store), path)
        return None
    beside = path.with_name("keys.next.json")
    save_ring(_ring_of(store), beside)
    return beside


def _require_taken_over(store: Store, act: Act) -> None:
    for processor_id, _ in processors(store):
        with store.tenant(processor_id, read_only=True) as session:
            earliest = _current_since(session) + _TAKEN_OVER
        if act.at < earliest:
            raise Conflict("key_too_young", key_id=_ring_of(store).current, earliest=earliest)


def _is_noted(store: Store) -> bool:
    """Tell whether any processor's log says when the key became current; who was founded since has no such row."""
    for processor_id, _ in processors(store):
        with store.tenant(processor_id, read_only=True) as session:
            if noted_at(session, _ROTATED, _subject(session)) is not None:
                return True
    return False


def _current_since(session: TenantSession) -> datetime:
    """Give when the key became current: as the log says, else when the processor was founded with its first key."""
    return noted_at(session, _ROTATED, _subject(session)) or founded_at(session)


def _ring_of(store: Store) -> KeyRing:
    if store.ring is None:
        raise Problem("keys_missing", path="")
    return store.ring


def _counts(store: Store) -> Counter[str]:
    counts: Counter[str] = Counter()
    for processor_id, _ in processors(store):
        with store.tenant(processor_id, read_only=True) as session:
            counts += values_by_key(session)
    return counts


def _note(store: Store, act: Act, action: str, **details: object) -> None:
    """Leave the event once in the log of every processor: the ring is theirs together."""
    for processor_id, _ in processors(store):
        with store.tenant(processor_id) as session:
            if noted_at(session, action, _subject(session)) is None:
                audit(session, act, action, _subject(session), **details)


def _subject(session: TenantSession) -> str:
    return f"key:{session.ring.current}"
