"""Issued documents: what they say, why, their files, and what takes them back, as a whole or in parts."""

import json
from typing import Any

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.downloads import download
from api.v1.month_out import CancelledOut, CorrectedOut, ExplanationOut, FileOut, InvoiceDocumentOut, InvoiceOut
from api.v1.months import cancelled_out
from api.v1.routing import get, post
from billing.clause.reading import Reader, list_of, one_of, read_month, read_object
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.fields import read_line, read_note
from billing.timespan import format_month
from invoices.run.cancelling import cancel_closing
from invoices.run.closings import closing_of_invoice
from invoices.run.correcting import correct_invoice
from invoices.run.explaining import explain_invoice
from invoices.run.overview import FILE_KINDS, InvoiceRow, invoice_by_id, invoice_file_id, invoices_after

WANTED: dict[str, Reader] = {"month?": read_month, **PAGING}
CANCELLATION: dict[str, Reader] = {"reason": read_note}
CORRECTION: dict[str, Reader] = {"cases": list_of(read_line), "reason": read_note}
FILE_MEDIA = ("application/pdf", "text/csv", "application/xml")
read_file_kind = one_of(*FILE_KINDS)


def invoice_out(row: InvoiceRow) -> InvoiceOut:
    """Show an issued document in a list."""
    return InvoiceOut(**_shown(row))


def invoice_document_out(row: InvoiceRow) -> InvoiceDocumentOut:
    """Show an issued document with all that it says."""
    return InvoiceDocumentOut(**_shown(row), document=json.loads(row.invoice.document))


def _shown(row: InvoiceRow) -> dict[str, Any]:
    invoice, due = row.invoice, row.track.due
    return {
        "id": row.id,
        "number": invoice.number,
        "kind": str(invoice.kind),
        "contract": row.contract,
        "contract_id": invoice.contract_id,
        "month": row.month,
        "issue_date": invoice.issue_date,
        "net": format_cents(invoice.net_cents),
        "vat": format_cents(invoice.vat_cents),
        "gross": format_cents(invoice.gross_cents),
        "cancels": row.cancels,
        "cancelled_by": row.answers.cancelled_by,
        "corrected_by": row.answers.corrected_by,
        "document_sha256": invoice.document_sha256,
        "files": [str(kind) for kind in row.files],
        "sending": str(row.track.sending),
        "received_on": row.track.received_on,
        "due_on": None if due is None else due.due_on,
        "due_shift": None if due is None else due.shift_reason,
    }


@get("/invoices", right=Right.READ_MONTHS, query=WANTED, gives=Page[InvoiceOut])
def invoices(call: Call) -> Reply:
    """List issued documents, of one month's closings if said so."""
    wanted = call.query.get("month")
    month = None if wanted is None else format_month(wanted)
    return call.page(lambda after, most: invoices_after(call.session, after, most, month=month), invoice_out)


@get("/invoices/{invoice_id:int}", right=Right.READ_MONTHS, gives=InvoiceDocumentOut)
def invoice(call: Call) -> Reply:
    """See an issued document."""
    return Reply(invoice_document_out(invoice_by_id(call.session, call.path["invoice_id"])))


@get("/invoices/{invoice_id:int}/explanation", right=Right.READ_MONTHS, gives=ExplanationOut)
def invoice_explanation(call: Call) -> Reply:
    """Lead each line back to its minutes, rate class, units and clauses."""
    row = invoice_by_id(call.session, call.path["invoice_id"])
    explained = explain_invoice(call.session, row.invoice.number)
    return Reply(
        ExplanationOut(
            invoice=row.invoice.number,
            cancels=row.cancels,
            cancelled_by=explained.answers.cancelled_by,
            corrected_by=list(explained.answers.corrected_by),
            lines=explained.lines,
            pass_through=explained.pass_through,
        )
    )


@get(
    "/invoices/{invoice_id:int}/files/{kind:str}",
    right=Right.READ_MONTHS,
    gives=FileOut,
    media_types=FILE_MEDIA,
    writes=True,
)
def invoice_file(call: Call) -> Reply:
    """Download a file of an issued document: xml, pdf, activity_record_pdf or activity_record_csv."""
    row = invoice_by_id(call.session, call.path["invoice_id"])
    kind = read_file_kind(call.path["kind"], "kind")
    return download(call, invoice_file_id(call.session, row.id, kind), f"invoice:{row.invoice.number}")


@post(
    "/invoices/{invoice_id:int}/cancellation",
    right=Right.RUN_MONTHS,
    reads=CANCELLATION,
    gives=CancelledOut,
    status=200,
    example={"reason": "Leistung war kostenfrei"},
)
def cancel_invoice(call: Call) -> Reply:
    """Cancel an invoice with a document that says so; the next run asks its minutes, units and expenses again."""
    row = invoice_by_id(call.session, call.path["invoice_id"])
    closing = closing_of_invoice(call.session, row.invoice.number)
    reason = read_object(call.raw, "", CANCELLATION)["reason"]
    done = cancel_closing(call.session, call.store, closing, reason=reason, act=call.act)
    return Reply(cancelled_out(done))


@post(
    "/invoices/{invoice_id:int}/corrections",
    right=Right.RUN_MONTHS,
    reads=CORRECTION,
    gives=CorrectedOut,
    example={"cases": ["V-101"], "reason": "Leistung war kostenfrei"},
)
def correct_invoice_(call: Call) -> Reply:
    """Take back named cases of an invoice with a document that says so; a later run asks their work again."""
    row = invoice_by_id(call.session, call.path["invoice_id"])
    order = read_object(call.raw, "", CORRECTION)
    number, cases = row.invoice.number, order["cases"]
    done = correct_invoice(call.session, call.store, number, cases, reason=order["reason"], act=call.act)
    return Reply(
        CorrectedOut(
            contract=done.contract_ref,
            month=done.month,
            corrects=done.corrects,
            number=done.number,
            cases=list(done.cases),
            gross=format_cents(done.gross_cents),
            invoice_id=done.invoice_id,
        )
    )
