"""Which documents of a month are to be sent, and their sending ordered one by one: one refused stops no other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from billing.errors import Conflict, NotFound
from billing.services.acting import Act, id_of
from billing.services.sendings import Ordered, SendingState, order_sending, sending_states
from billing.store.queries.sendings import Sendable
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, Invoice, PassThrough
from billing.store.tables.kinds import InvoiceFileKind, InvoiceKind
from invoices.document import Document
from invoices.parties import InvoiceFormat
from invoices.run.pass_through import require_living_statement


@dataclass(frozen=True, slots=True)
class NotSent:
    """A document whose sending could not be ordered, and why."""

    number: str
    problem: Conflict


def documents_of_month(session: TenantSession, month: str) -> list[Sendable]:
    """Give what is to be sent of a month: its documents in the order they were issued, then the living statements."""
    statements = select(PassThrough).join(Closing, col(Closing.id) == col(PassThrough.closing_id))
    living = statements.where(Closing.month == month, col(Closing.cancelled_by_id).is_(None))
    return [*_invoices_of_month(session, month), *session.exec(living.order_by(col(PassThrough.id)))]


def _invoices_of_month(session: TenantSession, month: str) -> list[Invoice]:
    """Give invoices, cancellations and corrections.

    An invoice that was taken back before anybody sent it is left out, and so is its cancellation: who never got the
    one needs none of both. By their numbers they can be sent.
    """
    query = select(Invoice).join(Closing, col(Closing.id) == col(Invoice.closing_id)).where(Closing.month == month)
    documents = session.exec(query.order_by(col(Invoice.id))).all()
    states = dict(zip(map(id_of, documents), sending_states(session, documents), strict=True))
    taken_back = {one.cancels_id for one in documents if one.kind is InvoiceKind.CANCELLATION}
    unsent = {number for number in taken_back if number and states[number] is SendingState.NOT_SENT}
    return [
        one
        for one in documents
        if one.id not in unsent and not (one.kind is InvoiceKind.CANCELLATION and one.cancels_id in unsent)
    ]


def document_of(session: TenantSession, number: str) -> Invoice:
    """Give an issued document by its number; NotFound when there is none."""
    found = session.exec(select(Invoice).where(Invoice.number == number)).one_or_none()
    if found is None:
        raise NotFound("invoice_unknown", value=number)
    return found


def sendable_of(session: TenantSession, number: str) -> Sendable:
    """Give an issued document or a statement of pass-through money by its number; NotFound when there is none."""
    found = session.exec(select(PassThrough).where(PassThrough.number == number)).one_or_none()
    return found or document_of(session, number)


def original_of(document: Invoice) -> InvoiceFileKind:
    """Give which file is the document itself, as its controller wanted it at issue: the PDF, or the XML alone."""
    chosen = Document.from_json(document.document).buyer.invoice_format
    return InvoiceFileKind.XML if chosen is InvoiceFormat.XRECHNUNG else InvoiceFileKind.PDF


def order_one(session: TenantSession, act: Act, document: Sendable, *, again: bool = False) -> Ordered:
    """Order the sending of one document, with the file that it is.

    Conflict `pass_through_ended`: a statement whose month was cancelled asks for nothing any more.
    """
    if isinstance(document, Invoice):
        return order_sending(session, act, document, original_of(document), again=again)
    require_living_statement(session, document)
    return order_sending(session, act, document, InvoiceFileKind.PDF, again=again)


def order_all(
    store: Store, processor_id: int, numbers: Sequence[str], act: Act, *, again: bool = False
) -> Iterator[Ordered | NotSent]:
    """Order the sending of documents, each in a transaction of its own."""
    for number in dict.fromkeys(numbers):
        try:
            with store.tenant(processor_id) as session:
                ordered = order_one(session, act, sendable_of(session, number), again=again)
        except Conflict as problem:
            yield NotSent(number, problem)
        else:
            yield ordered
