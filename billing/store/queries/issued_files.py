"""What must be there of every issued document: its row, and its files as it was checked and the outbox made them."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from billing.store.queries.reading import columns
from billing.store.session import TenantSession
from billing.store.tables import (
    Closing,
    Contract,
    Invoice,
    InvoiceCheck,
    InvoiceFile,
    Outbox,
    PassThrough,
    StoredFile,
    TenantRow,
)
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


def issued_documents(session: TenantSession) -> Iterator[Any]:
    """Give all issued documents by id, each with whose its closing and contract are and what it takes back."""
    before = aliased(Invoice)
    names = "number kind issue_date service_from service_to net_cents vat_cents gross_cents"
    query = _with_owners(Invoice, names).add_columns(col(before.number).label("cancels_number"))
    yield from _some(session, query.join(before, col(before.id) == col(Invoice.cancels_id), isouter=True), Invoice)


def issued_statements(session: TenantSession) -> Iterator[Any]:
    """Give all statements of pass-through money, as `issued_documents` does; none takes another back."""
    query = _with_owners(PassThrough, "number issue_date total_cents")
    yield from _some(session, query.add_columns(sa.null().label("cancels_number")), PassThrough)


def _with_owners(table: type[Invoice] | type[PassThrough], names: str) -> sa.Select[Any]:
    owners: tuple[Any, ...] = (
        col(Closing.contract_id).label("closed_contract_id"),
        col(Contract.controller_id).label("contract_controller_id"),
    )
    return (
        sa.select(*columns(table, f"{names} contract_id controller_id document document_sha256"), *owners)
        .join(Closing, col(Closing.id) == col(table.closing_id), isouter=True)
        .join(Contract, col(Contract.id) == col(table.contract_id), isouter=True)
        .order_by(col(table.id))
    )


def _some(session: TenantSession, query: sa.Select[Any], table: type[TenantRow]) -> Iterator[Any]:
    """Give a tenant's rows with only some of them in memory."""
    mine = query.where(col(table.processor_id) == session.processor_id)
    with closing(session.execute(mine.execution_options(yield_per=_AT_ONCE))) as rows:
        yield from rows


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
