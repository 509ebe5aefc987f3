"""What is kept of an issued document beside its row: files with their hash, and what checking it said."""

from datetime import date
from hashlib import sha256

from billing.services.acting import Act, id_of
from billing.store.queries.prepared import insert, insert_ahead
from billing.store.session import TenantSession
from billing.store.tables import Invoice, InvoiceCheck, InvoiceFile, StoredFile
from billing.store.tables.kinds import CheckOutcome, CheckStage, InvoiceFileKind, RetentionClass
from invoices.einvoice.checking import Check
from invoices.maker import maker

_VOUCHER_YEARS = 8
_RECORD = "-Taetigkeitsnachweis"
_FORMS = {
    InvoiceFileKind.PDF: ("", "pdf", "application/pdf"),
    InvoiceFileKind.XML: ("", "xml", "application/xml"),
    InvoiceFileKind.ACTIVITY_RECORD_PDF: (_RECORD, "pdf", "application/pdf"),
    InvoiceFileKind.ACTIVITY_RECORD_CSV: (_RECORD, "csv", "text/csv"),
}


def keep_file(session: TenantSession, invoice: Invoice, kind: InvoiceFileKind, content: bytes, act: Act) -> None:
    """Keep a file of an issued document as long as the law wants it; it is never made again."""
    what, suffix, media_type = _FORMS[kind]
    file = {
        "name": f"{invoice.number}{what}.{suffix}".replace("/", "-"),
        "media_type": media_type,
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
        "content": content,
        "key_id": session.ring.current,
        "retention_class": RetentionClass.VOUCHER,
        "retain_until": date(invoice.issue_date.year + _VOUCHER_YEARS, 12, 31),
        **act.record(),
    }
    number = insert(session, StoredFile, file)
    of_invoice = {"invoice_id": id_of(invoice), "kind": kind, "stored_file_id": number}
    insert_ahead(session, InvoiceFile, {**of_invoice, "made_with": maker(), "created_at": act.at})


def keep_check(session: TenantSession, invoice: Invoice, check: Check, stage: CheckStage, act: Act) -> None:
    """Keep what the rules of electronic invoices said, and which rules they were."""
    row = {
        "invoice_id": id_of(invoice),
        "checked_at": act.at,
        "stage": stage,
        "rules_version": check.rules.version,
        "rules_sha256": check.rules.sha256,
        "xml_sha256": check.xml_sha256,
        "outcome": CheckOutcome.PASSED if check.passed else CheckOutcome.FAILED,
        "report": check.report(),
    }
    insert_ahead(session, InvoiceCheck, row)
