"""Frozen dataclasses as canonical JSON and back, so that what was stored can be hashed and read again to the letter.

Canonical: sorted keys, no spaces, UTF-8 without escapes. Fractions are exact text (`"125/4"`), dates ISO 8601. There is
no float: a value of any other type is refused.
"""

import json
from collections.abc import Callable
from dataclasses import field, fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from billing import canonical

Value = TypeVar("Value")

_LATER = "later"


class NotCanonical(ValueError):  # noqa: N818 - stored text that is not what was stored, named for what it is
    """Stored JSON that does not fit its dataclass: a key too many or too few, or a value of another type."""

    def __init__(self, what: str, place: str = "") -> None:
        """Take what does not fit, and where: `Document.lines[0].vat_rate`."""
        super().__init__(f"{place}: {what}")
        self._what, self._place = what, place

    def inside(self, step: str) -> "NotCanonical":
        """Give the same one step further out; so nobody has to know where they are as long as all is well."""
        return NotCanonical(self._what, step + self._place)


def later(default: Value) -> Value:
    """Give a dataclass field that what was stored before it existed lacks; it then has this value.

    Such text still reads, and is never written anew: its hash is that of the text as it was stored.
    """
    return field(default=default, metadata={_LATER: True})


def to_json(value: object) -> str:
    """Write a dataclass instance as canonical JSON; TypeError for a value that has no exact text."""
    return canonical.encoded(_plain(value))


def from_json(kind: type[Value], text: str, schema: int) -> Value:
    """Read canonical JSON of this schema number as an instance of `kind`; NotCanonical names what does not fit."""
    raw = json.loads(text)
    if not isinstance(raw, dict) or raw.get("schema") != schema:
        message = f"schema {schema} expected, {text[:80]!r} found"
        raise NotCanonical(message, kind.__name__)
    try:
        value: Value = _reading(kind)(raw)  # type: ignore[arg-type]  # mypy takes `__hash__` of its instances for its own
    except NotCanonical as problem:
        raise problem.inside(kind.__name__) from None
    return value


def fingerprint(value: object) -> str:
    """Give the SHA-256 of the canonical JSON in hexadecimal."""
    return canonical.fingerprint(to_json(value))


def _plain(value: Any) -> Any:
    return _way(type(value))(value)  # type: ignore[arg-type]  # as above


@lru_cache
def _way(kind: Any) -> Callable[[Any], Any]:
    """Give how values of a type are written: a document has a thousand of them, of a dozen types."""
    if issubclass(kind, NoneType | bool | int | str):
        return _as_it_is
    if issubclass(kind, date):
        iso: Callable[[Any], str] = kind.isoformat
        return iso
    if issubclass(kind, Fraction):
        return str
    if issubclass(kind, tuple):
        return lambda items: [_plain(item) for item in items]
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
        return lambda instance: {name: _plain(getattr(instance, name)) for name in names}
    message = f"no canonical text for {kind.__name__}"
    raise TypeError(message)


def _as_it_is(value: object) -> object:
    return value


@lru_cache
def _reading(kind: Any) -> Callable[[Any], Any]:
    """Give how values of a type are read."""
    if get_origin(kind) is UnionType:
        read = _reading(_without_none(kind))
        return lambda raw: None if raw is None else read(raw)
    if get_origin(kind) is tuple:
        return partial(_items, _reading(get_args(kind)[0]))
    if is_dataclass(kind):
        return partial(_instance, kind)
    return partial(_expect if kind in (bool, int, str) else _from_text, kind)


def _without_none(kind: UnionType) -> Any:
    (single,) = (choice for choice in get_args(kind) if choice is not NoneType)
    return single


def _expect(kind: type, raw: Any) -> Any:
    if type(raw) is not kind:  # a bool is no int here
        message = f"{kind.__name__} expected, {type(raw).__name__} found"
        raise NotCanonical(message)
    return raw


def _items(read: Callable[[Any], Any], raw: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    try:
        for item in _expect(list, raw):
            found.append(read(item))  # noqa: PERF401 - a comprehension would not say how far it came
    except NotCanonical as problem:
        raise problem.inside("[" + str(len(found)) + "]") from None
    return tuple(found)


def _instance(kind: Any, raw: Any) -> Any:
    ways = _fields(kind)
    wrong = (_expect(dict, raw).keys() ^ ways.keys()) - (_later(kind) - raw.keys())
    if wrong:
        message = f"keys {sorted(wrong)} are missing or unknown"
        raise NotCanonical(message)
    found = {}
    name = ""
    try:
        for name, value in raw.items():
            found[name] = ways[name](value)
    except NotCanonical as problem:
        raise problem.inside("." + name) from None
    return kind(**found)


@lru_cache
def _fields(kind: Any) -> dict[str, Callable[[Any], Any]]:
    return {name: _reading(hint) for name, hint in get_type_hints(kind).items()}


@lru_cache
def _later(kind: Any) -> frozenset[str]:
    return frozenset(known.name for known in fields(kind) if known.metadata.get(_LATER))


def _from_text(kind: Any, raw: Any) -> Any:
    text = _expect(str, raw)
    try:
        value = kind.fromisoformat(text) if issubclass(kind, date) else kind(text)
    except (ValueError, ZeroDivisionError):
        value = None
    if value is None or _plain(value) != text:
        message = f"no {kind.__name__}: {text!r}"
        raise NotCanonical(message)
    return value
