"""Canonical JSON and SHA-256: the same content always gives the same bytes, so stored hashes can be proved."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

_EXACT = (str, int, type(None))


def canonical(value: Any) -> str:
    """Write a JSON value with sorted keys and no spaces, as UTF-8 text; floats and NaN are bugs of the caller."""
    _refuse_floats(value)
    return _ENCODER.encode(value)


def canonical_object(parts: Mapping[str, str]) -> str:
    """Write an object whose values are canonical texts already: the same as `canonical` of what they say."""
    return "{" + ",".join(f"{_ENCODER.encode(name)}:{parts[name]}" for name in sorted(parts)) + "}"


def fingerprint(content: str | bytes) -> str:
    """Give the SHA-256 of text (as UTF-8) or bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def _refuse_floats(value: Any) -> None:
    """Refuse binary fractions anywhere inside: their digits depend on the writer, and money never is one."""
    if isinstance(value, float):
        message = f"a float has no place in a canonical document: {value!r}"
        raise TypeError(message)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for child in children:
        if not isinstance(child, _EXACT):
            _refuse_floats(child)
