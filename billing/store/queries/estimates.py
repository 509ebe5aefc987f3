"""Cost estimates, their versions, lines and approvals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import all_rows, columns
from billing.store.session import TenantSession
from billing.store.tables import (
    Approval,
    Case,
    Contact,
    Contract,
    Controller,
    Estimate,
    EstimateEvent,
    EstimateLine,
    EstimateVersion,
)
from billing.store.wording import Later, Prepared


def _approved(*wanted: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Ask for all approvals of a contract: cases are found by it, and estimates by their case."""
    return (
        sa.select(*wanted)
        .select_from(Case)
        .join(Estimate, col(Estimate.case_id) == col(Case.id))
        .join(EstimateVersion, col(EstimateVersion.estimate_id) == col(Estimate.id))
        .join(Approval, col(Approval.estimate_version_id) == col(EstimateVersion.id))
        .where(
            *(col(table.processor_id) == TENANT for table in (Case, Estimate, EstimateVersion, Approval)),
            col(Case.contract_id) == CONTRACT,
        )
    )


_APPROVALS = Prepared(
    _approved(
        *columns(Approval, "id estimate_version_id approved_at covers_from recorded_at"),
        *columns(EstimateVersion, "estimate_id"),
        *columns(Estimate, "ref case_id"),
    ).order_by(col(Approval.id))
)
_APPROVED_LINES = Prepared(
    _approved(*columns(EstimateLine, "estimate_version_id rate_class minutes"))
    .join(EstimateLine, col(EstimateLine.estimate_version_id) == col(EstimateVersion.id))
    .where(col(EstimateLine.processor_id) == TENANT)
    .order_by(col(EstimateLine.id))
)


def approvals_of(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for a contract's approvals, each with its estimate's id, ref and case, by id."""
    return say(session, _APPROVALS, processor_id, contract=contract_id)


def approved_lines_of(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for the lines of all approved versions of a contract's estimates, in their order."""
    return say(session, _APPROVED_LINES, processor_id, contract=contract_id)


def last_version(session: Session, processor_id: int, estimate_id: int) -> EstimateVersion:
    """Give the newest version of an estimate; there always is one."""
    statement = (
        sa.select(EstimateVersion)
        .where(col(EstimateVersion.processor_id) == processor_id, col(EstimateVersion.estimate_id) == estimate_id)
        .order_by(col(EstimateVersion.version_no).desc())
        .limit(1)
    )
    return session.scalars(statement).one()


def overdue_versions(session: Session, processor_id: int, now: datetime) -> Sequence[int]:
    """Give the ids of open versions whose time to decide is over, the oldest first."""
    statement = (
        sa.select(col(EstimateVersion.id))
        .where(
            col(EstimateVersion.processor_id) == processor_id,
            col(EstimateVersion.state).in_(("sent", "questioned")),
            col(EstimateVersion.valid_until) < now.replace(second=0, microsecond=0),
        )
        .order_by(col(EstimateVersion.id))
    )
    return [int(number) for number in session.scalars(statement) if number is not None]


OTHER: Any = aliased(EstimateVersion)
"""The versions that the newest one is looked for among."""


def _newest(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """Give the number of an estimate's newest version among those that meet the conditions on `OTHER`."""
    return (
        sa.select(sa.func.max(OTHER.version_no))
        .where(OTHER.processor_id == col(Estimate.processor_id), OTHER.estimate_id == col(Estimate.id), *conditions)
        .correlate(Estimate)
        .scalar_subquery()
    )


def _rows(processor_id: int, newest: sa.ScalarSelect[int]) -> sa.Select[Any]:
    """Give estimates with one version each, case, contract and approval (if any)."""
    return (
        sa.select(
            *columns(Estimate, "id ref"),
            *columns(EstimateVersion, "version_no state lines sent_at valid_until"),
            *columns(Approval, "approved_at covers_from"),
            col(EstimateVersion.id).label("version_id"),
            col(Case.id).label("case_id"),
            col(Case.ref).label("case_ref"),
            col(Case.title).label("case_title"),
            col(Contract.ref).label("contract_ref"),
            col(Contract.number).label("contract_number"),
            col(Controller.name).label("controller_name"),
        )
        .join(EstimateVersion, col(EstimateVersion.estimate_id) == col(Estimate.id))
        .join(Controller, col(Controller.id) == col(Estimate.controller_id))
        .join(Case, col(Case.id) == col(Estimate.case_id))
        .join(Contract, col(Contract.id) == col(Estimate.contract_id))
        .join(Approval, col(Approval.estimate_version_id) == col(EstimateVersion.id), isouter=True)
        .where(
            *(col(table.processor_id) == processor_id for table in (Estimate, EstimateVersion, Case, Contract)),
            col(EstimateVersion.version_no) == newest,
        )
    )


def estimate_rows(session: Session, processor_id: int, contract_id: int | None) -> Sequence[Any]:
    """Give estimates with newest version, case, contract and approval (if any), by contract and reference."""
    statement = _rows(processor_id, _newest()).order_by(col(Contract.ref), col(Estimate.ref))
    if contract_id is not None:
        statement = statement.where(col(Estimate.contract_id) == contract_id)
    return all_rows(session, statement)


def estimates_after(
    session: Session, processor_id: int, after: int, most: int, conditions: Sequence[sa.ColumnElement[bool]]
) -> Sequence[Any]:
    """Give at most so many estimates with their newest version, by rising id after one."""
    statement = _rows(processor_id, _newest()).where(col(Estimate.id) > after, *conditions)
    return all_rows(session, statement.order_by(col(Estimate.id)).limit(most))


def estimates_before(
    session: Session, processor_id: int, before: int | None, most: int, conditions: Sequence[sa.ColumnElement[bool]]
) -> Sequence[Any]:
    """Give the newest estimates with their newest version, those below an id if one is named, by falling id."""
    statement = _rows(processor_id, _newest()).where(*conditions)
    if before is not None:
        statement = statement.where(col(Estimate.id) < before)
    return all_rows(session, statement.order_by(col(Estimate.id).desc()).limit(most))


_SENT = OTHER.sent_at.is_not(None)
"""A draft is nobody's business but ours, and so is one that was withdrawn before it was sent."""


def sent_estimates_after(
    session: Session, processor_id: int, controller_id: int, after: int, most: int
) -> Sequence[Any]:
    """Give a controller's estimates as he has them, each with the newest version that was sent to him, by rising id."""
    statement = _sent_to(processor_id, controller_id).where(col(Estimate.id) > after)
    return all_rows(session, statement.order_by(col(Estimate.id)).limit(most))


def newest_sent_estimates(session: Session, processor_id: int, controller_id: int, most: int) -> Sequence[Any]:
    """Give the newest of a controller's estimates as he has them, by falling id."""
    return all_rows(session, _sent_to(processor_id, controller_id).order_by(col(Estimate.id).desc()).limit(most))


def _sent_to(processor_id: int, controller_id: int) -> sa.Select[Any]:
    return _rows(processor_id, _newest(_SENT)).where(col(Estimate.controller_id) == controller_id)


def sent_version_id(session: Session, processor_id: int, controller_id: int, estimate_id: int) -> int | None:
    """Give the newest version of an estimate that was sent to this controller, or None."""
    statement = (
        sa.select(col(EstimateVersion.id))
        .where(
            col(EstimateVersion.processor_id) == processor_id,
            col(EstimateVersion.controller_id) == controller_id,
            col(EstimateVersion.estimate_id) == estimate_id,
            col(EstimateVersion.sent_at).is_not(None),
        )
        .order_by(col(EstimateVersion.version_no).desc())
        .limit(1)
    )
    return session.scalars(statement).first()


def sent_ids_of_ref(session: Session, processor_id: int, controller_id: int, ref: str) -> list[int]:
    """Give the estimates of a reference of which a version was sent to this controller, by rising id."""
    statement = (
        sa.select(col(Estimate.id))
        .where(
            col(Estimate.processor_id) == processor_id,
            col(Estimate.controller_id) == controller_id,
            col(Estimate.ref) == ref,
            _newest(_SENT).is_not(None),
        )
        .order_by(col(Estimate.id))
    )
    return [int(number) for number in session.scalars(statement) if number is not None]


def versions_of(session: Session, processor_id: int, estimate_id: int) -> Sequence[Any]:
    """Give all versions of an estimate, the first one first, with the approval (if any)."""
    statement = (
        sa.select(
            *columns(EstimateVersion, "id version_no state lines sent_at valid_until sha256"),
            *columns(
                Approval, "approved_at covers_from channel contact_id approver_name evidence_note evidence_file_id"
            ),
            col(Approval.id).label("approval_id"),
        )
        .join(Approval, col(Approval.estimate_version_id) == col(EstimateVersion.id), isouter=True)
        .where(col(EstimateVersion.processor_id) == processor_id, col(EstimateVersion.estimate_id) == estimate_id)
        .order_by(col(EstimateVersion.version_no))
    )
    return all_rows(session, statement)


def events_of(session: Session, processor_id: int, estimate_id: int) -> Sequence[Any]:
    """Give what happened to all versions of an estimate, in order, with the contact's name where one acted."""
    statement = (
        sa.select(
            *columns(EstimateEvent, "id state happened_at message contact_id recorded_by_name evidence_file_id"),
            *columns(EstimateVersion, "version_no"),
            col(Contact.name).label("contact_name"),
        )
        .join(EstimateVersion, col(EstimateVersion.id) == col(EstimateEvent.estimate_version_id))
        .join(Contact, col(Contact.id) == col(EstimateEvent.contact_id), isouter=True)
        .where(
            col(EstimateEvent.processor_id) == processor_id,
            col(EstimateVersion.processor_id) == processor_id,
            col(EstimateVersion.estimate_id) == estimate_id,
        )
        .order_by(col(EstimateEvent.id))
    )
    return all_rows(session, statement)


def approvers_of(session: Session, processor_id: int, controller_id: int) -> Sequence[Contact]:
    """Give the people of a controller who may approve, in the order they were named."""
    statement = (
        sa.select(Contact)
        .where(
            col(Contact.processor_id) == processor_id,
            col(Contact.controller_id) == controller_id,
            col(Contact.may_approve),
            col(Contact.ended_at).is_(None),
        )
        .order_by(col(Contact.id))
    )
    return session.scalars(statement).all()
