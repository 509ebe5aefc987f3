"""How an invoice number is written. Which number comes next is the business of the run, in its transaction."""

import re

from billing.errors import InvalidInput

DEFAULT_PATTERN = "{series}-{year}-{number:4}"
LONGEST = 36
"""DATEV takes at most 36 characters as Belegfeld 1, and only those of `_ALLOWED`."""

_PLACEHOLDER = re.compile(r"\{(series|year|number)(?::([1-9]))?\}")
_ALLOWED = re.compile(r"[A-Za-z0-9$&%*+/-]+")
_REQUIRED = {"series", "year", "number"}


def format_number(pattern: str, *, series: str, year: int, sequence: int) -> str:
    """Write a number: `{number:4}` is the sequence with at least four digits.

    Sequence 0 gives a placeholder of the same form, with which a document can be checked before it is numbered.
    """
    values = {"series": series, "year": str(year), "number": str(sequence)}
    return _PLACEHOLDER.sub(lambda found: values[found[1]].zfill(int(found[2] or 1)), pattern)


def check_pattern(pattern: str, series: str) -> None:
    """Refuse a pattern that would give two invoices one number, or a number that bookkeeping can't take.

    Sequences run per series and year, so all three must show (§ 14 Abs. 4 Nr. 4 UStG: unique and consecutive).
    """
    found = {match[1] for match in _PLACEHOLDER.finditer(pattern)}
    if found != _REQUIRED:
        raise InvalidInput("number_pattern_incomplete", path="number_pattern", value=pattern)
    number = format_number(pattern, series=series, year=2026, sequence=999_999)
    if not _ALLOWED.fullmatch(number):
        raise InvalidInput("number_pattern_characters", path="number_pattern", value=number)
    if len(number) > LONGEST:
        raise InvalidInput("number_pattern_too_long", path="number_pattern", value=number, most=LONGEST)
