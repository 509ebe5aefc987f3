"""The outbox's step "sending": an order becomes a message with the stored file, once its document was found sound."""

from collections.abc import Iterator, Mapping, Sequence

from billing import outbox
from billing.errors import Problem
from billing.outbox import Done, Item
from billing.services.acting import Act, id_of
from billing.services.mails import Recipient, write_mail
from billing.services.sendings import SENDING
from billing.store.session import Store, TenantSession
from billing.store.tables import Sending
from billing.store.tables.kinds import CheckStage, InvoiceChannel
from invoices.einvoice.checking import require_valid
from invoices.run.keeping import keep_check
from invoices.run.parcels import Parcel, pack

_FOR_GOOD = ("document_damaged", "file_damaged", "pass_through_ended")
"""Nobody who tries again finds these whole, or living."""


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
            order = session.get_one(Sending, item.subject_id)
            parcel = pack(session, order)
        checked = parcel.checked
        with store.tenant(processor_id) as session:
            if outbox.take(session, item):
                if checked is not None:
                    keep_check(session, checked.invoice, checked.check, CheckStage.DELIVERY, self._act)
                if checked is None or checked.check.passed:
                    _hand_over(session, self._act, order, parcel)
                    outbox.finish(session, item, self._act.at)
        if checked is not None:
            require_valid(checked.check, checked.document)


def _hand_over(session: TenantSession, act: Act, order: Sending, parcel: Parcel) -> None:
    """Write the message of an order; its Message-ID is the order's for ever."""
    by_mail = order.channel is InvoiceChannel.MAIL
    manner, place = ("sent", {}) if by_mail else ("available", {"page": parcel.page})
    write_mail(
        session,
        act,
        kind=f"{parcel.text}_{manner}",
        to=Recipient(order.recipient or "", language=parcel.language),
        fields={**parcel.fields, **place},
        subject_table=SENDING,
        subject_id=id_of(order),
        attachments=[parcel.file] if by_mail else [],
        version=str(order.number),
    )
