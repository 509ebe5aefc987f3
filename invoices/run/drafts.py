"""The run itself: settle every contract of a month and keep what would be billed as drafts, for a person to look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from billing.errors import Refused
from billing.services.acting import Act, id_of, put
from billing.store.session import Store, TenantSession
from billing.store.tables import Closing, Contract, Draft, Run
from billing.store.tables.kinds import DraftState
from billing.timespan import format_month
from invoices.build import first_day_of
from invoices.run.letters import processor_on
from invoices.run.preparing import Prepared, prepare, what_changed

INVOICING = "13(8)"
LIVING = (DraftState.DRAFT, DraftState.APPROVED)


class Change(StrEnum):
    """What a run did about one contract."""

    NEW = "new"
    UNCHANGED = "unchanged"
    RECOMPUTED = "recomputed"
    APPROVAL_LAPSED = "approval_lapsed"
    CLOSED = "closed"
    LATER_MONTH_CLOSED = "later_month_closed"
    LATER_FACTS_CLOSED = "later_facts_closed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found for one contract; `prepared` is None where the month can't be run (again)."""

    contract_ref: str
    change: Change
    prepared: Prepared | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A person's order to run a month. `as_of_fixed` says that the person chose the moment."""

    processor_id: int
    month: int
    as_of: datetime
    as_of_fixed: bool
    act: Act


def run_month(
    store: Store, order: RunOrder, *, dry_run: bool = False, progress: Callable[[int, int], None] | None = None
) -> Iterator[Outcome]:
    """Settle every contract of the processor and write drafts, one contract a transaction.

    Unchanged facts change nothing; changed ones recompute an unapproved draft, and make the approval of an approved one
    lapse. With `dry_run` nothing is stored. Refused: an `as_of` before the month has begun.
    """
    with store.tenant(order.processor_id) as session:
        _check_order(session, order)
        run_id = None if dry_run else _start(session, order)
        contracts = list(session.exec(select(Contract.id).order_by(col(Contract.ref))).all())
    for position, contract_id in enumerate(contracts, 1):
        with store.tenant(order.processor_id) as session:
            outcome = _draft_contract(session, order, contract_id, run_id)
        if progress:
            progress(position, len(contracts))
        yield outcome


def _check_order(session: TenantSession, order: RunOrder) -> None:
    begins = first_day_of(order.month)
    zone = ZoneInfo(processor_on(session, begins).time_zone)
    if order.as_of < datetime(begins.year, begins.month, 1, tzinfo=zone):
        raise Refused("as_of_before_month_begins", clause=INVOICING, value=order.as_of, month=format_month(order.month))
    if order.as_of > order.act.at:
        raise Refused("as_of_in_future", clause=INVOICING, value=order.as_of)


def _start(session: TenantSession, order: RunOrder) -> int:
    run = Run(
        month=format_month(order.month),
        as_of=order.as_of,
        as_of_fixed=order.as_of_fixed,
        started_by_id=order.act.user_id,
        started_by_name=order.act.name,
        started_at=order.act.at,
    )
    put(session, run)
    return id_of(run)


def _draft_contract(session: TenantSession, order: RunOrder, contract_id: int | None, run_id: int | None) -> Outcome:
    contract = session.exec(select(Contract).where(Contract.id == contract_id)).one()
    stopped = _stopped(session, order, contract)
    if stopped is not None:
        return Outcome(contract.ref, stopped)
    prepared = prepare(session, contract, order.month, order.as_of)
    draft = living_draft(session, contract, format_month(order.month))
    change = _change(draft, prepared)
    changed = (
        tuple(what_changed(draft.settlement, prepared.content)) if draft and change is not Change.UNCHANGED else ()
    )
    if run_id is not None:
        _keep(session, order, prepared, draft, change, run_id)
    return Outcome(contract.ref, change, prepared, changed)


def _stopped(session: TenantSession, order: RunOrder, contract: Contract) -> Change | None:
    """Say why a month can't be run: closed already, or a later month or later facts were closed (settlement)."""
    month = format_month(order.month)
    closings = session.exec(
        select(Closing.month, Closing.as_of, Closing.cancelled_by_id).where(Closing.contract_id == contract.id)
    ).all()
    if any(closed == month and cancelled is None for closed, _, cancelled in closings):
        return Change.CLOSED
    if any(closed > month for closed, _, _ in closings):
        return Change.LATER_MONTH_CLOSED
    return Change.LATER_FACTS_CLOSED if any(as_of > order.as_of for _, as_of, _ in closings) else None


def living_draft(session: TenantSession, contract: Contract, month: str) -> Draft | None:
    """Give the draft of a contract's month that is neither issued nor discarded."""
    return session.exec(
        select(Draft).where(
            Draft.contract_id == contract.id,
            Draft.month == month,
            col(Draft.state).in_(LIVING),
        )
    ).one_or_none()


def _change(draft: Draft | None, prepared: Prepared) -> Change:
    if draft is None:
        return Change.NEW
    if draft.facts_hash == prepared.facts_hash:
        return Change.UNCHANGED
    return Change.APPROVAL_LAPSED if draft.state is DraftState.APPROVED else Change.RECOMPUTED


def _keep(
    session: TenantSession, order: RunOrder, prepared: Prepared, draft: Draft | None, change: Change, run_id: int
) -> None:
    if change is Change.UNCHANGED:
        return
    if draft is not None and change is Change.APPROVAL_LAPSED:
        draft.state = DraftState.DISCARDED
        put(session, draft)
        draft = None
    if draft is None:
        draft = Draft(
            contract_id=id_of(prepared.contract),
            month=format_month(order.month),
            run_id=run_id,
            as_of=order.as_of,
            facts_hash=prepared.facts_hash,
            settlement=prepared.content,
        )
    draft.run_id, draft.as_of = run_id, order.as_of
    draft.facts_hash, draft.settlement = prepared.facts_hash, prepared.content
    draft.document = prepared.document.to_json() if prepared.document else None
    put(session, draft)
