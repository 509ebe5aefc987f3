"""A frozen document as Cross Industry Invoice: XRechnung 3.0 or the EN 16931 profile of ZUGFeRD (Factur-X).

One module per group of EN 16931 writes its part; each only prints, all amounts were final before. BT- and BG-numbers
are those of the standard.
"""

from drafthorse.models.document import Document as Invoice

from invoices.document import Document
from invoices.einvoice.attachments import write_attachments
from invoices.einvoice.buyer import write_buyer
from invoices.einvoice.delivery import write_delivery
from invoices.einvoice.enclosed import Attachment
from invoices.einvoice.header import write_header
from invoices.einvoice.lines import write_lines
from invoices.einvoice.payment import write_payment
from invoices.einvoice.preceding import write_preceding
from invoices.einvoice.seller import write_seller
from invoices.einvoice.totals import write_totals
from invoices.einvoice.vat_breakdown import write_vat_breakdown

_GROUPS = (
    write_header,
    write_seller,
    write_buyer,
    write_lines,
    write_vat_breakdown,
    write_totals,
    write_payment,
    write_delivery,
    write_preceding,
)


def invoice_xml(document: Document, attachments: tuple[Attachment, ...] = ()) -> bytes:
    """Write the document as XML; equal documents and attachments give equal bytes."""
    xml = Invoice()
    for write in _GROUPS:
        write(document, xml)
    write_attachments(attachments, xml)
    # No schema is asked: it is an old one that finds nothing; the official rules are asked in `validation`.
    written: bytes = xml.serialize(schema=None)
    return written
