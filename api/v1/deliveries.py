"""Documents on their way to their controllers: sent once, each attempt with its answer, and the receipt (Zugang)."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.v1.calls import PAGING, Call, Page, Reply
from api.v1.months import month_in
from api.v1.routing import get, post
from billing.clause.reading import Reader, read_flag, read_object
from billing.services.access.rights import Right
from billing.services.acting import id_of
from billing.services.deliveries import list_deliveries
from billing.services.due_dates import due_date_of
from billing.services.receipts import NO_RECEIPT, RECEIPT, Proof, deny_receipt, list_receipts, set_receipt
from billing.services.sendings import Ordered
from billing.timespan import format_month
from invoices.run.ordering import NotSent, documents_of_month, order_all, order_one
from invoices.run.overview import InvoiceRow, invoice_by_id
from invoices.run.pass_through import StatementRow, statement_by_id
from invoices.run.reports import not_sent_report, sent_reports

SEND: dict[str, Reader] = {"again?": read_flag}
_PROOF = {"name": "rueckschein.txt", "content": "UsO8Y2tzY2hlaW4="}
SendingState = Literal["not_sent", "waiting", "accepted", "failed"]


class SentOut(BaseModel):
    """How far a document is; `newly` says whether this request began its sending."""

    number: str = Field(examples=["RE-2026-0001"])
    sending: SendingState
    newly: bool
    received_on: date | None = Field(description="Null for a statement of pass-through money, like `due_on`.")
    due_on: date | None


class NotSentOut(BaseModel):
    """A document whose sending could not be ordered, and why."""

    number: str
    code: str
    sentence: str


class SentMonthOut(BaseModel):
    """What sending a month came to."""

    month: str = Field(examples=["2026-10"])
    documents: list[SentOut]
    refused: list[NotSentOut]


class DeliveryOut(BaseModel):
    """One attempt to deliver a document, and what the mail server answered."""

    id: int
    attempted_at: AwareDatetime
    channel: Literal["mail", "portal"]
    recipient: str | None
    message_id: str
    outcome: Literal["accepted", "deferred", "rejected", "failed"]
    answer: str | None


class ReceiptOut(BaseModel):
    """What is known of a document's receipt; of several the last one counts, null says that it was not received."""

    id: int
    received_on: date | None
    source: Literal["mail", "portal", "manual"] = Field(
        description="A mail that was accepted, the portal's note that was, or a proof."
    )
    land: str = Field(description="The Land whose holidays count for the due date.", examples=["BW"])
    delivery_id: int | None
    recorded_at: AwareDatetime
    recorded_by: str | None
    note: str | None
    file_id: int | None = Field(description="`GET /files/{file_id}` gives the proof's bytes.")


class ReceivedOut(ReceiptOut):
    """The receipt that counts now, and the last day to pay that follows from it."""

    due_on: date | None


@post(
    "/invoices/{invoice_id:int}/delivery",
    right=Right.RUN_MONTHS,
    reads=SEND,
    gives=SentOut,
    status=200,
    example={"again": False},
)
def send_invoice(call: Call) -> Reply:
    """Send a document the way its controller wants it, once; with `again` also one that was accepted before.

    It goes out in a moment: see the document's `deliveries`.
    """
    return _sent(call, order_one(call.session, call.act, _row(call).invoice, again=_again(call)))


@post(
    "/months/{month:str}/sending",
    right=Right.RUN_MONTHS,
    reads=SEND,
    gives=SentMonthOut,
    status=200,
    in_steps=True,
    example={"again": False},
)
def send_month(call: Call) -> Reply:
    """Send a month's invoices, cancellations and statements of pass-through money, each once.

    What can't be sent is `refused` and stops no other.
    """
    name, again = format_month(month_in(call)), _again(call)
    numbers = [document.number for document in documents_of_month(call.session, name)]
    outcomes = list(order_all(call.store, call.who.processor_id, numbers, call.act, again=again))
    with call.store.tenant(call.who.processor_id, read_only=True) as session:
        rows = sent_reports(session, [one for one in outcomes if not isinstance(one, NotSent)])
    refused = [NotSentOut(**not_sent_report(one, call.lang)) for one in outcomes if isinstance(one, NotSent)]
    return Reply(SentMonthOut(month=name, documents=[SentOut(**row) for row in rows], refused=refused))


@get("/invoices/{invoice_id:int}/deliveries", right=Right.READ_MONTHS, query=PAGING, gives=Page[DeliveryOut])
def list_invoice_deliveries(call: Call) -> Reply:
    """List every attempt to deliver a document."""
    document = _row(call).invoice
    return call.page(lambda after, most: list_deliveries(call.session, document, after, most), _delivery)


@post(
    "/pass-throughs/{statement_id:int}/delivery",
    right=Right.RUN_MONTHS,
    reads=SEND,
    gives=SentOut,
    status=200,
    example={"again": False},
)
def send_pass_through(call: Call) -> Reply:
    """Send a statement of pass-through money, as with invoices; refused once its month was cancelled."""
    return _sent(call, order_one(call.session, call.act, _statement(call).statement, again=_again(call)))


@get("/pass-throughs/{statement_id:int}/deliveries", right=Right.READ_MONTHS, query=PAGING, gives=Page[DeliveryOut])
def list_pass_through_deliveries(call: Call) -> Reply:
    """List every attempt to deliver a statement of pass-through money."""
    document = _statement(call).statement
    return call.page(lambda after, most: list_deliveries(call.session, document, after, most), _delivery)


@get("/invoices/{invoice_id:int}/receipts", right=Right.READ_MONTHS, query=PAGING, gives=Page[ReceiptOut])
def list_invoice_receipts(call: Call) -> Reply:
    """List what was recorded about a document's receipt; the last one counts."""
    number = _row(call).id
    return call.page(lambda after, most: list_receipts(call.session, number, after, most), _receipt)


@post(
    "/invoices/{invoice_id:int}/receipts",
    right=Right.RUN_MONTHS,
    reads=RECEIPT,
    gives=ReceivedOut,
    example={"received_on": "2026-11-02", "note": "Rückschein", "proof": _PROOF},
)
def set_invoice_receipt(call: Call) -> Reply:
    """Record a day of receipt with its proof; it counts from now on, earlier or later than what was known."""
    document, said = _row(call).invoice, read_object(call.raw, "", RECEIPT)
    receipt = set_receipt(call.session, call.act, document, said["received_on"], Proof(said["proof"], said["note"]))
    due = due_date_of(call.session, document)
    return Reply(ReceivedOut(**_receipt_values(receipt), due_on=None if due is None else due.due_on))


@post(
    "/invoices/{invoice_id:int}/receipt-denial",
    right=Right.RUN_MONTHS,
    reads=NO_RECEIPT,
    gives=ReceiptOut,
    example={"note": "Als unzustellbar zurück", "proof": _PROOF},
)
def deny_invoice_receipt(call: Call) -> Reply:
    """Record that a document was not received after all, as when its mail came back: no term runs then."""
    said = read_object(call.raw, "", NO_RECEIPT)
    denied = deny_receipt(call.session, call.act, _row(call).invoice, Proof(said["proof"], said["note"]))
    return Reply(_receipt(denied))


def _row(call: Call) -> InvoiceRow:
    return invoice_by_id(call.session, call.path["invoice_id"])


def _statement(call: Call) -> StatementRow:
    return statement_by_id(call.session, call.path["statement_id"])


def _again(call: Call) -> bool:
    said = read_object(call.raw, "", SEND)
    return bool(said.get("again", False))


def _sent(call: Call, ordered: Ordered) -> Reply:
    (told,) = sent_reports(call.session, [ordered])
    return Reply(SentOut(**told))


def _delivery(row: Any) -> DeliveryOut:
    return DeliveryOut.model_validate(row, from_attributes=True)


def _receipt(row: Any) -> ReceiptOut:
    return ReceiptOut(**_receipt_values(row))


def _receipt_values(row: Any) -> dict[str, Any]:
    same = ("received_on", "land", "delivery_id", "recorded_at")
    return {
        "id": id_of(row),
        **{name: getattr(row, name) for name in same},
        "source": str(row.source),
        "recorded_by": row.recorded_by_name,
        "note": row.evidence_note,
        "file_id": row.evidence_file_id,
    }
