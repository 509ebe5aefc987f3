"""Files in the place of printed ones: what is mailed is what is stored, whatever it is."""

from datetime import datetime
from typing import Any

from sqlmodel import select

from billing.store.files import NewFile, store_file
from billing.store.session import TenantSession
from billing.store.tables import Invoice, InvoiceFile
from billing.store.tables.kinds import InvoiceFileKind, RetentionClass


def keep_document_file(
    session: TenantSession, number: str, kind: InvoiceFileKind, content: bytes, at: datetime
) -> None:
    """Store a file of an issued document."""
    new = NewFile(f"{number}.{kind}", f"application/{kind}", content, RetentionClass.VOUCHER, at.date())
    file = store_file(session, new, recorded_at=at, recorded_by="test")
    invoice_id = session.exec(select(Invoice.id).where(Invoice.number == number)).one()
    where: dict[str, Any] = {"invoice_id": invoice_id, "stored_file_id": file.id}
    session.add(InvoiceFile(kind=kind, created_at=at, **where))
