"""An independent referee of the settlement rules: one minute after the other, nothing clever, nothing shared.

It was written from the text of the rules alone and imports nothing of the product, so that a mistake would have to be
made twice to stay unseen. It trusts its input; what must be refused is tested elsewhere. `settle(scenario)` answers in
the exchange format, and adds `surplus`: the units of each case that are billed beyond what is due.
"""

from collections import Counter
from fractions import Fraction
from typing import Any

from tests.rating.referee.agreed import CLASSES, Agreed, half_up, minute_of
from tests.rating.referee.court import Court, Run


def money(amount: Fraction) -> str:
    cents = half_up(amount * 100)
    return f"{cents // 100}.{cents % 100:02d}"


def price_text(price: Fraction) -> str:
    text = f"{half_up(price * 10**6):07d}"
    return f"{text[:-6]}.{text[-6:-4]}{text[-4:].rstrip('0')}"


def answer(scenario: dict[str, Any], agreed: Agreed, run: Run) -> dict[str, Any]:
    """Write one run down, and remember its net."""
    units: Counter[tuple[str, int, Fraction]] = Counter()
    for ((case, _), rate_class, price), count in run.units.items():
        units[case, CLASSES.index(rate_class), price] += count
    lines: list[dict[str, Any]] = []
    for (case, place, price), count in sorted(units.items()):
        net = Fraction(half_up(count * price * 100), 100)
        run.net += net
        lines.append(
            {
                "case": case,
                "kind": "time",
                "rate_class": CLASSES[place],
                "units": count,
                "unit_price": price_text(price),
                "net": money(net),
            }
        )
    case_of = {expense["id"]: expense["case"] for expense in scenario["expenses"]}
    for expense, net in sorted(run.billed_expenses.items()):
        run.net += net
        lines.append({"case": case_of[expense], "kind": "expense", "expense": expense, "net": money(net)})
    vat = Fraction(half_up(run.net * Fraction(agreed.versions[0]["vat"]) * 100), 100)
    free = Counter((entry, code) for (entry, _), code in run.free.items())
    held = Counter((entry, reason) for (entry, _), reason in run.held.items())
    free_rows = [(item, code, free[item, code]) for item, code in free]
    free_rows += [(item, "13.7", 0) for item in run.free_expenses]
    held_rows = [(item, reason, held[item, reason]) for item, reason in held]
    held_rows += [(item, reason, 0) for item, reason in run.held_expenses.items()]
    return {
        "month": run.month,
        "lines": lines,
        "net": money(run.net),
        "vat": money(vat),
        "gross": money(run.net + vat),
        "free": [{"item": item, "minutes": count, "clause": code} for item, code, count in sorted(free_rows)],
        "held": [{"item": item, "minutes": count, "reason": code} for item, code, count in sorted(held_rows)],
        "surplus": {case: count for case, count in sorted(run.surplus.items()) if count},
    }


def settle(scenario: dict[str, Any]) -> dict[str, Any]:
    """Perform a scenario's runs."""
    agreed = Agreed(scenario.get("terms"))
    waiting = sorted(
        scenario.get("cancellations") or [],
        key=lambda cancellation: (minute_of(cancellation["at"]), cancellation["id"]),
    )
    runs: list[Run] = []
    answers = []
    for row in scenario["runs"]:
        as_of = minute_of(row["as_of"])
        cancelled = []
        while waiting and minute_of(waiting[0]["at"]) <= as_of:
            cancellation = waiting.pop(0)
            (target,) = [run for run in runs if run.lives and run.month == cancellation["run_month"]]
            target.lives = False
            cancelled.append({"id": cancellation["id"], "month": target.month, "net": money(target.net)})
        run = Court(scenario, agreed, runs, row["month"], as_of).settle()
        runs.append(run)
        answers.append(answer(scenario, agreed, run) | ({"cancelled": cancelled} if cancelled else {}))
    return {"runs": answers}
