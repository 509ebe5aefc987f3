"""Cost estimates, their versions, lines and approvals."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Approval, Case, Contract, Estimate, EstimateLine, EstimateVersion


def approvals_of(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give a contract's approvals, each with its estimate's id, ref and case, by id."""
    statement = (
        sa.select(
            *columns(Approval, "id estimate_version_id approved_at covers_from recorded_at"),
            *columns(EstimateVersion, "estimate_id"),
            *columns(Estimate, "ref case_id"),
        )
        .join(EstimateVersion, col(EstimateVersion.id) == col(Approval.estimate_version_id))
        .join(Estimate, col(Estimate.id) == col(EstimateVersion.estimate_id))
        .where(
            col(Approval.processor_id) == processor_id,
            col(EstimateVersion.processor_id) == processor_id,
            col(Estimate.processor_id) == processor_id,
            col(Estimate.contract_id) == contract_id,
        )
        .order_by(col(Approval.id))
    )
    return all_rows(session, statement)


def approved_lines_of(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give the lines of all approved versions of a contract's estimates, in their order."""
    statement = (
        sa.select(*columns(EstimateLine, "estimate_version_id rate_class minutes"))
        .join(EstimateVersion, col(EstimateVersion.id) == col(EstimateLine.estimate_version_id))
        .join(Approval, col(Approval.estimate_version_id) == col(EstimateVersion.id))
        .where(
            col(EstimateLine.processor_id) == processor_id,
            col(EstimateVersion.processor_id) == processor_id,
            col(Approval.processor_id) == processor_id,
            col(EstimateVersion.contract_id) == contract_id,
        )
        .order_by(col(EstimateLine.id))
    )
    return all_rows(session, statement)


def last_version(session: Session, processor_id: int, estimate_id: int) -> EstimateVersion:
    """Give the newest version of an estimate; there always is one."""
    statement = (
        sa.select(EstimateVersion)
        .where(col(EstimateVersion.processor_id) == processor_id, col(EstimateVersion.estimate_id) == estimate_id)
        .order_by(col(EstimateVersion.version_no).desc())
        .limit(1)
    )
    return session.scalars(statement).one()


def estimate_rows(session: Session, processor_id: int, contract_id: int | None) -> Sequence[Any]:
    """Give estimates with newest version, case, contract and approval (if any), by contract and reference."""
    other = aliased(EstimateVersion)
    newest = (
        sa.select(sa.func.max(other.version_no))
        .where(col(other.processor_id) == processor_id, col(other.estimate_id) == col(Estimate.id))
        .correlate(Estimate)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *columns(Estimate, "id ref"),
            *columns(EstimateVersion, "version_no state lines sent_at valid_until"),
            *columns(Approval, "approved_at covers_from"),
            col(Case.ref).label("case_ref"),
            col(Contract.ref).label("contract_ref"),
        )
        .join(EstimateVersion, col(EstimateVersion.estimate_id) == col(Estimate.id))
        .join(Case, col(Case.id) == col(Estimate.case_id))
        .join(Contract, col(Contract.id) == col(Estimate.contract_id))
        .join(Approval, col(Approval.estimate_version_id) == col(EstimateVersion.id), isouter=True)
        .where(
            col(Estimate.processor_id) == processor_id,
            col(EstimateVersion.processor_id) == processor_id,
            col(Case.processor_id) == processor_id,
            col(Contract.processor_id) == processor_id,
            col(EstimateVersion.version_no) == newest,
        )
        .order_by(col(Contract.ref), col(Estimate.ref))
    )
    if contract_id is not None:
        statement = statement.where(col(Estimate.contract_id) == contract_id)
    return all_rows(session, statement)
