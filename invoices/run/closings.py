"""Find a closed month, and read what it froze."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import col, select

from billing.errors import Conflict, InvalidInput, NotFound
from billing.store.session import TenantSession
from billing.store.tables import Case, Closing, Contract, Correction, CorrectionItem, Invoice
from billing.store.tables.kinds import CorrectionScope, InvoiceKind


def closing_of_invoice(session: TenantSession, number: str) -> Closing:
    """Find the closing an invoice number belongs to; NotFound, or Conflict when the number is not an invoice's."""
    found = session.exec(select(Invoice).where(Invoice.number == number)).one_or_none()
    if found is None:
        raise NotFound("invoice_unknown", value=number)
    if found.kind is not InvoiceKind.INVOICE:
        raise Conflict("not_an_invoice", value=number)
    return session.exec(select(Closing).where(Closing.id == found.closing_id)).one()


def closing_of_month(session: TenantSession, contract_ref: str, month: str) -> Closing:
    """Find the living closing of a contract's month; NotFound when there is none."""
    found = session.exec(
        select(Closing)
        .join(Contract, col(Closing.contract_id) == col(Contract.id))
        .where(
            Contract.ref == contract_ref,
            Closing.month == month,
            col(Closing.cancelled_by_id).is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("closing_unknown", value=contract_ref, month=month)
    return found


def find_closing(session: TenantSession, invoice: str | None, contract: str | None, month: str | None) -> Closing:
    """Find a closing by its invoice's number, or by contract and month; InvalidInput when neither is said, or both."""
    if invoice is not None and contract is None and month is None:
        return closing_of_invoice(session, invoice)
    if invoice is None and contract is not None and month is not None:
        return closing_of_month(session, contract, month)
    raise InvalidInput("cancel_what", path="INVOICE", value=invoice or "")


def closed_contracts(session: TenantSession, month: str) -> list[str]:
    """Give the refs of the contracts whose month is closed, in order."""
    refs = session.exec(
        select(Contract.ref)
        .join(Closing, col(Closing.contract_id) == col(Contract.id))
        .where(Closing.month == month, col(Closing.cancelled_by_id).is_(None))
    )
    return sorted(refs)


def invoice_of_closing(session: TenantSession, closing: Closing) -> Invoice | None:
    """Give the invoice of a closing; None when it billed nothing."""
    return session.exec(
        select(Invoice).where(Invoice.closing_id == closing.id, Invoice.kind == InvoiceKind.INVOICE)
    ).one_or_none()


def corrected_cases(session: TenantSession, closing: Closing) -> dict[str, str]:
    """Give the cases of a closing that a correction of parts took back, each with that document's number."""
    rows = session.exec(
        select(Case.ref, Invoice.number)
        .join(CorrectionItem, col(CorrectionItem.case_id) == col(Case.id))
        .join(Correction, col(Correction.id) == col(CorrectionItem.correction_id))
        .join(Invoice, col(Invoice.id) == col(Correction.invoice_id))
        .where(Correction.closing_id == closing.id)
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Answers:
    """The numbers of the documents that take an invoice back: all that was left of it, and cases of it before."""

    cancelled_by: str | None = None
    corrected_by: tuple[str, ...] = ()


def answers_to(session: TenantSession, invoice_ids: Collection[int | None]) -> dict[int, Answers]:
    """Give what answers these invoices, by their id; none for one that stands as it was issued."""
    rows = session.exec(
        select(Invoice.cancels_id, Invoice.number, Correction.scope)
        .join(Correction, col(Correction.invoice_id) == col(Invoice.id))
        .where(col(Invoice.cancels_id).in_(invoice_ids))
        .order_by(col(Invoice.id))
    )
    found: dict[int, Answers] = {}
    for invoice_id, number, scope in rows:
        known = found.get(invoice_id or 0, Answers())
        found[invoice_id or 0] = (
            replace(known, cancelled_by=number)
            if scope is CorrectionScope.FULL
            else replace(known, corrected_by=(*known.corrected_by, number))
        )
    return found


def content_of(closing: Closing) -> dict[str, Any]:
    """Give what a closing froze: `run`, `trace`, `document` and the activity `record`."""
    content: dict[str, Any] = json.loads(closing.settlement)
    return content
