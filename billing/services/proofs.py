"""Receipts and other proofs as files: what they are is read from their bytes, never from their names.

Files are kept under names of our own: a name that somebody gave may tell more than it should, or lead elsewhere.
"""

import re
from binascii import a2b_base64
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.canonical import fingerprint
from billing.clause.reading import Reader, list_of, object_shape, read_object, refuse, shaped
from billing.errors import InvalidInput
from billing.services.acting import Act
from billing.services.file_types import ENDINGS, FileType, NotWholeError, type_of
from billing.services.legible import is_legible
from billing.store.files import NewFile, store_file
from billing.store.session import TenantSession
from billing.store.tables import StoredFile
from billing.store.tables.kinds import RetentionClass

LARGEST = 25 * 1024 * 1024
"""Bytes of one file."""
MOST_FILES = 10
"""Files of one request."""
_MEGABYTE = 1024**2
_LONGEST_NAME = 255
_LONGEST_CONTENT = 4 * (LARGEST // 3 + 1)
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_YEARS_KEPT = {
    RetentionClass.VOUCHER: 8,
    RetentionClass.LETTER: 6,
    RetentionClass.INCIDENT: 3,
    RetentionClass.WORK: 3,
}
"""From the end of the calendar year. Vouchers and business letters: § 147 Abs. 3 AO, § 257 Abs. 4 HGB; the file of an
incident: 17(9)b; what else belongs to work: the limitation of §§ 195, 199 BGB."""


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A file as somebody handed it in."""

    name: str
    content: bytes


@shaped(type="string", minLength=1, maxLength=_LONGEST_NAME)
def _read_name(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise refuse("not_a_text", path, value)
    return value


@shaped(type="string", contentEncoding="base64", minLength=4, maxLength=_LONGEST_CONTENT, pattern=_BASE64)
def _read_base64(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise refuse("not_a_text", path, value)
    return value


_UPLOAD: dict[str, Reader] = {"name": _read_name, "content": _read_base64}


@shaped(**object_shape(_UPLOAD))
def read_upload(value: Any, path: str) -> ProofFile:
    """Take a file out of JSON, `{"name": "bahn.pdf", "content": "<base64>"}`; at most 25 MB, asked before decoding.

    What it is is asked when it is kept (`keep_proof`).
    """
    said = read_object(value, path, _UPLOAD)
    name, encoded = said["name"], said["content"]
    _require_name(name, f"{path}.name")
    if len(encoded) > _LONGEST_CONTENT:
        raise InvalidInput("file_too_large", path=f"{path}.content", value=name, most=LARGEST // _MEGABYTE)
    try:
        content = a2b_base64(encoded, strict_mode=True)
    except ValueError:
        raise InvalidInput("file_not_base64", path=f"{path}.content", value=name) from None
    return ProofFile(name, content)


_read_uploads = list_of(read_upload)


@shaped(**_read_uploads.shape | {"maxItems": MOST_FILES})  # type: ignore[attr-defined]  # `list_of` says its shape
def read_uploads(value: Any, path: str) -> list[ProofFile]:
    """Take a list of at most ten files."""
    if isinstance(value, list) and len(value) > MOST_FILES:
        raise refuse("too_many_files", path, len(value), most=MOST_FILES)
    return _read_uploads(value, path)


def keep_proof(
    session: TenantSession, act: Act, file: ProofFile, kept_as: RetentionClass, path: str, *, name: str | None = None
) -> StoredFile:
    """Keep a receipt (voucher) or a mail (letter) under a name of ours: `name`, else its class and SHA-256.

    InvalidInput when it is empty, too large, damaged or of no known type.
    """
    _require_name(file.name, path)
    kind = _type_of(file, path)
    stem = _safe(name or "") or f"{kept_as}-{fingerprint(file.content)[:12]}"
    retain_until = date(act.at.year + _YEARS_KEPT[kept_as], 12, 31)
    new = NewFile(f"{stem}.{ENDINGS[kind]}", kind, file.content, kept_as, retain_until)
    return store_file(session, new, recorded_at=act.at, recorded_by=act.name)


def _safe(name: str) -> str:
    """Turn a reference into a file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:100]


def _require_name(name: str, path: str) -> None:
    """Refuse a name that is none; the last part of a path must be one that people can read."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not last.strip(".") or not is_legible(last) or len(last) > _LONGEST_NAME:
        raise InvalidInput("file_name_invalid", path=path, value=name, most=_LONGEST_NAME)


def _type_of(file: ProofFile, path: str) -> FileType:
    if not file.content:
        raise InvalidInput("file_is_empty", path=path, value=file.name)
    if len(file.content) > LARGEST:
        raise InvalidInput("file_too_large", path=path, value=file.name, most=LARGEST // _MEGABYTE)
    try:
        kind = type_of(file.content)
    except NotWholeError:
        raise InvalidInput("file_not_whole", path=path, value=file.name) from None
    if kind is None:
        raise InvalidInput("file_type_unknown", path=path, value=file.name)
    return kind
