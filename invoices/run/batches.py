"""Batches that were handed over: listed, given again to the byte, and withdrawn when bookkeeping did not take them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from billing.errors import Conflict, NotFound
from billing.services.acting import Act, audit, id_of, put
from billing.services.fields import read_reason
from billing.services.files import give_own_file
from billing.store.session import TenantSession, hold
from billing.store.tables import ExportBatch, ExportBatchItem, Invoice, StoredFile


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch with the numbers of its documents; vouchers are kept for eight years only, a batch for ten."""

    id: int
    batch: ExportBatch
    numbers: tuple[str, ...]


def batches_after(session: TenantSession, after: int, most: int) -> list[BatchRow]:
    """Give batches by rising id, those that were withdrawn too."""
    query = select(ExportBatch).where(col(ExportBatch.id) > after).order_by(col(ExportBatch.id)).limit(most)
    return with_numbers(session, session.exec(query).all())


def batch_by_id(session: TenantSession, batch_id: int) -> BatchRow:
    """Give one batch; NotFound for a foreign or unknown one."""
    return _one(session, col(ExportBatch.id) == batch_id, batch_id)


def batch_by_no(session: TenantSession, number: int) -> BatchRow:
    """Give the batch of a number; NotFound when there is none."""
    return _one(session, col(ExportBatch.batch_no) == number, number)


def with_numbers(session: TenantSession, batches: Sequence[ExportBatch]) -> list[BatchRow]:
    """Put to each batch the numbers of its documents."""
    query = (
        select(ExportBatchItem.batch_id, Invoice.number)
        .join(Invoice, col(Invoice.id) == col(ExportBatchItem.invoice_id))
        .where(col(ExportBatchItem.batch_id).in_([batch.id for batch in batches]))
        .order_by(col(ExportBatchItem.id))
    )
    numbers: dict[int, list[str]] = {}
    for batch_id, number in session.exec(query):
        numbers.setdefault(batch_id, []).append(number)
    return [BatchRow(id_of(batch), batch, tuple(numbers.get(id_of(batch), ()))) for batch in batches]


def give_batch_files(session: TenantSession, act: Act, batch: ExportBatch) -> list[StoredFile]:
    """Give the files of a batch as they were made, and note who got them."""
    ids = [batch.stored_file_id, *([] if batch.documents_file_id is None else [batch.documents_file_id])]
    return [give_own_file(session, act, one, f"export_batch:{batch.batch_no}") for one in ids]


def withdraw_batch(session: TenantSession, act: Act, batch: ExportBatch, reason: Any) -> None:
    """Take a batch back, so that its documents are handed over anew; it and its files are kept.

    InvalidInput: no reason. Conflict: it was withdrawn already.
    """
    why = read_reason(reason)
    hold(session, "export")
    session.refresh(batch)
    if batch.withdrawn_at is not None:
        raise Conflict("batch_withdrawn", value=batch.batch_no)
    batch.withdrawn_at, batch.withdrawn_by_name, batch.withdrawn_reason = act.at, act.name, why
    put(session, batch)
    items = session.exec(select(ExportBatchItem).where(ExportBatchItem.batch_id == batch.id)).all()
    for item in items:
        item.superseded_at = act.at
    put(session, *items)
    audit(session, act, "export_withdrawn", f"export_batch:{batch.batch_no}", reason=session.ring.digest(why))


def _one(session: TenantSession, condition: Any, value: int) -> BatchRow:
    found = session.exec(select(ExportBatch).where(condition)).all()
    if not found:
        raise NotFound("batch_unknown", value=value)
    return with_numbers(session, found)[0]
