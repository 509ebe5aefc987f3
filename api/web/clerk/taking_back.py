"""Taking an invoice back, as a whole or in named cases: pages of their own that say what will follow."""

from typing import Any

from api.web.calls import Done, PageCall, View
from api.web.clerk.invoice import AT, path_of, row_in
from api.web.routing import deed, page
from billing.clause.reading import Reader, refuse
from billing.errors import Conflict
from billing.services.access.rights import Right
from billing.services.fields import read_note
from billing.services.moments import local_day, processor_zone
from invoices.document import Document
from invoices.run.cancelling import cancel_closing
from invoices.run.closings import closing_of_invoice, corrected_cases
from invoices.run.correcting import correct_invoice
from invoices.run.months import numbers_to_come
from invoices.run.overview import InvoiceRow
from invoices.taking_back import cases_on

_REASON: dict[str, Reader] = {"reason": read_note}


@page(f"{AT}/stornieren", right=Right.RUN_MONTHS)
def cancel_page(call: PageCall) -> View:
    """Say what cancelling an invoice will do; looking at it does nothing."""
    row = _standing(call)
    return View("clerk/cancel.html", _about(call, row))


@deed(f"{AT}/stornieren", right=Right.RUN_MONTHS, back=cancel_page)
def cancel_deed(call: PageCall) -> Done:
    """Cancel an invoice by a document of its own; its minutes go back to the month."""
    row = _standing(call)
    reason = call.form.read_all(_REASON).get("reason", "")
    call.form.require_good()
    closing = closing_of_invoice(call.session, row.invoice.number)
    done = cancel_closing(call.session, call.store, closing, reason=reason, act=call.act)
    return Done(
        path_of(row.invoice.number), "invoice_cancelled", {"by": done.number or "", "number": row.invoice.number}
    )


@page(f"{AT}/berichtigen", right=Right.RUN_MONTHS)
def correct_page(call: PageCall) -> View:
    """Ask which cases of an invoice are taken back, and why."""
    row = _standing(call)
    document = Document.from_json(row.invoice.document)
    done = corrected_cases(call.session, closing_of_invoice(call.session, row.invoice.number))
    titles = {line.case_ref: line.case_title for line in document.lines}
    titles |= {expense.case_ref: expense.case_title for expense in document.expenses}
    left = {case: titles[case] for case in cases_on(document) if case not in done}
    return View("clerk/correct.html", {**_about(call, row), "cases": left})


@deed(f"{AT}/berichtigen", right=Right.RUN_MONTHS, back=correct_page)
def correct_deed(call: PageCall) -> Done:
    """Take named cases of an invoice back by a document of its own."""
    row, cases = _standing(call), call.form.texts("cases")
    reason = call.form.read_all(_REASON).get("reason", "")
    if not cases:
        call.form.note(refuse("choose_a_case", "cases", None))
    call.form.require_good()
    done = correct_invoice(call.session, call.store, row.invoice.number, cases, reason=reason, act=call.act)
    return Done(path_of(row.invoice.number), "invoice_corrected", {"by": done.number, "number": row.invoice.number})


def _standing(call: PageCall) -> InvoiceRow:
    """Find an invoice that still stands; Conflict for one that was cancelled, and for what is none."""
    row = row_in(call)
    closing_of_invoice(call.session, row.invoice.number)
    if row.answers.cancelled_by:
        raise Conflict("already_cancelled", value=row.contract, month=row.month)
    return row


def _about(call: PageCall, row: InvoiceRow) -> dict[str, Any]:
    today = local_day(call.act.at, processor_zone(call.session))
    (first, _) = numbers_to_come(call.session, 1, today, taking_back=True) or ("", "")
    document = Document.from_json(row.invoice.document)
    return {"row": row, "invoice": row.invoice, "number_to_come": first, "client": document.buyer.name}
