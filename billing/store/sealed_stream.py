"""Files sealed as a stream for backups: AES-256-GCM in chunks, so that a large one needs little memory.

    magic (16 bytes) | length of the header (4) | header, a JSON object | chunks

The header can be read without the key and says which key opens the file. Each file has a key of its own, derived from
the backup key with a random salt and all of the header (HKDF-SHA256), so a changed header opens nothing. A chunk's
nonce is its number and whether it is the last one (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár,
2015): chunks that are changed, moved, left out or added, and a file that ends too early, do not open.
"""

import base64
import binascii
import hashlib
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from billing.errors import Problem

_MAGIC = b"MEHRAUFWAND\x00BK\x00\x01"
_KEY_BYTES = 32
_LENGTH_BYTES = 4
_LONGEST_HEADER = 1024 * 1024
_CHUNK = 1024 * 1024
_TAG = 16
_COUNTER_BYTES = 11
_KEY_ID_DIGITS = 8


class Readable(Protocol):
    """Something that gives its bytes bit by bit, b"" at its end."""

    def read(self, size: int, /) -> bytes:
        """Give at most so many bytes."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """The one secret that opens all backups of an installation; it never changes by itself."""

    secret: bytes

    @property
    def id(self) -> str:
        """Name the key: eight hexadecimal digits of its SHA-256, which say nothing about it."""
        return hashlib.sha256(b"backup key " + self.secret).hexdigest()[:_KEY_ID_DIGITS]

    def to_text(self) -> str:
        """Write the key as its file holds it: one line that can be typed off paper."""
        return f"mehraufwand-backup-{base64.b16encode(self.secret).decode().lower()}"


def new_backup_key() -> BackupKey:
    """Make a key."""
    return BackupKey(secrets.token_bytes(_KEY_BYTES))


def parse_backup_key(text: str) -> BackupKey:
    """Read a key's text; Problem `backup_key_unreadable` when it is none."""
    try:
        secret = base64.b16decode(text.strip().removeprefix("mehraufwand-backup-").upper())
    except binascii.Error:
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise Problem("backup_key_unreadable")
    return BackupKey(secret)


def seal_stream(source: Readable, target: BinaryIO, key: BackupKey, about: Mapping[str, Any]) -> None:
    """Seal all of `source` into `target`; `about` can be read in the file by anybody."""
    header = json.dumps({**about, "key": key.id, "salt": secrets.token_hex(_KEY_BYTES)}, sort_keys=True).encode()
    head = _MAGIC + len(header).to_bytes(_LENGTH_BYTES) + header
    target.write(head)
    cipher = _cipher(key, head)
    number, chunk = 0, _full(source, _CHUNK)
    while True:
        following = _full(source, _CHUNK) if len(chunk) == _CHUNK else b""
        target.write(cipher.encrypt(_nonce(number, is_last=not following), chunk, None))
        if not following:
            return
        number, chunk = number + 1, following


class OpenedStream(io.RawIOBase):
    """What a sealed file holds, chunk by chunk as it proves genuine; only who reads to the end knows it is whole."""

    def __init__(self, source: BinaryIO, key: BackupKey) -> None:
        """Read the header.

        Problems: `backup_not_ours` for any other file, `backup_other_key` when another key sealed it. While reading:
        `backup_broken` where the file was changed or cut off.
        """
        super().__init__()
        head, self.about = _read_head(source)
        if self.about.get("key") != key.id:
            raise Problem("backup_other_key", key_id=str(self.about.get("key", ""))[:_KEY_ID_DIGITS], ours=key.id)
        self._source, self._cipher = source, _cipher(key, head)
        self._number, self._sealed, self._plain = 0, _full(source, _CHUNK + _TAG), b""
        self._ended = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give the next bytes, at most a chunk of them; 0 at the proven end."""
        if not self._plain:
            self._open_next()
        given = min(len(buffer), len(self._plain))
        buffer[:given] = self._plain[:given]
        self._plain = self._plain[given:]
        return given

    def _open_next(self) -> None:
        while not self._plain and not self._ended:
            following = _full(self._source, _CHUNK + _TAG)
            self._ended = not following
            try:
                self._plain = self._cipher.decrypt(_nonce(self._number, is_last=self._ended), self._sealed, None)
            except InvalidTag:
                raise Problem("backup_broken") from None
            self._number, self._sealed = self._number + 1, following


def read_about(source: BinaryIO) -> dict[str, Any]:
    """Read what a sealed file says of itself; anybody may have written it until the file was opened."""
    return _read_head(source)[1]


def _read_head(source: BinaryIO) -> tuple[bytes, dict[str, Any]]:
    start = _full(source, len(_MAGIC) + _LENGTH_BYTES)
    length = int.from_bytes(start[len(_MAGIC) :])
    if not start.startswith(_MAGIC) or not 0 < length <= _LONGEST_HEADER:
        raise Problem("backup_not_ours")
    header = _full(source, length)
    try:
        about = json.loads(header)
    except ValueError:
        raise Problem("backup_broken") from None
    if not isinstance(about, dict):
        raise Problem("backup_broken")
    return start + header, about


def _cipher(key: BackupKey, head: bytes) -> AESGCM:
    derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=hashlib.sha256(head).digest()).derive(key.secret)
    return AESGCM(derived)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES) + bytes([is_last])


def _full(source: Readable, size: int) -> bytes:
    """Read as much as is asked for, less only at the end; a pipe gives what it has."""
    parts: list[bytes] = []
    while size > 0 and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
