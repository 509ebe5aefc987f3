"""How a contract stands at a moment: settled by the core as the month's run would settle it then; nothing is stored."""

from dataclasses import dataclass
from datetime import datetime

from billing.clause import refs
from billing.rating.decisions import Settlement, Verdict
from billing.rating.facts import Facts
from billing.rating.ledger import ALLOWANCE, estimate_source
from billing.rating.settle import settle
from billing.services.contract_history import LoadedContract, load_contract
from billing.services.moments import local_day
from billing.store.queries.contracts import billed_net_cents
from billing.store.session import TenantSession
from billing.timespan import MonthIndex, instant_of, month_of


@dataclass(frozen=True, slots=True)
class Stand:
    """A contract with the facts known at a moment and the settlement they give up to a month."""

    loaded: LoadedContract
    facts: Facts
    settlement: Settlement


def stand_of(session: TenantSession, contract_id: int, at: datetime, month: MonthIndex | None = None) -> Stand:
    """Settle a contract up to a month (None: that of the moment) with the facts known then. NotFound when foreign."""
    instant = instant_of(at)
    loaded = load_contract(session, session.processor_id, contract_id, instant)
    facts = loaded.history.seen_at(instant)
    last = month_of(local_day(at, loaded.agreement.zone)) if month is None else month
    return Stand(loaded, facts, settle(loaded.agreement, facts, loaded.ledger(), last, loaded.timeline))


@dataclass(frozen=True, slots=True)
class AllowanceUse:
    """The free minutes for general queries of one month (13(2)d): agreed, used by closed and running work, left."""

    clause: str
    agreed_minutes: int
    used_minutes: int

    @property
    def left_minutes(self) -> int:
        """What is left; a lower allowance takes nothing back."""
        return max(0, self.agreed_minutes - self.used_minutes)


def allowance_of(session: TenantSession, contract_id: int, month: MonthIndex, at: datetime) -> AllowanceUse:
    """Give what a month's free minutes were used for by a moment, exactly as a run would count them then."""
    stand = stand_of(session, contract_id, at, month)
    agreement = stand.loaded.agreement
    running = sum(
        stretch.minutes
        for stretch in stand.settlement.stretches
        if stretch.source == ALLOWANCE and stretch.month == month
    )
    return AllowanceUse(
        clause=agreement.printed(refs.BASE_GENERAL_QUERIES.number),
        agreed_minutes=agreement.terms_at(month).allowance_minutes,
        used_minutes=stand.loaded.ledger().allowance_used.get(month, 0) + running,
    )


@dataclass(frozen=True, slots=True)
class ContractTotals:
    """What a contract came to by a moment: invoices less what they took back, and the approved effort (13(5)a, c)."""

    billed_net_cents: int
    approved_minutes: int
    used_minutes: int
    held_minutes: int

    @property
    def left_minutes(self) -> int:
        """Approved effort that no work has used yet."""
        return self.approved_minutes - self.used_minutes


def totals_of(session: TenantSession, contract_id: int, at: datetime) -> ContractTotals:
    """Add up a contract: what was billed, and approved effort with what closed and running work has used of it."""
    stand = stand_of(session, contract_id, at)
    lines = [(estimate, *line) for estimate in stand.facts.estimates for line in estimate.lines]
    sources = {estimate_source(estimate.id, rate_class.code) for estimate, rate_class, _ in lines}
    closed = stand.loaded.ledger().estimate_used
    stretches = stand.settlement.stretches
    return ContractTotals(
        billed_net_cents=billed_net_cents(session, session.processor_id, contract_id),
        approved_minutes=sum(minutes for *_, minutes in lines),
        used_minutes=sum(closed.get(source, 0) for source in sources)
        + sum(stretch.minutes for stretch in stretches if stretch.source in sources),
        held_minutes=sum(stretch.minutes for stretch in stretches if stretch.answer.verdict is Verdict.HELD),
    )
