"""How a month stands over all contracts, and lists of drafts and invoices, without settling anything again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, select

from billing import outbox
from billing.clause.reading import read_month
from billing.errors import Conflict, NotFound
from billing.services.acting import id_of
from billing.services.document_tracks import Track, tracks_of
from billing.services.sendings import SendingState, sending_states
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Controller, Draft, Invoice, InvoiceFile
from billing.store.tables.kinds import DraftState, InvoiceFileKind, InvoiceKind
from invoices.document import Document, VatCategory
from invoices.issue_by import issue_by
from invoices.run.closings import Answers, answers_to
from invoices.run.drafts import LIVING, is_in
from invoices.run.ordering import documents_of_month

FILE_KINDS = tuple(InvoiceFileKind)
"""What files a document may have, by the names that addresses use."""


@dataclass(frozen=True, slots=True)
class ContractMonth:
    """Where one contract's month stands: `not_run`, `draft`, `approved` or `closed`.

    `number` is its invoice's, `corrected_by` are those of corrections of parts of it. `issue_by` is the last day to
    issue a draft, where the law sets one.
    """

    contract_id: int
    contract: str
    controller: str
    state: str
    draft_id: int | None
    closing_id: int | None
    number: str | None
    invoice_id: int | None
    corrected_by: tuple[str, ...]
    issue_by: date | None


@dataclass(frozen=True, slots=True)
class MonthStatus:
    """All contracts of a month, and how many papers still wait or could not be made."""

    contracts: list[ContractMonth]
    steps: dict[str, int]
    sending: dict[SendingState, int]
    """How far the month's documents and statements of pass-through money are on their way."""


def month_status(session: TenantSession, month: str) -> MonthStatus:
    """Give where each contract's month stands, by contract reference; not of one that is not in it yet (`is_in`)."""
    drafts = {draft.contract_id: draft for draft in session.exec(_living_drafts(month))}
    closings = {closing.contract_id: closing for closing in session.exec(_living_closings(month))}
    invoices = {
        invoice.closing_id: invoice
        for invoice in session.exec(
            select(Invoice)
            .where(Invoice.kind == InvoiceKind.INVOICE)
            .where(col(Invoice.closing_id).in_([closing.id for closing in closings.values()]))
        )
    }
    answers = answers_to(session, [invoice.id for invoice in invoices.values()])
    names = session.exec(
        select(Contract.id, Contract.ref, Controller.name)
        .join(Controller, col(Controller.id) == col(Contract.controller_id))
        .where(is_in(read_month(month, "month")))
    ).all()
    rows = []
    for contract_id, ref, controller in sorted(names, key=lambda row: row[1]):
        draft, closing = drafts.get(contract_id or 0), closings.get(contract_id or 0)
        invoice = invoices.get(closing.id or 0) if closing else None
        rows.append(
            ContractMonth(
                contract_id=contract_id or 0,
                contract=ref,
                controller=controller,
                state=_state(draft, closing),
                draft_id=draft.id if draft else None,
                closing_id=closing.id if closing else None,
                number=invoice.number if invoice else None,
                invoice_id=invoice.id if invoice else None,
                corrected_by=answers.get(invoice.id or 0, Answers()).corrected_by if invoice else (),
                issue_by=_issue_by(draft) if draft else None,
            )
        )
    documents = documents_of_month(session, month)
    return MonthStatus(rows, outbox.status(session), Counter(sending_states(session, documents)))


def _living_drafts(month: str) -> Any:
    return select(Draft).where(Draft.month == month, col(Draft.state).in_(LIVING))


def _living_closings(month: str) -> Any:
    return select(Closing).where(Closing.month == month, col(Closing.cancelled_by_id).is_(None))


def _issue_by(draft: Draft) -> date | None:
    """Read the last day to issue off a draft as it was written; only few are of that kind."""
    text = draft.document or ""
    return issue_by(Document.from_json(text)) if f'"{VatCategory.REVERSE_CHARGE}"' in text else None


def _state(draft: Draft | None, closing: Closing | None) -> str:
    if closing is not None:
        return "closed"
    if draft is None:
        return "not_run"
    return "approved" if draft.state is DraftState.APPROVED else "draft"


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft with its contract."""

    id: int
    draft: Draft
    contract: Contract


def drafts_of_month(session: TenantSession, month: str, after: int, most: int) -> list[DraftRow]:
    """Give living drafts of a month by rising id."""
    query = select(Draft, Contract).join(Contract, col(Contract.id) == col(Draft.contract_id))
    mine = query.where(Draft.month == month, col(Draft.state).in_(LIVING), col(Draft.id) > after)
    rows = session.exec(mine.order_by(col(Draft.id)).limit(most))
    return [DraftRow(id_of(draft), draft, contract) for draft, contract in rows]


def draft_by_id(session: TenantSession, draft_id: int) -> DraftRow:
    """Give a draft, living or not, with its contract; NotFound for a foreign or unknown one."""
    query = select(Draft, Contract).join(Contract, col(Contract.id) == col(Draft.contract_id))
    row = session.exec(query.where(Draft.id == draft_id)).one_or_none()
    if row is None:
        raise NotFound("nothing_there", value=draft_id)
    return DraftRow(draft_id, *row)


def require_living(row: DraftRow) -> None:
    """Refuse a draft that nobody can look at or release any more: it was issued, or a newer one took its place."""
    about = {"value": row.contract.ref, "month": row.draft.month}
    if row.draft.state is DraftState.ISSUED:
        raise Conflict("draft_is_issued", **about)
    if row.draft.state not in LIVING:
        raise Conflict("draft_is_discarded", **about)


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An issued document with the names that lists show; `cancels` and what answers it are numbers."""

    id: int
    invoice: Invoice
    contract: str
    month: str
    cancels: str | None
    answers: Answers
    files: tuple[InvoiceFileKind, ...]
    track: Track


def invoices_after(
    session: TenantSession, after: int, most: int, *, month: str | None = None, controller_id: int | None = None
) -> list[InvoiceRow]:
    """Give issued documents by rising id: all, those of a month's closings, those of one controller."""
    query = (
        select(Invoice, Contract.ref, Closing.month)
        .join(Contract, col(Contract.id) == col(Invoice.contract_id))
        .join(Closing, col(Closing.id) == col(Invoice.closing_id))
        .where(col(Invoice.id) > after)
    )
    if month is not None:
        query = query.where(Closing.month == month)
    if controller_id is not None:
        query = query.where(Invoice.controller_id == controller_id)
    rows = session.exec(query.order_by(col(Invoice.id)).limit(most)).all()
    return invoice_rows(session, rows)


def invoice_by_id(session: TenantSession, invoice_id: int, *, controller_id: int | None = None) -> InvoiceRow:
    """Give one issued document, of one controller only if said so; NotFound for a foreign or unknown one."""
    found = [
        row for row in invoices_after(session, invoice_id - 1, 1, controller_id=controller_id) if row.id == invoice_id
    ]
    if not found:
        raise NotFound("nothing_there", value=invoice_id)
    return found[0]


def invoice_by_number(session: TenantSession, number: str, *, controller_id: int | None = None) -> InvoiceRow:
    """Give an issued document by its number, of one controller only if said so; NotFound for any other number."""
    return invoice_by_id(session, invoice_id_of(session, number), controller_id=controller_id)


def invoice_id_of(session: TenantSession, number: str) -> int:
    """Give the id of an issued document by its number; NotFound for any other number."""
    found = session.exec(select(Invoice.id).where(Invoice.number == number)).one_or_none()
    if found is None:
        raise NotFound("nothing_there", value=number)
    return found


def newest_invoices(session: TenantSession, most: int, *, controller_id: int) -> list[InvoiceRow]:
    """Give a controller's newest issued documents, the newest first."""
    mine = select(Invoice.id).where(Invoice.controller_id == controller_id)
    ids = session.exec(mine.order_by(col(Invoice.id).desc()).limit(most)).all()
    oldest = (ids[-1] or 0) - 1 if ids else 0
    return list(reversed(invoices_after(session, oldest, most, controller_id=controller_id)))


def invoice_rows(session: TenantSession, rows: Sequence[Any]) -> list[InvoiceRow]:
    """Give what lists show of documents, of rows of invoice, contract reference and month."""
    ids = [invoice.id for invoice, _, _ in rows]
    linked = ids + [invoice.cancels_id for invoice, _, _ in rows if invoice.cancels_id]
    numbers = dict(session.exec(select(Invoice.id, Invoice.number).where(col(Invoice.id).in_(linked))).all())
    answers = answers_to(session, ids)
    files: dict[int, list[InvoiceFileKind]] = {}
    for invoice_id, kind in session.exec(
        select(InvoiceFile.invoice_id, InvoiceFile.kind).where(col(InvoiceFile.invoice_id).in_(ids))
    ):
        files.setdefault(invoice_id, []).append(InvoiceFileKind(kind))
    tracks = tracks_of(session, [invoice for invoice, _, _ in rows])
    return [
        InvoiceRow(
            id=invoice.id,
            invoice=invoice,
            contract=ref,
            month=month,
            cancels=numbers.get(invoice.cancels_id) if invoice.cancels_id else None,
            answers=answers.get(invoice.id, Answers()),
            files=tuple(sorted(files.get(invoice.id, []))),
            track=track,
        )
        for (invoice, ref, month), track in zip(rows, tracks, strict=True)
    ]


def invoice_file_id(session: TenantSession, invoice_id: int, kind: str) -> int:
    """Give a document's stored file of one of `FILE_KINDS`; NotFound while it is not made, or it has no such one."""
    query = select(InvoiceFile.stored_file_id).where(
        InvoiceFile.invoice_id == invoice_id, InvoiceFile.kind == InvoiceFileKind(kind)
    )
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound("invoice_file_not_made", value=str(kind))
    return found
