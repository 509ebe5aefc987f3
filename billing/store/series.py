"""The counter of invoice numbers: locked, read, and moved by the database itself when an invoice takes the number."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import col, select

from billing.store.once import add_once
from billing.store.session import TenantSession
from billing.store.tables import NumberSeries, OpeningBalance, RestoredSeries
from billing.store.tables.kinds import OpeningKind


def lock_series(session: TenantSession, series: str, year: int) -> NumberSeries:
    """Hold a series until the commit; its next number is `last_sequence + 1`, its dates begin at `last_issue_date`.

    Insert the invoice with that number and flush: a trigger moves the counter, nothing else can. A new series starts at
    0, or where an opening balance says; what was given away after a restored backup was taken moves it forward.
    """
    query = select(NumberSeries).where(NumberSeries.series == series, NumberSeries.year == year)
    locked = query.with_for_update().execution_options(populate_existing=True)
    counter = session.exec(locked).one_or_none()
    if counter is None:
        add_once(session, NumberSeries(series=series, year=year, last_sequence=_brought(session, series, year)))
        counter = session.exec(locked).one()
    if counter.last_sequence < (brought := _brought(session, series, year)):
        counter.last_sequence = brought
        session.flush()
    return counter


def earliest_issue_date(session: TenantSession, series: str) -> date | None:
    """Give the last issue date of a series over all its years: no later document may carry an earlier one."""
    query = select(sa.func.max(NumberSeries.last_issue_date)).where(NumberSeries.series == series)
    return session.exec(query).one()


def _brought(session: TenantSession, series: str, year: int) -> int:
    """Give the last number that was used before this product kept count, or that a restore lost."""
    query = select(OpeningBalance.value).where(
        OpeningBalance.kind == OpeningKind.NEXT_NUMBER,
        OpeningBalance.series == series,
        OpeningBalance.year == year,
        col(OpeningBalance.withdrawn_by_name).is_(None),
    )
    lost = select(RestoredSeries.last_sequence).where(
        RestoredSeries.series == series,
        RestoredSeries.year == year,
        col(RestoredSeries.last_sequence).is_not(None),
    )
    given = [*(value - 1 for value in session.exec(query)), *(value or 0 for value in session.exec(lost))]
    return max(given, default=0)
