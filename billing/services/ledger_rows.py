"""Rows of decisions into the core's ledger: what closings decided that still holds, and what was brought along."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.clause.reading import read_month
from billing.clause.terms import RATE_CLASSES, Price
from billing.rating.bands import BandReason
from billing.rating.decisions import Answer, Stretch, Verdict
from billing.rating.ledger import Ledger, group_of
from billing.store.tables.kinds import OpeningKind
from billing.timespan import Interval

_NOBODY = ""
"""The case of a document that was given before we kept records: no case of ours, so none gets it free again."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The living rows of one contract, in the order they were decided, and the refs behind their ids."""

    opening: Sequence[Any]
    segments: Sequence[Any]
    units: Sequence[Any]
    expenses: Sequence[Any]
    case_refs: Mapping[int, str]
    entries: Mapping[int, tuple[str, str]]
    """Entry id -> its ref and its case's ref."""
    expense_refs: Mapping[int, str]


def ledger_of(decided: Decided, scope: str, before: int | None) -> Ledger:
    """Give what holds of all decisions, or of those of closings with an id below `before`."""
    ledger = Ledger(scope)
    for row in decided.opening:
        _add_opening(ledger, row)
    for row in decided.segments:
        if before is None or row.closing_id < before:
            ledger.add_stretch(_stretch(row, *decided.entries[row.entry_id]))
    for row in decided.units:
        if before is None or row.closing_id < before:
            ledger.add_units(row.group_key, decided.case_refs[row.case_id], _price(row), row.units)
    for row in decided.expenses:
        if before is None or row.closing_id < before:
            ledger.expenses.add(decided.expense_refs[row.expense_id])
    return ledger


def decided_stretches(decided: Decided, refs: Collection[str]) -> Iterator[Stretch]:
    """Give what closings decided of these entries and still holds, in the order it was decided."""
    for row in decided.segments:
        entry, case = decided.entries[row.entry_id]
        if entry in refs:
            yield _stretch(row, entry, case)


def billed_stretches(decided: Decided, scope: str, group: str, price: Price) -> list[Stretch]:
    """Give the living billed minutes of one rounding group and price."""
    living = (_stretch(row, *decided.entries[row.entry_id]) for row in decided.segments)
    return [
        stretch
        for stretch in living
        if stretch.price == price and group_of(scope, stretch.case, stretch.month, stretch.entry) == group
    ]


def _add_opening(ledger: Ledger, row: Any) -> None:
    match OpeningKind(row.kind):
        case OpeningKind.DOCUMENT_TAKEN:
            ledger.documents_taken.append((row.year, row.subject, _NOBODY))
        case OpeningKind.ALLOWANCE_USED:
            ledger.allowance_used[read_month(row.month, "month")] += row.value
        case OpeningKind.APPROVAL_USED:
            ledger.add_opening_approval(row.subject, str(row.rate_class), row.value)
        case OpeningKind.AUDIT_GIVEN | OpeningKind.NEXT_NUMBER:
            pass  # a fact of the history, and the business of the invoice numbers


def _stretch(row: Any, entry: str, case: str) -> Stretch:
    verdict = Verdict(str(row.verdict))
    return Stretch(
        entry,
        case,
        *Interval(row.from_min, row.to_min),
        month=read_month(row.month, "month"),
        answer=Answer(0, verdict, row.code, row.clause),  # the number of the question is not kept, nobody asks it here
        rate_class=RATE_CLASSES[row.rate_class or "regular"],
        band=BandReason(row.reason or BandReason.BUSINESS_HOURS),
        price=None if verdict is Verdict.FREE else _price(row),
        source=row.source,
    )


def _price(row: Any) -> Price:
    return Price(RATE_CLASSES[str(row.rate_class)], row.price_numerator, row.price_denominator)
