"""The rate-band picture: a row a day, the agreed bands behind, the work in front, cut where its rate or answer changes.

Colour is never the only sign: bands have patterns, pieces their surcharge, and each row says all of it in a sentence.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from babel.numbers import format_decimal
from markupsafe import Markup

from api.web.charts.days import Day
from api.web.charts.samples import Tone, area_of
from api.web.charts.svg import element, share
from billing.rating.bands import BandReason
from billing.timespan import MINUTES_PER_DAY

_SIGN_FROM, _PER_CENT_FROM, _NAME_FROM = 40, 80, 80
"""From how many minutes on a piece has room for `+25`, for `+25 %`, and a block for the case it belongs to."""
_MINUTES_A_LETTER = 15
_MAJOR_HOURS = 6


class Piece(NamedTuple):
    """A piece of an entry, `[start, end)` in UTC minutes; `surcharge` in per cent, 0 for none."""

    start: int
    end: int
    tone: Tone
    surcharge: Fraction


class Block(NamedTuple):
    """One entry: its key (the first part of `block_id`), the case on it, and its pieces in order without gaps."""

    key: str
    name: str
    pieces: Sequence[Piece]


class Clock(NamedTuple):
    """The minute it is, and since when a timer runs (None: none does)."""

    now: int
    running_since: int | None = None


class Drag(NamedTuple):
    """What dragging on a day fills: the form (its id), and the day as the form writes it."""

    form: str
    day: str


def block_id(key: str, day: date) -> str:
    """Give the id of what a day shows of an entry."""
    return f"{key}-{day:%m%d}"


def axis(day: Day) -> Markup:
    """Give the hours above a day; where the clocks change it shows each doubled hour twice."""
    ticks = [
        element(
            "text",
            hour.label,
            x=share(hour.elapsed, day.minutes),
            y="75%",
            class_="major" if hour.label.isdigit() and _is_major(hour.label) else "minor",
            text_anchor="start" if hour.elapsed == 0 else "end" if hour.elapsed == day.minutes else "middle",
        )
        for hour in day.hours
    ]
    return element("svg", *ticks, class_="axis", aria_hidden="true")


def row(
    day: Day,
    blocks: Iterable[Block],
    *,
    label: str,
    clock: Clock | None = None,
    drag: Drag | None = None,
    lang: str = "de",
) -> Markup:
    """Draw one day with the parts of the blocks that lie in it; `label` is the sentence that says the same.

    `clock` marks the minute it is, and with a frame the day it is in; it is left out of other days.
    """
    drawn = [_block(day, block, lang) for block in blocks if _overlaps(day, block)]
    return element(
        "svg",
        *(_band(day, band.start, band.end, band.reason) for band in day.bands),
        *(_hour_line(day, hour.elapsed, hour.label) for hour in day.hours[1:-1]),
        *drawn,
        *([] if clock is None else _clock(day, clock)),
        class_="day",
        role="img",
        aria_label=label,
        **({} if drag is None else _drag(day, drag)),
    )


def _drag(day: Day, drag: Drag) -> dict[str, str | int | None]:
    shift = None if day.shift is None else f"{day.shift[0]}:{day.shift[1]}"
    return {"data_drag": drag.form, "data_date": drag.day, "data_minutes": day.minutes, "data_shift": shift}


def _is_major(label: str) -> bool:
    return not label.isdigit() or int(label) % _MAJOR_HOURS == 0


def _overlaps(day: Day, block: Block) -> bool:
    return block.pieces[0].start < day.end and block.pieces[-1].end > day.start


def _band(day: Day, start: int, end: int, reason: BandReason) -> Markup:
    return area_of(share(start - day.start, day.minutes), share(end - start, day.minutes), reason)


def _hour_line(day: Day, elapsed: int, label: str) -> Markup:
    x = share(elapsed, day.minutes)
    kind = "hour major" if _is_major(label) else "hour"
    return element("line", x1=x, x2=x, y1=0, y2="100%", class_=kind)


def _block(day: Day, block: Block, lang: str) -> Markup:
    """Draw what lies of an entry in a day; a nested picture clips what would not fit."""
    pieces = [
        piece._replace(start=max(piece.start, day.start), end=min(piece.end, day.end))
        for piece in block.pieces
        if piece.start < day.end and piece.end > day.start
    ]
    start, minutes = pieces[0].start, pieces[-1].end - pieces[0].start
    signs = [_sign(piece, start, minutes, lang) for piece in pieces if piece.surcharge and _has_room(piece)]
    return element(
        "svg",
        *(_piece(piece, start, minutes) for piece in _of_one_tone(pieces)),
        *(_cut(piece, start, minutes) for _, piece in pairwise(pieces)),
        *_name(block.name, minutes, beside_signs=bool(signs)),
        *signs,
        x=share(start - day.start, day.minutes),
        width=share(minutes, day.minutes),
        y="11%",
        height="78%",
        class_="block",
        id=block_id(block.key, day.day),
    )


def _of_one_tone(pieces: Sequence[Piece]) -> list[Piece]:
    """Join neighbours that look alike, so that the block stays one shape."""
    shapes: list[Piece] = []
    for piece in pieces:
        if shapes and shapes[-1].tone is piece.tone:
            shapes[-1] = shapes[-1]._replace(end=piece.end)
        else:
            shapes.append(piece)
    return shapes


def _piece(piece: Piece, start: int, minutes: int) -> Markup:
    x, width = share(piece.start - start, minutes), share(piece.end - piece.start, minutes)
    return element("rect", x=x, width=width, height="100%", rx=4, class_=f"entry {piece.tone}")


def _cut(piece: Piece, start: int, minutes: int) -> Markup:
    x = share(piece.start - start, minutes)
    return element("line", x1=x, x2=x, y1="50%", y2="100%", class_="cut")


def _name(name: str, minutes: int, *, beside_signs: bool) -> list[Markup]:
    """Name the case where its name fits, above the surcharges if there are any."""
    if minutes < max(_NAME_FROM, _MINUTES_A_LETTER * len(name)):
        return []
    return [element("text", name, x=0, dx=5, y="34%" if beside_signs else "52%", class_="name")]


def _has_room(piece: Piece) -> bool:
    return piece.end - piece.start >= _SIGN_FROM


def _sign(piece: Piece, start: int, minutes: int, lang: str) -> Markup:
    unit = "\N{NO-BREAK SPACE}%" if piece.end - piece.start >= _PER_CENT_FROM else ""
    per_cent = Decimal(piece.surcharge.numerator) / piece.surcharge.denominator
    text = f"+{format_decimal(per_cent, locale=lang)}{unit}"
    return element("text", text, x=share(piece.start - start, minutes), dx=4, y="76%", class_="sign")


def _clock(day: Day, clock: Clock) -> list[Markup]:
    """Frame today, draw the running timer, and a line at the minute it is."""
    if not day.start <= clock.now < day.end:
        return []
    frame = element("rect", width="100%", height="100%", class_="today")
    x = share(clock.now - day.start, day.minutes)
    line = element("line", x1=x, x2=x, y1=0, y2="100%", class_="now")
    if clock.running_since is None:
        return [frame, line]
    since = max(clock.running_since, day.start)
    running = element(
        "rect",
        x=share(since - day.start, day.minutes),
        width=share(max(clock.now - since, MINUTES_PER_DAY // 200), day.minutes),
        y="11%",
        height="78%",
        rx=4,
        class_="running",
    )
    return [frame, running, line]
