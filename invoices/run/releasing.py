"""What cancelling and correcting share: an order with its reason, the release of what was billed, and the document."""

from collections.abc import Collection
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from billing.rating.expenses import PASSED_THROUGH
from billing.services.acting import Act, id_of, put
from billing.store.session import TenantSession
from billing.store.tables import Closing, ClosingExpense, Contract, Correction, Entry, Expense, Invoice, Segment, Unit
from billing.store.tables.kinds import CorrectionScope
from invoices.document import Document
from invoices.run.freezing import Series, freeze_document, probe_of
from invoices.run.letters import processor_on


class Build(Protocol):
    """Builds the document once its number, date and reason are known."""

    def __call__(self, *, number: str, issue_date: Any, reason: str) -> Document:
        """Build it."""
        ...


def new_correction(
    session: TenantSession, closing: Closing, scope: CorrectionScope, reason: str, act: Act
) -> Correction:
    """Write down the order to take back all or parts of what a closing billed."""
    correction = Correction(closing_id=id_of(closing), scope=scope, reason=reason, **act.record())
    put(session, correction)
    return correction


def release(session: TenantSession, correction: Correction, cases: Collection[int] | None = None) -> None:
    """Give back the billed minutes, units and expenses of the closing, or of these cases of it; what is free stays."""
    for table in (Segment, Unit, ClosingExpense):
        columns = sa.inspect(table).local_table.c
        # A unit has no verdict, it is always billed; what was found free stays.
        billed = [columns.verdict == "billed"] if "verdict" in columns else []
        named = [] if cases is None else [_of_cases(table, cases)]
        living = (col(table.closing_id) == correction.closing_id, col(table.released_by_id).is_(None), *billed, *named)
        session.execute(sa.update(table).where(*living).values(released_by_id=correction.id))


def _of_cases(table: type[Segment] | type[Unit] | type[ClosingExpense], cases: Collection[int]) -> Any:
    """Give the condition that a decided row belongs to one of these cases."""
    if table is Unit:
        return col(Unit.case_id).in_(cases)
    if table is Segment:
        return col(Segment.entry_id).in_(select(Entry.id).where(col(Entry.case_id).in_(cases)))
    of_cases = col(ClosingExpense.expense_id).in_(select(Expense.id).where(col(Expense.case_id).in_(cases)))
    # Pass-through money stands on no invoice, so no correction of one takes it back.
    return sa.and_(of_cases, col(ClosingExpense.code) != PASSED_THROUGH)


def answer(
    session: TenantSession, about: tuple[Closing, Contract, Invoice], correction: Correction, act: Act, build: Build
) -> Invoice:
    """Write the document of a correction, numbered in its series, and order its files."""
    closing, contract, original = about
    version = processor_on(session, act.at.date())
    today = act.at.astimezone(ZoneInfo(version.time_zone)).date()
    document = build(number="", issue_date=today, reason=correction.reason)
    probe = probe_of(document, Series(version.correction_series, version.number_pattern))
    written = freeze_document(session, (closing, contract), probe, act, cancels_id=original.id)
    correction.invoice_id = written.id
    put(session, correction)
    return written
