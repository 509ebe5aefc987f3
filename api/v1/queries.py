"""Query parameters, read by the same readers as bodies: texts become the JSON values that their shapes name."""

from collections.abc import Iterable, Mapping
from typing import Any

from billing.clause.reading import Reader, read_object, refuse, shape_of

_FLAGS = {"true": True, "false": False}


def read_query(said: Iterable[tuple[str, str]], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Read a query; InvalidInput for an unknown parameter, one said twice, or one that its reader refuses."""
    raw: dict[str, Any] = {}
    for name, text in said:
        if name in raw:
            raise refuse("listed_twice", name, text)
        raw[name] = text
    by_name = {key.rstrip("?"): reader for key, reader in readers.items()}
    return read_object({name: _typed(name, text, by_name) for name, text in raw.items()}, "", readers)


def _typed(name: str, text: str, readers: Mapping[str, Reader]) -> Any:
    if name not in readers:
        return text
    kind = shape_of(readers[name]).get("type")
    if kind == "integer":
        return int(text) if text.isascii() and text.isdigit() and len(text) < len("10000000000") else text
    return _FLAGS.get(text, text) if kind == "boolean" else text
