"""Months as a clerk works through them: how each stands, and one of them contract by contract with its minutes."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from billing.rating.decisions import Verdict
from billing.services.acting import id_of
from billing.services.giving_way import give_way
from billing.services.moments import local_day, processor_zone
from billing.services.sendings import SendingState, sending_states
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Controller, Draft, EntryVersion, Invoice, NumberSeries
from invoices.number import format_number
from invoices.run.approving import Review, living_drafts, review_draft
from invoices.run.drafts import LIVING
from invoices.run.letters import processor_on
from invoices.run.ordering import documents_of_month
from invoices.run.overview import ContractMonth, month_status
from invoices.run.preparing import Prepared


class MonthState(StrEnum):
    """How far a month is as a whole."""

    OPEN = "open"
    REVIEW = "review"
    ISSUED = "issued"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month in the list of all: how many contracts stand where, and what was billed."""

    month: str
    drafts: int
    closed: int
    documents: int
    unsent: int
    net_cents: int

    @property
    def state(self) -> MonthState:
        """What is to be done next."""
        if self.drafts:
            return MonthState.REVIEW
        if not self.closed:
            return MonthState.OPEN
        return MonthState.ISSUED if self.unsent else MonthState.SENT


def first_year(session: TenantSession, today: date) -> int:
    """Give the year of the earliest work; this year while there is none."""
    query = select(EntryVersion.start_at).order_by(col(EntryVersion.start_at)).limit(1)
    earliest = session.exec(query).one_or_none()
    return today.year if earliest is None else local_day(earliest, processor_zone(session)).year


def months_of_year(session: TenantSession, year: int, today: date) -> list[MonthLine]:
    """Give the months of a year up to the running one, the newest first."""
    last = today.month if year == today.year else 12 if year < today.year else 0
    names = [f"{year}-{number:02}" for number in range(last, 0, -1)]
    living = col(Draft.state).in_(LIVING)
    drafts = _counts(session, select(Draft.month, sa.func.count()).where(living).group_by(Draft.month))
    open_closings = col(Closing.cancelled_by_id).is_(None)
    closed = _counts(session, select(Closing.month, sa.func.count()).where(open_closings).group_by(Closing.month))
    billed = select(Closing.month, sa.func.sum(Invoice.net_cents)).join(Invoice, col(Invoice.closing_id) == Closing.id)
    net = _counts(session, billed.group_by(Closing.month))
    return [_line(session, name, drafts, closed, net) for name in names]


def _line(
    session: TenantSession, name: str, drafts: Mapping[str, int], closed: Mapping[str, int], net: Mapping[str, int]
) -> MonthLine:
    documents = documents_of_month(session, name) if name in closed or name in net else []
    states = Counter(sending_states(session, documents))
    unsent = len(documents) - states[SendingState.ACCEPTED]
    return MonthLine(name, drafts.get(name, 0), closed.get(name, 0), len(documents), unsent, net.get(name, 0))


def _counts(session: TenantSession, query: Any) -> dict[str, int]:
    return {month: int(count or 0) for month, count in session.exec(query)}


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One contract in a month; minutes by verdict, of a draft as the facts stand now, of a closing as it was frozen.

    `review` is there while a draft lives.
    """

    of: ContractMonth
    minutes: Mapping[Verdict, int]
    net_cents: int
    review: Review | None = None

    @property
    def makes_invoice(self) -> bool:
        """Whether issuing the draft takes a number."""
        return self.review is not None and self.review.prepared.document is not None


def month_rows(session: TenantSession, month: str, now: datetime) -> Iterator[MonthRow]:
    """Give all contracts of a month by reference; drafts are settled again, so that nothing shown is stale.

    For hundreds of contracts that is long work, in which it gives way to others.
    """
    drafts = {id_of(of): (draft, of) for draft, of in living_drafts(session, month, [])}
    rows = month_status(session, month).contracts
    closings = {
        id_of(one): one
        for one in session.exec(select(Closing).where(col(Closing.id).in_([row.closing_id for row in rows])))
    }
    nets = _nets(session, [row.invoice_id for row in rows])
    for row in rows:
        give_way()
        known = drafts.get(row.contract_id)
        review = None if known is None else review_draft(session, *known, now)
        yield _row(row, review, closings.get(row.closing_id or 0), nets)


def _row(of: ContractMonth, review: Review | None, closing: Closing | None, nets: Mapping[int, int]) -> MonthRow:
    if review is not None:
        return MonthRow(of, minutes_of_prepared(review.prepared), review.prepared.net_cents, review)
    if closing is not None:
        return MonthRow(of, _minutes_of(json.loads(closing.settlement)), nets.get(of.invoice_id or 0, 0))
    return MonthRow(of, {}, 0)


def _nets(session: TenantSession, ids: list[int | None]) -> dict[int, int]:
    query = select(Invoice.id, Invoice.net_cents).where(col(Invoice.id).in_([one for one in ids if one]))
    return {number or 0: cents for number, cents in session.exec(query)}


def minutes_of_prepared(prepared: Prepared) -> dict[Verdict, int]:
    """Add up the minutes of a month that is not closed by verdict."""
    found: Counter[Verdict] = Counter()
    for stretch in prepared.settlement.stretches:
        found[stretch.answer.verdict] += stretch.minutes
    return found


def _minutes_of(content: Mapping[str, Any]) -> dict[Verdict, int]:
    found: Counter[Verdict] = Counter()
    for stretch in content["trace"]["stretches"]:
        found[Verdict(stretch["verdict"])] += stretch["minutes"]
    return found


def numbers_to_come(
    session: TenantSession, count: int, today: date, *, taking_back: bool = False
) -> tuple[str, str] | None:
    """Give the first and last number that so many invoices, or what takes them back, would take today; None for none.

    A forecast: nothing is locked, and somebody else's invoice may take the first of them.
    """
    if not count:
        return None
    version = processor_on(session, today)
    series = version.correction_series if taking_back else version.invoice_series
    query = select(NumberSeries.last_sequence).where(NumberSeries.series == series, NumberSeries.year == today.year)
    last = session.exec(query).one_or_none() or 0
    first, final = (
        format_number(version.number_pattern, series=series, year=today.year, sequence=sequence)
        for sequence in (last + 1, last + count)
    )
    return first, final


def controller_names(session: TenantSession) -> dict[str, str]:
    """Give the client of each contract, by its reference."""
    query = select(Contract.ref, Controller.name).join(Controller, col(Controller.id) == col(Contract.controller_id))
    return dict(session.exec(query).all())
