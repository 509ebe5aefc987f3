"""Orders to send issued documents: each document once, again only when somebody says so.

An order is a row and a step of the outbox. The step finds the document sound and writes the message
(`invoices.run.sending`), the message goes out like all mail, and what was accepted is a receipt (`deliveries`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing import outbox
from billing.errors import Conflict
from billing.services.acting import Act, audit, id_of, put
from billing.services.mails import MAIL
from billing.store.queries.sendings import (
    Sendable,
    accepted_sendings,
    link_to,
    mails_of_sendings,
    newest_sendings,
    number_of_sending,
)
from billing.store.session import TenantSession, hold
from billing.store.tables import Controller, Mail, Sending
from billing.store.tables.kinds import InvoiceChannel, InvoiceFileKind

SENDING = "sending"
"""The kind of outbox steps that make a message of an order, and the table they are about."""


class SendingState(StrEnum):
    """How far the sending of a document is."""

    NOT_SENT = "not_sent"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    FAILED = "failed"
    """For good: only a new order sends it."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What an order came to: the state of the sending, and whether this call began it."""

    number: str
    state: SendingState
    is_new: bool


def order_sending(
    session: TenantSession, act: Act, document: Sendable, file_kind: InvoiceFileKind, *, again: bool = False
) -> Ordered:
    """Order that a document is sent the way its controller wants it; of many calls at once one does.

    `file_kind` is the file that is the document: it goes along by mail, and with the portal the mail says where it is.
    Without `again` nothing is sent that was accepted before; what still waits is never ordered twice. Conflict
    `invoice_email_missing` when there is nobody to send it to.
    """
    kind, number = type(document), id_of(document)
    hold(session, f"{SENDING}:{kind.__tablename__}:{number}")
    last = newest_sendings(session, kind, [number]).get(number)
    (state,) = sending_states(session, [document])
    if state is SendingState.WAITING or (state is SendingState.ACCEPTED and not again):
        return Ordered(document.number, state, is_new=False)
    if last is not None and state is SendingState.FAILED:
        _give_up(session, act, last)
    _order(session, act, document, file_kind, 1 if last is None else last.number + 1)
    return Ordered(document.number, SendingState.WAITING, is_new=True)


def sending_states(session: TenantSession, documents: Sequence[Sendable]) -> list[SendingState]:
    """Give how far the last sending of each of these documents is, in their order."""
    kinds = {type(one) for one in documents}
    found = {kind: _states(session, kind, [id_of(one) for one in documents if type(one) is kind]) for kind in kinds}
    return [found[type(one)][id_of(one)] for one in documents]


def _states(session: TenantSession, kind: type[Sendable], asked: Sequence[int]) -> dict[int, SendingState]:
    last = newest_sendings(session, kind, asked)
    if not last:
        return dict.fromkeys(asked, SendingState.NOT_SENT)
    orders = {id_of(row) for row in last.values()}
    accepted = accepted_sendings(session, orders)
    mails = mails_of_sendings(session, SENDING, orders)
    failed = outbox.set_aside(session, SENDING, orders)
    failed_mails = outbox.set_aside(session, MAIL, mails.values())
    failed |= {order for order, mail in mails.items() if mail in failed_mails}

    def state_of(order: Sending | None) -> SendingState:
        if order is None:
            return SendingState.NOT_SENT
        if id_of(order) in accepted:
            return SendingState.ACCEPTED
        return SendingState.FAILED if id_of(order) in failed else SendingState.WAITING

    return {number: state_of(last.get(number)) for number in asked}


def document_to_send(session: TenantSession, step: str, subject_id: int) -> str | None:
    """Give the number of the document that a step of the outbox is to send, None when it is about something else."""
    if step == MAIL:
        mail = session.get_one(Mail, subject_id)
        return number_of_sending(session, mail.subject_id) if mail.subject_table == SENDING else None
    return number_of_sending(session, subject_id) if step == SENDING else None


def _order(session: TenantSession, act: Act, document: Sendable, file_kind: InvoiceFileKind, number: int) -> None:
    controller = session.get_one(Controller, document.controller_id)
    if not controller.invoice_email:
        raise Conflict("invoice_email_missing", value=document.number, controller=controller.ref)
    digest = session.ring.digest(controller.invoice_email.lower())
    order = Sending(
        **link_to(document),
        number=number,
        channel=controller.invoice_channel,
        file_kind=file_kind if controller.invoice_channel is InvoiceChannel.MAIL else None,
        recipient=controller.invoice_email,
        recipient_digest=digest,
        **act.record(),
    )
    put(session, order)
    outbox.enqueue(session, SENDING, SENDING, id_of(order), act.at)
    told = {"sending": number, "channel": str(order.channel), "file": order.file_kind and str(order.file_kind)}
    audit(
        session, act, "sending_ordered", f"{type(document).__tablename__}:{document.number}", **told, recipient=digest
    )


def _give_up(session: TenantSession, act: Act, order: Sending) -> None:
    """Close the failed steps of an order that another follows, so that nobody has them tried again besides it."""
    outbox.close(session, SENDING, [id_of(order)], act.at)
    outbox.close(session, MAIL, mails_of_sendings(session, SENDING, [id_of(order)]).values(), act.at)
