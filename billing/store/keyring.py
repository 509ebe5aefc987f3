"""The key ring: AES-256-GCM keys outside the database, and column types that seal free text and file bytes with them.

A sealed value is `version (1 byte) | key id (8 bytes, ASCII) | nonce (12) | ciphertext and tag`. The key id travels
with the value, so that a new key may be used for new writes while old ones stay readable (TOM T-15, T-17). Associated
data are table, column and tenant: a value moved to another column or tenant does not open.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from billing.errors import Problem

KEY_ID_LENGTH = 8
_FORMAT = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_FEWEST_DIFFERENT = 16
"""Of 32 bytes that were drawn, fewer are different less than once in 10^15 keys."""
_HEAD_BYTES = len(_FORMAT) + KEY_ID_LENGTH + _NONCE_BYTES


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys that still open something; `current` seals new values, `digest_key` (keyed digests) never rotates."""

    current: str
    keys: Mapping[str, bytes]
    digest_key: bytes

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt with the current key; `context` (table.column@tenant) is authenticated, not stored."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _FORMAT + self.current.encode() + nonce
        return head + AESGCM(self.keys[self.current]).encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt a sealed value; Problem `key_missing` names the key, `seal_broken` means changed or moved bytes."""
        key_id = key_id_of(sealed)
        if key_id not in self.keys:
            raise Problem("key_missing", key_id=key_id)
        nonce = sealed[_HEAD_BYTES - _NONCE_BYTES : _HEAD_BYTES]
        try:
            return AESGCM(self.keys[key_id]).decrypt(nonce, sealed[_HEAD_BYTES:], context.encode())
        except InvalidTag:
            raise Problem("seal_broken", key_id=key_id, place=context) from None

    def digest(self, value: str) -> str:
        """Give the keyed digest (HMAC-SHA-256, hex) that stands for a personal value in logs and look-ups."""
        return hmac.new(self.digest_key, value.encode(), "sha256").hexdigest()

    @property
    def is_guessable(self) -> bool:
        """Whether a key was typed rather than drawn: of few different bytes or of bytes in a row, as in examples."""
        return any(map(_is_typed, (self.digest_key, *self.keys.values())))

    def rotated(self) -> "KeyRing":
        """Give a ring with a fresh current key; the old ones stay readable."""
        key_id = _new_key_id()
        return KeyRing(key_id, {**self.keys, key_id: secrets.token_bytes(_KEY_BYTES)}, self.digest_key)

    def without(self, key_ids: Collection[str]) -> "KeyRing":
        """Give a ring without some old keys: what they sealed can't be opened any more, nor can backups made then."""
        kept = {key_id: key for key_id, key in self.keys.items() if key_id == self.current or key_id not in key_ids}
        return KeyRing(self.current, kept, self.digest_key)

    def to_json(self) -> str:
        """Write the ring as the JSON text that the file or the variable MEHRAUFWAND_KEYS holds."""
        keys = {key_id: base64.b64encode(key).decode() for key_id, key in sorted(self.keys.items())}
        return json.dumps(
            {"current": self.current, "digest_key": base64.b64encode(self.digest_key).decode(), "keys": keys}
        )


def _is_typed(key: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return min(len(set(key)), len(steps)) < _FEWEST_DIFFERENT


def key_id_of(sealed: bytes) -> str:
    """Read which key sealed a value; Problem `seal_broken` when it is none of ours."""
    if len(sealed) < _HEAD_BYTES or not sealed.startswith(_FORMAT):
        raise Problem("seal_broken", key_id="", place="")
    return sealed[len(_FORMAT) : len(_FORMAT) + KEY_ID_LENGTH].decode("ascii", "replace")


def new_ring() -> KeyRing:
    """Make a ring with one fresh key."""
    key_id = _new_key_id()
    return KeyRing(key_id, {key_id: secrets.token_bytes(_KEY_BYTES)}, secrets.token_bytes(_KEY_BYTES))


def parse_ring(text: str) -> KeyRing:
    """Read a ring's JSON text and check every key's form; Problem `keys_unreadable` before anything is sealed."""
    try:
        document = json.loads(text)
        keys = {str(key_id): base64.b64decode(key, validate=True) for key_id, key in document["keys"].items()}
        ring = KeyRing(document["current"], keys, base64.b64decode(document["digest_key"], validate=True))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise Problem("keys_unreadable") from None
    whole = ring.current in keys and all(
        len(key) == _KEY_BYTES and len(key_id) == KEY_ID_LENGTH and key_id.isascii() for key_id, key in keys.items()
    )
    if not whole or len(ring.digest_key) != _KEY_BYTES:
        raise Problem("keys_unreadable")
    return ring


def _new_key_id() -> str:
    """Name a key by eight random hexadecimal digits; the name says nothing about the key."""
    return secrets.token_hex(KEY_ID_LENGTH // 2)


@dataclass(frozen=True, slots=True)
class Seal:
    """The ring and the tenant in whose name values are sealed and opened just now."""

    ring: KeyRing
    processor_id: int

    def context(self, place: str) -> str:
        """Bind a value to its table, column and tenant."""
        return f"{place}@{self.processor_id}"


_ACTIVE: ContextVar[Seal | None] = ContextVar("mehraufwand_seal", default=None)


@contextmanager
def sealing(seal: Seal | None) -> Iterator[None]:
    """Seal and open values of one tenant inside the block; with None nothing sealed can be used there."""
    before = _ACTIVE.get()
    _ACTIVE.set(seal)
    try:
        yield
    finally:
        _ACTIVE.set(before)


def _active(place: str) -> Seal:
    """Give the seal of the running tenant session; sealed columns outside one are a bug of the caller."""
    seal = _ACTIVE.get()
    if seal is None:
        message = f"{place} is sealed: read and write it inside Store.tenant(...)"
        raise RuntimeError(message)
    return seal


def _sealed(place: str, plain: bytes | None) -> bytes | None:
    """Seal on the way in."""
    if plain is None:
        return None
    seal = _active(place)
    return seal.ring.seal(plain, seal.context(place))


def _opened(place: str, sealed: Any | None) -> bytes | None:
    """Open on the way out."""
    if sealed is None:
        return None
    seal = _active(place)
    return seal.ring.open(bytes(sealed), seal.context(place))


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes that are sealed at rest; `place` is `table.column`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        """Name the column; it is part of the associated data."""
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return _sealed(self.place, value)

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> bytes | None:
        """Open on the way out."""
        return _opened(self.place, value)


class EncryptedText(TypeDecorator[str]):
    """Text that is sealed at rest; `place` is `table.column`. It can't be searched: that is the point."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        """Name the column; it is part of the associated data."""
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        """Seal on the way in."""
        return _sealed(self.place, None if value is None else value.encode())

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> str | None:
        """Open on the way out."""
        plain = _opened(self.place, value)
        return None if plain is None else plain.decode()
