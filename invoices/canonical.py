"""Frozen dataclasses as canonical JSON and back, so that what was stored can be hashed and read again to the letter.

Canonical: sorted keys, no spaces, UTF-8 without escapes. Fractions are exact text (`"125/4"`), dates ISO 8601. There is
no float: a value of any other type is refused.
"""

import json
from dataclasses import field, fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Value = TypeVar("Value")

_LATER = "later"


class NotCanonical(ValueError):  # noqa: N818 - stored text that is not what was stored, named for what it is
    """Stored JSON that does not fit its dataclass: a key too many or too few, or a value of another type."""


def later(default: Value) -> Value:
    """Give a dataclass field that what was stored before it existed lacks; it then has this value.

    Such text still reads, and is never written anew: its hash is that of the text as it was stored.
    """
    return field(default=default, metadata={_LATER: True})


def to_json(value: object) -> str:
    """Write a dataclass instance as canonical JSON; TypeError for a value that has no exact text."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(kind: type[Value], text: str, schema: int) -> Value:
    """Read canonical JSON of this schema number as an instance of `kind`; NotCanonical names what does not fit."""
    raw = json.loads(text)
    if not isinstance(raw, dict) or raw.get("schema") != schema:
        message = f"{kind.__name__}: schema {schema} expected, {text[:80]!r} found"
        raise NotCanonical(message)
    return _typed(kind, raw, kind.__name__)  # type: ignore[no-any-return]


def fingerprint(value: object) -> str:
    """Give the SHA-256 of the canonical JSON in hexadecimal."""
    return sha256(to_json(value).encode()).hexdigest()


def _plain(value: object) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case date():
            return value.isoformat()
        case Fraction():
            return str(value)
        case tuple():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            message = f"no canonical text for {type(value).__name__}"
            raise TypeError(message)


def _typed(kind: Any, raw: Any, path: str) -> Any:
    if get_origin(kind) is UnionType:
        return None if raw is None else _typed(_without_none(kind), raw, path)
    if get_origin(kind) is tuple:
        return tuple(
            _typed(get_args(kind)[0], item, f"{path}[{at}]") for at, item in enumerate(_expect(list, raw, path))
        )
    if is_dataclass(kind):
        return _instance(kind, _expect(dict, raw, path), path)
    if kind in (bool, int, str):
        return _expect(kind, raw, path)
    return _from_text(kind, _expect(str, raw, path), path)


def _without_none(kind: UnionType) -> Any:
    (single,) = (choice for choice in get_args(kind) if choice is not NoneType)
    return single


def _expect(kind: type, raw: Any, path: str) -> Any:
    if type(raw) is not kind:  # a bool is no int here
        message = f"{path}: {kind.__name__} expected, {type(raw).__name__} found"
        raise NotCanonical(message)
    return raw


def _instance(kind: Any, raw: dict[str, Any], path: str) -> Any:
    hints = _hints(kind)
    wrong = (raw.keys() ^ hints.keys()) - (_later(kind) - raw.keys())
    if wrong:
        message = f"{path}: keys {sorted(wrong)} are missing or unknown"
        raise NotCanonical(message)
    return kind(**{name: _typed(hints[name], value, f"{path}.{name}") for name, value in raw.items()})


@lru_cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@lru_cache
def _later(kind: Any) -> frozenset[str]:
    return frozenset(known.name for known in fields(kind) if known.metadata.get(_LATER))


def _from_text(kind: Any, raw: str, path: str) -> Any:
    try:
        value = kind.fromisoformat(raw) if issubclass(kind, date) else kind(raw)
    except (ValueError, ZeroDivisionError):
        value = None
    if value is None or _plain(value) != raw:
        message = f"{path}: no {kind.__name__}: {raw!r}"
        raise NotCanonical(message)
    return value
