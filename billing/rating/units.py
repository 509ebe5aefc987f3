"""From minutes to whole units: the rounding belongs to the group, each new unit to one class (13(4)a; settlement 3)."""

from collections import Counter

from billing.clause.terms import Price
from billing.money import line_net
from billing.rating.decisions import Allotment, GroupUnits, Line
from billing.rating.ledger import Group


def units_due(minutes: int, unit_minutes: int, direction: str) -> int:
    """Round a group's billed minutes to units: up, or to the nearest (half up; any billed minute makes one unit)."""
    if minutes == 0:
        return 0
    if direction == "up":
        return -(-minutes // unit_minutes)
    return max(1, (2 * minutes + unit_minutes) // (2 * unit_minutes))


def allot(group: Group, name: str, unit_minutes: int, direction: str) -> GroupUnits:
    """Give the new units a group owes, each to the class with the most minutes not yet covered (settlement 3.2).

    A tie goes to the lower unit price, then to class order. Units beyond what is due stay as surplus, never taken back.
    """
    minutes_to_date, before = sum(group.minutes.values()), sum(group.units.values())
    due = units_due(minutes_to_date, unit_minutes, direction)
    new: Counter[Price] = Counter()
    if len(group.minutes) == 1:
        (price,) = group.minutes
        new[price] = max(0, due - before)
    else:
        for _ in range(due - before):
            new[min(group.minutes, key=lambda price: _least_covered(group, new, price, unit_minutes))] += 1
    allotted = tuple(
        Allotment(price, new[price], group.minutes[price], group.units.get(price, 0))
        for price in sorted(new, key=lambda price: price.order)
        if new[price]
    )
    return GroupUnits(name, group.case, minutes_to_date, due, before, allotted)


def _least_covered(group: Group, new: Counter[Price], price: Price, unit_minutes: int) -> tuple[object, ...]:
    covered = unit_minutes * (group.units.get(price, 0) + new[price])
    return (covered - group.minutes[price], *price.order)


def lines_of(groups: list[GroupUnits]) -> list[Line]:
    """Add up the new units of all groups to one invoice line a case, class and price, in the order of the invoice."""
    units: Counter[tuple[str, Price]] = Counter()
    for group in groups:
        for allotment in group.allotted:
            units[group.case, allotment.price] += allotment.units
    ordered = sorted(units.items(), key=lambda item: (item[0][0], item[0][1].rate_class, item[0][1].euros))
    return [Line(case, price, count, line_net(count, price.euros)) for (case, price), count in ordered]
