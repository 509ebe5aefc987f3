"""A document becomes final: checked as an electronic invoice, then numbered, frozen and kept as XML in one go.

XML and check come before the counter is locked, with a placeholder number of the same form; from the lock to the commit
there are only inserts (architecture 2.4). Whatever fails leaves no trace, and no number is lost.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from billing.services.acting import Act
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Invoice
from billing.store.tables.kinds import CheckStage, InvoiceFileKind
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.einvoice.checking import Check, check_xml, require_valid
from invoices.einvoice.enclosed import Attachment, record_attachment
from invoices.einvoice.invoice_xml import invoice_xml, with_number
from invoices.number import format_number
from invoices.run.files import enqueue_files
from invoices.run.keeping import keep_check, keep_file
from invoices.run.numbering import next_number, write_invoice


@dataclass(frozen=True, slots=True)
class Series:
    """Where a number comes from: the series, and how its numbers are written."""

    name: str
    pattern: str

    def placeholder(self, year: int) -> str:
        """Give a number of the same form that is nobody's."""
        return format_number(self.pattern, series=self.name, year=year, sequence=0)


@dataclass(frozen=True, slots=True)
class Probe:
    """A document with its final date and a placeholder number, what travels inside, its XML, and what the rules said.

    `series` gives its number.
    """

    document: Document
    series: Series
    inside: tuple[Attachment, ...]
    xml: bytes
    check: Check


def probe_of(
    document: Document, series: Series, record: ActivityRecord | None = None, *, known: Probe | None = None
) -> Probe:
    """Write a document as XML and ask the rules; takes longer than all the rest of issuing, so not in a transaction.

    The document has its final date and any number; `record` travels inside. What is `known` already is not asked again
    when its XML is the same to the byte.
    """
    probe = replace(document, number=series.placeholder(document.issue_date.year))
    inside = () if record is None else (record_attachment(record),)
    xml = invoice_xml(probe, inside)
    check = known.check if known is not None and known.xml == xml else check_xml(xml, probe)
    return Probe(probe, series, inside, xml, check)


def freeze_document(
    session: TenantSession, about: tuple[Closing, Contract], probe: Probe, act: Act, *, cancels_id: int | None = None
) -> Invoice:
    """Give a document its number, freeze it with its XML and the check of it, and order its other files.

    The activity record that is inside the XML is kept beside it as well. IncompleteInvoice or Conflict when the
    document breaks the rules of electronic invoices.
    """
    require_valid(probe.check, probe.document)
    number = next_number(session, probe.series.pattern, probe.series.name, probe.document.issue_date)
    final = replace(probe.document, number=number.text)
    xml = with_number(probe.xml, probe.document.number, number.text)
    invoice = write_invoice(session, *about, final, number=number, now=act.at, cancels_id=cancels_id)
    checked = replace(probe.check, xml_sha256=sha256(xml).hexdigest())
    keep_check(session, invoice, checked, CheckStage.ISSUE, act)
    keep_file(session, invoice, InvoiceFileKind.XML, xml, act)
    for record in probe.inside:
        keep_file(session, invoice, InvoiceFileKind.ACTIVITY_RECORD_CSV, record.content, act)
    enqueue_files(session, invoice, act.at)
    return invoice
