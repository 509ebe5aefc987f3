"""What of a case is approved against what was worked on it: bounds that are cheap to ask."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import (
    Case,
    Entry,
    EntryVersion,
    Estimate,
    EstimateLine,
    EstimateVersion,
    OpeningBalance,
)


def open_supplement(session: Session, processor_id: int, case_id: int) -> str | None:
    """Give the reference of a case's supplement that nobody decided yet, or None."""
    statement = (
        sa.select(col(Estimate.ref))
        .join(EstimateVersion, col(EstimateVersion.estimate_id) == col(Estimate.id))
        .where(
            col(Estimate.processor_id) == processor_id,
            col(EstimateVersion.processor_id) == processor_id,
            col(Estimate.case_id) == case_id,
            col(Estimate.supplements_id).is_not(None),
            col(EstimateVersion.state).in_(("draft", "sent", "questioned")),
        )
        .order_by(col(Estimate.id))
        .limit(1)
    )
    return session.scalars(statement).first()


def approved_against_worked(session: Session, processor_id: int, case_id: int) -> Sequence[Any]:
    """Give what is approved of a case, by class, and beside it all minutes that may have been taken from it.

    `worked` counts every living minute of the case, billable or not, and what was used up before we kept the record:
    more than that can't have been taken. One statement, as it is asked for each entry.
    """
    seconds = sa.extract("epoch", col(EntryVersion.end_at)) - sa.extract("epoch", col(EntryVersion.start_at))
    worked = (
        sa.select(sa.func.sum(seconds))
        .select_from(EntryVersion)
        .join(Entry, col(Entry.id) == col(EntryVersion.entry_id))
        .where(
            col(Entry.processor_id) == processor_id,
            col(Entry.case_id) == case_id,
            col(EntryVersion.processor_id) == processor_id,
            col(EntryVersion.superseded_at).is_(None),
            ~col(EntryVersion.deleted),
        )
        .scalar_subquery()
    )
    brought = (
        sa.select(sa.func.sum(col(OpeningBalance.value)))
        .where(
            col(OpeningBalance.processor_id) == processor_id,
            col(OpeningBalance.kind) == "approval_used",
            col(OpeningBalance.contract_id) == col(Case.contract_id),
            col(OpeningBalance.withdrawn_by_name).is_(None),
        )
        .correlate(Case)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *columns(EstimateLine, "rate_class"),
            sa.func.sum(col(EstimateLine.minutes)).label("approved"),
            worked.label("worked_seconds"),
            brought.label("brought"),
        )
        .join(EstimateVersion, col(EstimateVersion.id) == col(EstimateLine.estimate_version_id))
        .join(Estimate, col(Estimate.id) == col(EstimateVersion.estimate_id))
        .join(Case, col(Case.id) == col(Estimate.case_id))
        .where(
            *(col(table.processor_id) == processor_id for table in (EstimateLine, EstimateVersion, Estimate, Case)),
            col(EstimateVersion.state) == "approved",
            col(Estimate.case_id) == case_id,
        )
        .group_by(col(EstimateLine.rate_class), col(Case.contract_id))
    )
    return all_rows(session, statement)
