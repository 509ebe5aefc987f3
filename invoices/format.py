"""Amounts, quantities, times and clauses as people write them, in German and in English. Nothing is computed here.

No-break spaces keep a number and its unit on one line.
"""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from billing.money import format_cents, format_price, round_half_up

LOCALES = {"de": Locale("de", "DE"), "en": Locale("en", "GB")}
NO_BREAK = "\u00a0"
MINUS = "\u2212"

_CLAUSE = re.compile(r"(\d+)(?:\((\d+)\))?([a-z])?")
_LONG_CLAUSE = {"de": ("Ziff.", "Abs.", "lit."), "en": ("Section", "para.", "lit.")}
_DAY = {"de": "dd.MM.y", "en": "d MMM y"}

# Babel reads its pattern anew for each number; days, prices and shares come again on every line.
_remembered = lru_cache(maxsize=4096)


def money(cents: int, lang: str) -> str:
    """Write cents as `1.234,50 €` or `€1,234.50`."""
    return _minus(format_currency(Decimal(format_cents(cents)), "EUR", locale=LOCALES[lang]))


def exact_money(cents: Fraction, lang: str) -> str:
    """Write what is rounded later only, with four decimals: `5,7256 €`."""
    pattern = {"de": f"#,##0.0000{NO_BREAK}¤", "en": "¤#,##0.0000"}[lang]
    euros = Decimal(round_half_up(cents * 100)) / 10_000
    return format_currency(euros, "EUR", pattern, locale=LOCALES[lang], currency_digits=False)


@_remembered
def price(euros: Fraction, lang: str) -> str:
    """Write an exact price with two to six decimals: `41,40625 €`."""
    pattern = {"de": f"#,##0.00####{NO_BREAK}¤", "en": "¤#,##0.00####"}[lang]
    return format_currency(Decimal(format_price(euros)), "EUR", pattern, locale=LOCALES[lang], currency_digits=False)


@_remembered
def percent(share: Fraction, lang: str) -> str:
    """Write a share of the whole as `19 %` (`19%` in English), with decimals only where there are some."""
    digits = format_decimal(_decimal(share * 100), "#,##0.####", locale=LOCALES[lang])
    return f"{digits}%" if lang == "en" else f"{digits}{NO_BREAK}%"


def hours(quantity: Fraction, lang: str) -> str:
    """Write a quantity in hours as `1,25 h`."""
    return f"{_minus(format_decimal(_decimal(quantity), '#,##0.00##', locale=LOCALES[lang]))}{NO_BREAK}h"


def whole(number: int) -> str:
    """Write a whole number as `3` or `−3`."""
    return _minus(str(number))


def clock(minutes: int) -> str:
    """Write minutes as hours and minutes: `1:05 h`."""
    return f"{minutes // 60}:{minutes % 60:02d}{NO_BREAK}h"


def clock_span(start: int, end: int, lang: str) -> str:
    """Write a stretch of the clock face, in minutes of the day: `08:00–16:00 Uhr`."""
    span_of_day = f"{start // 60:02d}:{start % 60:02d}–{end // 60:02d}:{end % 60:02d}"
    return f"{span_of_day}{NO_BREAK}Uhr" if lang == "de" else span_of_day


@_remembered
def day(value: date, lang: str) -> str:
    """Write a date as `05.06.2026` or `5 Jun 2026`."""
    return format_date(value, _DAY[lang], locale=LOCALES[lang])


def weekday(value: date, lang: str) -> str:
    """Write a date with its day of the week, which decides the rate class: `Sa. 17.10.2026`."""
    return f"{format_date(value, 'EEEEEE', locale=LOCALES[lang])} {day(value, lang)}"


def span(first: date, last: date, lang: str) -> str:
    """Write a stretch of days without repeating what both share: `01.–30.06.2026`, `1–30 Jun 2026`."""
    if first == last:
        return day(first, lang)
    start = _DAY[lang]
    if first.year == last.year:
        start = {"de": "dd.MM.", "en": "d MMM"}[lang] if first.month != last.month else {"de": "dd.", "en": "d"}[lang]
    return f"{format_date(first, start, locale=LOCALES[lang])}–{day(last, lang)}"


def month(value: str, lang: str) -> str:
    """Write the month `2026-10` as `Oktober 2026`."""
    return format_date(date.fromisoformat(f"{value}-01"), "LLLL y", locale=LOCALES[lang])


def country(code: str, lang: str) -> str:
    """Give the name of a country in capitals, as the last line of an address abroad."""
    return str(Locale.parse(LOCALES[lang]).territories.get(code, code)).upper()


def clause_list(clauses: tuple[str, ...], lang: str) -> str:
    """Write printed clauses in full, naming a section once: `Ziff. 13 Abs. 3 lit. a, Abs. 4 lit. b`.

    A clause of another form (of another contract) is written as it stands.
    """
    written: list[str] = []
    section = ""
    for clause in clauses:
        found = _CLAUSE.fullmatch(clause)
        if not found:
            written.append(clause)
            section = ""
            continue
        written.append(_long_clause(found, lang, with_section=found[1] != section))
        section = found[1]
    return ", ".join(written)


def _long_clause(found: re.Match[str], lang: str, *, with_section: bool) -> str:
    words = zip(_LONG_CLAUSE[lang], found.groups(), strict=True)
    parts = [f"{word}{NO_BREAK}{number}" for word, number in words if number]
    return NO_BREAK.join(parts if with_section or len(parts) == 1 else parts[1:])


def _minus(number: str) -> str:
    """Put the sign that is made for numbers before a negative one: a hyphen is short and hard to see."""
    return number.replace("-", MINUS)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
