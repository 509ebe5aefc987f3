"""The base rates a processor knows (§ 247 BGB): those that come with the product, and what its people recorded."""

from datetime import date
from typing import Any

from billing.clause.reading import Reader
from billing.receivables.base_rates import (
    BaseRate,
    BaseRates,
    announced,
    format_hundredths,
    read_half_year,
    read_percent,
)
from billing.services.acting import Act, audit, put
from billing.services.fields import read_line
from billing.store import tables
from billing.store.queries.payments import base_rate_rows
from billing.store.session import TenantSession

BASE_RATE: dict[str, Reader] = {"valid_from": read_half_year, "percent": read_percent, "source": read_line}


def known_rates(session: TenantSession) -> BaseRates:
    """Give the rate of every half-year that is known; of several recorded for one the last counts."""
    rows = base_rate_rows(session, session.processor_id)
    return BaseRates.of(announced(), [BaseRate(row.valid_from, row.hundredths, row.source) for row in rows])


def set_base_rate(session: TenantSession, act: Act, valid_from: date, hundredths: int, source: str) -> tables.BaseRate:
    """Record the rate of a half-year with where it was read; what was recorded before stays on record."""
    rate = tables.BaseRate(valid_from=valid_from, hundredths=hundredths, source=source, **act.record())
    put(session, rate)
    told = {"percent": format_hundredths(hundredths), "source": source}
    audit(session, act, "base_rate_recorded", f"base_rate:{valid_from}", **told)
    return rate


def recorded_rates(session: TenantSession, after: int = 0, most: int | None = None) -> list[Any]:
    """Give what people recorded, in that order."""
    return list(base_rate_rows(session, session.processor_id, after, most))
