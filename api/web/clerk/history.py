"""What happened to an issued document, in the order it happened; the template says it in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from invoices.run.overview import InvoiceRow


@dataclass(frozen=True, slots=True)
class Step:
    """One event: its kind names the sentence, `by` is who did it."""

    at: datetime
    kind: str
    by: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def history_of(
    row: InvoiceRow,
    deliveries: Sequence[Any],
    receipts: Sequence[Any],
    payments: Sequence[Any],
    reminders: Sequence[Any],
) -> list[Step]:
    """Put together what is known of a document."""
    steps = [Step(row.invoice.issued_at, "issued")]
    steps += [Step(one.attempted_at, f"delivery_{one.outcome}", None, {"answer": one.answer}) for one in deliveries]
    steps += _receipts(receipts)
    steps += [
        Step(one.recorded_at, "payment", one.recorded_by_name, {"cents": one.amount_cents, "day": one.paid_on})
        for one in payments
    ]
    steps += [
        Step(one.recorded_at, "reminder", one.recorded_by_name, {"level": one.level, "channel": str(one.channel)})
        for one in reminders
    ]
    return sorted(steps, key=lambda step: step.at)


def _receipts(receipts: Sequence[Any]) -> Iterator[Step]:
    for one in receipts:
        kind = "denied" if one.received_on is None else "received"
        said = {"day": one.received_on, "source": str(one.source), "note": one.evidence_note}
        yield Step(one.recorded_at, kind, one.recorded_by_name, said)
