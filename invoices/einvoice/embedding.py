"""An XML into its PDF: ZUGFeRD (Factur-X), which is PDF/A-3 with the invoice as an embedded file that stands for it.

Everything about it depends on the document alone, so two printings are equal to the byte.
"""

from datetime import date

from pikepdf import AttachedFileSpec, Name, Pdf

from invoices.einvoice.enclosed import Attachment, Enclosed
from invoices.paper import environment
from invoices.parties import InvoiceFormat

FILE_NAMES = {InvoiceFormat.ZUGFERD: "factur-x.xml", InvoiceFormat.XRECHNUNG: "xrechnung.xml"}
LEVELS = {InvoiceFormat.ZUGFERD: "EN 16931", InvoiceFormat.XRECHNUNG: "XRECHNUNG"}

_END = b"</rdf:RDF>"
_PROPERTIES = (
    ("DocumentType", "The type of the hybrid document"),
    ("DocumentFileName", "The name of the embedded XML document"),
    ("Version", "The version of the standard of the embedded XML document"),
    ("ConformanceLevel", "The conformance level of the embedded XML document"),
)


def embed(pdf: Pdf, enclosed: Enclosed) -> None:
    """Put the XML, and what it has inside, into a PDF/A-3 that has no files yet."""
    day = enclosed.issue_date
    name = FILE_NAMES[enclosed.invoice_format]
    _attach(pdf, Attachment(name, "Factur-X/ZUGFeRD", "text/xml", enclosed.xml), Name.Alternative, day)
    for attachment in enclosed.attachments:
        _attach(pdf, attachment, Name.Supplement, day)
    template = environment("en").get_template("facturx.xmp")
    said = template.render(name=name, level=LEVELS[enclosed.invoice_format], properties=_PROPERTIES)
    metadata = pdf.Root.Metadata
    metadata.write(metadata.read_bytes().replace(_END, said.encode() + _END))


def _attach(pdf: Pdf, file: Attachment, relationship: Name, day: date) -> None:
    """Attach a file; pikepdf names it among the associated files of the document as well (ISO 19005-3, 6.8)."""
    dated = f"D:{day:%Y%m%d}000000Z"
    spec = AttachedFileSpec(
        pdf,
        file.content,
        description=file.description,
        filename=file.name,
        mime_type=file.media_type,
        creation_date=dated,
        mod_date=dated,
    )
    spec.obj.AFRelationship = relationship
    pdf.attachments[file.name] = spec
