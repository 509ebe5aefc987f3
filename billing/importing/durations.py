"""How the tools write a duration: `01:12:12`, `18:25 min`, `1,25`, `4500`. Read exactly, without binary fractions."""

import re
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from billing.importing.rows import RowError

_SECONDS_OF = {"h": 3600, "min": 60, "s": 1}
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5]?[0-9])(?::([0-5]?[0-9]))?(\s*(?:min|h))?", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,9}))?\s*([a-z]*)\.?", re.ASCII | re.IGNORECASE)
_UNITS = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden"), "h"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), "min"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden"), "s"),
}


class Bare(Enum):
    """What a number without a unit means in a column, fixed by the format."""

    HOURS = "hours"
    KIMAI = "kimai"
    REFUSED = "refused"


class Stated(NamedTuple):
    """A duration as a file states it: as written, its possible readings in seconds, and whether it is a decimal."""

    text: str
    readings: tuple[int, ...]
    decimal: bool

    @property
    def whole_minutes(self) -> int:
        """The minutes of the first reading: cut down like every time (settlement 1.1), but nearest for a decimal.

        `0.33` h stands for 20 minutes that some tool rounded to two decimals; cutting 19.8 would lose one.
        """
        seconds = self.readings[0]
        return (seconds + 30) // 60 if self.decimal else seconds // 60

    @property
    def notice(self) -> str:
        """The code of what was changed on the way to whole minutes, or ""."""
        if self.readings[0] % 60 == 0:
            return ""
        return "duration_rounded" if self.decimal else "seconds_cut"


def parse_duration(text: str, bare: Bare) -> Stated:
    """Read a duration; `bare` says what a number without a unit is. Raises RowError for everything else.

    Kimai writes seconds, and in newer versions hours with two decimals, which spreadsheets shorten to `2`: a bare whole
    number has both readings there (the clock times decide), a fraction can only be hours.
    """
    if match := _CLOCK.fullmatch(text):
        return _of_clock(text, match)
    match = _NUMBER.fullmatch(text)
    unit = match[3].lower() if match else ""
    if match is None or (unit and unit not in _UNITS):
        raise RowError("row_duration_invalid", value=text)
    number = Fraction(int(match[1])) + (Fraction(int(match[2]), 10 ** len(match[2])) if match[2] else 0)
    if unit:
        size = _SECONDS_OF[_UNITS[unit]]
        return Stated(text, (_nearest(number * size),), decimal=match[2] is not None)
    if bare is Bare.REFUSED:
        raise RowError("row_duration_without_unit", value=text)
    hours = _nearest(number * 3600)
    if bare is Bare.KIMAI and match[2] is None:
        return Stated(text, (int(number), hours), decimal=False)
    return Stated(text, (hours,), decimal=True)


def _of_clock(text: str, match: re.Match[str]) -> Stated:
    first, second, third = int(match[1]), int(match[2]), int(match[3] or 0)
    if (match[4] or "").strip().lower() == "min" and match[3] is None:
        return Stated(text, (first * 60 + second,), decimal=False)  # Toggl: minutes and seconds
    return Stated(text, (first * 3600 + second * 60 + third,), decimal=False)


def _nearest(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def as_clock(seconds: int) -> str:
    """Write seconds as `1:30:00`, the form in which both sides of a contradiction are shown."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
