"""A year in months: billable, free and held effort, one above the other; its table stands beside it on the page."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from api.web.charts.svg import element, joined, share

_HOUR = 60
_LEFT, _TOP, _BARS = 8, 10, 78
"""Per cent of the picture: left of the bars the hours, above them their unit, below them the months."""
_BAR_SHARE = 64
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_MOST_LINES = 5


class Month(NamedTuple):
    """One month as people call it, with its minutes."""

    name: str
    billable: int
    free: int
    held: int

    @property
    def minutes(self) -> int:
        """All of them."""
        return self.billable + self.free + self.held


def year_chart(months: Sequence[Month], *, label: str) -> Markup:
    """Draw a bar a month; every bar has the same scale, whose lines are whole hours."""
    step = _step(max((month.minutes for month in months), default=0))
    top = step * max(1, -(-max((month.minutes for month in months), default=0) // step))
    unit = element("text", "h", x=f"{_LEFT - 1}%", dy=11, text_anchor="end")
    lines = [_line(hours, top) for hours in range(0, top + 1, step)]
    bars = [_bar(place, len(months), month, top) for place, month in enumerate(months)]
    return element("svg", unit, *lines, *bars, class_="year", role="img", aria_label=label)


def _step(most: int) -> int:
    """Give the distance of the lines in minutes: whole hours, at most five lines above the first."""
    hours = -(-most // _HOUR)
    return _HOUR * next((step for step in _STEPS if hours <= step * _MOST_LINES), -(-hours // _MOST_LINES))


def _height(minutes: int, top: int) -> str:
    return share(minutes * _BARS, top * 100)


def _y(minutes: int, top: int) -> str:
    return share((_TOP + _BARS) * top - minutes * _BARS, top * 100)


def _line(minutes: int, top: int) -> Markup:
    y = _y(minutes, top)
    line = element("line", x1=f"{_LEFT}%", x2="100%", y1=y, y2=y, class_="grid")
    return line + element("text", str(minutes // _HOUR), x=f"{_LEFT - 1}%", y=y, dy=4, text_anchor="end")


def _bar(place: int, count: int, month: Month, top: int) -> Markup:
    """Draw a month in its column: held on free on billable, each with its own shade."""
    column, whole = 100 - _LEFT, 100 * count
    x = share(_LEFT * count + place * column + column * (100 - _BAR_SHARE) // 200, whole)
    pieces, below = [], 0
    for kind in ("billable", "free", "held"):
        minutes = getattr(month, kind)
        if minutes:
            below += minutes
            size = {"width": share(column * _BAR_SHARE, 100 * whole), "height": _height(minutes, top)}
            pieces.append(element("rect", x=x, y=_y(below, top), **size, class_=f"entry {kind}"))
    middle = share(2 * _LEFT * count + (2 * place + 1) * column, 2 * whole)
    hidden = "minor" if place % 2 else None  # a phone has room for every second name
    return joined(pieces) + element("text", month.name, x=middle, y="97%", text_anchor="middle", class_=hidden)
