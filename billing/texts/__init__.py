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

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from billing.errors import Problem

LANGUAGES = ("de", "en")
LONGEST_VALUE = 80
LONGEST_PATH = 400
_OWN_LISTS = ("known", "missing", "findings")
_CHANGED = "changed"
_MOMENT = {"de": "dd.MM.y HH:mm", "en": "d MMM y HH:mm"}

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
    template = catalogue(lang)[key]
    return template.format_map({name: _cut(name, value, _told(name, value, lang)) for name, value in fields.items()})


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


def problem_sentence(problem: Problem, lang: str = "de", *, over_http: bool = False, **instead: Any) -> str:
    """Give the sentence of a problem; when that is incomplete, code and fields: no message is ever lost.

    On the command line it may name the command to give next; `over_http` nobody has one, and is told otherwise.
    `instead` are values of fields as the reader knows them, in the place of those that programs read.
    """
    key = f"error.{problem.code}"
    try:
        if over_http and has_sentence(f"{key}.over_http"):
            key += ".over_http"
        return sentence(key, lang, **{**problem.fields, **instead})
    except LookupError:
        fields = (f"{name}={_cut(name, value, _shown(value, lang))}" for name, value in problem.fields.items())
        return f"{problem.code} ({', '.join(fields)})"


def _told(name: str, value: object, lang: str) -> str:
    """Write the product's own list of what changed by its names; of a long one, `_cut` keeps the beginning."""
    if name == _CHANGED and isinstance(value, list):
        return _shown(", ".join(name_of("field", str(one), lang) for one in value), lang)
    return _shown(value, lang)


def _shown(value: object, lang: str) -> str:
    match value:
        case str() | Path():
            shown = str(value)
        case datetime():
            shown = format_datetime(value, _MOMENT[lang], locale=lang)
        case date():
            shown = format_date(value, "medium", locale=lang)
        case [_, *_] if all(has_sentence(f"field.{name}") for name in value):
            return ", ".join(name_of("field", str(name), lang) for name in value)  # the whole list, however long
        case _:
            shown = repr(value)
    return "".join(character if character.isprintable() else " " for character in shown)


def _cut(name: str, value: object, shown: str) -> str:
    """Cut what came from outside; the product's own lists must stay whole to be of use."""
    # A path that is cut leads nowhere.
    most = LONGEST_PATH if name == "path" or isinstance(value, Path) else LONGEST_VALUE
    return shown if len(shown) <= most or name in _OWN_LISTS else shown[: most - 1] + "…"
