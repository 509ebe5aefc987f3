"""Readers of what people and letters are made of: one JSON value in, a checked value out, or `InvalidInput` with path.

They complete `billing.clause.reading`; the check digits are those of python-stdnum.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from stdnum import bic, iban
from stdnum.de import leitweg, stnr
from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from billing.clause.reading import Reader, one_of, read_count, read_text, refuse, shaped
from billing.clause.reading_terms import LAENDER
from billing.services.legible import is_legible, tidied
from billing.services.mail_domains import in_ascii

LONGEST_LINE = 200
LONGEST_NOTE = 10_000
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_GERMAN_POSTCODE = re.compile(r"[0-9]{5}")
_SERIES = re.compile(r"[A-Z0-9]{1,10}")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_INITIALS = re.compile(r"\w{1,10}")

read_language = one_of("de", "en")


def count_between(least: int, most: int) -> Reader:
    """Make a reader of a whole number within bounds."""

    @shaped(type="integer", minimum=least, maximum=most)
    def read_number(value: Any, path: str) -> int:
        number = read_count(value, path)
        if not least <= number <= most:
            raise refuse("number_out_of_range", path, value, least=least, most=most)
        return number

    return read_number


@shaped(type="string", pattern=_CLOCK.pattern)
def read_clock(value: Any, path: str) -> str:
    """Take a time of day by the processor's clock, `06:00`."""
    text = read_text(value, path)
    if not _CLOCK.fullmatch(text):
        raise refuse("not_a_clock", path, value)
    return text


@shaped(type="string", minLength=1, maxLength=LONGEST_LINE)
def read_line(value: Any, path: str) -> str:
    """Take one line of text, at most 200 characters, without the blanks around it and marks that nobody sees."""
    text = read_text(_tidied(value), path).strip()
    if len(text) > LONGEST_LINE:
        raise refuse("text_too_long", path, value, most=LONGEST_LINE)
    if not is_legible(text):
        raise refuse("text_not_storable", path, value)
    return text


@shaped(type="string", minLength=1, maxLength=LONGEST_NOTE)
def read_note(value: Any, path: str) -> str:
    """Take free text of several lines, at most 10,000 characters, without marks that nobody sees."""
    if not isinstance(value, str):
        raise refuse("not_a_text", path, value)
    text = tidied(value)
    if not text.strip():
        raise refuse("text_is_empty", path, value)
    if len(text) > LONGEST_NOTE:
        raise refuse("text_too_long", path, value, most=LONGEST_NOTE)
    lines = text.splitlines()
    if not all(is_legible(line.replace("\t", " ")) for line in lines):
        raise refuse("text_not_storable", path, value)
    return "\n".join(lines)


def _tidied(value: Any) -> Any:
    return tidied(value) if isinstance(value, str) else value


def read_reason(value: Any) -> str:
    """Take the reason of a deed that must have one; it is the field `reason` everywhere."""
    if value is None:
        raise refuse("missing_key", "reason")
    return read_note(value, "reason")


@shaped(type="string", format="email", maxLength=LONGEST_LINE)
def read_email(value: Any, path: str) -> str:
    """Take an e-mail address; gives its domain in ASCII (`mail_domains`). InvalidInput `email_invalid`."""
    address = in_ascii(read_line(value, path))
    if address is None or not _EMAIL.fullmatch(address):
        raise refuse("email_invalid", path, value)
    return address


@shaped(type="string", minLength=1, maxLength=10, pattern=r"^\w{1,10}$")
def read_initials(value: Any, path: str) -> str:
    """Take the initials or pseudonym of a member of staff: what an activity record shows (13(10))."""
    text = read_line(value, path)
    if not _INITIALS.fullmatch(text):
        raise refuse("initials_invalid", path, value)
    return text


@shaped(type="string", pattern=f"^{_SERIES.pattern}$")
def read_series(value: Any, path: str) -> str:
    """Take the name of a series of invoice numbers: capital letters and digits."""
    text = read_line(value, path)
    if not _SERIES.fullmatch(text):
        raise refuse("series_invalid", path, value)
    return text


@shaped(type="string", pattern="^[A-Z]{2}$")
def read_country(value: Any, path: str) -> str:
    """Take a country by its two letters (ISO 3166-1)."""
    text = read_line(value, path).upper()
    if not re.fullmatch("[A-Z]{2}", text) or text not in _countries():
        raise refuse("country_unknown", path, value)
    return text


@cache
def _countries() -> frozenset[str]:
    return frozenset(Locale("en").territories) - {"EU", "EZ", "QO", "UN", "XA", "XB", "XK", "ZZ"}


@shaped(type="string", enum=[land.removeprefix("DE-") for land in LAENDER])
def read_land(value: Any, path: str) -> str:
    """Take a German Land, `BW` or `DE-BW`; gives `BW`."""
    text = read_line(value, path).upper()
    full = text if text.startswith("DE-") else f"DE-{text}"
    if full not in LAENDER:
        raise refuse("unknown_value", path, value, known=", ".join(land.removeprefix("DE-") for land in LAENDER))
    return full.removeprefix("DE-")


@shaped(type="string", minLength=1, maxLength=LONGEST_LINE)
def read_zone(value: Any, path: str) -> str:
    """Take a time zone by its IANA name, `Europe/Berlin`."""
    text = read_line(value, path)
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refuse("time_zone_unknown", path, value) from None


def require_postcode(postcode: str, country: str, path: str = "postcode") -> None:
    """Refuse a German postcode that has not five digits; other countries write theirs as they like."""
    if country == "DE" and not _GERMAN_POSTCODE.fullmatch(postcode):
        raise refuse("postcode_invalid", path, postcode)


def _number_reader(code: str, validate: Callable[[str], str]) -> Callable[[Any, str], str]:
    """Make a reader out of a check of python-stdnum; it gives the number in its compact form."""

    @shaped(type="string", minLength=1, maxLength=LONGEST_LINE)
    def read_number(value: Any, path: str) -> str:
        text = read_line(value, path)
        try:
            return validate(text)
        except ValidationError:
            raise refuse(code, path, value) from None

    return read_number


read_iban = _number_reader("iban_invalid", iban.validate)
read_bic = _number_reader("bic_invalid", bic.validate)
read_leitweg_id = _number_reader("leitweg_id_invalid", leitweg.validate)
_read_tax_number = _number_reader("tax_number_invalid", stnr.validate)
_read_eu_vat_id = _number_reader("vat_id_invalid", vat.validate)


@shaped(type="string", minLength=1, maxLength=20)
def read_vat_id(value: Any, path: str) -> str:
    """Take a VAT id of an EU country, with its check digits where the country has some."""
    return _read_eu_vat_id(value, path)


@shaped(type="string", minLength=1, maxLength=20)
def read_tax_number(value: Any, path: str) -> str:
    """Take a German tax number as it is written on letters, `12345/67890`."""
    _read_tax_number(value, path)
    return read_line(value, path)
