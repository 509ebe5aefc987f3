"""Money received and paid back, recorded by hand; rows are only added, and a mistake is answered by a counter-row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import select

from billing.clause.reading import Reader, read_date, refuse, shaped
from billing.errors import Conflict, InvalidInput, NotFound
from billing.money import cents_of, format_cents
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_line, read_note
from billing.services.moments import local_day, processor_zone
from billing.services.receivables import Receivables
from billing.store.queries.payments import lock_contracts, payments_after
from billing.store.session import TenantSession
from billing.store.tables import Invoice, Payment

_SIGNED = re.compile(r"-?[0-9]{1,9}([.][0-9]{1,2})?")


@shaped(type="string", pattern=f"^{_SIGNED.pattern}$")
def read_signed_money(value: Any, path: str) -> int:
    """Take an amount in euros that is not zero, `"119.00"`; money that was paid back is below zero, `"-19.00"`."""
    if not isinstance(value, str):
        raise refuse("money_not_a_string", path, value)
    if not _SIGNED.fullmatch(value):
        raise refuse("money_not_whole_cents", path, value)
    cents = cents_of(value)
    if not cents:
        raise refuse("amount_is_zero", path, value)
    return cents


PAYMENT: dict[str, Reader] = {
    "amount": read_signed_money,
    "paid_on": read_date,
    "reference?": read_line,
    "reason?": read_note,
}
REVERSAL: dict[str, Reader] = {"reason": read_note}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayment:
    """Money for one invoice; below zero it was paid back. `reference` is the bank's."""

    amount: int
    paid_on: date
    reference: str | None = None
    reason: str | None = None


def add_payment(session: TenantSession, act: Act, invoice: Invoice, new: NewPayment) -> Payment:
    """Record a payment; what is paid beyond the open amount is a credit.

    InvalidInput: a day before the invoice or still to come, or more paid back than came in.
    """
    hold_claims(session, [invoice.contract_id])
    require_payment_day(session, act, invoice, new.paid_on)
    paid = Receivables(session, act.at).of(id_of(invoice)).balance.paid_cents
    if paid + new.amount < 0:
        raise InvalidInput(
            "more_back_than_paid", path="amount", value=format_cents(new.amount), paid=format_cents(paid)
        )
    payment = Payment(
        invoice_id=id_of(invoice),
        paid_on=new.paid_on,
        amount_cents=new.amount,
        bank_reference=new.reference,
        reason=new.reason,
        **act.record(),
    )
    put(session, payment)
    note_payment(session, act, invoice, payment)
    return payment


def reverse_payment(session: TenantSession, act: Act, invoice: Invoice, payment_id: int, reason: str) -> Payment:
    """Answer a mistaken payment with a counter-row of the same day; both stay. Conflict `payment_reversed`.

    A bank entry it was made of is free again: it may be assigned anew by importing its file with a word to it.
    """
    hold_claims(session, [invoice.contract_id])
    payment = session.exec(
        select(Payment).where(Payment.id == payment_id, Payment.invoice_id == id_of(invoice))
    ).one_or_none()
    if payment is None:
        raise NotFound("payment_not_found", value=payment_id)
    if payment.reverses_id is not None:
        raise Conflict("payment_is_reversal", path="payment", value=payment_id)
    known = session.exec(select(Payment.id).where(Payment.reverses_id == payment_id)).first()
    if known is not None:
        raise Conflict("payment_reversed", path="payment", value=payment_id)
    counter = Payment(
        invoice_id=payment.invoice_id,
        paid_on=payment.paid_on,
        amount_cents=-payment.amount_cents,
        bank_entry_id=payment.bank_entry_id,
        reverses_id=payment_id,
        reason=reason,
        **act.record(),
    )
    put(session, counter)
    note_payment(session, act, invoice, counter, reverses=payment_id)
    return counter


def list_payments(session: TenantSession, invoice: Invoice, after: int = 0, most: int = -1) -> Sequence[Any]:
    """Give the payments of an invoice in the order they were recorded."""
    return payments_after(session, session.processor_id, id_of(invoice), after, most)


def hold_claims(session: TenantSession, contract_ids: Sequence[int]) -> None:
    """Let one transaction at a time decide about the money of invoices under these contracts."""
    lock_contracts(session, session.processor_id, contract_ids)


def require_payment_day(session: TenantSession, act: Act, invoice: Invoice, day: date) -> None:
    """Refuse a day on which nothing can have been paid yet."""
    if day < invoice.issue_date:
        raise InvalidInput("paid_before_issue", path="paid_on", value=day, number=invoice.number)
    if day > local_day(act.at, processor_zone(session)):
        raise InvalidInput("date_in_future", path="paid_on", value=day)


def note_payment(session: TenantSession, act: Act, invoice: Invoice, payment: Payment, **more: Any) -> None:
    """Leave a payment in the audit log; who sent it is not told there."""
    told = {"amount": format_cents(payment.amount_cents), "paid_on": payment.paid_on.isoformat(), **more}
    audit(session, act, "payment_recorded", f"invoice:{invoice.number}", payment=payment.id, **told)
