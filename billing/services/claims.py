"""Finding issued documents, and those that ask for money, by what people type and by what programs know."""

from sqlmodel import select

from billing.errors import InvalidInput, NotFound
from billing.store.session import TenantSession
from billing.store.tables import Invoice
from billing.store.tables.kinds import InvoiceKind


def find_document(session: TenantSession, number: str, path: str = "number") -> Invoice:
    """Give the invoice, cancellation or correction of a number; InvalidInput when there is none."""
    invoice = session.exec(select(Invoice).where(Invoice.number == number)).one_or_none()
    if invoice is None:
        raise InvalidInput("invoice_unknown", path=path, value=number)
    return invoice


def document_by_id(session: TenantSession, invoice_id: int) -> Invoice:
    """Give an invoice, cancellation or correction by its id; NotFound for a foreign or unknown one."""
    invoice = session.exec(select(Invoice).where(Invoice.id == invoice_id)).one_or_none()
    if invoice is None:
        raise NotFound("nothing_there", value=invoice_id)
    return invoice


def find_claim(session: TenantSession, number: str, path: str = "number") -> Invoice:
    """Give the invoice of a number; InvalidInput when there is none, or it is a cancellation or correction."""
    invoice = find_document(session, number, path)
    require_claim(invoice, path)
    return invoice


def claim_by_id(session: TenantSession, invoice_id: int) -> Invoice:
    """Give an invoice by its id; NotFound for a foreign or unknown one, InvalidInput for what asks for no money."""
    invoice = document_by_id(session, invoice_id)
    require_claim(invoice, "invoice_id")
    return invoice


def require_claim(invoice: Invoice, path: str) -> None:
    """Refuse a document that asks for no money."""
    if invoice.kind is not InvoiceKind.INVOICE:
        raise InvalidInput("invoice_asks_nothing", path=path, value=invoice.number)
