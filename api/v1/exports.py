"""Exports: issued documents handed over to bookkeeping in batches, their files, and their withdrawal."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from api.batch_rows import batch_row, plan_row
from api.v1.calls import PAGING, Call, Nothing, Page, Reply
from api.v1.downloads import download
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_flag, read_object
from billing.errors import Conflict
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.fields import read_note
from invoices.run.batches import BatchRow, batch_by_id, batches_after, with_numbers, withdraw_batch
from invoices.run.exporting import DAYS, Plan, days_of, export_datev, plan_export

_ORDER: dict[str, Reader] = {**DAYS, "papers?": read_flag}
_WITHDRAWAL: dict[str, Reader] = {"reason": read_note}


class ExportOut(BaseModel):
    """A batch that was handed over; its sums are those of the debtors."""

    id: int
    batch: int
    from_day: date
    to_day: date
    bookings: int
    debit: str = Field(examples=["178.50"])
    credit: str
    invoices: list[str]
    has_papers: bool
    recorded_at: AwareDatetime
    recorded_by: str | None
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class ExportsOut(BaseModel):
    """The batches that an order made, one a month; none when all was handed over before."""

    items: list[ExportOut]
    respelled: list[str] = Field(description="Names of receivers that the file can't write as they are.")


class BookingOut(BaseModel):
    """One booking: either `debit` or `credit` of the debtor."""

    invoice: str
    issue_date: date
    debtor: int
    account: str
    debit: str | None
    credit: str | None
    text: str
    service_date: date
    tax_date: date


class AccountSumOut(BaseModel):
    """What an account gets."""

    account: str
    owed: str


class PlannedExportOut(BaseModel):
    """A batch to be."""

    from_day: date
    to_day: date
    bookings: list[BookingOut]
    accounts: list[AccountSumOut]
    respelled: list[str]


class PlannedExportsOut(BaseModel):
    """The batches that an order for these days would make."""

    items: list[PlannedExportOut]


@get("/exports", right=Right.READ_MONTHS, query=PAGING, gives=Page[ExportOut])
def list_exports(call: Call) -> Reply:
    """List all batches, those that were withdrawn too."""
    return call.page(lambda after, most: batches_after(call.session, after, most), _show)


@get("/exports/datev/preview", right=Right.READ_MONTHS, query=DAYS, gives=PlannedExportsOut)
def preview_datev_export(call: Call) -> Reply:
    """Show what would be booked for documents issued in a month, or from a day to another; nothing is written."""
    return Reply(PlannedExportsOut(items=[_planned(plan) for plan in plan_export(call.session, *days_of(call.query))]))


@post(
    "/exports/datev",
    right=Right.RUN_MONTHS,
    reads=_ORDER,
    gives=ExportsOut,
    example={"month": "2026-11"},
)
def order_datev_export(call: Call) -> Reply:
    """Hand documents of these issue dates over to DATEV, each once; with `papers` their PDFs as a package too."""
    said = read_object(call.raw, "", _ORDER)
    papers = said.pop("papers", False)
    done = export_datev(call.session, call.act, call.zone, *days_of(said), papers=papers)
    rows = with_numbers(call.session, [batch for _, batch in done])
    respelled = sorted({name for plan, _ in done for name in plan.respelled})
    return Reply(ExportsOut(items=[_show(row) for row in rows], respelled=respelled))


@get("/exports/{export_id:int}", right=Right.READ_MONTHS, gives=ExportOut)
def get_export(call: Call) -> Reply:
    """See a batch."""
    return Reply(_show(batch_by_id(call.session, call.path["export_id"])))


@get(
    "/exports/{export_id:int}/bookings",
    right=Right.READ_MONTHS,
    gives=Nothing,
    media_types=("text/csv",),
    writes=True,
)
def get_export_bookings(call: Call) -> Reply:
    """Download the booking batch as it was made, in Windows-1252."""
    batch = batch_by_id(call.session, call.path["export_id"]).batch
    return download(call, batch.stored_file_id, f"export_batch:{batch.batch_no}")


@get(
    "/exports/{export_id:int}/papers",
    right=Right.READ_MONTHS,
    gives=Nothing,
    media_types=("application/zip",),
    writes=True,
)
def get_export_papers(call: Call) -> Reply:
    """Download the package of papers that went along with a batch."""
    batch = batch_by_id(call.session, call.path["export_id"]).batch
    if batch.documents_file_id is None:
        raise Conflict("batch_has_no_papers", value=batch.batch_no)
    return download(call, batch.documents_file_id, f"export_batch:{batch.batch_no}")


@post(
    "/exports/{export_id:int}/withdrawal",
    right=Right.RUN_MONTHS,
    reads=_WITHDRAWAL,
    gives=ExportOut,
    status=200,
    example={"reason": "Falscher Kontenrahmen"},
)
def withdraw_export(call: Call) -> Reply:
    """Withdraw a batch that bookkeeping did not take; its documents are handed over anew with the next one."""
    row = batch_by_id(call.session, call.path["export_id"])
    withdraw_batch(call.session, call.act, row.batch, read_object(call.raw, "", _WITHDRAWAL)["reason"])
    return Reply(_show(row))


def _show(row: BatchRow) -> ExportOut:
    return ExportOut(**_written(batch_row(row)), id=row.id, has_papers=row.batch.documents_file_id is not None)


def _planned(plan: Plan) -> PlannedExportOut:
    shown = plan_row(plan)
    return PlannedExportOut(
        from_day=plan.from_day,
        to_day=plan.to_day,
        bookings=[BookingOut(**_written(row)) for row in shown["bookings"]],
        accounts=[AccountSumOut(**_written(row)) for row in shown["accounts"]],
        respelled=plan.respelled,
    )


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """Write the amounts of a row in euros."""
    amounts = {name: row[name] for name in ("debit", "credit", "owed") if row.get(name) is not None}
    return row | {name: format_cents(cents) for name, cents in amounts.items()}
