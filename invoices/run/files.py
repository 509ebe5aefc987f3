"""The files of what was issued: rendered from frozen documents after the commit, stored once, never rendered again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from billing import outbox
from billing.canonical import canonical
from billing.outbox import Done, Item
from billing.services.acting import Act, id_of
from billing.store.files import read_file
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, Invoice, InvoiceFile, StoredFile
from billing.store.tables.kinds import InvoiceFileKind, InvoiceKind
from invoices.activity_record import ActivityRecord, without_taken_back
from invoices.canonical import to_json
from invoices.document import Document
from invoices.einvoice.enclosed import Attachment, Enclosed, record_attachment, record_table
from invoices.einvoice.invoice_xml import invoice_xml
from invoices.paper import Paper
from invoices.render import RenderPool
from invoices.run.closings import closing_of_month, content_of, corrected_cases, invoice_of_closing
from invoices.run.keeping import keep_file
from invoices.run.pass_through import PASSED_THROUGH_PDF, statement_files_of_month, statement_source, store_statement
from invoices.run.printing import keep_printed
from invoices.run.records import record_of_invoice

_TABLE = "invoice"
PAPERS: Mapping[str, Paper] = {
    InvoiceFileKind.PDF: Paper.INVOICE,
    InvoiceFileKind.ACTIVITY_RECORD_PDF: Paper.ACTIVITY_RECORD,
    PASSED_THROUGH_PDF: Paper.PASSED_THROUGH,
}


@dataclass(frozen=True, slots=True)
class MonthFile:
    """A stored file of a month: under which name it goes out, and its hash."""

    id: int
    name: str
    sha256: str


def enqueue_files(session: TenantSession, invoice: Invoice, now: datetime) -> None:
    """Order what has to be printed of an issued document: its PDF and, for an invoice, the activity record as PDF.

    Its XML is kept in the transaction that issues it: that is the invoice, the PDF only its picture. The record as CSV
    is inside the XML and kept with it.
    """
    kinds = [InvoiceFileKind.PDF]
    if invoice.kind is InvoiceKind.INVOICE:
        kinds.append(InvoiceFileKind.ACTIVITY_RECORD_PDF)
    for kind in kinds:
        outbox.enqueue(session, kind, _TABLE, id_of(invoice), now)


class FileMaker:
    """Makes the ordered files of one installation; PDFs are printed side by side in the pool."""

    def __init__(self, pool: RenderPool, act: Act) -> None:
        """Take the pool, and in whose name the files are stored."""
        self._pool, self._act = pool, act

    @property
    def handlers(self) -> Mapping[str, outbox.Handler]:
        """Give the outbox what makes each kind of file."""
        return {
            str(InvoiceFileKind.PDF): self._print,
            str(InvoiceFileKind.ACTIVITY_RECORD_PDF): self._print,
            PASSED_THROUGH_PDF: self._print,
        }

    def _print(self, store: Store, processor_id: int, items: Sequence[Item]) -> Iterator[Done]:
        waiting = {str(item.id): item for item in items}
        with store.tenant(processor_id, read_only=True) as session:
            for key, item in waiting.items():
                self._pool.submit(key, PAPERS[item.kind], *source_of(session, item.kind, item.subject_id))
        yield from keep_printed(self._pool, store, processor_id, waiting, self._keep)

    def _keep(self, session: TenantSession, item: Item, content: bytes) -> None:
        _store(session, item, content, self._act)
        outbox.finish(session, item, self._act.at)


def files_of_month(session: TenantSession, month: str) -> list[MonthFile]:
    """Name every stored file of the month's closings, statements, cancelled ones and cancellations included."""
    query = (
        select(StoredFile.id, StoredFile.name, StoredFile.sha256)
        .join(InvoiceFile, col(InvoiceFile.stored_file_id) == col(StoredFile.id))
        .join(Invoice, col(InvoiceFile.invoice_id) == col(Invoice.id))
        .join(Closing, col(Invoice.closing_id) == col(Closing.id))
        .where(StoredFile.processor_id == session.processor_id, Closing.month == month)
        .order_by(col(StoredFile.name))
    )
    rows = [*session.exec(query), *statement_files_of_month(session, month)]
    return [MonthFile(number or 0, name, digest) for number, name, digest in rows]


def contents_of(session: TenantSession, files: Iterable[MonthFile]) -> Iterator[tuple[str, bytes]]:
    """Give name and bytes of files, one after the other; Problem `file_damaged` when bytes are not what was stored."""
    for file in files:
        yield file.name, read_file(session, file.id).content


def _invoice(session: TenantSession, invoice_id: int) -> Invoice:
    return session.exec(select(Invoice).where(Invoice.id == invoice_id)).one()


def _record(session: TenantSession, invoice: Invoice) -> ActivityRecord:
    closing = session.exec(select(Closing).where(Closing.id == invoice.closing_id)).one()
    return record_of_invoice(record_of(closing), invoice)


def record_of_month(session: TenantSession, contract_ref: str, month: str) -> ActivityRecord:
    """Give the activity record of a contract's closed month; NotFound when no closing of it lives.

    What corrections took off its invoice since is shown as on hold; the file made with the invoice stays as it was.
    """
    closing = closing_of_month(session, contract_ref, month)
    invoice = invoice_of_closing(session, closing)
    record = without_taken_back(record_of(closing), corrected_cases(session, closing))
    return record if invoice is None else record_of_invoice(record, invoice)


def record_of(closing: Closing) -> ActivityRecord:
    """Give the activity record that a closing froze (13(10)); there is one also when nothing was billed."""
    return ActivityRecord.from_json(canonical(content_of(closing)["record"]))


def source_of(session: TenantSession, kind: str, subject_id: int) -> tuple[str, Enclosed | None]:
    """Give the JSON a paper is printed from, what was frozen, to the letter; and what goes inside the PDF."""
    if kind == PASSED_THROUGH_PDF:
        return statement_source(session, subject_id), None
    invoice = _invoice(session, subject_id)
    if kind == InvoiceFileKind.PDF:
        return invoice.document, _enclosed(session, invoice)
    return to_json(_record(session, invoice)), None


def _enclosed(session: TenantSession, invoice: Invoice) -> Enclosed | None:
    """Give the XML as it is kept; a document of before there was one has none inside."""
    xml = content_of_kind(session, invoice, InvoiceFileKind.XML)
    if xml is None:
        return None
    document = Document.from_json(invoice.document)
    inside = _kept_inside(session, invoice, document.language)
    return Enclosed(xml, document.buyer.invoice_format, invoice.issue_date, inside)


def _kept_inside(session: TenantSession, invoice: Invoice, language: str) -> tuple[Attachment, ...]:
    """Give what is inside the XML as it was kept with it; a document of before it was kept has it made again."""
    table = content_of_kind(session, invoice, InvoiceFileKind.ACTIVITY_RECORD_CSV)
    if table is None:
        return _inside_xml(session, invoice)
    month = session.exec(select(Closing.month).where(Closing.id == invoice.closing_id)).one()
    return (record_table(month, language, table),)


def xml_again(session: TenantSession, invoice_id: int) -> bytes:
    """Write the XML of an issued document anew from what was frozen, to be compared with what is kept."""
    invoice = _invoice(session, invoice_id)
    return invoice_xml(Document.from_json(invoice.document), _inside_xml(session, invoice))


def _inside_xml(session: TenantSession, invoice: Invoice) -> tuple[Attachment, ...]:
    return (record_attachment(_record(session, invoice)),) if invoice.kind is InvoiceKind.INVOICE else ()


def content_of_kind(session: TenantSession, invoice: Invoice, kind: InvoiceFileKind) -> bytes | None:
    """Give a kept file of a document, proved against its hash; None while there is none."""
    kept = select(InvoiceFile.stored_file_id).where(InvoiceFile.invoice_id == invoice.id, InvoiceFile.kind == kind)
    number = session.exec(kept).one_or_none()
    return None if number is None else read_file(session, number).content


def record_for(session: TenantSession, invoice_id: int) -> ActivityRecord:
    """Give the activity record that goes with an invoice, as it was frozen."""
    return _record(session, _invoice(session, invoice_id))


def _store(session: TenantSession, item: Item, content: bytes, act: Act) -> None:
    if item.kind == PASSED_THROUGH_PDF:
        store_statement(session, item.subject_id, content, act)
    else:
        keep_file(session, _invoice(session, item.subject_id), InvoiceFileKind(item.kind), content, act)
