"""Where the key ring is kept: a file that only its owner reads, or the variable MEHRAUFWAND_KEYS.

A ring out of a file reads the file again when a value was sealed by a key that came in meanwhile: so a running service
opens what `mehraufwand keys rotate` seals beside it.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from billing.errors import Problem
from billing.store.keyring import KeyRing, new_ring, parse_ring
from billing.store.secret import refuse_readable_by_others, secret

KEYS_VARIABLE = "MEHRAUFWAND_KEYS"


def create_ring(path: Path) -> KeyRing:
    """Make a ring and its file, readable by its owner only; Problem `keys_exist` when a file stands there already."""
    ring = new_ring()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Problem("keys_exist", path=str(path)) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(ring.to_json())
    return ring


def save_ring(ring: KeyRing, path: Path) -> None:
    """Replace the ring's file in one step, so that a crash leaves either the old ring or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(ring.to_json())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or a power cut could bring the old file back, after values were sealed with the new key
    finally:
        os.close(folder)


def load_ring(path: Path, environment: Mapping[str, str] = os.environ) -> KeyRing:
    """Read the ring from MEHRAUFWAND_KEYS or MEHRAUFWAND_KEYS_FILE if set, else from the file.

    Problem `keys_missing` or `keys_unreadable`.

    A ring out of a file finds keys that come into that file later; its `current` stays until it is `reloaded`.
    """
    if text := secret(KEYS_VARIABLE, environment):
        return parse_ring(text)
    ring = parse_ring(_read_file(path))
    keys = LiveKeys(path, ring.keys, lambda: parse_ring(_read_file(path)).keys)
    return KeyRing(ring.current, keys, ring.digest_key)


def is_out_of_file(ring: KeyRing) -> bool:
    """Tell whether a ring was read from its file, where keys can be added, or came out of the environment."""
    return isinstance(ring.keys, LiveKeys)


def reloaded(ring: KeyRing) -> KeyRing:
    """Give the ring as its file has it now; one that came from the environment, or is in no file yet, is itself."""
    return load_ring(ring.keys.path, {}) if isinstance(ring.keys, LiveKeys) else ring


def _read_file(path: Path) -> str:
    if not path.exists():
        raise Problem("keys_missing", path=str(path))
    refuse_readable_by_others(path)
    return path.read_text(encoding="utf-8", errors="replace")


class LiveKeys(Mapping[str, bytes]):
    """Keys by their id; one that is not known is looked for in the file, once for each state of the file."""

    def __init__(self, path: Path, keys: Mapping[str, bytes], read: Callable[[], Mapping[str, bytes]]) -> None:
        """Take the keys as read now, and how to read them again."""
        self.path = path
        self._keys = dict(keys)
        self._read = read
        self._seen = self._state()

    def __getitem__(self, key_id: str) -> bytes:
        """Give a key; KeyError when the file does not hold it either."""
        if key_id not in self._keys:
            self._look_again()
        return self._keys[key_id]

    def __iter__(self) -> Iterator[str]:
        """Go through the ids that are known."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Count the keys that are known."""
        return len(self._keys)

    def _look_again(self) -> None:
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        try:
            self._keys.update(self._read())
        except (OSError, Problem):
            return  # as if it held nothing new: the caller names the key that is missing

    def _state(self) -> tuple[int, int, int] | None:
        """Tell one state of the file from another; it is only ever replaced as a whole."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
