"""A frozen document as Cross Industry Invoice: XRechnung 3.0 or the EN 16931 profile of ZUGFeRD (Factur-X).

One module per group of EN 16931 writes its part; each only prints, all amounts were final before. BT- and BG-numbers
are those of the standard.
"""

import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

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

_DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>\n"
_NUMBERS = (
    re.compile(rb"<rsm:ExchangedDocument>\s*<ram:ID>([^<]*)(?=</ram:ID>)"),  # BT-1
    re.compile(rb"<ram:PaymentReference>([^<]*)(?=</ram:PaymentReference>)"),  # BT-83
)


def invoice_xml(document: Document, attachments: tuple[Attachment, ...] = ()) -> bytes:
    """Write the document as XML; equal documents and attachments give equal bytes."""
    xml = Invoice()
    for write in _GROUPS:
        write(document, xml)
    write_attachments(attachments, xml)
    return _written(xml)


def _written(xml: Invoice) -> bytes:
    """Write the elements as drafthorse does, but once: it reads and writes them twice more.

    No schema is asked: it is an old one that finds nothing; the official rules are asked in `validation`.
    """
    root = xml.to_etree()
    ET.indent(root)
    # As one text first: what writes bytes encodes each of two thousand pieces by itself.
    return _DECLARATION + ET.tostring(root, "unicode").encode("utf-8", "xmlcharrefreplace")


def with_number(xml: bytes, placeholder: str, number: str) -> bytes:
    """Give the XML of the same document under its own number: the same bytes as if it were written anew (BT-1, BT-83).

    Writing it takes some hundred times as long, and this is done while everybody else waits for the counter. ValueError
    when the placeholder does not stand where the number belongs.
    """
    said, final = escape(placeholder).encode(), escape(number).encode()
    for place in _NUMBERS:
        found = list(place.finditer(xml))
        if [match[1] for match in found] != [said]:
            message = f"{placeholder} does not stand once where {place.pattern!r} finds a number"
            raise ValueError(message)
        begin, end = found[0].span(1)
        xml = xml[:begin] + final + xml[end:]
    return xml
