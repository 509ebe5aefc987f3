"""Gapless numbers per processor, series and year (architecture 2.4), taken last and in the same transaction.

Before the counter is locked the document is complete; from the lock to the commit there is one insert.
"""

from dataclasses import dataclass
from datetime import date, datetime

from billing.canonical import fingerprint
from billing.errors import Refused
from billing.services.acting import id_of
from billing.store.queries.prepared import write
from billing.store.series import lock_series
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Invoice
from billing.store.tables.kinds import InvoiceKind
from invoices.document import Document
from invoices.number import format_number

_NUMBER_LAW = "§ 14 Abs. 4 Nr. 4 UStG"


@dataclass(frozen=True, slots=True)
class Number:
    """The number a document takes: where it stands in its series, and how it is written."""

    series: str
    year: int
    sequence: int
    text: str


def next_number(session: TenantSession, pattern: str, series: str, today: date) -> Number:
    """Lock the counter of a series and the year of `today`, and give the next number.

    Refused when `today` is before the series' last document of any year: issue dates never go back.
    """
    counter = lock_series(session, series, today.year)
    last = counter.earliest
    if last is not None and today < last:
        raise Refused("issue_date_goes_back", clause=_NUMBER_LAW, value=today, last=last, series=series)
    sequence = counter.last_sequence + 1
    text = format_number(pattern, series=series, year=today.year, sequence=sequence)
    return Number(series, today.year, sequence, text)


def write_invoice(  # noqa: PLR0913 - what one row is made of
    session: TenantSession,
    closing: Closing,
    contract: Contract,
    document: Document,
    *,
    number: Number,
    now: datetime,
    cancels_id: int | None = None,
) -> Invoice:
    """Freeze a numbered document as a row; the database moves the counter with it.

    The journal of numbers knows the number before the commit, so before anybody can be sent it.
    """
    text = document.to_json()
    invoice = Invoice(
        contract_id=id_of(contract),
        controller_id=contract.controller_id,
        closing_id=id_of(closing),
        kind=InvoiceKind(document.kind),
        series=number.series,
        year=number.year,
        sequence=number.sequence,
        number=number.text,
        issue_date=document.issue_date,
        issued_at=now,
        service_from=document.period_from,
        service_to=document.period_to,
        document=text,
        document_sha256=fingerprint(text),
        net_cents=document.net_cents,
        vat_cents=document.vat_cents,
        gross_cents=document.gross_cents,
        cancels_id=cancels_id,
    )
    write(session, invoice)
    if session.journal is not None:
        session.journal.note(session.processor_id, number.series, number.year, number.sequence, now)
    return invoice
