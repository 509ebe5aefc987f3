"""When documents were received: of several rows about one, the newest counts."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import Receipt


def newest_receipts(session: TenantSession, invoice_ids: Iterable[int]) -> dict[int, Receipt]:
    """Give the receipt that counts for each of these documents that has one, also one that says "not received"."""
    newest = (
        select(sa.func.max(Receipt.id))
        .where(col(Receipt.invoice_id).in_(list(invoice_ids)), Receipt.processor_id == session.processor_id)
        .group_by(col(Receipt.invoice_id))
    )
    return {row.invoice_id: row for row in session.exec(select(Receipt).where(col(Receipt.id).in_(newest)))}


def receipts_after(session: TenantSession, invoice_id: int, after: int, most: int) -> Sequence[Receipt]:
    """Give what was recorded about the receipt of a document, by rising id."""
    query = select(Receipt).where(Receipt.invoice_id == invoice_id, col(Receipt.id) > after)
    return session.exec(query.order_by(col(Receipt.id)).limit(most)).all()
