"""BG-3, the invoice that a cancellation or correction refers to (§ 31 Abs. 5 UStDV)."""

from drafthorse.models.document import Document as Invoice

from invoices.document import Document


def write_preceding(document: Document, xml: Invoice) -> None:
    """Write number and date of the preceding invoice, if there is one."""
    if document.preceding is not None:
        reference = xml.trade.settlement.invoice_referenced_document
        reference.issuer_assigned_id = document.preceding.number  # BT-25
        reference.issue_date_time = document.preceding.issue_date  # BT-26
