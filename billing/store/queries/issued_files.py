"""What must be there of every issued document: its files, as it was checked and as the outbox made them."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.store.queries.reading import columns
from billing.store.session import TenantSession
from billing.store.tables import Invoice, InvoiceCheck, InvoiceFile, Outbox, StoredFile
from billing.store.tables.kinds import CheckStage

_AT_ONCE = 200


def documents(session: TenantSession) -> Iterator[Sequence[Any]]:
    """Give all issued documents by id, some at a time."""
    after = 0
    while True:
        query = sa.select(*columns(Invoice, "id number kind issue_date")).where(
            col(Invoice.processor_id) == session.processor_id, col(Invoice.id) > after
        )
        rows = session.execute(query.order_by(col(Invoice.id)).limit(_AT_ONCE)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id


def files_there(session: TenantSession, invoice_ids: Sequence[int]) -> Sequence[Any]:
    """Give invoice, kind, maker and hash of every file of these documents."""
    query = (
        sa.select(*columns(InvoiceFile, "invoice_id kind made_with"), *columns(StoredFile, "sha256"))
        .join(StoredFile, col(StoredFile.id) == col(InvoiceFile.stored_file_id))
        .where(col(InvoiceFile.processor_id) == session.processor_id, col(InvoiceFile.invoice_id).in_(invoice_ids))
    )
    return session.execute(query).all()


def checked_at_issue(session: TenantSession, invoice_ids: Sequence[int]) -> dict[int, str]:
    """Give the hash of the XML that was checked as each of these documents was issued."""
    query = sa.select(*columns(InvoiceCheck, "invoice_id xml_sha256")).where(
        col(InvoiceCheck.processor_id) == session.processor_id,
        col(InvoiceCheck.invoice_id).in_(invoice_ids),
        col(InvoiceCheck.stage) == CheckStage.ISSUE,
    )
    return {row.invoice_id: row.xml_sha256 for row in session.execute(query)}


def made_for(session: TenantSession, invoice_ids: Sequence[int], kinds: Sequence[str]) -> set[tuple[int, str]]:
    """Give which files of these kinds the outbox says were made of these documents."""
    query = sa.select(*columns(Outbox, "subject_id kind")).where(
        col(Outbox.processor_id) == session.processor_id,
        col(Outbox.kind).in_(kinds),
        col(Outbox.subject_table) == "invoice",
        col(Outbox.subject_id).in_(invoice_ids),
        col(Outbox.done_at).is_not(None),
    )
    return {(row.subject_id, row.kind) for row in session.execute(query)}
