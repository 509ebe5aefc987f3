"""How a message is worded: one body in the catalogue gives the plain text and the HTML, both safe with any values.

A body is paragraphs, a blank line between them. A paragraph that names a value which is missing is left out. A
paragraph that is one `{name}` alone is shown by what the value is: a link as a button, a list as a list, a text as a
quotation, so that words of others never look like ours. Inside a sentence a value is one line.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from billing.services.addresses import PORTAL, link_url, without_link_secrets
from billing.store.tables import ProcessorVersion
from billing.texts import catalogue, has_sentence, wording

_ALONE = re.compile(r"\{(\w+)\}")
_NAMES = re.compile(r"\{(\w+)")
_LINKS: dict[str, Callable[[str], str]] = {
    "link": lambda raw: link_url(PORTAL, raw),
    "page": lambda path: f"{PORTAL}{path}",
}
_MOMENT = {"de": "dd.MM.yyyy, HH:mm 'Uhr'", "en": "d MMM yyyy, HH:mm"}
_DAY = {"de": "dd.MM.yyyy", "en": "d MMM yyyy"}
_CODE = re.compile(r"^[0-9]{6}$", re.MULTILINE)
_LONGEST_LINE = 300
_LONGEST_SUBJECT = 150
"""Of one value inside a sentence, and of a subject; quotations are never cut."""


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message: `kind` says how it looks, `lines` what it says; a link has its label first."""

    kind: str
    lines: tuple[str, ...]


def write(kind: str, lang: str, fields: Mapping[str, Any], processor: ProcessorVersion, zone: ZoneInfo) -> Written:
    """Write a message of a kind in a language; LookupError when its texts or one of their fields are missing."""
    values = {"company": processor.company_name, **fields}
    subject = wording(f"mail.{kind}.subject", lang, **_inline(values, lang, zone))[:_LONGEST_SUBJECT]
    blocks = [_greeting(values, lang, zone), *_blocks(kind, lang, values, zone)]
    footer = list(_footer(processor, lang))
    text = "\n\n".join([*map(_as_text, blocks), "-- \n" + "\n".join(footer)]) + "\n"
    html = _page().render(
        lang=lang, subject=subject, blocks=blocks, footer=footer, hint=wording("mail.link_hint", lang)
    )
    return Written(subject, text, html)


def without_secrets(text: str) -> str:
    """Give a written message as it may be shown to who did not get it: its links and codes let nobody in."""
    return _CODE.sub("…", without_link_secrets(text))


def _footer(processor: ProcessorVersion, lang: str) -> Iterator[str]:
    """Give what a business letter must say of who writes, mail included (§ 35a GmbHG)."""
    yield processor.company_name
    yield f"{processor.street}, {processor.postcode} {processor.city}"
    reached = [processor.phone and f"{wording('label.phone', lang)} {processor.phone}", processor.email]
    if any(reached):
        yield _joined(*reached)
    if processor.register_number:
        yield _joined(
            wording("label.seat", lang, seat=processor.city),
            _joined(processor.register_court, processor.register_number, between=" "),
            processor.managing_directors and wording("label.management", lang, names=processor.managing_directors),
        )
    if processor.vat_id:
        yield wording("label.vat_id", lang, number=processor.vat_id)


def _joined(*parts: str | None, between: str = " · ") -> str:
    return between.join(part for part in parts if part)


def _greeting(values: Mapping[str, Any], lang: str, zone: ZoneInfo) -> Block:
    key = "mail.greeting_by_name" if values.get("recipient") else "mail.greeting"
    return Block("paragraph", (wording(key, lang, **_inline(values, lang, zone)),))


def _blocks(kind: str, lang: str, values: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Block]:
    inline = _inline(values, lang, zone)
    for paragraph in catalogue(lang)[f"mail.{kind}.body"].split("\n\n"):
        if any(values[name] in (None, "", [], ()) for name in _NAMES.findall(paragraph)):
            continue
        if alone := _ALONE.fullmatch(paragraph):
            yield _block_of(alone[1], values[alone[1]], kind, lang)
        else:
            yield Block("paragraph", tuple(paragraph.format_map(inline).split("\n")))


def _block_of(name: str, value: Any, kind: str, lang: str) -> Block:
    """Give the block that one value is on its own."""
    if name in _LINKS:
        own = f"mail.{kind}.action"
        return Block("link", (wording(own if has_sentence(own) else "mail.action", lang), _LINKS[name](value)))
    if isinstance(value, list | tuple):
        return Block("list", tuple(_one_line(str(item)) for item in value))
    if name == "code":
        return Block("code", (_one_line(str(value)),))
    return Block("quotation", tuple(_clean(line) for line in str(value).splitlines()))


def _inline(values: Mapping[str, Any], lang: str, zone: ZoneInfo) -> dict[str, str]:
    return {name: _shown(name, value, lang, zone) for name, value in values.items()}


def _shown(name: str, value: Any, lang: str, zone: ZoneInfo) -> str:
    """Write a value as it stands inside a sentence, on one line and not without end."""
    match value:
        case datetime():
            return format_datetime(value.astimezone(zone), _MOMENT[lang], locale=lang)
        case date():
            return format_date(value, _DAY[lang], locale=lang)
        case list() | tuple():
            return _one_line(", ".join(map(str, value)))
        case str() if name in _LINKS:
            return _LINKS[name](value)
        case _:
            return _one_line(str(value))


def _one_line(text: str) -> str:
    line = " ".join(_clean(text).split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def _clean(line: str) -> str:
    """Take out what is no character to read, line ends and direction marks among it: nothing may forge a header."""
    return "".join(character if character.isprintable() else " " for character in line)


def _as_text(block: Block) -> str:
    match block.kind:
        case "link":
            return f"{block.lines[0]}:\n{block.lines[1]}"
        case "list":
            return "\n".join(f"- {line}" for line in block.lines)
        case "quotation":
            return "\n".join(f"> {line}".rstrip() for line in block.lines)
        case _:
            return "\n".join(block.lines)


@cache
def _page() -> Any:
    """Give the one template of all messages."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
