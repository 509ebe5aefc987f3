"""`mehraufwand verify --render`: what was frozen still gives the very bytes of the papers that were stored (GoBD)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import col, select

from billing.canonical import fingerprint
from billing.store.session import TenantSession
from billing.store.tables import Invoice, InvoiceFile, Outbox, StoredFile
from billing.store.tables.kinds import InvoiceFileKind
from invoices.activity_csv import activity_csv
from invoices.maker import maker
from invoices.render import RenderFailed, RenderPool
from invoices.run.files import PAPERS, record_for, source_of, xml_again

_AT_ONCE = 50


@dataclass(slots=True)
class Remade:
    """How many papers were made again and compared; `others` were made by another version and only have their hash."""

    compared: int = 0
    others: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    """Number of the document and kind of the file, and the code of what is wrong."""


def remake_papers(session: TenantSession, pool: RenderPool) -> Remade:
    """Make every paper again that this version made, and compare; say which document lacks its paper as well."""
    done = Remade()
    done.faults += [(f"{number} pdf", "paper_missing") for number in _without_paper(session)]
    waiting: dict[str, tuple[str, str]] = {}
    for file, stored, number in _papers(session):
        subject = f"{number} {file.kind}"
        if file.made_with != maker():
            done.others += 1
        elif file.kind is InvoiceFileKind.ACTIVITY_RECORD_CSV:
            made = activity_csv(record_for(session, file.invoice_id))
            _compare(done, subject, fingerprint(made), stored)
        elif file.kind is InvoiceFileKind.XML:
            _compare(done, subject, fingerprint(xml_again(session, file.invoice_id)), stored)
        elif file.kind in PAPERS:
            waiting[str(file.id)] = (subject, stored)
            pool.submit(str(file.id), PAPERS[file.kind], *source_of(session, file.kind, file.invoice_id))
        if len(waiting) >= _AT_ONCE:
            _collect(done, pool, waiting)
    _collect(done, pool, waiting)
    return done


def _collect(done: Remade, pool: RenderPool, waiting: dict[str, tuple[str, str]]) -> None:
    for rendered in pool.results():
        subject, stored = waiting.pop(rendered.key)
        try:
            _compare(done, subject, fingerprint(rendered.pdf()), stored)
        except RenderFailed:
            done.faults.append((subject, "paper_not_made"))


def _compare(done: Remade, subject: str, made: str, stored: str) -> None:
    done.compared += 1
    if made != stored:
        done.faults.append((subject, "paper_differs"))


def _papers(session: TenantSession) -> Iterator[tuple[InvoiceFile, str, str]]:
    query = (
        select(InvoiceFile, StoredFile.sha256, Invoice.number)
        .join(StoredFile, col(InvoiceFile.stored_file_id) == col(StoredFile.id))
        .join(Invoice, col(InvoiceFile.invoice_id) == col(Invoice.id))
        .where(InvoiceFile.processor_id == session.processor_id)
        .order_by(col(InvoiceFile.id))
    )
    yield from session.exec(query).all()


def _without_paper(session: TenantSession) -> list[str]:
    """Give the documents that have no PDF although none is ordered any more."""
    has = sa.exists().where(
        col(InvoiceFile.invoice_id) == col(Invoice.id), col(InvoiceFile.kind) == InvoiceFileKind.PDF
    )
    ordered = sa.exists().where(
        col(Outbox.subject_table) == "invoice",
        col(Outbox.subject_id) == col(Invoice.id),
        col(Outbox.kind) == str(InvoiceFileKind.PDF),
        col(Outbox.done_at).is_(None),
    )
    query = select(Invoice.number).where(Invoice.processor_id == session.processor_id, ~has, ~ordered)
    return list(session.exec(query.order_by(col(Invoice.id))))
