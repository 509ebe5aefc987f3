"""Months as a clerk works through them: how each stands, and one of them contract by contract with its minutes."""

import json
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from billing.rating.decisions import Verdict
from billing.services.acting import id_of
from billing.services.giving_way import give_way
from billing.services.moments import local_day, processor_zone
from billing.services.sendings import SendingState, sending_states
from billing.store.audit import Head, audit_head
from billing.store.queries.contracts import signed_net_cents
from billing.store.session import TenantSession
from billing.store.tables import Closing, Contract, Controller, Draft, EntryVersion, Invoice, NumberSeries
from invoices.number import format_number
from invoices.run.approving import Review, living_drafts, review_draft
from invoices.run.drafts import LIVING
from invoices.run.letters import processor_on
from invoices.run.ordering import documents_of_month
from invoices.run.overview import ContractMonth, month_status
from invoices.run.preparing import Prepared

_MOST_LOOKS = 50
"""Months of processors that a process remembers; one of a thousand contracts takes about a megabyte."""
_LOOK_HOLDS = timedelta(minutes=10)
"""For facts that say themselves from when they count, though they were written before."""


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
    billed = select(Closing.month, sa.func.sum(signed_net_cents())).join(Invoice, col(Invoice.closing_id) == Closing.id)
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
class DraftLook:
    """What the facts make of a draft now: the hash to approve, what changed since it was written, what is missing."""

    facts_hash: str
    changed: Sequence[str]
    missing: Sequence[str]
    makes_invoice: bool


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One contract in a month; minutes by verdict, of a draft as the facts stand now, of a closing as it was frozen.

    `draft` is there while one lives.
    """

    of: ContractMonth
    minutes: Mapping[Verdict, int]
    net_cents: int
    draft: DraftLook | None = None

    @property
    def makes_invoice(self) -> bool:
        """Whether issuing the draft takes a number."""
        return self.draft is not None and self.draft.makes_invoice


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at a month came to, when, and under which head of the processor's audit log."""

    at: datetime
    head: Head
    rows: Sequence[MonthRow]


class MonthLooks:
    """The last looks at months of one process: what took seconds to settle holds as long as nobody writes anything."""

    def __init__(self) -> None:
        """Begin with none."""
        self._looks: OrderedDict[tuple[int, str], _Look] = OrderedDict()

    def known(self, session: TenantSession, month: str, now: datetime) -> Sequence[MonthRow] | None:
        """Give the rows of a month if they are known and nothing was changed since, else None."""
        look = self._looks.get((session.processor_id, month))
        if look is None or look.head != audit_head(session) or not _is_same(look.at, now, processor_zone(session)):
            return None
        return look.rows

    def rows(self, session: TenantSession, month: str, now: datetime) -> Iterator[MonthRow]:
        """Settle a month anew as `month_rows` does, and keep what it came to once it is all there."""
        head = audit_head(session)  # first: what is read later may be newer, never older
        rows = []
        for row in month_rows(session, month, now):
            rows.append(row)
            yield row
        self._looks[session.processor_id, month] = _Look(now, head, rows)
        while len(self._looks) > _MOST_LOOKS:
            with suppress(KeyError):
                self._looks.popitem(last=False)


def _is_same(at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a month looks now as it did: on the same day, and not long after."""
    return local_day(at, zone) == local_day(now, zone) and at <= now < at + _LOOK_HOLDS


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
        prepared = review.prepared
        look = DraftLook(prepared.facts_hash, review.changed, review.missing, prepared.document is not None)
        return MonthRow(of, minutes_of_prepared(prepared), prepared.net_cents, look)
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
