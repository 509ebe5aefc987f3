"""Canonical JSON and SHA-256: the same content always gives the same bytes, so stored hashes can be proved."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any

import msgspec

_QUICK = msgspec.json.Encoder(order="sorted")
_THOROUGH = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_PLAIN = {str, int, bool, NoneType}


def canonical(value: Any) -> str:
    """Write a JSON value with sorted keys and no spaces, as UTF-8 text.

    TypeError for all else, floats too: their digits depend on the writer, and money never is one.
    """
    _refuse_inexact(value)
    return encoded(value)


def encoded(value: Any) -> str:
    """Write what is known to hold nothing but texts, whole numbers, truths and None, as `canonical` does."""
    try:
        return _QUICK.encode(value).decode()
    except (TypeError, ValueError, OverflowError):
        # Kinds of `str` that SQLAlchemy makes, keys that are no text, and numbers of more than 64 bits.
        return _THOROUGH.encode(value)


def canonical_object(parts: Mapping[str, str]) -> str:
    """Write an object whose values are canonical texts already: the same as `canonical` of what they say."""
    return "{" + ",".join(f"{encoded(name)}:{parts[name]}" for name in sorted(parts)) + "}"


def fingerprint(content: str | bytes) -> str:
    """Give the SHA-256 of text (as UTF-8) or bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _refuse_inexact(value: Any) -> None:
    for child in _children(value):
        if type(child) not in _PLAIN:
            _refuse_inexact(child)


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, str | int | NoneType):
        return ()
    message = f"a {type(value).__name__} has no place in a canonical document: {value!r}"
    raise TypeError(message)
