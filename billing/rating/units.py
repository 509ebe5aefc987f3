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
    """Give the new units a group owes; units beyond what is due stay as surplus, never taken back (settlement 3.2)."""
    minutes_to_date, before = sum(group.minutes.values()), sum(group.units.values())
    due = units_due(minutes_to_date, unit_minutes, direction)
    new = _new_units(group, due - before, unit_minutes) if due > before else {}
    allotted = tuple(
        Allotment(price, units, group.minutes[price], group.units.get(price, 0))
        for price, units in sorted(new.items(), key=lambda item: item[0].order)
        if units
    )
    return GroupUnits(name, group.case, minutes_to_date, due, before, allotted)


def _new_units(group: Group, count: int, unit_minutes: int) -> dict[Price, int]:
    """Give `count` units, one after the other, each to the class with the most minutes not yet covered.

    A tie goes to the lower unit price, then to class order.
    """
    uncovered = {price: minutes - unit_minutes * group.units.get(price, 0) for price, minutes in group.minutes.items()}
    # A class that still fills whole units comes before all that don't, so those units can be given at once.
    new = {price: max(0, minutes // unit_minutes) for price, minutes in uncovered.items()}
    if sum(new.values()) > count:
        # Not where units of other classes exceed their minutes and count against these.
        new = dict.fromkeys(new, 0)
    for price, units in new.items():
        uncovered[price] -= units * unit_minutes
    for _ in range(count - sum(new.values())):
        chosen = min(uncovered, key=lambda price: (-uncovered[price], *price.order))
        uncovered[chosen] -= unit_minutes
        new[chosen] += 1
    return new


def lines_of(groups: list[GroupUnits]) -> list[Line]:
    """Add up the new units of all groups to one invoice line a case, class and price, in the order of the invoice."""
    units: Counter[tuple[str, Price]] = Counter()
    for group in groups:
        for allotment in group.allotted:
            units[group.case, allotment.price] += allotment.units
    ordered = sorted(units.items(), key=lambda item: (item[0][0], item[0][1].rate_class, item[0][1].euros))
    return [Line(case, price, count, line_net(count, price.euros)) for (case, price), count in ordered]
