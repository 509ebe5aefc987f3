"""What of a case is approved against what was worked on it: bounds that are cheap to ask."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from billing.store.queries.prepared import mine, number, say, table_of
from billing.store.session import TenantSession
from billing.store.tables import (
    Case,
    Entry,
    EntryVersion,
    Estimate,
    EstimateLine,
    EstimateVersion,
    OpeningBalance,
)
from billing.store.wording import Later, Prepared


def open_supplement(session: TenantSession, processor_id: int, case_id: int, now: datetime) -> str | None:
    """Give the reference of a case's supplement that is a draft or can still be decided, or None."""
    until = col(EstimateVersion.valid_until)
    lasts = sa.or_(until.is_(None), until >= now.replace(second=0, microsecond=0))
    statement = (
        sa.select(col(Estimate.ref))
        .join(EstimateVersion, col(EstimateVersion.estimate_id) == col(Estimate.id))
        .where(
            col(Estimate.processor_id) == processor_id,
            col(EstimateVersion.processor_id) == processor_id,
            col(Estimate.case_id) == case_id,
            col(Estimate.supplements_id).is_not(None),
            sa.or_(
                col(EstimateVersion.state) == "draft",
                sa.and_(col(EstimateVersion.state).in_(("sent", "questioned")), lasts),
            ),
        )
        .order_by(col(Estimate.id))
        .limit(1)
    )
    return session.scalars(statement).first()


def approved_against_worked(session: TenantSession, processor_id: int, case_id: int) -> Later:
    """Ask what is approved of a case, by class, and beside it all minutes that may have been taken from it.

    `worked` counts every living minute of the case, billable or not, and what was used up before we kept the record:
    more than that can't have been taken. One statement, as it is asked for each entry.
    """
    return say(session, _APPROVED, processor_id, case=case_id)


def _approved() -> sa.Select[Any]:
    case, estimate, version, line = (table_of(one) for one in (Case, Estimate, EstimateVersion, EstimateLine))
    return (
        sa.select(
            line.c.rate_class,
            sa.func.sum(line.c.minutes).label("approved"),
            _worked().label("worked_seconds"),
            _brought(case).label("brought"),
        )
        .select_from(line)
        .join(version, version.c.id == line.c.estimate_version_id)
        .join(estimate, estimate.c.id == version.c.estimate_id)
        .join(case, case.c.id == estimate.c.case_id)
        .where(
            *mine(line, version, estimate, case), version.c.state == "approved", estimate.c.case_id == number("case")
        )
        .group_by(line.c.rate_class, case.c.contract_id)
    )


def _worked() -> sa.ScalarSelect[int]:
    entry, version = table_of(Entry), table_of(EntryVersion)
    seconds = sa.extract("epoch", version.c.end_at) - sa.extract("epoch", version.c.start_at)
    living = (version.c.superseded_at.is_(None), ~version.c.deleted)
    return (
        sa.select(sa.func.sum(seconds))
        .select_from(version)
        .join(entry, entry.c.id == version.c.entry_id)
        .where(*mine(entry, version), entry.c.case_id == number("case"), *living)
        .scalar_subquery()
    )


def _brought(case: sa.Table) -> sa.ScalarSelect[int]:
    opening = table_of(OpeningBalance)
    return (
        sa.select(sa.func.sum(opening.c.value))
        .where(
            *mine(opening),
            opening.c.kind == "approval_used",
            opening.c.contract_id == case.c.contract_id,
            opening.c.withdrawn_by_name.is_(None),
        )
        .correlate(case)
        .scalar_subquery()
    )


_APPROVED = Prepared(_approved())
