"""The PDF of an electronic invoice looked at: it must have the very XML inside, and show every amount of it."""

import re
from collections.abc import Iterator
from io import BytesIO

from lxml import etree
from pikepdf import Name, Pdf, PdfError
from pypdf import PdfReader

from billing.money import cents_of
from invoices import format as written
from invoices.document import Document
from invoices.einvoice.embedding import FILE_NAMES
from invoices.einvoice.findings import Finding, Level

_AMOUNTS = ("LineTotalAmount", "BasisAmount", "CalculatedAmount", "TaxTotalAmount", "GrandTotalAmount")
_RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
_SPACES = re.compile(r"\s+")


def picture_findings(pdf: bytes, xml: bytes, document: Document) -> list[Finding]:
    """Compare a PDF with the XML it is the picture of; empty when both say the same."""
    try:
        return [*_inside(pdf, xml, FILE_NAMES[document.buyer.invoice_format]), *_shown(pdf, xml, document)]
    except PdfError as error:
        return [_wrong("own.pdf", f"the PDF can't be read: {error}")]


def _inside(pdf: bytes, xml: bytes, name: str) -> Iterator[Finding]:
    with Pdf.open(BytesIO(pdf)) as opened:
        if name not in opened.attachments:
            yield _wrong("own.pdf_xml", f"the PDF has no {name} inside")
            return
        spec = opened.attachments[name]
        if spec.get_file().read_bytes() != xml:
            yield _wrong("own.pdf_xml", f"{name} in the PDF is not the XML that is kept")
        if spec.obj.get("/AFRelationship") != Name.Alternative:
            yield _wrong("own.pdf_relationship", f"{name} does not stand for the PDF")


def _shown(pdf: bytes, xml: bytes, document: Document) -> Iterator[Finding]:
    """Look for every amount, as it is written for people, in the text of the PDF."""
    pages = PdfReader(BytesIO(pdf)).pages
    text = _SPACES.sub(" ", " ".join(page.extract_text() for page in pages))
    found = {node.text or "" for name in _AMOUNTS for node in etree.fromstring(xml).iter(_RAM + name)}
    for amount in sorted(found):
        told = _SPACES.sub(" ", written.money(cents_of(amount), document.language))
        if told not in text:
            yield _wrong("own.pdf_amount", f"the PDF does not show {amount}")


def _wrong(rule: str, text: str) -> Finding:
    return Finding(rule, Level.ERROR, text, "PDF")
