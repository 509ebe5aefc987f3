"""Orders to send documents, the messages they became, and the attempts to deliver those."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import Delivery, Invoice, Mail, Sending
from billing.store.tables.kinds import DeliveryOutcome


def newest_sendings(session: TenantSession, invoice_ids: Iterable[int]) -> dict[int, Sending]:
    """Give the last order to send each of these documents that was ever to be sent."""
    newest = (
        select(sa.func.max(Sending.id))
        .where(col(Sending.invoice_id).in_(list(invoice_ids)), Sending.processor_id == session.processor_id)
        .group_by(col(Sending.invoice_id))
    )
    return {row.invoice_id: row for row in session.exec(select(Sending).where(col(Sending.id).in_(newest)))}


def accepted_sendings(session: TenantSession, sending_ids: Iterable[int]) -> set[int]:
    """Give those of these orders whose message a server took."""
    query = select(Delivery.sending_id).where(
        col(Delivery.sending_id).in_(list(sending_ids)), Delivery.outcome == DeliveryOutcome.ACCEPTED
    )
    return {number for number in session.exec(query) if number is not None}


def mails_of_sendings(session: TenantSession, table: str, sending_ids: Iterable[int]) -> Mapping[int, int]:
    """Give the message that each of these orders became, once its document was found sound."""
    query = select(Mail.subject_id, Mail.id).where(
        Mail.subject_table == table, col(Mail.subject_id).in_(list(sending_ids))
    )
    return {sending_id: mail_id for sending_id, mail_id in session.exec(query) if mail_id is not None}


def deliveries_after(session: TenantSession, invoice_id: int, after: int, most: int) -> Sequence[Delivery]:
    """Give the attempts to deliver a document, by rising id."""
    query = select(Delivery).where(Delivery.invoice_id == invoice_id, col(Delivery.id) > after)
    return session.exec(query.order_by(col(Delivery.id)).limit(most)).all()


def number_of_sending(session: TenantSession, sending_id: int) -> str:
    """Give the number of the document that an order is about."""
    query = select(Invoice.number).join(Sending, col(Sending.invoice_id) == col(Invoice.id))
    return session.exec(query.where(Sending.id == sending_id)).one()
