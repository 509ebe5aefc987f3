"""A settlement as plain JSON values with every reason: frozen with a closing, shown by `settle --explain`.

Instants are RFC 3339 in UTC, money strings with two decimals, prices exact fractions beside their printed form.
"""

from functools import lru_cache
from typing import Any

from billing.clause.terms import Price
from billing.money import format_cents, format_price
from billing.rating.decisions import Answer, ExpenseDecision, GroupUnits, Settlement, Stretch
from billing.timespan import datetime_of, format_month


def trace_json(settlement: Settlement) -> dict[str, Any]:
    """Write every decision of a settlement: stretches, expenses, and how each rounding group became units."""
    return {
        "stretches": [_stretch(stretch) for stretch in settlement.stretches],
        "expenses": [_expense(decision) for decision in settlement.expenses],
        "groups": [_group(group) for group in settlement.groups],
        "unit_minutes": settlement.unit_minutes,
    }


def _moment(instant: int) -> str:
    return datetime_of(instant).isoformat(timespec="minutes").replace("+00:00", "Z")


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "verdict": str(answer.verdict),
        "code": answer.code,
        "clause": answer.clause,
    }


def price_json(price: Price) -> dict[str, str]:
    """Write a unit price: its class, its printed form and the exact fraction of a euro."""
    return dict(_price(price))


@lru_cache(maxsize=1024)
def _price(price: Price) -> dict[str, str]:
    return {
        "rate_class": price.rate_class.code,
        "unit_price": format_price(price.euros),
        "exact": f"{price.numerator}/{price.denominator}",
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    row = {
        "entry": stretch.entry,
        "case": stretch.case,
        "from": _moment(stretch.start),
        "to": _moment(stretch.end),
        "minutes": stretch.minutes,
        "month": format_month(stretch.month),
        **_answer(stretch.answer),
        "rate_class": stretch.rate_class.code,
        "band": str(stretch.band),
    }
    if stretch.price is not None:
        row["price"] = price_json(stretch.price)
    if stretch.source is not None:
        row["source"] = stretch.source
    if stretch.before is not None:
        row |= {"before": stretch.before, "after": stretch.after}
    return row


def _expense(decision: ExpenseDecision) -> dict[str, Any]:
    return {
        "expense": decision.expense,
        "case": decision.case,
        "net": format_cents(decision.net),
        **_answer(decision.answer),
    }


def _group(group: GroupUnits) -> dict[str, Any]:
    return {
        "group": group.group,
        "case": group.case,
        "minutes_to_date": group.minutes_to_date,
        "units_due": group.due,
        "units_before": group.before,
        "surplus": group.surplus,
        "allotted": [
            {
                **price_json(allotment.price),
                "units": allotment.units,
                "minutes_to_date": allotment.minutes_to_date,
                "units_to_date": allotment.units_to_date,
            }
            for allotment in group.allotted
        ],
    }
