"""Files of issued documents, printed inside this process, each once: what goes out must be the picture of its XML."""

from datetime import datetime
from functools import lru_cache

from sqlmodel import select

from billing.services.acting import Act
from billing.store.session import TenantSession
from billing.store.tables import Invoice
from billing.store.tables.kinds import InvoiceFileKind
from invoices.document import Document
from invoices.einvoice.enclosed import Enclosed
from invoices.paper import Paper
from invoices.pdf import Press, print_paper
from invoices.run.files import content_of_kind
from invoices.run.keeping import keep_file


def keep_printed(session: TenantSession, number: str, at: datetime) -> bytes:
    """Print an issued document with its XML inside, and keep it."""
    return keep_pdf_of(session, number, printed(_of(session, number).document, kept(session, number)), at)


def keep_pdf_of(session: TenantSession, number: str, content: bytes, at: datetime) -> bytes:
    """Keep some PDF as that of an issued document."""
    keep_file(session, _of(session, number), InvoiceFileKind.PDF, content, Act("test", at))
    return content


def kept(session: TenantSession, number: str, kind: InvoiceFileKind = InvoiceFileKind.XML) -> bytes:
    """Give a file that is kept of a document."""
    content = content_of_kind(session, _of(session, number), kind)
    assert content is not None
    return content


@lru_cache
def printed(document: str, xml: bytes) -> bytes:
    """Print a document from its JSON with some XML inside."""
    read = Document.from_json(document)
    return print_paper(_press(), Paper.INVOICE, document, Enclosed(xml, read.buyer.invoice_format, read.issue_date))


@lru_cache
def _press() -> Press:
    return Press()


def _of(session: TenantSession, number: str) -> Invoice:
    return session.exec(select(Invoice).where(Invoice.number == number)).one()
