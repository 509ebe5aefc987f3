"""Readers of single agreed values: JSON value in, exact value out, or `InvalidInput` with path and value."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from billing.errors import InvalidInput
from billing.money import cents_of
from billing.timespan import MonthIndex, instant_of, month_index

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_WORD = re.compile(r"[\w-]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?")
_MOMENT = re.compile(_LOCAL_MOMENT.pattern.replace("[Tt ]", "[Tt]") + r"([Zz]|[+-][0-9]{2}:[0-9]{2})")
FIRST_YEAR, LAST_YEAR = 1990, 2199
"""The years the holidays are known for, whole decades: no date, month or moment is of another."""
_DECADES = "|".join(str(decade) for decade in range(FIRST_YEAR // 10, LAST_YEAR // 10 + 1))
_LARGEST_COUNT = 10_000_000
_LARGEST_AMOUNT = 10**9
_MANY_DIGITS = re.compile(r"[0-9]{10,}([.][0-9]+)?")
_LONGEST_TEXT = 500

Reader = Callable[[Any, str], Any]
"""Takes a JSON value and its path, gives the exact value or raises `InvalidInput`."""

_R = TypeVar("_R", bound=Reader)


def shaped(**shape: Any) -> Callable[[_R], _R]:
    """Say beside a reader which JSON values it takes, in the words of JSON Schema; interfaces are described by it."""

    def note(reader: _R) -> _R:
        reader.shape = shape  # type: ignore[attr-defined]  # read by `shape_of`
        return reader

    return note


def shape_of(reader: Reader) -> Mapping[str, Any]:
    """Give the JSON Schema of the values a reader takes; LookupError for a reader without one."""
    shape: Mapping[str, Any] | None = getattr(reader, "shape", None)
    if shape is None:
        message = f"{reader!r} does not say which values it takes"
        raise LookupError(message)
    return shape


def object_shape(readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Give the JSON Schema of an object that `read_object` takes with these readers."""
    properties = {}
    for key, reader in readers.items():
        shape = dict(shape_of(reader))
        may_be_null = key.endswith("?") and shape and "type" in shape
        properties[key.rstrip("?")] = {"anyOf": [shape, {"type": "null"}]} if may_be_null else shape
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key in readers if not key.endswith("?")],
        "additionalProperties": False,
    }


def object_of(readers: Mapping[str, Reader]) -> Callable[[Any, str], dict[str, Any]]:
    """Make a reader of an object with these keys (`read_object`)."""

    @shaped(**object_shape(readers))
    def read(value: Any, path: str) -> dict[str, Any]:
        return read_object(value, path, readers)

    return read


def refuse(code: str, path: str, value: Any = None, **fields: Any) -> InvalidInput:
    """Make the error for a value that does not fit."""
    return InvalidInput(code, path=path, value=value, **fields)


def read_object(value: Any, path: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Take an object with these keys, each by its reader; a key that ends in `?` may be absent or null.

    Unknown and missing keys are refused before any value is read.
    """
    if not isinstance(value, dict):
        raise refuse("not_an_object", path, value)
    for key in value:
        if key.endswith("?") or (key not in readers and f"{key}?" not in readers):
            known = sorted(name.removesuffix("?") for name in readers)
            raise refuse("unknown_key", joined(path, key), value[key], known=", ".join(known))
    for key in readers:
        if key not in value and not key.endswith("?"):
            raise refuse("missing_key", joined(path, key))
    found = {}
    for key, reader in readers.items():
        name = key.removesuffix("?")
        if name in value and (name == key or value[name] is not None):
            found[name] = reader(value[name], joined(path, name))
    return found


def joined(path: str, key: str) -> str:
    """Give the path of a key of the object at `path`: `entries[3].start`; a key that is no word is quoted."""
    if not _WORD.fullmatch(key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


@shaped(type="integer", minimum=0, maximum=_LARGEST_COUNT)
def read_count(value: Any, path: str) -> int:
    """Take a whole number of minutes or days, zero or more."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise refuse("not_a_whole_number", path, value)
    if not 0 <= value <= _LARGEST_COUNT:
        raise refuse("number_out_of_range", path, value, least=0, most=_LARGEST_COUNT)
    return value


@shaped(type="string", pattern=r"^[0-9]{1,9}([.][0-9]{1,2})?$")
def read_money(value: Any, path: str) -> int:
    """Take an amount in euros as a string of whole cents, zero or more: `"100.00"` -> 10000."""
    if not isinstance(value, str):
        raise refuse("money_not_a_string", path, value)
    if _MANY_DIGITS.fullmatch(value):
        raise refuse("number_out_of_range", path, value, least=0, most=_LARGEST_AMOUNT - 1)
    try:
        cents = cents_of(value)
    except ValueError:
        raise refuse("money_not_whole_cents", path, value) from None
    if value.startswith("-"):
        raise refuse("negative_money", path, value)
    return cents


def list_of(reader: Reader, *, unique: bool = False) -> Callable[[Any, str], list[Any]]:
    """Make a reader of a list of such values, if `unique` none twice."""

    @shaped(type="array", items=dict(getattr(reader, "shape", {})), uniqueItems=unique)
    def read_list(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise refuse("not_a_list", path, value)
        items = [reader(item, f"{path}[{position}]") for position, item in enumerate(value)]
        if unique and len(set(items)) < len(items):
            position = next(i for i, item in enumerate(items) if item in items[:i])
            raise refuse("listed_twice", f"{path}[{position}]", value[position])
        return items

    return read_list


@shaped(type="string", format="date")
def read_date(value: Any, path: str) -> date:
    """Take a calendar date `YYYY-MM-DD` of the years the holidays are known for."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise refuse("not_a_date", path, value) from None
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
        raise refuse("year_out_of_range", path, value, least=FIRST_YEAR, most=LAST_YEAR)
    raise refuse("not_a_date", path, value)


@shaped(type="array", items={"type": "string", "format": "date"})
def read_dates(value: Any, path: str) -> frozenset[date]:
    """Take a list of dates; naming one twice says nothing new and is no mistake."""
    return frozenset(list_of(read_date)(value, path))


@shaped(type="string", pattern=f"^({_DECADES})[0-9]-(0[1-9]|1[0-2])$")
def read_month(value: Any, path: str) -> MonthIndex:
    """Take a calendar month `YYYY-MM`."""
    match = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise refuse("not_a_month", path, value)
    if not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise refuse("year_out_of_range", path, value, least=FIRST_YEAR, most=LAST_YEAR)
    return month_index(int(match[1]), int(match[2]))


@shaped(type="string", minLength=1, maxLength=_LONGEST_TEXT)
def read_text(value: Any, path: str) -> str:
    """Take a text that is not empty, not endless, and that every file and database can hold."""
    if not isinstance(value, str):
        raise refuse("not_a_text", path, value)
    if not value.strip():
        raise refuse("text_is_empty", path, value)
    if len(value) > _LONGEST_TEXT:
        raise refuse("text_too_long", path, value, most=_LONGEST_TEXT)
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value):
        raise refuse("text_not_storable", path, value)
    return value


@shaped(type="string", minLength=1, maxLength=_LONGEST_TEXT)
def read_id(value: Any, path: str) -> str:
    """Take the name of a case, entry or the like: a text of one line, without control characters."""
    text = read_text(value, path)
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise refuse("text_not_storable", path, value)
    return text


@shaped(type="boolean")
def read_flag(value: Any, path: str) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise refuse("not_true_or_false", path, value)
    return value


@shaped(type="string", format="date-time")
def read_moment(value: Any, path: str) -> int:
    """Take an RFC 3339 instant with an offset or `Z`, cut down to its UTC minute (settlement 1.1)."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        without = isinstance(value, str) and _LOCAL_MOMENT.fullmatch(value)
        raise refuse("time_without_offset" if without else "not_a_moment", path, value)
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise refuse("not_a_moment", path, value) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise refuse("year_out_of_range", path, value, least=FIRST_YEAR, most=LAST_YEAR)
    return instant_of(moment)


def one_of(*choices: str) -> Callable[[Any, str], str]:
    """Make a reader that takes one of these words."""

    @shaped(type="string", enum=[str(choice) for choice in choices])
    def read_choice(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refuse("unknown_value", path, value, known=", ".join(choices))
        return value

    return read_choice
