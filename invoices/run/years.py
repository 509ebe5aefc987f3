"""A year of effort by client and month: what closings decided, and what is open as a run of today would find it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from billing.rating.decisions import Verdict
from billing.rating.settle import settle
from billing.services.contract_history import load_contract
from billing.services.moments import local_day, processor_zone
from billing.store.session import TenantSession
from billing.store.tables import Contract, Controller, Segment
from billing.timespan import format_month, instant_of, month_of

Minutes = dict[str, dict[Verdict, int]]
"""Minutes by month (`2026-06`) and verdict."""


@dataclass(frozen=True, slots=True)
class ClientYear:
    """The effort of one contract's client in a year; `minutes` by month of work and verdict."""

    client: str
    contract: str
    minutes: Minutes = field(default_factory=lambda: defaultdict(lambda: dict.fromkeys(Verdict, 0)))

    def of(self, month: str, verdict: Verdict) -> int:
        """Give the minutes of a month; 0 where there are none."""
        return self.minutes[month][verdict] if month in self.minutes else 0

    def total(self, verdict: Verdict) -> int:
        """Give the minutes of the whole year."""
        return sum(month[verdict] for month in self.minutes.values())


def year_of(session: TenantSession, year: int, now: datetime) -> list[ClientYear]:
    """Give the effort of every contract that has any in a year, by client and contract."""
    query = select(Contract.id, Contract.ref, Controller.name).join(
        Controller, col(Controller.id) == col(Contract.controller_id)
    )
    found = {number or 0: ClientYear(name, ref) for number, ref, name in session.exec(query)}
    _add_decided(session, year, found)
    for number, one in found.items():
        _add_open(session, year, number, one, now)
    kept = [one for one in found.values() if one.minutes]
    return sorted(kept, key=lambda one: (one.client.casefold(), one.contract))


def _add_decided(session: TenantSession, year: int, found: dict[int, ClientYear]) -> None:
    minutes = sa.func.sum(col(Segment.to_min) - col(Segment.from_min))
    query = (
        select(Segment.contract_id, Segment.month, Segment.verdict, minutes)
        .where(col(Segment.month).startswith(f"{year}-"), col(Segment.released_by_id).is_(None))
        .group_by(col(Segment.contract_id), col(Segment.month), col(Segment.verdict))
    )
    for contract_id, month, verdict, count in session.exec(query):
        found[contract_id].minutes[month][Verdict(verdict)] += int(count)


def _add_open(session: TenantSession, year: int, contract_id: int, one: ClientYear, now: datetime) -> None:
    instant = instant_of(now)
    loaded = load_contract(session, session.processor_id, contract_id, instant)
    today = local_day(now, processor_zone(session))
    facts = loaded.history.seen_at(instant)
    settlement = settle(loaded.agreement, facts, loaded.ledger(), month_of(today), loaded.timeline)
    for stretch in settlement.stretches:
        month = format_month(stretch.month)
        if month.startswith(f"{year}-"):
            one.minutes[month][stretch.answer.verdict] += stretch.minutes
