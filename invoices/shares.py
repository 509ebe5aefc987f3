"""A line whose work lies on both sides of a change of the VAT rate, told apart by whole units.

Services are taxed at the rate of the day on which they are completed (§ 27 Abs. 1 UStG). A unit is the smallest part of
a service that is owed and paid (13(4)a), so each has the rate of the minute that fills it; one that is never filled has
that of the last minute.

minutes    Dec 31  |#########|     20 at 16 %    Jan 4  |#########|  20 at 19 %
units              |---1---|-------2-------|---3---|    1 at 16 %, 2 at 19 %
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from billing.rating.decisions import Allotment, Stretch


@dataclass(slots=True)
class Share:
    """The units of one line with one VAT rate, and the minutes they are for; `worked_minutes` without earlier runs'."""

    rate: Fraction
    units: int = 0
    worked_minutes: int = 0
    stretches: list[Stretch] = field(default_factory=list)


RateOf = Callable[[int], Fraction]


def shares_of(
    new: Sequence[Stretch],
    allotment: Allotment,
    unit_minutes: int,
    rate_of: RateOf,
    earlier: Callable[[], Sequence[Stretch]],
) -> list[Share]:
    """Share out one group's new units of one price by VAT rate; units and minutes add up.

    `new` are this run's minutes of them, in order of the work. Only where minutes of earlier runs fill a unit that is
    billed now (it was released alone) `earlier` is asked for those. No share for no minutes at all.
    """
    before = allotment.minutes_to_date - sum(stretch.minutes for stretch in new)
    filled = allotment.units_to_date * unit_minutes
    if new and filled + unit_minutes > before:
        return _shares(new, allotment.units, filled - before, unit_minutes, rate_of, 0)
    known = sorted(earlier(), key=lambda stretch: (stretch.start, stretch.entry))
    found = sum(stretch.minutes for stretch in known)
    return _shares([*known, *new], allotment.units, filled, unit_minutes, rate_of, found)


def joined(shares: Iterable[Share]) -> list[Share]:
    """Add up shares of one rate, in the order in which the rates come first."""
    by_rate: dict[Fraction, Share] = {}
    for share in shares:
        sum_of = by_rate.setdefault(share.rate, Share(share.rate))
        sum_of.units += share.units
        sum_of.worked_minutes += share.worked_minutes
        sum_of.stretches += share.stretches
    return list(by_rate.values())


def _shares(
    stretches: Sequence[Stretch], units: int, filled: int, unit_minutes: int, rate_of: RateOf, earlier_minutes: int
) -> list[Share]:
    """Count `units` off along stretches, `filled` minutes of which have a unit already (below 0: one is half full)."""
    if not stretches:
        return []
    total = sum(stretch.minutes for stretch in stretches)
    rates = {rate_of(stretch.month) for stretch in stretches}
    if len(rates) == 1:
        return [Share(rates.pop(), units, total - earlier_minutes, list(stretches))]
    cuts: list[tuple[Fraction, int, int]] = []
    for unit in range(1, units + 1):
        end = min(filled + unit * unit_minutes, total)
        rate = rate_of(_at(stretches, end).month)
        if cuts and cuts[-1][0] == rate:
            cuts[-1] = (rate, cuts[-1][1] + 1, end)
        else:
            cuts.append((rate, 1, end))
    cuts[-1] = (*cuts[-1][:2], total)  # minutes without a unit of their own stand with the last one
    starts = [0, *(end for _, _, end in cuts)]
    return joined(
        Share(rate, count, max(0, end - max(start, earlier_minutes)), _between(stretches, start, end))
        for start, (rate, count, end) in zip(starts, cuts, strict=False)
    )


def _at(stretches: Sequence[Stretch], minute: int) -> Stretch:
    """Give the stretch in which the given minute, counted from 1, was worked."""
    counted = 0
    for stretch in stretches:
        counted += stretch.minutes
        if minute <= counted:
            break
    return stretch


def _between(stretches: Sequence[Stretch], start: int, end: int) -> list[Stretch]:
    """Give the parts of stretches from minute `start` to minute `end` of them all."""
    parts, counted = [], 0
    for stretch in stretches:
        since, to = max(start - counted, 0), min(end - counted, stretch.minutes)
        if since < to:
            parts.append(stretch._replace(start=stretch.start + since, end=stretch.start + to))
        counted += stretch.minutes
    return parts
