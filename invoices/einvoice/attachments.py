"""BG-24, papers inside the invoice: the activity record as a table."""

from base64 import b64encode

from drafthorse.models.document import Document as Invoice
from drafthorse.models.references import AdditionalReferencedDocument

from invoices.einvoice.enclosed import Attachment

_SUPPORTING = "916"  # UNTDID 1001: related document


def write_attachments(attachments: tuple[Attachment, ...], xml: Invoice) -> None:
    """Write the files; EN 16931 takes PDF, PNG, JPEG, CSV, XLSX and ODS."""
    for attachment in attachments:
        reference = AdditionalReferencedDocument()
        reference.issuer_assigned_id = attachment.name  # BT-122
        reference.type_code = _SUPPORTING
        reference.name = attachment.description  # BT-123
        encoded = b64encode(attachment.content).decode()
        reference.attached_object = (attachment.media_type, attachment.name, encoded)  # BT-125
        xml.trade.agreement.additional_references.add(reference)
