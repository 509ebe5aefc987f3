"""Cost estimates listed and looked at: all that is known by our own people, what was sent by the controller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.clause.reading import Reader, one_of
from billing.errors import NotFound
from billing.services.acting import Act, id_of
from billing.services.addresses import number_in
from billing.services.cases import require_known
from billing.services.estimate_prices import EstimatePrice, price_of
from billing.services.estimate_states import OPEN, state_at
from billing.services.estimates import EstimateRecord, version_by_id
from billing.services.fields import read_line
from billing.services.legible import is_legible
from billing.store.queries import estimates as rows
from billing.store.session import TenantSession
from billing.store.tables import Case, Contact, Contract, Estimate, EstimateVersion
from billing.store.tables.kinds import EstimateState

WANTED_ESTIMATES: dict[str, Reader] = {
    "case?": read_line,
    "contract?": read_line,
    "state?": one_of(*EstimateState),
}
"""What a list may be narrowed to, by reference and by the state as it is to be read now."""


def estimates_after(
    session: TenantSession, wanted: Mapping[str, Any], now: datetime, after: int, most: int
) -> list[Any]:
    """Give at most so many estimates with their newest version, by rising id after one.

    InvalidInput for a case or contract there is not.
    """
    require_known(session, wanted)
    return list(rows.estimates_after(session, session.processor_id, after, most, _conditions(wanted, now)))


def estimates_before(
    session: TenantSession, wanted: Mapping[str, Any], now: datetime, before: int | None, most: int
) -> list[Any]:
    """Give the newest estimates as `estimates_after` does, those below an id if one is named, by falling id."""
    return list(rows.estimates_before(session, session.processor_id, before, most, _conditions(wanted, now)))


def _conditions(wanted: Mapping[str, Any], now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if "case" in wanted:
        conditions.append(col(Case.ref) == wanted["case"])
    if "contract" in wanted:
        conditions.append(col(Contract.ref) == wanted["contract"])
    if "state" in wanted:
        conditions.append(_reads_as(EstimateState(wanted["state"]), now))
    return conditions


def _reads_as(state: EstimateState, now: datetime) -> sa.ColumnElement[bool]:
    """Give the condition of `estimate_states.state_at`: an open version past its end reads as expired."""
    stored, until = col(EstimateVersion.state), col(EstimateVersion.valid_until)
    past = sa.and_(until.is_not(None), until < now.replace(second=0, microsecond=0))
    if state is EstimateState.EXPIRED:
        return sa.or_(stored == state, sa.and_(stored.in_(OPEN), past))
    return sa.and_(stored == state, ~past) if state in OPEN else stored == state


def sent_estimates_after(session: TenantSession, controller_id: int, after: int, most: int) -> list[Any]:
    """Give a controller's estimates as they were sent to him, by rising id after one."""
    return list(rows.sent_estimates_after(session, session.processor_id, controller_id, after, most))


def newest_sent_estimates(session: TenantSession, controller_id: int, most: int) -> list[Any]:
    """Give the newest of a controller's estimates as they were sent to him, by falling id."""
    return list(rows.newest_sent_estimates(session, session.processor_id, controller_id, most))


def sent_estimate(session: TenantSession, controller_id: int, estimate_id: int) -> EstimateRecord:
    """Give an estimate with the newest version that this controller has; NotFound for drafts and any other id."""
    version_id = rows.sent_version_id(session, session.processor_id, controller_id, estimate_id)
    if version_id is None:
        raise NotFound("estimate_not_found", value=estimate_id)
    return version_by_id(session, version_id)


def sent_numbers_named(session: TenantSession, controller_id: int, name: str) -> list[int]:
    """Give the numbers of the estimates that a name may call among those sent to this controller, by rising number.

    A number goes before a reference, as in `by_name`; several contracts may have one of a reference.
    """
    mine, number = (session, session.processor_id, controller_id), number_in(name)
    if number and rows.sent_version_id(*mine, number) is not None:
        return [number]
    return rows.sent_ids_of_ref(*mine, name) if is_legible(name) else []


def sent_version(session: TenantSession, record: EstimateRecord, version_no: int) -> EstimateRecord:
    """Give an earlier version of an estimate that was sent; NotFound for a draft or a number there is not."""
    for row in versions_of(session, record):
        if row.version_no == version_no and row.sent_at is not None:
            return version_by_id(session, row.id)
    raise NotFound("estimate_not_found", value=record.estimate.ref)


def versions_of(session: TenantSession, record: EstimateRecord) -> list[Any]:
    """Give all versions of an estimate with their approval (if any), the first one first."""
    return list(rows.versions_of(session, session.processor_id, id_of(record.estimate)))


def events_of(session: TenantSession, record: EstimateRecord) -> list[Any]:
    """Give what happened to an estimate, all versions, in order."""
    return list(rows.events_of(session, session.processor_id, id_of(record.estimate)))


def last_question(session: TenantSession, record: EstimateRecord) -> Any | None:
    """Give the controller's last question about an estimate, or None."""
    asked = [event for event in events_of(session, record) if event.state is EstimateState.QUESTIONED]
    return asked[-1] if asked else None


def approvers(session: TenantSession, record: EstimateRecord) -> Sequence[Contact]:
    """Give the controller's people who may decide an estimate now."""
    return rows.approvers_of(session, session.processor_id, record.estimate.controller_id)


def contract_of(session: TenantSession, record: EstimateRecord) -> str:
    """Give the reference of the contract an estimate belongs to."""
    return session.get_one(Contract, record.estimate.contract_id).ref


def supplemented_by(session: TenantSession, record: EstimateRecord) -> str | None:
    """Give the reference of the estimate whose effort this one adds to (13(5)c), or None."""
    older = record.estimate.supplements_id
    return None if older is None else session.get_one(Estimate, older).ref


_ASKED, _ANSWERED, _TAKEN_BACK = EstimateState.QUESTIONED, EstimateState.SENT, EstimateState.WITHDRAWN
_DECIDED = (EstimateState.APPROVED, EstimateState.DECLINED)
_SAID = (_ASKED, _ANSWERED, _TAKEN_BACK, EstimateState.DECLINED)
_OURS = (_ANSWERED, _TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Said:
    """Words about a version, by the processor (`is_ours`) or the controller, whose person is then named if known."""

    is_ours: bool
    name: str | None
    state: EstimateState
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Decided:
    """How a version was decided, and by whom of the controller's people if that is known."""

    state: EstimateState
    at: datetime
    name: str | None


@dataclass(frozen=True, slots=True)
class SeenEstimate:
    """One version of an estimate as the controller may see it: nothing internal, nobody of ours by name."""

    record: EstimateRecord
    contract: str
    supplements: str | None
    price: EstimatePrice
    state: EstimateState
    sent_at: datetime
    said: list[Said]
    decided: Decided | None

    @property
    def can_decide(self) -> bool:
        """Whether the controller may decide it now."""
        return self.state in OPEN


def seen_by_controller(session: TenantSession, act: Act, record: EstimateRecord) -> SeenEstimate:
    """Give a version that was sent, with what was said and decided about just this version."""
    version = record.version
    assert version.sent_at is not None  # noqa: S101 - nothing else is shown to a controller
    events = [row for row in events_of(session, record) if row.version_no == version.version_no]
    said = [
        Said(
            row.state in _OURS,
            None if row.state in _OURS else row.contact_name,
            row.state,
            row.happened_at,
            row.message,
        )
        for row in events
        if row.state in _SAID and row.message
    ]
    decided = [Decided(row.state, row.happened_at, row.contact_name) for row in events if row.state in _DECIDED]
    return SeenEstimate(
        record=record,
        contract=contract_of(session, record),
        supplements=supplemented_by(session, record),
        price=price_of(session, act, record),
        state=state_at(version, act.at),
        sent_at=version.sent_at,
        said=said,
        decided=decided[0] if decided else None,
    )


def may_decide(state: EstimateState) -> bool:
    """Tell whether a version that reads as this may be decided."""
    return state in OPEN
