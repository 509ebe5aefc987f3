"""The counter of invoice numbers: locked, read, and moved by the database itself when an invoice takes the number."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import select

from billing.store.once import add_once
from billing.store.queries.prepared import ask, mine, number, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import NumberSeries, OpeningBalance, RestoredSeries
from billing.store.tables.kinds import OpeningKind
from billing.store.wording import Prepared

_SERIES, _OPENING, _RESTORED = table_of(NumberSeries), table_of(OpeningBalance), table_of(RestoredSeries)
_LAST_DATE = Prepared(
    sa.select(sa.func.max(_SERIES.c.last_issue_date).label("last")).where(
        *mine(_SERIES), _SERIES.c.series == text("series")
    )
)
_BROUGHT = Prepared(
    sa.select(_OPENING.c.value).where(
        *mine(_OPENING),
        _OPENING.c.kind == OpeningKind.NEXT_NUMBER,
        _OPENING.c.series == text("series"),
        _OPENING.c.year == number("year"),
        _OPENING.c.withdrawn_by_name.is_(None),
    )
)
_LOST = Prepared(
    sa.select(_RESTORED.c.last_sequence).where(
        *mine(_RESTORED),
        _RESTORED.c.series == text("series"),
        _RESTORED.c.year == number("year"),
        _RESTORED.c.last_sequence.is_not(None),
    )
)


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
    ((last,),) = ask(session, _LAST_DATE, session.processor_id, series=series)
    found: date | None = last
    return found


def _brought(session: TenantSession, series: str, year: int) -> int:
    """Give the last number that was used before this product kept count, or that a restore lost."""
    of_series = {"series": series, "year": year}
    brought = ask(session, _BROUGHT, session.processor_id, **of_series)
    lost = ask(session, _LOST, session.processor_id, **of_series)
    return max([*(row.value - 1 for row in brought), *(row.last_sequence for row in lost)], default=0)
