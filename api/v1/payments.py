"""Money for invoices: payments by hand, their counter-rows, and bank files (CAMT.053)."""

from base64 import b64encode
from datetime import date
from http import HTTPStatus
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.money_out import bank_report
from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_object
from billing.money import format_cents
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.bank_import import book, look_through, read_answers
from billing.services.claims import claim_by_id, document_by_id
from billing.services.payments import PAYMENT, REVERSAL, NewPayment, add_payment, list_payments, reverse_payment
from billing.services.proofs import read_upload

BANK_FILE: dict[str, Reader] = {"file": read_upload, "confirmations?": read_answers}
_STATEMENT = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
    "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>"
    '<Ntry><Amt Ccy="EUR">119.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-11-16</Dt></BookgDt><ValDt><Dt>2026-11-16</Dt></ValDt><AcctSvcrRef>2026111612345</AcctSvcrRef>"
    "<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Wohnbau Filderland eG</Nm></Pty></Dbtr></RltdPties>"
    "<RmtInf><Ustrd>Rechnung vom November</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
)
_FILE = {"name": "auszug.xml", "content": b64encode(_STATEMENT.encode()).decode()}


class PaymentOut(BaseModel):
    """Money for an invoice; below zero it was paid back, or a counter-row takes a mistake back."""

    id: int
    amount: str = Field(examples=["119.00"])
    paid_on: date
    reference: str | None
    bank_entry: int | None = Field(description="Number of the bank entry it was made of.")
    payer: str | None = Field(description="Who paid, as the bank says.")
    remittance: str | None
    reverses: int | None = Field(description="The payment that this row takes back.")
    reversed_by: int | None
    reason: str | None
    recorded_at: AwareDatetime
    recorded_by: str | None


class ShareOut(BaseModel):
    """What of a transfer pays which invoice."""

    invoice: str
    amount: str


class BankLineOut(BaseModel):
    """A transfer and what becomes of it: `pays` is booked, `ask` waits for a person, `known` was booked before."""

    entry: str = Field(description="The id to confirm it by.", examples=["3f9a1c02b7de"])
    state: Literal["pays", "ask", "none", "known"]
    why: str
    booked_on: date
    valued_on: date
    amount: str
    currency: str
    payer: str
    remittance: str
    end_to_end: str
    invoices: list[ShareOut] = Field(description="What it pays or, to ask, what it may mean.")


class BankReportOut(BaseModel):
    """What became of a bank file, or would."""

    version: str = Field(examples=["camt.053.001.08"])
    sha256: str
    booked: bool
    payments: int
    debits: int = Field(description="Entries by which we paid others: counted, not read.")
    pending: int = Field(description="Entries that the bank has not booked yet.")
    lines: list[BankLineOut]


@get("/invoices/{invoice_id:int}/payments", right=Right.READ_MONTHS, query=PAGING, gives=Page[PaymentOut])
def list_payments_(call: Call) -> Reply:
    """List the payments of an invoice in the order they were recorded, counter-rows among them.

    A cancellation or correction asks for no money and has none.
    """
    invoice = document_by_id(call.session, call.path["invoice_id"])
    return call.page(lambda after, most: list_payments(call.session, invoice, after, most), _show)


@post(
    "/invoices/{invoice_id:int}/payments",
    right=Right.RUN_MONTHS,
    reads=PAYMENT,
    gives=PaymentOut,
    example={"amount": "119.00", "paid_on": "2026-11-02", "reference": "Kontoauszug 147"},
)
def add_payment_(call: Call) -> Reply:
    """Record money received for an invoice or, below zero, paid back; too much is a credit.

    422: a day before the invoice or still to come, or more paid back than came in.
    """
    invoice, new = _invoice(call), NewPayment(**read_object(call.raw, "", PAYMENT))
    return _one(call, invoice, id_of(add_payment(call.session, call.act, invoice, new)))


@post(
    "/invoices/{invoice_id:int}/payments/{payment_id:int}/reversal",
    right=Right.RUN_MONTHS,
    reads=REVERSAL,
    gives=PaymentOut,
    example={"reason": "Betrag vertippt"},
)
def reverse_payment_(call: Call) -> Reply:
    """Answer a mistaken payment with a counter-row; both stay on record. 409: answered before."""
    invoice, reason = _invoice(call), read_object(call.raw, "", REVERSAL)["reason"]
    counter = reverse_payment(call.session, call.act, invoice, call.path["payment_id"], reason)
    return _one(call, invoice, id_of(counter))


@post(
    "/bank-files/preview",
    right=Right.RUN_MONTHS,
    reads=BANK_FILE,
    gives=BankReportOut,
    status=HTTPStatus.OK,
    example={"file": _FILE},
)
def preview_bank_file(call: Call) -> Reply:
    """Say of each line of a bank file (CAMT.053) what booking it would do; nothing is stored."""
    said = read_object(call.raw, "", BANK_FILE)
    report = look_through(call.session, call.act, said["file"], said.get("confirmations", ()))
    return Reply(BankReportOut(**bank_report(report)))


@post(
    "/bank-files",
    right=Right.RUN_MONTHS,
    reads=BANK_FILE,
    gives=BankReportOut,
    example={"file": _FILE},
)
def book_bank_file(call: Call) -> Reply:
    """Book the lines of a bank file that say what they pay, and those that `confirmations` answer for, all or nothing.

    Entries that were booked before change nothing. 422: no CAMT.053, none of our accounts, an answer that can't be.
    """
    said = read_object(call.raw, "", BANK_FILE)
    report = book(call.session, call.act, said["file"], said.get("confirmations", ()))
    return Reply(BankReportOut(**bank_report(report)))


def _invoice(call: Call) -> Any:
    return claim_by_id(call.session, call.path["invoice_id"])


def _one(call: Call, invoice: Any, payment_id: int) -> Reply:
    (row,) = list_payments(call.session, invoice, payment_id - 1, 1)
    return Reply(_show(row), location=f"/invoices/{invoice.id}/payments")


def _show(row: Any) -> PaymentOut:
    return PaymentOut(
        id=row.id,
        amount=format_cents(row.amount_cents),
        paid_on=row.paid_on,
        reference=row.bank_reference,
        bank_entry=row.bank_entry_id,
        payer=row.debtor,
        remittance=row.remittance,
        reverses=row.reverses_id,
        reversed_by=row.reversed_by_id,
        reason=row.reason,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by_name,
    )
