"""What a stored file belongs to: every place that may name one, and whose it is."""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.tables import (
    Approval,
    CaseFile,
    CaseVersion,
    EstimateEvent,
    Expense,
    ExportBatch,
    IncidentVersion,
    Instruction,
    Invoice,
    InvoiceFile,
    MailAttachment,
    OpeningBalance,
    PassThrough,
    Payment,
    Receipt,
    Reminder,
    TenantRow,
)


class FileUse(StrEnum):
    """What a file is kept for."""

    RECEIPT = "receipt"
    PROOF = "proof"
    CASE_FILE = "case_file"
    INVOICE = "invoice"
    PAYMENT_PROOF = "payment_proof"
    REMINDER = "reminder"
    MAIL = "mail"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Place:
    """A column that names a file, and what the file is then kept for."""

    table: type[TenantRow]
    column: str
    use: FileUse


PLACES = (
    Place(Expense, "receipt_file_id", FileUse.RECEIPT),
    Place(Expense, "evidence_file_id", FileUse.PROOF),
    Place(Approval, "evidence_file_id", FileUse.PROOF),
    Place(EstimateEvent, "evidence_file_id", FileUse.PROOF),
    Place(CaseVersion, "evidence_file_id", FileUse.PROOF),
    Place(IncidentVersion, "evidence_file_id", FileUse.PROOF),
    Place(Instruction, "evidence_file_id", FileUse.PROOF),
    Place(OpeningBalance, "evidence_file_id", FileUse.PROOF),
    Place(CaseFile, "stored_file_id", FileUse.CASE_FILE),
    Place(InvoiceFile, "stored_file_id", FileUse.INVOICE),
    Place(PassThrough, "stored_file_id", FileUse.INVOICE),
    Place(Receipt, "evidence_file_id", FileUse.PAYMENT_PROOF),
    Place(Payment, "evidence_file_id", FileUse.PAYMENT_PROOF),
    Place(Reminder, "stored_file_id", FileUse.REMINDER),
    Place(ExportBatch, "stored_file_id", FileUse.EXPORT),
    Place(ExportBatch, "documents_file_id", FileUse.EXPORT),
    Place(MailAttachment, "stored_file_id", FileUse.MAIL),
)


def uses_of(session: Session, processor_id: int, file_id: int) -> set[FileUse]:
    """Give everything a file is kept for; nothing when no row names it, or there is no such file."""
    asked = [
        sa.select(sa.literal(str(place.use)))
        .where(col(place.table.processor_id) == processor_id, col(getattr(place.table, place.column)) == file_id)
        .limit(1)
        .subquery()
        for place in PLACES
    ]
    rows = session.execute(sa.union_all(*(sa.select(one) for one in asked)))
    return {FileUse(row[0]) for row in rows}


def is_invoice_file_of(session: Session, processor_id: int, file_id: int, controller_id: int) -> bool:
    """Tell whether a file is one of a document, or a statement of pass-through money, that went to a controller."""
    statement = (
        sa.select(col(InvoiceFile.id))
        .join(Invoice, col(Invoice.id) == col(InvoiceFile.invoice_id))
        .where(
            col(InvoiceFile.processor_id) == processor_id,
            col(Invoice.processor_id) == processor_id,
            col(InvoiceFile.stored_file_id) == file_id,
            col(Invoice.controller_id) == controller_id,
        )
    )
    passed = sa.select(col(PassThrough.id)).where(
        col(PassThrough.processor_id) == processor_id,
        col(PassThrough.stored_file_id) == file_id,
        col(PassThrough.controller_id) == controller_id,
    )
    return session.scalars(sa.union_all(statement, passed)).first() is not None
