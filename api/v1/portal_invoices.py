"""The portal's invoices: one's own controller's, with their files and what is still open of them."""

from dataclasses import dataclass

from pydantic import Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.downloads import download
from api.v1.invoices import FILE_MEDIA, invoice_document_out, invoice_out, read_file_kind
from api.v1.month_out import FileOut, InvoiceDocumentOut, InvoiceOut
from api.v1.routing import get
from billing.money import format_cents
from billing.receivables.account import Balance
from billing.services.access.rights import Right
from billing.services.receivables import Receivables
from invoices.run.overview import InvoiceRow, invoice_by_id, invoice_file_id, invoices_after


class PortalInvoiceOut(InvoiceOut):
    """An issued document and, of an invoice, what was paid and what is open."""

    paid: str | None = Field(description="null for cancellations and corrections: they ask for nothing.")
    open: str | None


@dataclass(frozen=True, slots=True)
class _Stood:
    """A document with how its account stands, None where it has none."""

    id: int
    row: InvoiceRow
    balance: Balance | None


@get("/portal/invoices", right=Right.PORTAL_READ, query=PAGING, gives=Page[PortalInvoiceOut])
def portal_invoices(call: Call) -> Reply:
    """List the invoices of one's own controller, with what was paid and what is open."""
    mine = call.controller_id

    def rows_after(after: int, most: int) -> list[_Stood]:
        rows = invoices_after(call.session, after, most, controller_id=mine)
        items = Receivables(call.session, call.act.at).of_all([row.id for row in rows])
        balances = {item.id: item.balance for item in items}
        return [_Stood(row.id, row, balances.get(row.id)) for row in rows]

    return call.page(rows_after, _with_balance)


@get("/portal/invoices/{invoice_id:int}", right=Right.PORTAL_READ, gives=InvoiceDocumentOut)
def portal_invoice(call: Call) -> Reply:
    """See one of them."""
    return Reply(invoice_document_out(_mine(call)))


@get(
    "/portal/invoices/{invoice_id:int}/files/{kind:str}",
    right=Right.PORTAL_READ,
    gives=FileOut,
    media_types=FILE_MEDIA,
    writes=True,
)
def portal_invoice_file(call: Call) -> Reply:
    """Download a file of one of them."""
    row = _mine(call)
    kind = read_file_kind(call.path["kind"], "kind")
    return download(call, invoice_file_id(call.session, row.id, kind), f"invoice:{row.invoice.number}")


def _with_balance(stood: _Stood) -> PortalInvoiceOut:
    paid, left = (None, None) if stood.balance is None else (stood.balance.paid_cents, stood.balance.open_cents)
    return PortalInvoiceOut(
        **invoice_out(stood.row).model_dump(),
        paid=None if paid is None else format_cents(paid),
        open=None if left is None else format_cents(left),
    )


def _mine(call: Call) -> InvoiceRow:
    return invoice_by_id(call.session, call.path["invoice_id"], controller_id=call.controller_id)
