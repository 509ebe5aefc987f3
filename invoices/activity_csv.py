"""The activity record as a table for spreadsheets: UTF-8 with a byte order mark, semicolons, a row a stretch.

The mark lets Excel read umlauts. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from billing.money import format_cents
from billing.texts import has_sentence, name_of, sentence
from invoices.activity_record import ActivityRecord, CaseRecord, ExpenseRecord, Outcome, WorkStretch

COLUMNS = (
    "contract",
    "case",
    "case_title",
    "case_kind",
    "item",
    "date",
    "from",
    "to",
    "minutes",
    "service",
    "rate_class",
    "net",
    "outcome",
    "clause",
    "reason",
    "next_step",
    "estimate",
    "receipt",
    "person",
    "note",
    "start",
    "end",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def activity_csv(record: ActivityRecord) -> bytes:
    """Write the record; the header is in the record's language, dates and times are ISO 8601, amounts have a point."""
    text = StringIO(newline="")
    table = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    table.writerow([sentence(f"column.{name}", record.language) for name in COLUMNS])
    for case in record.cases:
        for row in _rows(case, record.language):
            cells = {"contract": record.contract_number, **_case_cells(case, record.language), **row}
            table.writerow([guarded(cells.get(name, "")) for name in COLUMNS])
    return text.getvalue().encode("utf-8-sig")


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def verdict_sentences(outcome: Outcome, code: str, lang: str) -> tuple[str, str]:
    """Give why it came out so, and what would settle it (empty unless on hold)."""
    if outcome is Outcome.HELD:
        next_step = f"next_step.{code}"
        return name_of("reason", code, lang), sentence(next_step, lang) if has_sentence(next_step) else ""
    return name_of("verdict", code, lang), ""


def _rows(case: CaseRecord, lang: str) -> Iterator[dict[str, str]]:
    for stretch in case.stretches:
        yield _work_cells(stretch, lang)
    for expense in case.expenses_by_day:
        yield _expense_cells(expense, lang)


def _case_cells(case: CaseRecord, lang: str) -> dict[str, str]:
    return {"case": case.ref, "case_title": case.title, "case_kind": name_of("case_kind", case.kind, lang)}


def _verdict_cells(item: WorkStretch | ExpenseRecord, lang: str) -> dict[str, str]:
    reason, next_step = verdict_sentences(item.outcome, item.code, lang)
    outcome = sentence(f"outcome.{item.outcome}", lang)
    return {"outcome": outcome, "clause": item.clause, "reason": reason, "next_step": next_step}


def _work_cells(stretch: WorkStretch, lang: str) -> dict[str, str]:
    return {
        "item": stretch.entry_ref,
        "date": stretch.start.date().isoformat(),
        "from": f"{stretch.start:%H:%M}",
        "to": f"{stretch.end:%H:%M}",
        "minutes": str(stretch.minutes),
        "service": name_of("service", stretch.service, lang),
        "rate_class": name_of("rate_class", stretch.rate_class, lang),
        "estimate": stretch.estimate_ref,
        "person": stretch.initials,
        "note": stretch.note,
        "start": stretch.start.isoformat(timespec="minutes"),
        "end": stretch.end.isoformat(timespec="minutes"),
        **_verdict_cells(stretch, lang),
    }


def _expense_cells(expense: ExpenseRecord, lang: str) -> dict[str, str]:
    return {
        "item": expense.expense_ref,
        "date": expense.incurred_on.isoformat(),
        "service": f"{name_of('expense_kind', expense.kind, lang)}: {expense.description}",
        "net": format_cents(expense.net_cents),
        "receipt": expense.receipt_ref,
        **_verdict_cells(expense, lang),
    }
