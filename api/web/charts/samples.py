"""How bands and work look: colour and pattern of each, and samples of them for legends."""

from enum import StrEnum

from markupsafe import Markup

from api.web.charts.svg import element, joined
from billing.rating.bands import BandReason


class Tone(StrEnum):
    """What becomes of a piece of work, as the picture colours it."""

    BILLABLE = "billable"
    FREE = "free"
    HELD = "held"
    DONE = "done"
    TRAVEL = "travel"


def patterns() -> Markup:
    """Give the patterns of the bands, once a page: lines outside hours, dots, diagonals at night, a weekend's grid."""
    shapes = {
        BandReason.OUTSIDE_HOURS: (8, element("path", d="M0 4h8")),
        BandReason.PUBLIC_HOLIDAY: (8, element("circle", cx=2, cy=2, r=1) + element("circle", cx=6, cy=6, r=1)),
        BandReason.NIGHT: (8, element("path", d="M-2 2l4-4M0 8l8-8M6 10l4-4")),
        BandReason.WEEKEND: (7, element("path", d="M0 3h7M3 0v7")),
    }
    defined = joined(
        element("pattern", shape, id=f"band-{reason}", width=size, height=size, patternUnits="userSpaceOnUse",
                class_=f"hatch {reason}")
        for reason, (size, shape) in shapes.items()
    )  # fmt: skip
    return element("svg", element("defs", defined), class_="defs", width=0, height=0, aria_hidden="true")


def swatch(reason: BandReason) -> Markup:
    """Give a small sample of a band, for legends."""
    return element("svg", area_of("0", "100%", reason), class_="swatch", aria_hidden="true")


def tone_swatch(tone: Tone) -> Markup:
    """Give a small sample of what becomes of work, for legends."""
    area = element("rect", width="100%", height="100%", class_=f"entry {tone}")
    return element("svg", area, class_="swatch", aria_hidden="true")


def area_of(x: str, width: str, reason: BandReason) -> Markup:
    """Draw the area of a band, its pattern on its colour."""
    plain = element("rect", x=x, width=width, height="100%", class_=f"band {reason}")
    if reason is BandReason.BUSINESS_HOURS:
        return plain
    return plain + element("rect", x=x, width=width, height="100%", fill=f"url(#band-{reason})")
