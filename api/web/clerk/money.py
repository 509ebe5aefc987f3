"""The money of one invoice: payments by hand and their counter-rows, the day it was received, what is given up."""

from typing import Any

from api.web.calls import Done, PageCall
from api.web.clerk import typed
from api.web.clerk.invoice import AT, invoice_page, path_of, row_in
from api.web.routing import deed
from billing.clause.reading import read_money
from billing.services.access.rights import Right
from billing.services.claims import require_claim
from billing.services.fields import read_line, read_note
from billing.services.payments import NewPayment, add_payment, read_signed_money, reverse_payment
from billing.services.receipts import Proof, deny_receipt, set_receipt
from billing.services.write_offs import propose_write_off
from invoices.format import money


@deed(f"{AT}/zahlung", right=Right.RUN_MONTHS, back=invoice_page)
def payment_deed(call: PageCall) -> Done:
    """Record money received for an invoice, or paid back with a minus."""
    invoice, form = _claim(call), call.form
    cents, paid_on = typed.amount(form, "amount", read_signed_money), typed.day(call, "paid_on")
    reference = form.read("reference", read_line, optional=True)
    form.require_good()
    if paid_on is not None:
        add_payment(call.session, call.act, invoice, NewPayment(amount=cents, paid_on=paid_on, reference=reference))
    return Done(path_of(invoice.number), "payment_added", {"amount": money(cents, call.lang)})


@deed(f"{AT}/zahlung/{{payment_id:int}}/gegenbuchung", right=Right.RUN_MONTHS, back=invoice_page)
def reverse_deed(call: PageCall) -> Done:
    """Answer a mistaken payment with a counter-row; both stay."""
    invoice = _claim(call)
    reason = call.form.read("reversal_reason", read_note)
    call.form.require_good()
    reverse_payment(call.session, call.act, invoice, call.path["payment_id"], reason)
    return Done(path_of(invoice.number), "payment_reversed")


@deed(f"{AT}/zugang", right=Right.RUN_MONTHS, back=invoice_page)
def receipt_deed(call: PageCall) -> Done:
    """Record by a proof when an invoice was received, or with the tick that it was not."""
    invoice, form = row_in(call).invoice, call.form
    file, note = typed.proof(call, "proof"), form.read("note", read_note)
    denied = form.checked("denied")
    received_on = None if denied else typed.day(call, "received_on")
    form.require_good()
    if file is None:
        return Done(path_of(invoice.number))
    if received_on is None:
        deny_receipt(call.session, call.act, invoice, Proof(file, note))
    else:
        set_receipt(call.session, call.act, invoice, received_on, Proof(file, note))
    return Done(path_of(invoice.number), "receipt_recorded")


@deed(f"{AT}/ausbuchen", right=Right.RUN_MONTHS, back=invoice_page)
def write_off_deed(call: PageCall) -> Done:
    """Propose to give up what is open of an invoice; a second person decides."""
    invoice, form = _claim(call), call.form
    cents = typed.amount(form, "write_off", read_money)
    reason = form.read("write_off_reason", read_note)
    form.require_good()
    propose_write_off(call.session, call.act, invoice, cents, reason)
    return Done(path_of(invoice.number), "write_off_proposed", {"amount": money(cents, call.lang)})


def _claim(call: PageCall) -> Any:
    """Find an invoice that asks for money."""
    invoice = row_in(call).invoice
    require_claim(invoice, "nr")
    return invoice
