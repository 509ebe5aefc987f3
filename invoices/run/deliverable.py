"""A document that is about to go out: looked at again as it was frozen, by the rules of today."""

from dataclasses import replace

from billing.canonical import fingerprint
from billing.errors import Problem
from billing.store.session import TenantSession
from billing.store.tables import Invoice
from billing.store.tables.kinds import InvoiceFileKind
from invoices.document import Document
from invoices.einvoice.checking import Check, check_xml
from invoices.einvoice.picture import picture_findings
from invoices.run.files import content_of_kind


def check_deliverable(session: TenantSession, invoice: Invoice) -> Check | None:
    """Check the kept XML, and the kept PDF where there is one, against the frozen document; only reads.

    None for a document that was issued before there was XML. Keep the answer with `keeping.keep_check`, and refuse with
    `checking.require_valid`. Problem `document_damaged` or `file_damaged`: something is not as it was issued.
    """
    if fingerprint(invoice.document) != invoice.document_sha256:
        raise Problem("document_damaged", value=invoice.number)
    document = Document.from_json(invoice.document)
    xml = content_of_kind(session, invoice, InvoiceFileKind.XML)
    if xml is None:
        return None
    check, pdf = check_xml(xml, document), content_of_kind(session, invoice, InvoiceFileKind.PDF)
    if pdf is None:
        return check
    return replace(check, findings=(*check.findings, *picture_findings(pdf, xml, document)))
