"""The portal's invoices: one's own controller's, with their files."""

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.downloads import download
from api.v1.invoices import FILE_MEDIA, invoice_document_out, invoice_out, read_file_kind
from api.v1.month_out import FileOut, InvoiceDocumentOut, InvoiceOut
from api.v1.routing import get
from billing.services.access.rights import Right
from invoices.run.overview import InvoiceRow, invoice_by_id, invoice_file_id, invoices_after


@get("/portal/invoices", right=Right.PORTAL_READ, query=PAGING, gives=Page[InvoiceOut])
def portal_invoices(call: Call) -> Reply:
    """List the invoices of one's own controller."""
    mine = call.controller_id
    return call.page(lambda after, most: invoices_after(call.session, after, most, controller_id=mine), invoice_out)


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


def _mine(call: Call) -> InvoiceRow:
    return invoice_by_id(call.session, call.path["invoice_id"], controller_id=call.controller_id)
