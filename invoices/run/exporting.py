"""Hand issued documents over to bookkeeping: once each, in batches of one calendar month, DATEV's own advice.

A month never spans two years, calendar or fiscal. What a batch was is kept to the byte, and given again as it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from billing.clause.reading import Reader, read_date, read_month, read_object
from billing.errors import Conflict, InvalidInput
from billing.services.acting import Act, audit, id_of, put
from billing.services.datev_settings import Books, books
from billing.services.debtors import debtor_numbers, keep_debtors, with_new_debtors
from billing.store.files import NewFile, read_file, store_file
from billing.store.session import TenantSession, hold
from billing.store.tables import Controller, ExportBatch, ExportBatchItem, Invoice, InvoiceFile
from billing.store.tables.kinds import InvoiceFileKind, RetentionClass
from billing.timespan import month_index
from invoices.build import first_day_of, last_day_of
from invoices.datev.batch import Batch, write_batch
from invoices.datev.bookings import Booking, bookings_of, guid_of
from invoices.datev.papers import PaperFile, pack
from invoices.datev.text import fitting
from invoices.document import Document

_BOOK_YEARS = 10
"""Books are kept for ten years, vouchers for eight (§ 147 Abs. 3 AO, § 257 Abs. 4 HGB)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A document in a batch, or that would be in one, with its bookings."""

    invoice_id: int
    document: Document
    controller: str
    bookings: tuple[Booking, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """One batch to be: the days it is of, and its documents by issue date and id."""

    from_day: date
    to_day: date
    documents: tuple[Exported, ...]

    @property
    def bookings(self) -> list[Booking]:
        """All its bookings, in order."""
        return [booking for one in self.documents for booking in one.bookings]

    @property
    def respelled(self) -> list[str]:
        """Names of receivers that Windows-1252 can't write as they are."""
        names = {one.document.buyer.name for one in self.documents}
        return sorted(name for name in names if fitting(name) != name)

    def sums(self) -> dict[str, int]:
        """Give what each account gets, in cents: positive what is owed to us."""
        found: dict[str, int] = {}
        for booking in self.bookings:
            found[booking.account] = found.get(booking.account, 0) + booking.signed_cents
        return dict(sorted(found.items()))


DAYS: dict[str, Reader] = {"month?": read_month, "from?": read_date, "to?": read_date}
"""How the days are named whose documents are handed over, by their issue dates: a month, or the first and the last."""


def read_days(raw: Mapping[str, Any]) -> tuple[date, date]:
    """Read the first and the last day; InvalidInput unless it is a month alone or both days."""
    return days_of(read_object(dict(raw), "", DAYS))


def days_of(said: Mapping[str, Any]) -> tuple[date, date]:
    """Give the first and the last day of what was read."""
    month, first, last = said.get("month"), said.get("from"), said.get("to")
    if month is not None and first is last is None:
        return first_day_of(month), last_day_of(month)
    if month is not None or first is None or last is None:
        raise InvalidInput("month_or_days", path="month")
    if first > last:
        raise InvalidInput("end_before_start", path="to", value=last)
    return first, last


def plan_export(session: TenantSession, first: date, last: date) -> tuple[Plan, ...]:
    """Give what an export of documents issued on these days would hand over; nothing is written.

    Conflict: settings are missing (`datev_incomplete`), a debtor account of another length, or a rate of VAT
    that has no account.
    """
    return _plan(session, books(session), first, last)[0]


def export_datev(
    session: TenantSession, act: Act, zone: ZoneInfo, first: date, last: date, *, papers: bool = False
) -> list[tuple[Plan, ExportBatch]]:
    """Hand over what was issued on these days and was not yet; of two at once one gets it, the other nothing.

    Refuses what `plan_export` does; with `papers` also Conflict while a document's PDF is not made.
    """
    hold(session, "export")
    settings = books(session)
    plans, known, numbers = _plan(session, settings, first, last)
    keep_debtors(session, act, known, numbers)
    return [(plan, _write(session, act, zone, settings, plan, papers=papers)) for plan in plans]


def _plan(
    session: TenantSession, settings: Books, first: date, last: date
) -> tuple[tuple[Plan, ...], dict[int, int], dict[int, int]]:
    settings.require_complete()
    rows = _open(session, first, last)
    known = debtor_numbers(session)
    numbers = with_new_debtors(known, {invoice.controller_id for invoice, _ in rows}, settings)
    _require_fitting(settings, {controller: numbers[invoice.controller_id] for invoice, controller in rows})
    found = [
        Exported(id_of(invoice), document, controller, tuple(bookings))
        for invoice, controller in rows
        for document in [Document.from_json(invoice.document)]
        if (bookings := list(bookings_of(document, numbers[invoice.controller_id], settings.accounts)))
    ]
    return tuple(_plans(found, first, last)), known, numbers


def _open(session: TenantSession, first: date, last: date) -> list[tuple[Invoice, str]]:
    """Give documents that no living batch holds, by issue date and id, with their controller's reference."""
    living = sa.exists().where(
        col(ExportBatchItem.processor_id) == session.processor_id,
        col(ExportBatchItem.invoice_id) == col(Invoice.id),
        col(ExportBatchItem.superseded_at).is_(None),
    )
    query = (
        select(Invoice, Controller.ref)
        .join(Controller, col(Controller.id) == col(Invoice.controller_id))
        .where(col(Invoice.issue_date) >= first, col(Invoice.issue_date) <= last, ~living)
        .order_by(col(Invoice.issue_date), col(Invoice.id))
    )
    return list(session.exec(query))


def _require_fitting(settings: Books, numbers: dict[str, int]) -> None:
    """Refuse debtor accounts that were set beside ledger accounts of another length; all of them are named."""
    wrong = sorted(ref for ref, number in numbers.items() if number not in settings.debtors)
    if wrong:
        digits = settings.account_length + 1
        raise Conflict("debtor_account_length_differs", controllers=", ".join(wrong), digits=digits)


def _plans(found: list[Exported], first: date, last: date) -> Iterator[Plan]:
    for month, documents in groupby(found, key=lambda one: one.document.issue_date.replace(day=1)):
        end = last_day_of(month_index(month.year, month.month))
        yield Plan(max(month, first), min(end, last), tuple(documents))


def _write(
    session: TenantSession, act: Act, zone: ZoneInfo, settings: Books, plan: Plan, *, papers: bool
) -> ExportBatch:
    number = _next_number(session)
    label = f"{plan.from_day:%Y-%m}_{number:04}"
    created = act.at.astimezone(zone)
    packed = _keep_papers(session, act, plan, created, label) if papers else None
    guids = {one.document.number: guid_of(one.document) if papers else None for one in plan.documents}
    content = write_batch(
        _head(settings, plan, created), [(booking, guids[booking.number]) for booking in plan.bookings]
    )
    batch = ExportBatch(
        batch_no=number,
        from_day=plan.from_day,
        to_day=plan.to_day,
        settings_id=settings.row_id or 0,
        stored_file_id=_keep(
            session, act, f"EXTF_Buchungsstapel_{label}.csv", "text/csv; charset=windows-1252", content
        ),
        documents_file_id=packed,
        bookings=len(plan.bookings),
        debit_cents=sum(max(booking.signed_cents, 0) for booking in plan.bookings),
        credit_cents=sum(max(-booking.signed_cents, 0) for booking in plan.bookings),
        **act.record(),
    )
    put(session, batch)
    put(session, *(ExportBatchItem(batch_id=id_of(batch), invoice_id=one.invoice_id) for one in plan.documents))
    numbers = [one.document.number for one in plan.documents]
    audit(session, act, "exported_to_datev", f"export_batch:{number}", invoices=numbers, bookings=batch.bookings)
    return batch


def _next_number(session: TenantSession) -> int:
    return int(session.exec(select(sa.func.coalesce(sa.func.max(ExportBatch.batch_no), 0) + 1)).one())


def _head(settings: Books, plan: Plan, created: datetime) -> Batch:
    assert settings.consultant is not None  # noqa: S101 - the settings were found complete
    assert settings.client is not None  # noqa: S101 - as above
    return Batch(
        consultant=settings.consultant,
        client=settings.client,
        chart=str(settings.chart).removeprefix("SKR"),
        account_length=settings.account_length,
        fiscal_year_start=settings.fiscal_year_start(plan.from_day),
        from_day=plan.from_day,
        to_day=plan.to_day,
        label=f"Rechnungen {plan.from_day:%Y-%m}",
        created_at=created,
        locked=settings.locked,
        service_dates=settings.service_dates,
    )


def _keep_papers(session: TenantSession, act: Act, plan: Plan, created: datetime, label: str) -> int:
    return _keep(session, act, f"Belege_{label}.zip", "application/zip", pack(_papers(session, plan), created))


def _papers(session: TenantSession, plan: Plan) -> list[PaperFile]:
    """Give the PDFs of a plan's documents; Conflict names all that are not made yet."""
    ids = [one.invoice_id for one in plan.documents]
    made = select(InvoiceFile.invoice_id, InvoiceFile.stored_file_id).where(
        col(InvoiceFile.invoice_id).in_(ids), InvoiceFile.kind == InvoiceFileKind.PDF
    )
    files = dict(session.exec(made).all())
    waiting = [one.document.number for one in plan.documents if one.invoice_id not in files]
    if waiting:
        raise Conflict("papers_not_made", numbers=", ".join(waiting))
    return [
        PaperFile(guid_of(one.document), file.name, file.content)
        for one in plan.documents
        for file in [read_file(session, files[one.invoice_id])]
    ]


def _keep(session: TenantSession, act: Act, name: str, media_type: str, content: bytes) -> int:
    until = date(act.at.year + _BOOK_YEARS, 12, 31)
    file = NewFile(name, media_type, content, RetentionClass.BOOK, until)
    return id_of(store_file(session, file, recorded_at=act.at, recorded_by=act.name))
