"""JSON read strictly: UTF-8, no key twice, no NaN, no number of endless digits; each refusal names where it stands."""

import json
from collections.abc import Iterator
from typing import Any

from billing.clause.reading import joined
from billing.errors import InvalidInput, UnreadableInput

_LONGEST_NUMBER = 30
_WHOLE = "scenario"


class _Flaw:
    """Stands in the parsed value where something was wrong, so that its path can be told afterwards."""

    __slots__ = ("code", "value")

    def __init__(self, code: str, value: Any) -> None:
        self.code, self.value = code, value


def parse_json(text: bytes, whole: str = _WHOLE) -> Any:
    """Read UTF-8 JSON: InvalidInput with its path for the first flaw, UnreadableInput for what is no JSON.

    `whole` names the text in a refusal that has no path within it.
    """
    flaws: list[_Flaw] = []

    def flaw(code: str, value: Any) -> _Flaw:
        flaws.append(_Flaw(code, value))
        return flaws[-1]

    def strict_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in pairs:
            made[key] = flaw("duplicate_json_key", value) if key in made else value
        return made

    def whole_number(digits: str) -> int | _Flaw:
        return int(digits) if len(digits) <= _LONGEST_NUMBER else flaw("number_too_long", digits)

    parsed = _loads(
        _decoded(text),
        whole,
        object_pairs_hook=strict_object,
        parse_int=whole_number,
        parse_constant=lambda name: flaw("not_a_json_number", name),
    )
    if flaws:
        # A flaw that was replaced by a later key of the same name left another one in its place.
        path, first = next(_flaws_in(parsed))
        raise InvalidInput(first.code, path=path.removeprefix(f"{_WHOLE}.") or whole, value=first.value)
    return parsed


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableInput("not_utf8", path=f"byte {error.start}", value=f"0x{text[error.start]:02X}") from None


def _loads(text: str, whole: str, **hooks: Any) -> Any:
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        raise UnreadableInput("nested_too_deep", path=whole, value=text[:20]) from None
    except json.JSONDecodeError as error:
        near = text[error.pos : error.pos + 20]
        path, place = f"line {error.lineno}, column {error.colno}", {"line": error.lineno, "column": error.colno}
        raise UnreadableInput("not_json", path=path, value=near, said=error.msg, **place) from None


def _flaws_in(parsed: Any) -> Iterator[tuple[str, _Flaw]]:
    """Give all flaws with their paths, in the order of the document."""
    waiting: list[tuple[str, Any]] = [("", parsed)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, _Flaw):
            yield path, value
        elif isinstance(value, dict):
            waiting += reversed([(joined(path, key), part) for key, part in value.items()])
        elif isinstance(value, list):
            waiting += reversed([(f"{path}[{position}]", part) for position, part in enumerate(value)])
