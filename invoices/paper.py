"""What all printed pages share: templates, and how values are written in them. Templates only print.

Every amount was final before; a template that names an unknown value fails.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from billing.services.mail_domains import in_letters
from billing.texts import name_of, wording
from invoices import format as written
from invoices.document import Line
from invoices.wording import rate_title

TEMPLATES = Path(__file__).parent / "templates"

_NAME_ON_ONE_LINE = 28
_NAMED = ("case_kind", "expense_kind", "outcome", "rate_class", "service")


class Paper(StrEnum):
    """What can be printed from its JSON."""

    INVOICE = "invoice"
    ACTIVITY_RECORD = "activity_record"
    PASSED_THROUGH = "pass_through"
    REMINDER = "reminder"
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True)
class Page:
    """A page (or several) to print: its HTML, its style sheets, and what identifies the file."""

    html: str
    styles: tuple[str, ...]
    language: str
    identifier: str


@lru_cache
def environment(lang: str) -> Environment:
    """Give the templates with everything that writes values in a language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "t": lambda name, /, **fields: wording(f"label.{name}", lang, **fields),
        "span": partial(written.span, lang=lang),
    }
    by_language: dict[str, Any] = {
        "money": written.money,
        "exact_money": written.exact_money,
        "price": written.price,
        "hours": written.hours,
        "day": written.day,
        "weekday": written.weekday,
        "country": written.country,
        "clauses": written.clause_list,
    }
    made.filters |= {name: partial(function, lang=lang) for name, function in by_language.items()}
    made.filters |= {
        "clock": written.clock,
        "whole": written.whole,
        "grouped": grouped,
        "breakable": breakable,
        "whole_name": whole_name,
        "unbroken": unbroken,
        "rate_title": partial(_rate_title, lang=lang),
    }
    made.filters |= {group: partial(name_of, group, lang=lang) for group in _NAMED}
    return made


def grouped(iban: str) -> str:
    """Write an IBAN in groups of four that stay on one line."""
    return written.NO_BREAK.join(iban[at : at + 4] for at in range(0, len(iban), 4))


def unbroken(text: str) -> str:
    """Keep a text on one line."""
    return text.replace(" ", written.NO_BREAK)


def whole_name(name: str) -> str:
    """Keep a person's name on one line of the footer, if one holds it."""
    return unbroken(name) if len(name) <= _NAME_ON_ONE_LINE else name


def breakable(address: str) -> Markup:
    """Let a long e-mail address break where a reader would: after its `@`, in very long parts after a dot."""
    breaks = r"(@|\.(?=[^@]{12}))"
    return Markup(re.sub(breaks, r"\1<wbr/>", str(escape(in_letters(address)))))  # noqa: S704 - escaped just here


def _rate_title(line: Line, lang: str) -> str:
    return rate_title(line.rate_class, line.factor, lang)
