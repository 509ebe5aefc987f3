"""Find a closed month, and read what it froze."""

import json
from typing import Any

from sqlmodel import col, select

from billing.errors import Conflict, InvalidInput, NotFound
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Invoice
from billing.store.tables.kinds import InvoiceKind


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


def content_of(closing: Closing) -> dict[str, Any]:
    """Give what a closing froze: `run`, `trace`, `document` and the activity `record`."""
    content: dict[str, Any] = json.loads(closing.settlement)
    return content
