"""Bars of minutes against a limit: an approved estimate with what would exceed it, and the free minutes of a month."""

from typing import NamedTuple

from markupsafe import Markup

from api.web.charts.svg import element, share


class Spent(NamedTuple):
    """Minutes of an approval: approved, used before, used by the work at hand, and beyond the approval (held)."""

    approved: int
    used: int
    this: int = 0
    over: int = 0


def budget_bar(spent: Spent, *, label: str) -> Markup:
    """Draw what is used, what the work at hand adds and what exceeds; a mark shows the limit where it is exceeded."""
    whole = max(spent.approved, spent.used + spent.this) + spent.over
    limit = share(whole - spent.over, whole)
    over = [element("line", x1=limit, x2=limit, y1=0, y2="100%", class_="limit")] if spent.over else []
    return element(
        "svg",
        element("rect", width="100%", height="100%", class_="left"),
        *_stretch(0, spent.used, whole, "used"),
        *_stretch(spent.used, spent.this, whole, "this"),
        *_stretch(whole - spent.over, spent.over, whole, "over"),
        *over,
        class_="meter",
        role="img",
        aria_label=label,
    )


def allowance_bar(used: int, agreed: int, *, label: str) -> Markup:
    """Draw the free minutes of a month; a lowered allowance may be used beyond what is agreed now, the bar is full."""
    return element(
        "svg",
        element("rect", width="100%", height="100%", class_="left"),
        *_stretch(0, min(used, agreed), agreed, "free"),
        class_="meter",
        role="img",
        aria_label=label,
    )


def _stretch(start: int, minutes: int, whole: int, kind: str) -> list[Markup]:
    if not minutes:
        return []
    return [element("rect", x=share(start, whole), width=share(minutes, whole), height="100%", class_=kind)]
