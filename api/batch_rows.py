"""What a batch of bookings, or a plan of one, shows: the same on the command line and over HTTP."""

from typing import Any

from invoices.datev.bookings import CREDIT, Booking
from invoices.run.batches import BatchRow
from invoices.run.exporting import Plan


def batch_row(row: BatchRow) -> dict[str, Any]:
    """Show a batch that was handed over; amounts in cents."""
    batch = row.batch
    return {
        "batch": batch.batch_no,
        "from_day": batch.from_day,
        "to_day": batch.to_day,
        "bookings": batch.bookings,
        "debit": batch.debit_cents,
        "credit": batch.credit_cents,
        "invoices": list(row.numbers),
        "recorded_at": batch.recorded_at,
        "recorded_by": batch.recorded_by_name,
        "withdrawn_at": batch.withdrawn_at,
        "withdrawn_by": batch.withdrawn_by_name,
        "withdrawn_reason": batch.withdrawn_reason,
    }


def booking_row(booking: Booking) -> dict[str, Any]:
    """Show one booking."""
    return {
        "invoice": booking.number,
        "issue_date": booking.issue_date,
        "debtor": booking.debtor,
        "account": booking.account,
        "debit": None if booking.side == CREDIT else booking.amount_cents,
        "credit": booking.amount_cents if booking.side == CREDIT else None,
        "text": booking.text,
        "service_date": booking.service_date,
        "tax_date": booking.tax_date,
    }


def plan_row(plan: Plan) -> dict[str, Any]:
    """Show a batch to be: its bookings, and what each account gets."""
    return {
        "from_day": plan.from_day,
        "to_day": plan.to_day,
        "bookings": [booking_row(booking) for booking in plan.bookings],
        "accounts": [{"account": account, "owed": cents} for account, cents in plan.sums().items()],
        "respelled": plan.respelled,
    }
