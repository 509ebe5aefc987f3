"""Orders to send documents, the messages they became, and the attempts to deliver those."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import Delivery, Invoice, Mail, PassThrough, Sending
from billing.store.tables.kinds import DeliveryOutcome

Sendable = Invoice | PassThrough
"""What is sent to a controller: each kind has a link of its own in orders and attempts."""

_LINK: Mapping[type[Sendable], str] = {Invoice: "invoice_id", PassThrough: "pass_through_id"}


def link_to(document: Sendable) -> dict[str, Any]:
    """Give the columns by which an order names its document."""
    return {_LINK[type(document)]: document.id}


def newest_sendings(session: TenantSession, kind: type[Sendable], ids: Iterable[int]) -> dict[int, Sending]:
    """Give the last order to send each of these documents of a kind that was ever to be sent."""
    about = getattr(Sending, _LINK[kind])
    newest = (
        select(sa.func.max(Sending.id))
        .where(about.in_(list(ids)), Sending.processor_id == session.processor_id)
        .group_by(about)
    )
    rows = session.exec(select(Sending).where(col(Sending.id).in_(newest)))
    return {getattr(row, _LINK[kind]): row for row in rows}


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


def deliveries_after(session: TenantSession, document: Sendable, after: int, most: int) -> Sequence[Delivery]:
    """Give the attempts to deliver a document, by rising id."""
    query = select(Delivery).filter_by(**link_to(document)).where(col(Delivery.id) > after)
    return session.exec(query.order_by(col(Delivery.id)).limit(most)).all()


def number_of_sending(session: TenantSession, sending_id: int) -> str:
    """Give the number of the document that an order is about."""
    order = session.get_one(Sending, sending_id)
    return document_of_sending(session, order).number


def document_of_sending(session: TenantSession, order: Sending) -> Sendable:
    """Give the document that an order is about."""
    if order.invoice_id is None:
        return session.get_one(PassThrough, order.pass_through_id)
    return session.get_one(Invoice, order.invoice_id)
