"""Attempts to deliver documents, each on record with the server's answer; one that was accepted brings the receipt."""

from collections.abc import Sequence

from billing.services.acting import Act, put
from billing.services.receipts import receive_delivered
from billing.store.queries.sendings import Sendable, deliveries_after
from billing.store.session import TenantSession
from billing.store.tables import Delivery, Invoice, Mail, Sending
from billing.store.tables.kinds import DeliveryOutcome


def record_delivery(session: TenantSession, act: Act, mail: Mail, outcome: DeliveryOutcome, answer: str) -> None:
    """Record what came of an attempt to send a document's message, in the transaction that records the attempt.

    `answer` names no people. What was deferred, refused or lost is no receipt; of a statement of pass-through money,
    which no term of 13(8) runs for, the attempt itself is all that is kept.
    """
    order = session.get_one(Sending, mail.subject_id)
    delivery = Delivery(
        invoice_id=order.invoice_id,
        pass_through_id=order.pass_through_id,
        sending_id=order.id,
        attempted_at=act.at,
        channel=str(order.channel),
        recipient=mail.recipient,
        recipient_digest=mail.recipient_digest,
        message_id=mail.message_id,
        outcome=outcome,
        answer=answer,
    )
    put(session, delivery)
    if outcome is DeliveryOutcome.ACCEPTED and order.invoice_id is not None:
        receive_delivered(session, act, session.get_one(Invoice, order.invoice_id), delivery)


def list_deliveries(session: TenantSession, document: Sendable, after: int, most: int) -> Sequence[Delivery]:
    """Give the attempts to deliver a document, by rising id."""
    return deliveries_after(session, document, after, most)
