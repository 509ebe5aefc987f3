"""BG-2 and the document level: what it is, its number and date, and its sentences (BT-1, BT-2, BT-3, BG-1)."""

from drafthorse.models.document import Document as Invoice
from drafthorse.models.note import IncludedNote

from invoices.document import Document, Kind
from invoices.einvoice.values import sayable
from invoices.parties import InvoiceFormat
from invoices.words import intro, tax_notes

PROFILES = {
    InvoiceFormat.ZUGFERD: "urn:cen.eu:en16931:2017",
    InvoiceFormat.XRECHNUNG: "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
TYPE_CODES = {Kind.INVOICE: "380", Kind.CANCELLATION: "381", Kind.CORRECTION: "384"}
"""UNTDID 1001: invoice, credit note, corrected invoice. 389, self-billing ("Gutschrift"), is none of ours."""

_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_GENERAL, _REASON, _TAX = "AAI", "ACD", "TXD"  # UNTDID 4451


def write_header(document: Document, xml: Invoice) -> None:
    """Write process and profile, number, date, kind and notes."""
    xml.context.business_parameter.id = _PROCESS  # BT-23
    xml.context.guideline_parameter.id = PROFILES[document.buyer.invoice_format]  # BT-24
    xml.header.id = document.number  # BT-1
    xml.header.issue_date_time = document.issue_date  # BT-2
    xml.header.type_code = TYPE_CODES[document.kind]  # BT-3
    for subject, text in _notes(document):
        note = IncludedNote()
        note.content = text  # BT-22
        note.subject_code = subject  # BT-21
        xml.header.notes.add(note)


def _notes(document: Document) -> list[tuple[str, str]]:
    said = [(_GENERAL, intro(document)), (_REASON, document.reason)]
    said += [(_TAX, note) for note in tax_notes(document)]
    said += [(_GENERAL, note) for note in document.notes]
    return [(subject, text) for subject, note in said if (text := sayable(note))]
