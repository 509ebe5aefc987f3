"""How an installation is doing, in numbers for its operator: of all processors together, without anybody's name."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from billing import outbox
from billing.services.installation import processors
from billing.store.queries.replication import archives_in_step, standbys_in_step
from billing.store.session import Store, TenantSession
from billing.store.tables import Draft, Invoice, Outbox, RestoredSeries, Run


@dataclass(slots=True)
class Readings:
    """What stands in the database: open steps by kind, of them failed ones, the longest wait, and counts by state."""

    open_steps: Counter[str] = field(default_factory=Counter)
    failed_steps: Counter[str] = field(default_factory=Counter)
    """Open steps that failed at least once, among them those that wait for a person."""
    longest_wait_seconds: float = 0.0
    """How long the oldest step that is due has been waiting."""
    drafts: Counter[str] = field(default_factory=Counter)
    invoices: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    last_run_at: datetime | None = None
    unconfirmed_series: int = 0
    """Number series that wait for a person after a restore: nothing is issued meanwhile."""
    standbys_in_step: int | None = None
    """Standbys in step of those that commits wait for; None where there are none, or nobody let us know."""
    archives_in_step: int | None = None
    """Archives that receive the log; None where there are none, or nobody let us know."""


def read_gauges(store: Store, now: datetime) -> Readings:
    """Read all of it, in one short transaction for the server and each processor that waits for nobody."""
    with store.operator() as session:
        readings = Readings(standbys_in_step=standbys_in_step(session), archives_in_step=archives_in_step(session))
    for processor_id, _ in processors(store):
        with store.tenant(processor_id, read_only=True) as tenant:
            _read_steps(tenant, readings, now)
            _read_months(tenant, readings)
    return readings


def _read_steps(session: TenantSession, readings: Readings, now: datetime) -> None:
    is_open = col(Outbox.done_at).is_(None)
    kinds = select(Outbox.kind, sa.func.count()).where(is_open).group_by(Outbox.kind)
    _add(readings.open_steps, session.exec(kinds))
    readings.failed_steps.update(failed.item.kind for failed in outbox.failing(session, attempts=1))
    oldest = session.exec(select(sa.func.min(Outbox.not_before)).where(is_open, Outbox.not_before <= now)).one()
    if oldest is not None:
        readings.longest_wait_seconds = max(readings.longest_wait_seconds, (now - oldest).total_seconds())


def _read_months(session: TenantSession, readings: Readings) -> None:
    _add(readings.drafts, session.exec(select(Draft.state, sa.func.count()).group_by(Draft.state)))
    _add(readings.invoices, session.exec(select(Invoice.kind, sa.func.count()).group_by(Invoice.kind)))
    runs, last = session.exec(select(sa.func.count(col(Run.id)), sa.func.max(Run.started_at))).one()
    readings.runs += runs
    readings.last_run_at = max(filter(None, (readings.last_run_at, last)), default=None)
    unconfirmed = select(sa.func.count(col(RestoredSeries.id))).where(col(RestoredSeries.last_sequence).is_(None))
    readings.unconfirmed_series += session.exec(unconfirmed).one()


def _add(counter: Counter[str], rows: Iterable[tuple[str, int]]) -> None:
    for name, count in rows:
        counter[str(name)] += count
