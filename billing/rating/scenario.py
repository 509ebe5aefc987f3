"""The exchange format: all facts of one contract and the runs to perform in, a settlement a run out. No database.

`settle_scenario(parse_json(text), holidays)` is what `mehraufwand settle` and the preview of the API print.
"""

from typing import Any

from billing.clause.terms import RATE_CLASSES
from billing.money import format_cents, format_price
from billing.rating.agreement import BERLIN, Agreement, Holidays
from billing.rating.bands import Timeline
from billing.rating.decisions import Settlement, Verdict
from billing.rating.explanation import trace_json
from billing.rating.facts import Audit, Case, Entry, Estimate, Expense
from billing.rating.history import CaseChange, CaseHistory, EntryVersion, EstimateApproval, ExpenseRecord, History
from billing.rating.ledger import Ledger
from billing.rating.scenario_checks import check_document, plan
from billing.rating.scenario_input import Document, read_document
from billing.rating.settle import settle
from billing.rating.strict_json import parse_json
from billing.timespan import datetime_of, format_month

__all__ = ["agreement_of", "history_of", "parse_json", "read_document", "settle_scenario", "settlement_json"]


def settle_scenario(raw: Any, holidays: Holidays, *, explain: bool = False) -> dict[str, Any]:
    """Perform a parsed scenario's runs; InvalidInput names the path and value of the first thing wrong.

    With `explain` each run also has a `trace`: every stretch, expense and rounding with clause, source and numbers.
    """
    document = read_document(raw)
    check_document(document)
    agreement = agreement_of(document, holidays)
    timeline = Timeline(agreement)
    steps, history = plan(document, timeline), history_of(document)
    closed: list[Settlement] = []
    dead: set[int] = set()
    runs = []
    for step in steps:
        cancelled = []
        for cancellation in step.cancellations:
            (position,) = [
                i for i, run in enumerate(closed) if run.month == cancellation["run_month"] and i not in dead
            ]
            dead.add(position)
            cancelled.append((cancellation["id"], closed[position]))
        ledger = Ledger(agreement.versions[0].rounding_scope)
        for position, run in enumerate(closed):
            ledger.add(run, living=position not in dead)
        closed.append(settle(agreement, history.seen_at(step.as_of), ledger, step.month, timeline))
        runs.append(settlement_json(closed[-1], cancelled) | ({"trace": trace_json(closed[-1])} if explain else {}))
    return {"runs": runs}


def agreement_of(document: Document, holidays: Holidays) -> Agreement:
    """Give the agreement a scenario names, by the processor's clock (Europe/Berlin)."""
    named = document.term_set
    return Agreement(document.versions, named.catalogue, holidays, named.expenses_agreed, clauses=named.clauses)


def history_of(document: Document) -> History:
    """Give a scenario's facts with when each became known."""
    return History(
        cases=[_case_history(row) for row in document.cases],
        entries=[_entry_version(row) for row in document.entries],
        approvals=[_approval(row) for row in document.estimates if "approved_at" in row],
        expenses=[_expense_record(row) for row in document.expenses],
    )


def _case_history(row: dict[str, Any]) -> CaseHistory:
    audit = row.get("audit")
    facts = {
        **row,
        "audit": audit
        and Audit(
            audit["site"], audit["mode"] == "onsite", audit["date"], audit["finding"], audit.get("extra_agreed", False)
        ),
    }
    updates = facts.pop("updates", [])
    changes = tuple(
        CaseChange(update["at"], **{key: value for key, value in update.items() if key != "at"}) for update in updates
    )
    return CaseHistory(Case(**facts), changes)


def _entry_version(row: dict[str, Any]) -> EntryVersion:
    facts = {key: value for key, value in row.items() if key != "logged_at"}
    return EntryVersion(Entry(**facts), row.get("logged_at", row["end"]))


def _approval(row: dict[str, Any]) -> EstimateApproval:
    lines = tuple((RATE_CLASSES[line["rate_class"]], line["minutes"]) for line in row["lines"])
    reaches_from = row.get("covers_from", row["approved_at"])
    return EstimateApproval(Estimate(row["id"], row["case"], lines, reaches_from, row["approved_at"]))


def _expense_record(row: dict[str, Any]) -> ExpenseRecord:
    approved_at = row.get("approved_at")
    approved_on = None if approved_at is None else datetime_of(approved_at).astimezone(BERLIN).date()
    facts = {key: value for key, value in row.items() if key != "approved_at"}
    return ExpenseRecord(Expense(**facts, approved_on=approved_on), approved_at)


def settlement_json(settlement: Settlement, cancelled: list[tuple[str, Settlement]]) -> dict[str, Any]:
    """Write one run as the exchange format does; `cancelled` are the cancellations applied just before it."""
    lines: list[dict[str, Any]] = [
        {
            "case": line.case,
            "kind": "time",
            "rate_class": line.price.rate_class.code,
            "units": line.units,
            "unit_price": format_price(line.price.euros),
            "net": format_cents(line.net),
        }
        for line in settlement.lines
    ]
    lines += [
        {"case": billed.case, "kind": "expense", "expense": billed.expense, "net": format_cents(billed.net)}
        for billed in settlement.billed_expenses
    ]
    run: dict[str, Any] = {
        "month": format_month(settlement.month),
        "lines": lines,
        "net": format_cents(settlement.net),
        "vat": format_cents(settlement.vat),
        "gross": format_cents(settlement.gross),
        "free": _rows(settlement, Verdict.FREE, "clause"),
        "held": _rows(settlement, Verdict.HELD, "reason"),
    }
    if cancelled:
        run["cancelled"] = [
            {"id": name, "month": format_month(run.month), "net": format_cents(run.net)} for name, run in cancelled
        ]
    surplus = [
        {"group": group.group, "case": group.case, "units": group.surplus}
        for group in settlement.groups
        if group.surplus
    ]
    if surplus:
        run["surplus"] = surplus
    return run


def _rows(settlement: Settlement, verdict: Verdict, code_key: str) -> list[dict[str, Any]]:
    """Add up the minutes of each item and code, sorted by both; an expense has none."""
    minutes: dict[tuple[str, str], int] = {}
    for stretch in settlement.stretches:
        if stretch.answer.verdict is verdict:
            key = (stretch.entry, stretch.answer.code)
            minutes[key] = minutes.get(key, 0) + stretch.minutes
    for decision in settlement.expenses:
        if decision.answer.verdict is verdict:
            minutes[decision.expense, decision.answer.code] = 0
    return [{"item": item, "minutes": count, code_key: code} for (item, code), count in sorted(minutes.items())]
