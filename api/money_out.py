"""Open items and bank files as the command line and the API show them alike."""

from typing import Any

from billing.money import format_cents
from billing.services.bank_import import BankReport, Placed
from billing.services.open_items import Receivable


def receivable_values(item: Receivable) -> dict[str, Any]:
    """Give an open item as all interfaces show it, amounts in cents."""
    row, balance, due = item.row, item.balance, item.due
    return {
        "number": row.number,
        "controller": row.controller,
        "controller_ref": row.controller_ref,
        "contract": row.contract,
        "issue_date": row.issue_date,
        "gross": balance.gross_cents,
        "corrected": balance.corrected_cents,
        "paid": balance.paid_cents,
        "written_off": balance.written_off_cents,
        "open": balance.open_cents,
        "overpaid": item.credit_cents,
        "received_on": due and due.received_on,
        "due_on": due and due.due_on,
        "days_overdue": item.days_overdue,
        "level": item.level,
        "default_since": item.default_since,
        "interest": item.interest_cents,
        "flat_fee": item.flat_fee_cents,
        "costs_open": item.costs_open_cents,
        "rate_confirmed": item.is_confirmed,
    }


def bank_line(placed: Placed) -> dict[str, Any]:
    """Give a line of a bank file as all interfaces show it."""
    line = placed.line
    return {
        "entry": placed.id,
        "state": str(placed.match.state),
        "why": str(placed.match.why),
        "booked_on": line.booked_on,
        "valued_on": line.valued_on,
        "amount": format_cents(line.cents),
        "currency": line.currency,
        "payer": line.debtor,
        "remittance": line.remittance,
        "end_to_end": line.end_to_end,
        "invoices": [{"invoice": one.number, "amount": format_cents(one.cents)} for one in placed.match.shares],
    }


def bank_report(report: BankReport) -> dict[str, Any]:
    """Give a report as all interfaces show it."""
    return {
        "version": report.file.version,
        "sha256": report.sha256,
        "booked": report.booked,
        "payments": report.payments,
        "debits": report.file.debits,
        "pending": report.file.pending,
        "lines": [bank_line(one) for one in report.lines],
    }
