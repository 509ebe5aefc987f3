"""The outbox's step "sending": an order becomes a message with the stored file, once its document was found sound."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing import outbox
from billing.errors import Problem
from billing.outbox import Done, Item
from billing.services.acting import Act, id_of
from billing.services.mails import Recipient, write_mail
from billing.services.sendings import SENDING
from billing.store.files import read_file
from billing.store.session import Store, TenantSession
from billing.store.tables import Invoice, Sending, StoredFile
from billing.store.tables.kinds import CheckStage, InvoiceChannel
from billing.texts import wording
from invoices.document import Document
from invoices.einvoice.checking import Check, require_valid
from invoices.format import money
from invoices.run.deliverable import check_deliverable
from invoices.run.keeping import keep_check
from invoices.run.ordering import original_of
from invoices.run.overview import invoice_file_id

_FOR_GOOD = ("document_damaged", "file_damaged")
"""Nobody who tries again finds these whole."""


class Dispatcher:
    """Makes the messages of what was ordered to be sent; they go out like all mail."""

    def __init__(self, act: Act) -> None:
        """Take in whose name the messages are written."""
        self._act = act

    @property
    def handlers(self) -> Mapping[str, outbox.Handler]:
        """Give the outbox what makes messages."""
        return {SENDING: self._write_all}

    def _write_all(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        for item in items:
            try:
                self._write(store, processor_id, item)
            except Problem as problem:
                yield Done(item, problem.code, hopeless=problem.code in _FOR_GOOD)
            else:
                yield Done(item, "")

    def _write(self, store: Store, processor_id: int, item: Item) -> None:
        """Read and check in no transaction that writes, then write the message and say that the step is done.

        What the rules of electronic invoices say is kept whatever it is; a document that breaks one is not sent.
        """
        with store.tenant(processor_id, read_only=True) as session:
            parcel = _packed(session, item.subject_id)
        with store.tenant(processor_id) as session:
            if outbox.take(session, item):
                if parcel.check is not None:
                    keep_check(session, parcel.invoice, parcel.check, CheckStage.DELIVERY, self._act)
                if parcel.may_go:
                    _hand_over(session, self._act, parcel)
                    outbox.finish(session, item, self._act.at)
        if parcel.check is not None:
            require_valid(parcel.check, parcel.document)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """An order with its document and the stored file that goes along."""

    order: Sending
    invoice: Invoice
    document: Document
    file: StoredFile | None
    check: Check | None
    """What the rules of electronic invoices say of it today; None for one that was issued before there were any."""

    @property
    def may_go(self) -> bool:
        """Whether it breaks no rule."""
        return self.check is None or self.check.passed


def _packed(session: TenantSession, order_id: int) -> _Parcel:
    """Read what is to be sent, and check it; NotFound while the file is not made.

    Problem `document_damaged` or `file_damaged`: it is not as it was issued.

    Also for the portal the file must be there: nobody is told of a document that can't be had yet.
    """
    order = session.get_one(Sending, order_id)
    invoice = session.get_one(Invoice, order.invoice_id)
    kind = order.file_kind or original_of(invoice)
    file = read_file(session, invoice_file_id(session, id_of(invoice), kind))
    check = check_deliverable(session, invoice)
    return _Parcel(order, invoice, Document.from_json(invoice.document), file if order.file_kind else None, check)


def _hand_over(session: TenantSession, act: Act, parcel: _Parcel) -> None:
    """Write the message of an order; its Message-ID is the order's for ever."""
    by_mail = parcel.order.channel is InvoiceChannel.MAIL
    kind, place = ("document_sent", {}) if by_mail else ("document_available", {"page": _page_of(parcel.invoice)})
    write_mail(
        session,
        act,
        kind=kind,
        to=Recipient(parcel.order.recipient or "", language=parcel.document.language),
        fields={**_told(parcel), **place},
        subject_table=SENDING,
        subject_id=id_of(parcel.order),
        attachments=[] if parcel.file is None else [parcel.file],
        version=str(parcel.order.number),
    )


def _page_of(invoice: Invoice) -> str:
    return f"/portal/invoices/{invoice.id}"


def _told(parcel: _Parcel) -> dict[str, Any]:
    """Give what a message says of a document: never a day to pay by, for that hangs on the receipt (13(8))."""
    document, lang = parcel.document, parcel.document.language
    before = document.preceding
    return {
        "document": wording(f"label.{document.kind}", lang),
        "number": document.number,
        "issue_date": document.issue_date,
        "period_from": document.period_from,
        "period_to": document.period_to,
        "contract": document.contract_number,
        "gross": money(document.gross_cents, lang),
        "payment_terms": document.payment_terms if document.is_payable else "",
        "preceding": before.number if before else "",
        "preceding_date": before.issue_date if before else "",
        "reason": document.reason,
    }
