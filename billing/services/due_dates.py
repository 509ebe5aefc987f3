"""When an invoice is due: counted from its receipt (13(8)), never from its date, and never printed on it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from billing.deadlines.counting import Calendar
from billing.deadlines.payment import Shift, payment_day
from billing.public_holidays import public_holidays
from billing.services.acting import id_of
from billing.store.queries.receipts import newest_receipts
from billing.store.session import TenantSession
from billing.store.tables import Controller, Invoice
from billing.store.tables.kinds import InvoiceKind, ReceiptSource

_ZONE = ZoneInfo("Europe/Berlin")
_FALLBACK_LAND = "BW"


@dataclass(frozen=True, slots=True)
class DueDate:
    """When an invoice is due, and why: received on which day by what evidence, counted to `raw`, moved to `due_on`.

    `shift_reason` says why `due_on` is later than `raw` (§ 193 BGB), None if it is not.
    """

    received_on: date
    evidence: ReceiptSource
    raw: date
    due_on: date
    shift_reason: Shift | None


def due_date_of(session: TenantSession, invoice: Invoice) -> DueDate | None:
    """Give when an invoice is due; None as long as its receipt is not recorded, and for what asks for no money."""
    return due_dates_of(session, [invoice]).get(id_of(invoice))


def due_dates_of(session: TenantSession, invoices: Sequence[Invoice]) -> dict[int, DueDate]:
    """Give when each of these invoices is due, by its id, in one query; those that are not due at all are left out.

    A cancelled invoice stays due here: what has become of the claim is told by payments and cancellations.
    """
    payable = {
        id_of(invoice): invoice
        for invoice in invoices
        if invoice.kind is InvoiceKind.INVOICE and invoice.gross_cents > 0
    }
    found: dict[int, DueDate] = {}
    for number, receipt in newest_receipts(session, payable).items():
        if receipt.received_on is None:
            continue
        day = payment_day(receipt.received_on, payment_days_of(payable[number]), place_calendar(receipt.land))
        found[number] = DueDate(receipt.received_on, receipt.source, day.raw, day.on, day.shift)
    return found


def payment_days_of(invoice: Invoice) -> int:
    """Give in how many days of its receipt an invoice says that it is to be paid; 0 is at once."""
    days: int = json.loads(invoice.document)["payment_days"]
    return days


def place_calendar(land: str) -> Calendar:
    """Give clock and public holidays of the place where a debtor pays and receives mail."""
    return Calendar(_ZONE, lambda day: day in public_holidays(f"DE-{land}", day.year))


def land_of(controller: Controller) -> str:
    """Give the Land of a debtor's seat; who sits abroad, or whose Land nobody entered, is counted as in BW."""
    return controller.land if controller.country == "DE" and controller.land else _FALLBACK_LAND
