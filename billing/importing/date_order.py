"""Which comes first in 05/10/2026, the day or the month? Decided from the whole file, or asked; never per row.

`2026-10-05` (also with `/` or `.`) and `05.10.2026` have one reading. Only dates with slashes or hyphens and the year
last are in doubt: Clockify and Harvest write dates as each user set them.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from billing.importing.rows import RowError

FIRST_YEAR, LAST_YEAR = 2000, 2099
_DATE = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})", re.ASCII)
_MONTHS = 12
_YEAR_DIGITS = 4


class DateOrder(StrEnum):
    """The order of the numbers in a date whose year comes last."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Seen(NamedTuple):
    """A date that tells something about the order: where it stands and how it is written."""

    line: int
    text: str


@dataclass(slots=True)
class OrderEvidence:
    """What the dates of a file say about their order: the first of each kind, proof or in doubt."""

    day_first: Seen | None = None
    month_first: Seen | None = None
    in_doubt: Seen | None = None

    def see(self, line: int, text: str) -> None:
        """Take one date cell into account; what is no date at all is refused later, with its row."""
        match = _DATE.fullmatch(text)
        if match is None or not _is_open(match):
            return
        first, second = int(match[1]), int(match[3])
        seen = Seen(line, text)
        if first > _MONTHS >= second:
            self.day_first = self.day_first or seen
        elif second > _MONTHS >= first:
            self.month_first = self.month_first or seen
        elif first != second and first <= _MONTHS:
            self.in_doubt = self.in_doubt or seen

    @property
    def order(self) -> DateOrder | None:
        """The order the file proves by itself; None when it is in doubt, mixed, or has nothing to decide."""
        if self.day_first and not self.month_first:
            return DateOrder.DAY_FIRST
        if self.month_first and not self.day_first:
            return DateOrder.MONTH_FIRST
        return None

    @property
    def must_be_asked(self) -> bool:
        """Whether the file alone doesn't settle the order although some date depends on it."""
        return self.order is None and (self.in_doubt is not None or self.day_first is not None)


def parse_date(text: str, order: DateOrder | None) -> date:
    """Read a date; `order` is that of the file. Raises RowError for what is no date or has an unlikely year."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise RowError("row_date_invalid", value=text)
    try:
        day = date(*_year_month_day(match, order))
    except ValueError:
        raise RowError("row_date_invalid", value=text) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RowError("row_year_unlikely", value=text, first=FIRST_YEAR, last=LAST_YEAR)
    return day


def _year_month_day(match: re.Match[str], order: DateOrder | None) -> tuple[int, int, int]:
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == _YEAR_DIGITS:
        return first, second, third
    if len(match[4]) != _YEAR_DIGITS:
        raise RowError("row_year_short", value=match[0])
    if _is_open(match) and order is DateOrder.MONTH_FIRST:
        return third, first, second
    return third, second, first


def _is_open(match: re.Match[str]) -> bool:
    """Whether the order of a written date is a matter of taste: dots are German, a year in front settles it."""
    return match[2] != "." and len(match[1]) != _YEAR_DIGITS and len(match[4]) == _YEAR_DIGITS
