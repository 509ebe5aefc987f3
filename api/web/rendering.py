"""Pages from templates: one environment a language, with the product's own way to write amounts, times and dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from api.web.assets import address_of
from api.web.fonts import font_files
from api.web.times import write_month
from billing.errors import Problem
from billing.money import cents_of
from billing.services.mail_domains import in_letters
from billing.texts import LANGUAGES, has_sentence, name_of, problem_sentence, sentence, wording
from billing.timespan import datetime_of
from invoices import format as written

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
_LOCALE = HERE / "locale"
_GERMAN = LANGUAGES[0]
_KEPT = 1024
"""How many sentences and figures of a kind are kept: a page of two hundred rows says the same few all over."""
_REFERENCE = re.compile(r"\b[A-Z]{1,4}-\d[\w-]*")
_CLAUSE_WORD = {"de": "Ziffer", "en": "clause"}
"""What sentences put before the short form of a clause; the long form brings its own."""
_DAY_AND_MONTH = {"de": "dd.MM.", "en": "d MMM"}


@dataclass(frozen=True, slots=True)
class Texts:
    """What templates say in one language; their own words are German, so that there is nothing to look up for it."""

    by_german: Mapping[str, str]
    plurals: Mapping[tuple[str, str], tuple[str, ...]]

    def gettext(self, german: str) -> str:
        """Give the text in the language; a text without a translation stays German."""
        return self.by_german.get(german, german)

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """Give the text for a count: both languages have one form for 1 and one for all others."""
        forms = self.plurals.get((singular, plural), (singular, plural))
        return forms[0] if count == 1 else forms[1]


@lru_cache(maxsize=len(LANGUAGES))
def texts_of(lang: str) -> Texts:
    """Read the texts of a language, once a process."""
    single: dict[str, str] = {}
    plural: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in [] if lang == _GERMAN else sorted((_LOCALE / lang / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as source:
            messages = read_po(source, locale=lang, abort_invalid=True)
        for message in messages:
            if isinstance(message.id, str):
                single[message.id] = str(message.string or message.id)
            else:
                plural[(message.id[0], message.id[1])] = tuple(message.string or message.id)
    return Texts(single, plural)


@lru_cache(maxsize=len(LANGUAGES))
def environment(lang: str) -> Environment:
    """Give the environment of a language; what a template asks for and is not given is an error of ours."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    texts = texts_of(lang)
    env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        texts.gettext, texts.ngettext, newstyle=True
    )
    env.policies["ext.i18n.trimmed"] = True
    env.filters |= _filters(lang)
    plain = lru_cache(_KEPT)(lambda key: sentence(key, lang))
    env.globals |= {
        "asset": address_of,
        "name_of": lru_cache(_KEPT)(lambda group, code: name_of(group, str(code), lang)),
        "sentence": lambda key, **fields: sentence(key, lang, **fields) if fields else plain(key),
        "wording": lambda key, **fields: wording(key, lang, **fields),
        "has_sentence": has_sentence,
        "problem_sentence": _problem_sentence,
        "lang": lang,
        "fonts": [address_of(name) for name in font_files()],
    }
    return env


def render(template: str, lang: str, context: Mapping[str, Any]) -> str:
    """Give the page of a template."""
    return environment(lang).get_template(template).render(context)


@pass_context
def _problem_sentence(context: Context, problem: Problem) -> str:
    """Give the sentence of a problem on the page that is rendered, by the clock of whoever reads it."""
    return told_sentence(problem.by_clock_of(context.get("zone")), context["lang"])


def told_sentence(problem: Problem, lang: str) -> str:
    """Give the sentence of a problem as pages say it: without what programs call the field, the clause in full."""
    shown = Problem("field_empty") if problem.code == "missing_key" else problem
    words = _with_clause(shown, lang).removeprefix(f"{problem.fields.get('path')}: ")
    return words[:1].upper() + words[1:]


def _with_clause(problem: Problem, lang: str) -> str:
    """Give the sentence with its clause as papers write it: `Ziff. 13 Abs. 5 lit. c`, programs read `Ziffer 13(5)c`."""
    clause = problem.fields.get("clause")
    if not isinstance(clause, str):
        return problem_sentence(problem, lang, over_http=True)
    in_full = written.clause_list((clause,), lang).replace(written.NO_BREAK, " ")
    words = problem_sentence(problem, lang, over_http=True, clause=in_full)
    return words if in_full == clause else words.replace(f"{_CLAUSE_WORD[lang]} {in_full}", in_full)


def _filters(lang: str) -> dict[str, Any]:
    """Give the filters; whoever shows a moment says on whose clock, as `moment(zone)`."""
    locale = written.LOCALES[lang]
    return {
        "money": lambda cents: written.money(cents, lang),
        "price": lambda euros: written.price(euros, lang),
        "euros": lambda text: written.money(cents_of(text), lang),
        "exact": Fraction,
        "address": in_letters,
        "field_name": lambda name: name_of("field", name, lang),
        "percent": lru_cache(_KEPT)(lambda share: written.percent(share, lang)),
        "share": lambda written_share: written.percent(Fraction(written_share), lang),
        "hours": lambda quantity: written.hours(quantity, lang),
        "clock": written.clock,
        "minutes": _plain_clock,
        "day": lambda value: written.day(value, lang),
        "weekday": lambda value: written.weekday(value, lang),
        "span": lambda both: written.span(both[0], both[1], lang),
        "month": lambda value: written.month(value, lang),
        "typed_month": write_month,
        "short_weekday": lambda value: format_date(value, "EEEEEE", locale=locale).rstrip("."),
        "weekday_name": lambda value: format_date(value, "EEEE", locale=locale),
        "day_and_month": lambda value: format_date(value, _DAY_AND_MONTH[lang], locale=locale),
        "instant": lambda at, zone: format_time(_there(datetime_of(at), zone), "HH:mm", locale=locale),
        "long_day": lambda value: format_date(value, "full", locale=locale),
        "moment": lambda at, zone: format_datetime(_there(at, zone), written_moment(lang), locale=locale),
        "time": lambda at, zone: format_time(_there(at, zone), "HH:mm", locale=locale),
        "local_day": lambda at, zone: _there(at, zone).date(),
        "clauses": lambda clauses: written.clause_list(tuple(clauses), lang),
        "paragraphs": _paragraphs,
        "unbroken": _unbroken,
        "iso": lambda value: value.isoformat(),
        "days_until": _days_until,
    }


def written_moment(lang: str) -> str:
    """Give how a moment is written: `05.06.2026, 14:02` or `5 Jun 2026, 14:02`."""
    return {"de": "dd.MM.y, HH:mm", "en": "d MMM y, HH:mm"}[lang]


def _there(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone)


def _plain_clock(minutes: int) -> str:
    """Write minutes as `1:05`, for columns whose head names the unit."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def _paragraphs(text: str) -> Markup:
    """Give what people wrote, escaped, with their line breaks."""
    return Markup("<br>").join(text.splitlines())


def _unbroken(text: str) -> Markup:
    """Give a text, escaped, that breaks no line within a reference such as `V-140`."""
    plain = str(escape(text))  # a Markup would put its pieces together again and escape our tags as well
    return Markup(_REFERENCE.sub(r'<span class="nowrap">\g<0></span>', plain))  # noqa: S704 - escaped


def _days_until(day: date, today: date) -> int:
    return (day - today) // timedelta(days=1)
