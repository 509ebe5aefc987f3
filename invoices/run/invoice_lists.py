"""Issued documents as people look for them: by number, client, month and what is still to come of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.services.open_items import Receivable
from billing.services.receivables import Receivables
from billing.store.queries.search import has_word
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Controller, Invoice
from billing.store.tables.kinds import InvoiceKind
from invoices.run.overview import InvoiceRow, invoice_rows


class Standing(StrEnum):
    """What a list of documents may be narrowed to."""

    OPEN = "offen"
    OVERDUE = "ueberfaellig"
    PAID = "bezahlt"
    CANCELLED = "storniert"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words that number or client must have, a month (`2026-06`), a standing, below an id."""

    words: tuple[str, ...] = ()
    month: str | None = None
    standing: Standing | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A document with its client, and as an open item where it asks for money."""

    row: InvoiceRow
    client: str
    item: Receivable | None

    @property
    def standing(self) -> Standing | None:
        """What is to come of it; None for what asks for no money."""
        if self.item is None:
            return None
        if self.row.answers.cancelled_by:
            return Standing.CANCELLED
        if self.item.days_overdue:
            return Standing.OVERDUE
        return Standing.OPEN if self.item.balance.open_cents else Standing.PAID


def find_invoices(session: TenantSession, wanted: Wanted, now: datetime, most: int) -> list[Listed]:
    """Give documents that meet all that is wanted, the newest first."""
    reader = Receivables(session, now)
    query = (
        select(Invoice.id)
        .join(Controller, col(Controller.id) == col(Invoice.controller_id))
        .join(Closing, col(Closing.id) == col(Invoice.closing_id))
        .where(*_conditions(reader, wanted))
        .order_by(col(Invoice.id).desc())
    )
    if wanted.standing is not Standing.OVERDUE:
        return listed(session, reader, list(session.exec(query.limit(most))))
    # What is overdue hangs on receipts and holidays, so it is asked of all that is open.
    found = listed(session, reader, list(session.exec(query)))
    return [one for one in found if one.standing is Standing.OVERDUE][:most]


def listed(session: TenantSession, reader: Receivables, ids: Sequence[int | None]) -> list[Listed]:
    """Give documents by their ids, in this order."""
    known = [number for number in ids if number is not None]
    query = (
        select(Invoice, Contract.ref, Closing.month)
        .join(Contract, col(Contract.id) == col(Invoice.contract_id))
        .join(Closing, col(Closing.id) == col(Invoice.closing_id))
        .where(col(Invoice.id).in_(known))
    )
    rows = {row.id: row for row in invoice_rows(session, session.exec(query).all())}
    items = {item.id: item for item in reader.of_all(known)}
    clients = {row.invoice.controller_id for row in rows.values()}
    names = dict(session.exec(select(Controller.id, Controller.name).where(col(Controller.id).in_(clients))).all())
    return [Listed(rows[number], names[rows[number].invoice.controller_id], items.get(number)) for number in known]


def _conditions(reader: Receivables, wanted: Wanted) -> list[Any]:
    found: list[Any] = [
        sa.or_(col(Invoice.number).icontains(word, autoescape=True), has_word(word, Controller.name))
        for word in wanted.words
    ]
    if wanted.month is not None:
        found.append(col(Closing.month) == wanted.month)
    if wanted.before is not None:
        found.append(col(Invoice.id) < wanted.before)
    return found + _of_standing(reader, wanted.standing)


def _of_standing(reader: Receivables, standing: Standing | None) -> list[Any]:
    if standing is None:
        return []
    claims = col(Invoice.kind) == InvoiceKind.INVOICE
    taken_back = select(Invoice.cancels_id).where(Invoice.kind == InvoiceKind.CANCELLATION)
    is_cancelled = col(Invoice.id).in_(taken_back)
    if standing is Standing.CANCELLED:
        return [claims, is_cancelled]
    unsettled = sa.and_(*reader.unsettled_conditions)
    if standing is Standing.PAID:
        return [claims, ~is_cancelled, sa.not_(unsettled)]
    return [claims, ~is_cancelled, unsettled]
