"""The sentences people read, in German and in English: one per error, verdict, reason, next step and label.

The catalogues are plain gettext files (`locale/<language>/LC_MESSAGES/*.po`, one a subject) whose keys are codes:

    error.<code>       what was wrong, and what to do          verdict.<code>     why work is billed or free
    reason.<code>      why work is on hold                     next_step.<code>   what would settle it
    outcome.<verdict>  billed, free, held in one word          service.<code>     kind of work
    rate_class.<code>, case_kind.<code>, expense_kind.<code>, document.<code>     names of these
    field.<name>       a field of a document, as people call it   label.<name>   words on screen and paper
    action.<code>, subject.<kind>, detail.<name>   what stands in the logs

They are read straight from the text files, so adding a sentence needs no compile step.
"""

import errno
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from billing.errors import Problem

LANGUAGES = ("de", "en")
LONGEST_VALUE = 80
LONGEST_PATH = 400
_KNOWN = "known"
_OWN_LISTS = (_KNOWN, "missing", "findings")
_CHANGED = "changed"
_SENT = "value"
_MOMENT = {"de": "dd.MM.y HH:mm", "en": "d MMM y HH:mm"}
_CODES = {"waits_for": "half_session", "fact": "field", "scope": "right"}
"""Fields whose codes have names, and the group these stand in."""
_BY_SYSTEM = {
    os.strerror(getattr(errno, name)): f"system.{name}"
    for name in (
        *("ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "EEXIST", "ENOSPC", "EDQUOT", "EROFS", "EIO"),
        *("ENAMETOOLONG", "EADDRINUSE", "EADDRNOTAVAIL", "EINVAL"),
    )
}
"""What the operating system says, in its English, and the key of our words for it."""
_BY_PARSER = {
    "Expecting property name": "name_missing",
    "Expecting ':'": "colon_missing",
    "Expecting ','": "comma_missing",
    "Expecting value": "value_missing",
    "Unterminated string": "text_not_closed",
    "Invalid control character": "control_character",
    "Invalid \\": "escape_invalid",
    "Extra data": "goes_on",
    "Illegal trailing comma": "comma_too_many",
    "maximum recursion": "too_deep",
    "key ": "key_twice",
}
"""What readers of JSON say, by how it begins, and the code of our words for it."""
_PARSED, _SAID_PLACE = "said", re.compile(r"line ([0-9]+) column ([0-9]+)")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_LOCALE = Path(__file__).parent / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(lang: str) -> dict[str, str]:
    """Give all sentences of a language by key, read once per process; ValueError for any other language."""
    if lang not in LANGUAGES:
        message = f"no catalogue for language {lang!r}"
        raise ValueError(message)
    sentences: dict[str, str] = {}
    for path in sorted((_LOCALE / lang / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            messages = read_po(source, locale=lang, abort_invalid=True)
        sentences |= {str(message.id): str(message.string) for message in messages if message.id}
    return sentences


def sentence(key: str, /, lang: str = "de", **fields: Any) -> str:
    """Give the sentence of a key with its fields filled in.

    A key without a sentence or a placeholder without a field is a bug of the caller: LookupError. Values are cut to
    80 characters, paths to 400, and lose control characters, so that hostile input can't flood or forge what is read.
    """
    return _filled(key, lang, fields, None)


def wording(key: str, /, lang: str = "de", **fields: str) -> str:
    """Give the sentence of a key with fields that are ours already formatted: as they are, however long."""
    return catalogue(lang)[key].format_map(fields)


def has_sentence(key: str) -> bool:
    """Tell whether a key has a sentence (both catalogues hold the same keys)."""
    return key in catalogue(LANGUAGES[0])


def name_of(group: str, code: str, lang: str = "de") -> str:
    """Give the name of a code that may also be free text (`case_kind`, `document`): unknown codes name themselves."""
    key = f"{group}.{code}"
    return sentence(key, lang) if has_sentence(key) else code


def codes_of(group: str) -> list[str]:
    """Give the codes of a group that have a name (`reason`, `action`), sorted."""
    return sorted(key.removeprefix(f"{group}.") for key in catalogue(LANGUAGES[0]) if key.startswith(f"{group}."))


def problem_sentence(problem: Problem, lang: str = "de", *, over_http: bool = False, **instead: Any) -> str:
    """Give the sentence of a problem; when that is incomplete, code and fields: no message is ever lost.

    On the command line it may name the command to give next; `over_http` nobody has one, and is told otherwise.
    `instead` are values of fields as the reader knows them, in the place of those that programs read. Moments are told
    by the clock that the problem was given.
    """
    key = f"error.{problem.code}"
    try:
        if over_http and has_sentence(f"{key}.over_http"):
            key += ".over_http"
        return _filled(key, lang, {**problem.fields, **instead}, problem.zone)
    except LookupError:
        told = _all_told(problem.fields, lang, problem.zone)
        return f"{problem.code} ({', '.join(f'{name}={value}' for name, value in told.items())})"


def _filled(key: str, lang: str, fields: Mapping[str, Any], zone: tzinfo | None) -> str:
    return catalogue(lang)[key].format_map(_all_told(fields, lang, zone))


def _all_told(fields: Mapping[str, Any], lang: str, zone: tzinfo | None) -> dict[str, str]:
    """Write values as people do: the one place where a value becomes text in a sentence."""
    return {name: _cut(name, value, _printable(_told(name, value, lang, zone))) for name, value in fields.items()}


def _told(name: str, value: object, lang: str, zone: tzinfo | None) -> str:
    match value:
        case None:
            shown = sentence("word.nothing", lang)
        case Enum():
            shown = name_of(_WORD_START.sub("_", type(value).__name__).lower(), str(value.value), lang)
        case str() | Path():
            shown = _text(name, str(value), lang)
        case date():
            shown = _day_or_moment(value, lang, zone)
        case list():
            shown = _list(name, value, lang, zone)
        case bool() | dict():
            shown = json.dumps(value, ensure_ascii=False, default=str)  # as it was sent
        case _:
            shown = str(value)
    return shown


def _text(name: str, text: str, lang: str) -> str:
    """Put into the reader's words what is a code, or what the system or a reader of JSON said."""
    if name in _CODES:
        return name_of(_CODES[name], text, lang)
    if name == _PARSED:
        return _flaw(text, lang)
    if name == _KNOWN and not text:
        return sentence("word.none", lang)
    return sentence(_BY_SYSTEM[text], lang) if text in _BY_SYSTEM else text


def _list(name: str, items: list[Any], lang: str, zone: tzinfo | None) -> str:
    """Write what was sent as it came, fields by their names, and other lists of ours as a row."""
    if name == _CHANGED or (items and all(has_sentence(f"field.{one}") for one in items)):
        return ", ".join(name_of("field", str(one), lang) for one in items)
    if name == _SENT:
        return json.dumps(items, ensure_ascii=False, default=str)
    return ", ".join(_told(name, item, lang, zone) for item in items)


def _flaw(said: str, lang: str) -> str:
    """Say what a reader of JSON found, and where; other words stay as they are."""
    code = next((code for beginning, code in _BY_PARSER.items() if said.startswith(beginning)), None)
    if code is None:
        return said
    words, place = sentence(f"json_flaw.{code}", lang), _SAID_PLACE.search(said)
    return words if place is None else sentence("json_flaw.at", lang, flaw=words, line=place[1], column=place[2])


def _day_or_moment(value: date, lang: str, zone: tzinfo | None) -> str:
    """Write a moment by the clock of the reader; where nobody's is known, a moment of the world's clock says so."""
    if not isinstance(value, datetime):
        return format_date(value, "medium", locale=lang)
    shown = format_datetime(value if zone is None else value.astimezone(zone), _MOMENT[lang], locale=lang)
    return f"{shown} UTC" if zone is None and value.tzinfo is UTC else shown


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _cut(name: str, value: object, shown: str) -> str:
    """Cut what came from outside; the product's own lists must stay whole to be of use."""
    # A path that is cut leads nowhere.
    most = LONGEST_PATH if name == "path" or isinstance(value, Path) else LONGEST_VALUE
    return shown if len(shown) <= most or name in _OWN_LISTS else shown[: most - 1] + "…"
