"""Readers of what only terms have: rates, shares, units, windows of the clock, the Land. See `reading` for the rest."""

import re
from fractions import Fraction
from typing import Any, NamedTuple

from billing.clause.reading import (
    Reader,
    list_of,
    object_shape,
    read_count,
    read_money,
    read_object,
    refuse,
    shape_of,
    shaped,
)
from billing.timespan import MINUTES_PER_DAY

_DECIMAL = re.compile(r"[0-9]{1,6}([.][0-9]{1,6})?")
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_LONGEST_TERM_OF_PAYMENT = 3650
_ISO_WEEKDAYS = range(1, 8)

LAENDER = (
    *("DE-BB", "DE-BE", "DE-BW", "DE-BY", "DE-HB", "DE-HE", "DE-HH", "DE-MV"),
    *("DE-NI", "DE-NW", "DE-RP", "DE-SH", "DE-SL", "DE-SN", "DE-ST", "DE-TH"),
)


class Window(NamedTuple):
    """A stretch of the clock face in minutes of the day, `[start, end)`; over midnight when end < start."""

    start: int
    end: int

    def spans(self) -> list[tuple[int, int]]:
        """Give the window as one or two spans that do not cross midnight."""
        if self.start < self.end:
            return [(self.start, self.end)]
        return [(self.start, MINUTES_PER_DAY), (0, self.end)]


class WeekWindow(NamedTuple):
    """Business hours: ISO weekdays and the window that holds on each of them."""

    days: frozenset[int]
    window: Window


@shaped(type="integer", minimum=0, maximum=_LONGEST_TERM_OF_PAYMENT)
def read_days(value: Any, path: str) -> int:
    """Take a term of payment in days, at most ten years."""
    days = read_count(value, path)
    if days > _LONGEST_TERM_OF_PAYMENT:
        raise refuse("number_out_of_range", path, value, least=0, most=_LONGEST_TERM_OF_PAYMENT)
    return days


@shaped(type="integer", enum=[unit for unit in range(1, 61) if 60 % unit == 0])
def read_unit_minutes(value: Any, path: str) -> int:
    """Take a billing unit in minutes that divides the hour."""
    unit = read_count(value, path)
    if unit == 0 or 60 % unit:
        raise refuse("unit_does_not_divide_hour", path, value)
    return unit


@shaped(anyOf=[dict(shape_of(read_money)), {"type": "null"}])
def read_rate(value: Any, path: str) -> int | None:
    """Take an hourly rate in euros, or null when none is agreed (settlement 2, rule 11)."""
    return None if value is None else read_money(value, path)


@shaped(type="string", pattern=f"^{_DECIMAL.pattern}$")
def read_fraction(value: Any, path: str) -> Fraction:
    """Take an exact, non-negative decimal written as a string: `"1.25"`."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise refuse("not_a_decimal_string", path, value)
    return Fraction(value)


@shaped(type="string", pattern=r"^(0([.][0-9]{1,6})?|1([.]0{1,6})?)$")
def read_share(value: Any, path: str) -> Fraction:
    """Take a rate between nothing and the whole: `"0.19"`."""
    share = read_fraction(value, path)
    if share > 1:
        raise refuse("share_above_one", path, value)
    return share


@shaped(type="string", pattern=f"^{_CLOCK.pattern}$")
def _read_clock(value: Any, path: str) -> int:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minute = int(match[1]) * 60 + int(match[2]) if match else MINUTES_PER_DAY + 1
    if minute > MINUTES_PER_DAY:
        raise refuse("not_a_clock_time", path, value)
    return minute


@shaped(type="string", pattern=f"^{_CLOCK.pattern}$")
def _read_start(value: Any, path: str) -> int:
    minute = _read_clock(value, path)
    if minute == MINUTES_PER_DAY:
        raise refuse("not_a_clock_time", path, value)
    return minute


@shaped(type="integer", minimum=1, maximum=7)
def _read_weekday(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in _ISO_WEEKDAYS:
        raise refuse("not_a_weekday", path, value)
    return value


_WINDOW: dict[str, Reader] = {"from": _read_start, "to": _read_clock}
_WEEK_WINDOW: dict[str, Reader] = {"days": list_of(_read_weekday, unique=True), **_WINDOW}


def _window_of(parts: dict[str, Any], path: str, value: dict[str, Any]) -> Window:
    if parts["from"] == parts["to"]:
        raise refuse("window_is_empty", path, f"{value['from']}-{value['to']}")
    return Window(parts["from"], parts["to"])


@shaped(**object_shape(_WINDOW))
def read_window(value: Any, path: str) -> Window:
    """Take `{"from": "23:00", "to": "06:00"}`; `24:00` may end a window, `from` = `to` is refused."""
    return _window_of(read_object(value, path, _WINDOW), path, value)


@shaped(**object_shape(_WEEK_WINDOW))
def read_week_window(value: Any, path: str) -> WeekWindow:
    """Take `{"days": [1, …], "from": …, "to": …}` with ISO weekdays, none twice."""
    parts = read_object(value, path, _WEEK_WINDOW)
    return WeekWindow(frozenset(parts["days"]), _window_of(parts, path, value))
