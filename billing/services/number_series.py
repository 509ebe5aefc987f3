"""Number series as they stand: which number was given last, and when (§ 14 UStG wants each once, we want no gap)."""

from collections.abc import Sequence

from sqlmodel import col, select

from billing.store.session import TenantSession
from billing.store.tables import NumberSeries


def series_standing(session: TenantSession) -> Sequence[NumberSeries]:
    """Give all counters, the newest year first; there is none before the first document of a series and year."""
    query = (
        select(NumberSeries)
        .where(NumberSeries.processor_id == session.processor_id)
        .order_by(col(NumberSeries.year).desc(), col(NumberSeries.series))
    )
    return session.exec(query).all()
