"""A month closed by the accountant over HTTP, and what it came to, read back from all that the API says of it."""

from collections import Counter
from typing import Any, Protocol


class Asking(Protocol):
    """Who asks the API, as somebody of a role."""

    def post(self, role: str, path: str, body: Any = None) -> Any:
        """Do something."""

    def get(self, role: str, path: str) -> Any:
        """Look at something."""


def close_month(ask: Asking, month: str, as_of: str, contract_id: int) -> dict[str, Any]:
    """Run a month, look at its draft, release and issue it; gives it as a scenario's `expected` has it.

    Lines come from the issued document's explanation, what is free and held from the record of activities; the run's
    own answer, the draft that was looked at and the frozen document must say the same.
    """
    (outcome,) = ask.post("accountant", f"/months/{month}/runs", {"as_of": as_of})["contracts"]
    settled = outcome["settled"]
    assert (outcome["change"], outcome["changed"]) == ("new", [])
    (row,) = ask.get("accountant", f"/months/{month}/drafts")["items"]
    draft = ask.get("accountant", f"/drafts/{row['id']}")
    assert (draft["settled"], draft["missing"], draft["changed"]) == (settled, [], [])
    ask.post("accountant", f"/drafts/{row['id']}/approval", {"facts_hash": draft["facts_hash"]})
    issued = ask.post("accountant", f"/months/{month}/issue")
    assert (len(issued["issued"]), issued["refused"], issued["waiting"]) == (1, [], [])
    record = ask.get("auditor", f"/contracts/{contract_id}/activity-records/{month}")
    assert record["is_final"] is True
    closed = {
        "month": month,
        "lines": _lines(ask, month, settled),
        **{name: settled[name] for name in ("net", "vat", "gross")},
        "free": _items(record, "free", "clause"),
        "held": _items(record, "held", "reason"),
    }
    _require_same(settled, closed, record)
    return closed


def net_of_month(ask: Asking, month: str) -> str:
    """Give what a closed month billed, net."""
    (row,) = ask.get("accountant", f"/months/{month}")["contracts"]
    assert row["state"] == "closed"
    return "0.00" if row["invoice_id"] is None else str(ask.get("accountant", f"/invoices/{row['invoice_id']}")["net"])


def _lines(ask: Asking, month: str, settled: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the lines of the month's invoice, led back to their minutes; none where there is no invoice."""
    (row,) = ask.get("accountant", f"/months/{month}")["contracts"]
    assert row["state"] == "closed"
    if row["invoice_id"] is None:
        return []
    invoice = ask.get("auditor", f"/invoices/{row['invoice_id']}")
    assert {name: invoice[name] for name in ("net", "vat", "gross")} == {
        name: settled[name] for name in ("net", "vat", "gross")
    }
    explained = ask.get("auditor", f"/invoices/{row['invoice_id']}/explanation")["lines"]
    document = invoice["document"]
    frozen = [(line["position"], line["net_cents"]) for line in (*document["lines"], *document["expenses"])]
    assert [(line["position"], int(line["net"].replace(".", ""))) for line in explained] == frozen
    taxed = [(line["case"], line["vat_rate"]) for line in explained if line["kind"] == "time"]
    assert [(line["case"], line["vat_rate"]) for line in settled["lines"]] == taxed
    return [_line(line) for line in explained]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    if line["kind"] == "expense":
        return {"case": line["case"], "kind": "expense", "expense": line["decision"]["expense"], "net": line["net"]}
    assert line["units"] == sum(new["units"] for group in line["groups"] for new in group["allotted"])
    return {name: line[name] for name in ("case", "kind", "rate_class", "units", "unit_price", "net")}


def _items(record: dict[str, Any], outcome: str, name: str) -> list[dict[str, Any]]:
    """Give an outcome's minutes by entry or expense and code."""
    minutes: Counter[tuple[str, str]] = Counter()
    for case in record["cases"]:
        for row in (*case["stretches"], *case["expenses"]):
            if row["outcome"] == outcome:
                minutes[row.get("entry") or row["expense"], row["code"]] += row.get("minutes", 0)
    return [{"item": item, "minutes": count, name: code} for (item, code), count in sorted(minutes.items())]


def _require_same(settled: dict[str, Any], closed: dict[str, Any], record: dict[str, Any]) -> None:
    """Ask that the run's answer said what the invoice and the record of activities say now."""
    times = [line for line in closed["lines"] if line["kind"] == "time"]
    shown = ("case", "rate_class", "units", "net")
    said = [{name: line[name] for name in shown} for line in settled["lines"]]
    assert said == [{name: line[name] for name in shown} for line in times]
    costs = [line for line in closed["lines"] if line["kind"] == "expense"]
    assert settled["expenses"] == [{name: line[name] for name in ("case", "expense", "net")} for line in costs]
    for outcome, name in (("free", "clause"), ("held", "reason")):
        told = {(item, row["code"]) for row in settled[outcome] for item in row["items"]}
        assert told == {(row["item"], row[name]) for row in closed[outcome]}
        minutes = sum(row["minutes"] for row in closed[outcome])
        assert settled[f"{outcome}_minutes"] == minutes == record["totals"][f"{outcome}_minutes"]
    assert settled["billed_minutes"] == record["totals"]["billed_minutes"]
