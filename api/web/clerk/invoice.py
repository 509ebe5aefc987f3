"""One issued document: nothing on it changes; its files, what happened to it, and its money."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from api.v1.invoices import read_file_kind
from api.web.calls import Done, Download, OpenPageCall, PageCall, View
from api.web.clerk.history import Step, history_of
from api.web.routing import HttpMethod, deed, open_deed, page
from billing.errors import Conflict
from billing.services.access.rights import Right
from billing.services.deliveries import list_deliveries
from billing.services.files import give_own_file
from billing.services.moments import local_day, processor_zone
from billing.services.payments import list_payments
from billing.services.receipts import list_receipts
from billing.services.receivables import Receivables
from invoices.document import Document
from invoices.run.explaining import explain_invoice
from invoices.run.invoice_lists import Listed, listed
from invoices.run.ordering import order_one
from invoices.run.overview import InvoiceRow, invoice_by_number, invoice_file_id
from invoices.run.reminders import reminders_of

AT = "/rechnungen/{nr:str}"
_ALL = 1000
_FINAL_METHODS: tuple[HttpMethod, ...] = ("PUT", "PATCH", "DELETE")


def path_of(number: str) -> str:
    """Give the address of a document's page."""
    return f"/rechnungen/{quote(number, safe='')}"


def row_in(call: PageCall) -> InvoiceRow:
    """Find the document of the address."""
    return invoice_by_number(call.session, call.path["nr"])


@page(AT, right=Right.READ_MONTHS)
def invoice_page(call: PageCall) -> View:
    """Show an issued document with all that happened to it."""
    row = row_in(call)
    reader = Receivables(call.session, call.act.at)
    (one,) = listed(call.session, reader, [row.id])
    return View(
        "clerk/invoice.html",
        {
            "one": one,
            "row": row,
            "invoice": row.invoice,
            "document": Document.from_json(row.invoice.document),
            "lines": explain_invoice(call.session, row.invoice.number).lines,
            "today": local_day(call.act.at, processor_zone(call.session)),
            **_told(call, one),
        },
    )


def _told(call: PageCall, one: Listed) -> Mapping[str, Any]:
    """Give what was recorded about a document since it was issued."""
    invoice, session = one.row.invoice, call.session
    payments = list_payments(session, invoice, 0, _ALL) if one.item else []
    deliveries = list_deliveries(session, invoice, 0, _ALL)
    receipts = list_receipts(session, one.row.id, 0, _ALL)
    reminders = reminders_of(session, invoice) if one.item else []
    steps: list[Step] = history_of(one.row, deliveries, receipts, payments, reminders)
    return {"payments": payments, "deliveries": deliveries, "reminders": reminders, "history": steps}


@open_deed(AT, methods=_FINAL_METHODS)
def change_deed(call: OpenPageCall) -> Done:
    """Refuse to change an issued document, whoever asks: it is final (GoBD), only taken back by another one."""
    raise Conflict("invoice_is_final", value=call.path["nr"])


@page(f"{AT}/datei/{{kind:str}}", right=Right.READ_MONTHS, writes=True)
def invoice_file_page(call: PageCall) -> Download:
    """Send a file of a document; who got it is noted."""
    row = row_in(call)
    kind = read_file_kind(call.path["kind"], "kind")
    number = invoice_file_id(call.session, row.id, kind)
    file = give_own_file(call.session, call.act, number, f"invoice:{row.invoice.number}")
    return Download(file.content, file.media_type, file.name)


@deed(f"{AT}/versenden", right=Right.RUN_MONTHS, back=invoice_page)
def send_invoice_deed(call: PageCall) -> Done:
    """Send a document; one that was accepted before goes out again, as its button says."""
    row = row_in(call)
    order_one(call.session, call.act, row.invoice, again=call.form.checked("nochmals"))
    return Done(path_of(row.invoice.number), "invoice_sending", {"number": row.invoice.number})
