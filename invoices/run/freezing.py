"""A document becomes final: checked as an electronic invoice, then numbered, frozen and kept as XML in one go.

The check comes before the counter is locked, with a placeholder number of the same form; from the lock to the commit
there are only inserts (architecture 2.4). Whatever fails leaves no trace, and no number is lost.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from billing.services.acting import Act
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Invoice
from billing.store.tables.kinds import CheckStage, InvoiceFileKind
from invoices.activity_csv import activity_csv
from invoices.activity_record import ActivityRecord
from invoices.document import Document
from invoices.einvoice.checking import Check, check_xml, require_valid
from invoices.einvoice.enclosed import Attachment, record_attachment
from invoices.einvoice.invoice_xml import invoice_xml
from invoices.number import format_number
from invoices.run.files import enqueue_files
from invoices.run.keeping import keep_check, keep_file
from invoices.run.numbering import next_number, write_invoice
from invoices.run.records import record_of_invoice


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
    """A document with a placeholder number, and its XML: what is checked before there is a number."""

    document: Document
    xml: bytes


def probe_of(document: Document, series: Series, record: ActivityRecord | None) -> Probe:
    """Give what is checked of a document that has its final date."""
    probe = replace(document, number=series.placeholder(document.issue_date.year))
    return Probe(probe, invoice_xml(probe, _inside(record)))


def check_probe(probe: Probe) -> Check:
    """Ask the official rules and our own; takes longer than all the rest of issuing, so not in a transaction."""
    return check_xml(probe.xml, probe.document)


def freeze_document(  # noqa: PLR0913 - what one document is made of
    session: TenantSession,
    about: tuple[Closing, Contract],
    document: Document,
    series: Series,
    act: Act,
    *,
    record: ActivityRecord | None = None,
    cancels_id: int | None = None,
    known: Check | None = None,
) -> Invoice:
    """Give a document its number, freeze it with its XML and the check of it, and order its other files.

    `document` has its final date and any number; `record` travels inside the XML and is kept beside it. A check that is
    `known` already is taken when it is of the same XML to the byte. IncompleteInvoice or Conflict when the document
    breaks the rules of electronic invoices.
    """
    probe = probe_of(document, series, record)
    is_known = known is not None and known.xml_sha256 == sha256(probe.xml).hexdigest()
    check = known if known is not None and is_known else check_probe(probe)
    require_valid(check, probe.document)
    number = next_number(session, series.pattern, series.name, document.issue_date)
    final = replace(document, number=number.text)
    xml = invoice_xml(final, _inside(record))
    invoice = write_invoice(session, *about, final, number=number, now=act.at, cancels_id=cancels_id)
    checked = replace(check, xml_sha256=sha256(xml).hexdigest())
    keep_check(session, invoice, checked, CheckStage.ISSUE, act)
    keep_file(session, invoice, InvoiceFileKind.XML, xml, act)
    if record is not None:
        table = activity_csv(record_of_invoice(record, invoice))
        keep_file(session, invoice, InvoiceFileKind.ACTIVITY_RECORD_CSV, table, act)
    enqueue_files(session, invoice, act.at)
    return invoice


def _inside(record: ActivityRecord | None) -> tuple[Attachment, ...]:
    return () if record is None else (record_attachment(record),)
