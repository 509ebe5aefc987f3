"""Short words for short scenarios: local times without an offset, one case unless more are needed, answers as lines.

settled(work("2026-10-06 15:30", 60), approved(600)).answers
["E1 15:30-16:00 billed approved 13(5)a regular estimate:night_weekend:Q1 0->30",
 "E1 16:00-16:30 billed approved 13(5)a out_of_hours estimate:night_weekend:Q1 30->60"]
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from billing.public_holidays import public_holidays
from billing.rating.scenario import settle_scenario

BERLIN = ZoneInfo("Europe/Berlin")
Row = dict[str, Any]


def at(local: str, *, fold: int = 0) -> str:
    """Write a local time of Berlin (`2026-10-06 09:00`) as an instant; `fold` picks the second of a doubled hour."""
    return datetime.fromisoformat(local).replace(tzinfo=BERLIN, fold=fold).isoformat(timespec="minutes")


def later(instant: str, minutes: int) -> str:
    """Give the instant so many elapsed minutes later."""
    return (datetime.fromisoformat(instant).astimezone(UTC) + timedelta(minutes=minutes)).isoformat(timespec="minutes")


def case(name: str = "C1", **facts: Any) -> Row:
    return {"kind_of_row": "cases", "id": name, "kind": "other", **facts}


def audit(name: str = "C1", day: str = "2026-10-14", finding: str = "none", **facts: Any) -> Row:
    """A case that is an on-site audit in Aichtal, unless told otherwise."""
    given = {key: facts.pop(key) for key in ("site", "mode", "extra_agreed") if key in facts}
    return case(name, audit={"site": "Aichtal", "mode": "onsite", "date": day, "finding": finding, **given}, **facts)


def work(
    start: str, minutes: int, service: str = "other_support", name: str = "E1", of: str = "C1", **more: Any
) -> Row:
    """One entry that begins at a local time (or an instant) and takes so many elapsed minutes."""
    begin = start if "T" in start else at(start)
    times = {"start": begin, "end": later(begin, minutes)}
    return {"kind_of_row": "entries", "id": name, "case": of, "service": service, **times, **more}


def approved(
    minutes: int = 6000,
    rate_class: str = "night_weekend",
    name: str = "Q1",
    of: str = "C1",
    on: str | None = "2025-01-01 08:00",
    covers_from: str | None = None,
) -> Row:
    """One estimate of one line; approved long ago at the dearest class unless told otherwise."""
    row: Row = {
        "kind_of_row": "estimates",
        "id": name,
        "case": of,
        "lines": [{"rate_class": rate_class, "minutes": minutes}],
    }
    if on is not None:
        row["approved_at"] = at(on)
    if covers_from is not None:
        row["covers_from"] = at(covers_from)
    return row


def expense(net: str, name: str = "X1", of: str = "C1", on: str = "2026-10-06", **more: Any) -> Row:
    return {"kind_of_row": "expenses", "id": name, "case": of, "kind": "travel", "incurred_on": on, "net": net, **more}


def run(month: str, as_of: str | None = None) -> Row:
    """One run, by default on the 5th of the month after at nine."""
    following = (datetime.fromisoformat(f"{month}-01") + timedelta(days=31)).strftime("%Y-%m")
    return {"kind_of_row": "runs", "month": month, "as_of": at(as_of or f"{following}-05 09:00")}


def cancelled(month: str, when: str, name: str = "S1") -> Row:
    return {"kind_of_row": "cancellations", "id": name, "run_month": month, "at": at(when)}


class Settled:
    """One run's settlement, with the shapes tests like to compare."""

    def __init__(self, settlement: Row) -> None:
        self.settlement = settlement
        self.net: str = settlement["net"]
        self.vat: str = settlement["vat"]
        self.gross: str = settlement["gross"]
        self.trace: Row = settlement["trace"]

    @property
    def answers(self) -> list[str]:
        """Every stretch: entry, local times, verdict, code, clause, class, source, what that gave before->after."""
        return [_line_of(stretch) for stretch in self.trace["stretches"]]

    @property
    def codes(self) -> list[str]:
        """Every stretch as minutes, verdict and code."""
        return [f"{each['minutes']} {each['verdict']} {each['code']}" for each in self.trace["stretches"]]

    @property
    def expenses(self) -> list[str]:
        return [
            f"{each['expense']} {each['verdict']} {each['code']} {each['clause']}" for each in self.trace["expenses"]
        ]

    @property
    def lines(self) -> list[str]:
        return [
            f"{line['case']} {line['rate_class']} {line['units']} x {line['unit_price']} = {line['net']}"
            if line["kind"] == "time"
            else f"{line['case']} {line['expense']} = {line['net']}"
            for line in self.settlement["lines"]
        ]

    @property
    def surplus(self) -> int:
        return sum(group["units"] for group in self.settlement.get("surplus", []))


def _line_of(stretch: Row) -> str:
    since, to = (datetime.fromisoformat(stretch[key]).astimezone(BERLIN) for key in ("from", "to"))
    parts = [stretch["entry"], f"{since:%H:%M}-{to:%H:%M}", stretch["verdict"], stretch["code"], stretch["clause"]]
    parts.append(stretch["rate_class"])
    if "source" in stretch:
        parts.append(stretch["source"])
    if "before" in stretch:
        parts.append(f"{stretch['before']}->{stretch['after']}")
    return " ".join(parts)


def all_settled(*rows: Row, terms: Any = None) -> list[Settled]:
    """Settle these rows; cases only named are plain ones, and October 2026 is run unless runs are given."""
    parts: dict[str, list[Row]] = {
        name: [] for name in ("cases", "entries", "estimates", "expenses", "cancellations", "runs")
    }
    for row in rows:
        parts[row["kind_of_row"]].append({key: value for key, value in row.items() if key != "kind_of_row"})
    for name in sorted(_named_cases(parts) - {row["id"] for row in parts["cases"]}):
        parts["cases"].append({"id": name, "kind": "other"})
    parts["runs"] = parts["runs"] or [{"month": "2026-10", "as_of": at("2026-11-05 09:00")}]
    scenario = {"terms": terms, **parts}
    return [Settled(each) for each in settle_scenario(scenario, public_holidays, explain=True)["runs"]]


def _named_cases(parts: dict[str, list[Row]]) -> set[str]:
    return {row["case"] for name in ("entries", "estimates", "expenses") for row in parts[name]}


def settled(*rows: Row, terms: Any = None) -> Settled:
    """Settle these rows and give the last run."""
    return all_settled(*rows, terms=terms)[-1]
