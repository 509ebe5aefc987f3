"""The run itself: settle every contract of a month and keep what would be billed as drafts, for a person to look at."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import col, select

from billing.errors import Refused
from billing.services.acting import Act, audit_all, event_of, id_of, put
from billing.services.giving_way import give_way
from billing.store.audit import Event
from billing.store.queries.prepared import mine, number, one_ahead, say, table_of
from billing.store.queries.reading import columns
from billing.store.session import Store, TenantSession
from billing.store.tables import Case, Closing, Contract, Draft, Entry, Expense, Run
from billing.store.tables.kinds import DraftState
from billing.store.wording import Later
from billing.store.wording import Prepared as Worded
from billing.timespan import format_month
from invoices.build import first_day_of, last_day_of
from invoices.run.letters import ask_controller, processor_on
from invoices.run.preparing import Asked, Prepared, ask_about, settled, what_changed

INVOICING = "13(8)"
LIVING = (DraftState.DRAFT, DraftState.APPROVED)
_RUN = table_of(Run)
_ONE_RUN = Worded(sa.select(_RUN).where(*mine(_RUN), _RUN.c.id == number("run")))
_AT_ONCE = 16
"""Contracts a transaction: few enough that nobody waits long for their drafts to be written."""


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
    controller: str
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
    """Settle every contract that is in the month (`is_in`) and write drafts, some contracts a transaction.

    Unchanged facts change nothing, not even a row that says that a run was started; changed ones recompute an
    unapproved draft, and make the approval of an approved one lapse. With `dry_run` nothing is stored. Refused: an
    `as_of` before the month has begun or still to come.
    """
    with store.tenant(order.processor_id, read_only=True) as session:
        _check_order(session, order)
        inside = select(Contract.ref, Contract.id).where(is_in(order.month))
        contracts = [number or 0 for _, number in sorted(session.exec(inside).all())]
    run_id: int | None = None
    for first in range(0, len(contracts), _AT_ONCE):
        outcomes, run_id = _run_some(store, order, contracts[first : first + _AT_ONCE], run_id, dry_run=dry_run)
        for position in range(first + 1, first + len(outcomes) + 1):
            if progress:
                progress(position, len(contracts))
            yield outcomes.popleft()  # kept no longer: each holds all that was ever known of its contract


def _run_some(
    store: Store, order: RunOrder, contract_ids: Sequence[int], run_id: int | None, *, dry_run: bool
) -> tuple[deque[Outcome], int | None]:
    """Settle some contracts in a transaction that only reads, then keep what changed in a short one that writes.

    What somebody else decided about a contract in between is seen under its lock: then it is settled again there.
    """
    with store.tenant(order.processor_id, read_only=True) as session:
        seen = _standings(session, contract_ids, order.month)
        rows = session.exec(select(Contract).where(col(Contract.id).in_(contract_ids)))
        contracts = {id_of(contract): contract for contract in rows}

    def settle_all(session: TenantSession) -> dict[int, Outcome]:
        found = {}
        asked = (_ask(session, order, contracts[one], seen[one]) for one in contract_ids)
        for contract_id, settle in zip(contract_ids, one_ahead(session, asked), strict=True):
            give_way()
            found[contract_id] = settle()
        return found

    looked = store.read_briefly(order.processor_id, settle_all)
    if dry_run:
        return deque(looked.values()), None
    outcomes, events = deque[Outcome](), []
    with store.tenant(order.processor_id) as session:
        locked = store.lock_drafts(session, contract_ids)
        now = _standings(session, contract_ids, order.month)
        for contract in locked:
            standing, outcome = now[id_of(contract)], looked[id_of(contract)]
            if standing.stamp != seen[id_of(contract)].stamp:
                outcome = _ask(session, order, contract, standing)()
            run_id, written = _keep(session, order, outcome, standing.draft, run_id)
            events += written
            outcomes.append(outcome)
        audit_all(session, events)
    return outcomes, run_id


class _Closed(NamedTuple):
    """A closing of a contract: its row, month, moment, and what cancelled it."""

    id: int
    month: str
    as_of: datetime
    cancelled_by: int | None


@dataclass(slots=True)
class _Standing:
    """What of others' decisions an outcome rests on: a contract's living draft and its closings."""

    draft: Draft | None = None
    closings: list[_Closed] = field(default_factory=list)

    @property
    def stamp(self) -> tuple[Any, ...]:
        """Give what is equal as long as nobody decided anything."""
        draft = self.draft
        return (*self.closings, *((draft.id, draft.state, draft.facts_hash, draft.as_of) if draft else ()))


def _standings(session: TenantSession, contract_ids: Sequence[int], month: int) -> dict[int, _Standing]:
    """Read how some contracts' month stands; their drafts are there to be changed."""
    found: dict[int, _Standing] = {number: _Standing() for number in contract_ids}
    drafts = select(Draft).where(
        col(Draft.contract_id).in_(contract_ids), Draft.month == format_month(month), col(Draft.state).in_(LIVING)
    )
    for draft in session.exec(drafts.execution_options(populate_existing=True)):
        found[draft.contract_id].draft = draft
    closings = (
        sa.select(*columns(Closing, "contract_id id month as_of cancelled_by_id"))
        .where(col(Closing.contract_id).in_(contract_ids))
        .order_by(col(Closing.id))
    )
    for contract_id, *closing in session.execute(closings):
        found[contract_id].closings.append(_Closed(*closing))
    return found


def is_in(month: int) -> sa.ColumnElement[bool]:
    """Give the condition that a contract is in a month: it begins by its end, or there is work of it already."""
    # One row each, found by indexes: of EXISTS in an OR PostgreSQL may make a look at the whole table.
    work, expenses = (
        sa.select(col(table.id))
        .join(Case, col(table.case_id) == col(Case.id))
        .where(col(Case.contract_id) == col(Contract.id))
        .limit(1)
        .scalar_subquery()
        for table in (Entry, Expense)
    )
    return sa.or_(col(Contract.starts_on) <= last_day_of(month), work.is_not(None), expenses.is_not(None))


def begin_of(session: TenantSession, month: int) -> datetime:
    """Give the moment a month begins by the processor's clock."""
    day = first_day_of(month)
    return datetime(day.year, day.month, 1, tzinfo=ZoneInfo(processor_on(session, day).time_zone))


def is_month_over(session: TenantSession, month: int, at: datetime) -> bool:
    """Tell whether a month has ended at a moment, by the processor's clock: it is billed afterwards (13(8))."""
    return at >= begin_of(session, month + 1)


def _check_order(session: TenantSession, order: RunOrder) -> None:
    begin = begin_of(session, order.month)
    shown = order.as_of.astimezone(begin.tzinfo)
    if order.as_of < begin:
        raise Refused("as_of_before_month_begins", clause=INVOICING, value=shown, month=format_month(order.month))
    if order.as_of > order.act.at:
        raise Refused("as_of_in_future", clause=INVOICING, value=shown)


def _ask(session: TenantSession, order: RunOrder, contract: Contract, standing: _Standing) -> Callable[[], Outcome]:
    """Ask for all that a contract's month is settled from; the call reads and settles it, once."""
    stopped, draft = _stopped(order, standing.closings), standing.draft
    if stopped is not None:
        controller = ask_controller(session, contract)
        return lambda: Outcome(contract.ref, controller()[0].name, stopped)
    run = None if draft is None else ask_run(session, draft)
    about = ask_about(session, contract)
    return lambda: _settle(order, about, draft, run)


def _settle(order: RunOrder, about: Asked, draft: Draft | None, run: Later | None) -> Outcome:
    prepared = settled(about, order.month, order.as_of)
    names = (about.contract.ref, prepared.letter.buyer.name)
    if draft is None or run is None:
        return Outcome(*names, Change.NEW, prepared)
    changed = [] if draft.facts_hash == prepared.facts_hash else what_changed(draft.settlement, prepared.content)
    if draft.state is DraftState.APPROVED and not changed and order.as_of_fixed:
        # Approved was the month as it goes on; to end it at one moment is another decision, for a person to take.
        changed = [] if run()[0].as_of_fixed else ["as_of"]
    if not changed:
        return Outcome(*names, Change.UNCHANGED, prepared)
    change = Change.APPROVAL_LAPSED if draft.state is DraftState.APPROVED else Change.RECOMPUTED
    return Outcome(*names, change, prepared, tuple(changed))


def _stopped(order: RunOrder, closings: Sequence[_Closed]) -> Change | None:
    """Say why a month can't be run: closed already, or a later month or later facts were closed (settlement)."""
    month = format_month(order.month)
    if any(closing.month == month and closing.cancelled_by is None for closing in closings):
        return Change.CLOSED
    if any(closing.month > month for closing in closings):
        return Change.LATER_MONTH_CLOSED
    return Change.LATER_FACTS_CLOSED if any(closing.as_of > order.as_of for closing in closings) else None


def living_draft(session: TenantSession, contract: Contract, month: str) -> Draft | None:
    """Give the draft of a contract's month that is neither issued nor discarded."""
    return session.exec(
        select(Draft).where(
            Draft.contract_id == contract.id,
            Draft.month == month,
            col(Draft.state).in_(LIVING),
        )
    ).one_or_none()


def ask_run(session: TenantSession, draft: Draft) -> Later:
    """Ask for the run a draft comes from: one row of it."""
    return say(session, _ONE_RUN, session.processor_id, run=draft.run_id)


def _keep(
    session: TenantSession, order: RunOrder, outcome: Outcome, draft: Draft | None, run_id: int | None
) -> tuple[int | None, list[Event]]:
    """Store what changed about one contract; give the row of this run, written once there is need of it, and a trail.

    The trail goes into the audit log when all is written: the log is locked last, or who logs work waits in a circle.
    """
    prepared, events = outcome.prepared, []
    if outcome.change is Change.LATER_MONTH_CLOSED and draft is not None:
        _discard(session, draft)  # it can never be issued any more
        events.append(_event(order, outcome, draft))
    if prepared is None or (draft is not None and _stays(session, order, outcome, draft)):
        return run_id, events
    run_id = run_id or _start(session, order)
    if draft is not None and draft.state is DraftState.APPROVED:
        _discard(session, draft)
        draft = None
    content: dict[str, Any] = {
        "run_id": run_id,
        "as_of": order.as_of,
        "facts_hash": prepared.facts_hash,
        "settlement": prepared.content,
        "document": prepared.seen["document"] if prepared.document else None,
    }
    if draft is None:
        draft = Draft(contract_id=id_of(prepared.contract), month=format_month(order.month), **content)
    for column, value in content.items():
        setattr(draft, column, value)
    session.add(draft)  # written with the others, when the trail is left
    return run_id, [*events, _event(order, outcome, draft)]


def _event(order: RunOrder, outcome: Outcome, draft: Draft) -> Event:
    details = {"month": draft.month, "facts_hash": draft.facts_hash}
    return event_of(order.act, f"draft_{outcome.change}", f"contract:{outcome.contract_ref}", **details)


def _discard(session: TenantSession, draft: Draft) -> None:
    draft.state = DraftState.DISCARDED
    put(session, draft)


def _stays(session: TenantSession, order: RunOrder, outcome: Outcome, draft: Draft) -> bool:
    """Tell whether a draft stays as it is: nothing changed, and it is of the moment that was ordered now."""
    if outcome.change is not Change.UNCHANGED:
        return False
    (run,) = ask_run(session, draft)()
    same_moment = run.as_of_fixed == order.as_of_fixed and (not run.as_of_fixed or run.as_of == order.as_of)
    return draft.state is DraftState.APPROVED or same_moment


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
