"""The counter of invoice numbers: locked, read, and moved by the database itself when an invoice takes the number."""

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from billing.store.once import add_once
from billing.store.queries.prepared import mine, number, say, table_of, text
from billing.store.session import TenantSession
from billing.store.tables import NumberSeries, OpeningBalance, RestoredSeries
from billing.store.tables.kinds import OpeningKind
from billing.store.wording import Prepared

_SERIES, _OPENING, _RESTORED = table_of(NumberSeries), table_of(OpeningBalance), table_of(RestoredSeries)
_THIS_YEAR = (*mine(_SERIES), _SERIES.c.series == text("series"), _SERIES.c.year == number("year"))
_COUNTER = Prepared(sa.select(_SERIES.c.last_sequence).where(*_THIS_YEAR).with_for_update())
_MOVED = Prepared(sa.update(_SERIES).where(*_THIS_YEAR).values(last_sequence=number("brought")))
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


class Counter(NamedTuple):
    """Where a series stands: the next number is `last_sequence + 1`, and no date is before `earliest`."""

    last_sequence: int
    earliest: date | None
    """The last issue date of the series over all its years: no later document may carry an earlier one."""


def lock_series(session: TenantSession, series: str, year: int) -> Counter:
    """Hold a series until the commit and give where it stands.

    Insert the invoice with the next number: a trigger moves the counter, nothing else can. A new series starts at 0, or
    where an opening balance says; what was given away after a restored backup was taken moves it forward.
    """
    session.flush()
    tenant, of_series = session.processor_id, {"series": series, "year": year}
    known = say(session, _COUNTER, tenant, **of_series)
    openings, lost = (say(session, statement, tenant, **of_series) for statement in (_BROUGHT, _LOST))
    last = say(session, _LAST_DATE, tenant, series=series)
    rows = known()
    brought = max([*(row.value - 1 for row in openings()), *(row.last_sequence for row in lost())], default=0)
    if not rows:
        add_once(session, NumberSeries(series=series, year=year, last_sequence=brought))
        return lock_series(session, series, year)  # who was waited for may have brought numbers along
    counter = Counter(rows[0].last_sequence, last()[0].last)
    if counter.last_sequence >= brought:
        return counter
    say(session, _MOVED, tenant, brought=brought, **of_series)
    return counter._replace(last_sequence=brought)
