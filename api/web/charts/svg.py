"""Inline SVG without a view box: places and widths in per cent of the picture, so that it is fluid and text stays text.

No inline style: shape by attributes, colour by classes, which read the colours of the theme.
"""

from collections.abc import Iterable

from markupsafe import Markup, escape

_HUNDREDTHS = 10_000


def element(name: str, *children: str | Markup, **attributes: str | int | None) -> Markup:
    """Write an element; a trailing `_` of an attribute's name is dropped, others become `-`, None leaves it out.

    Values and children are escaped unless they are Markup already.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")  # noqa: S704 - escaped


def joined(parts: Iterable[Markup]) -> Markup:
    """Put elements one after the other."""
    return Markup("").join(parts)


def share(part: int, whole: int) -> str:
    """Write a part of a whole in per cent with at most two decimals: `33.33%`; nothing of nothing is `0%`."""
    hundredths = (2 * part * _HUNDREDTHS + whole) // (2 * whole) if whole else 0
    full, rest = divmod(hundredths, 100)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{full}{decimals}%"
