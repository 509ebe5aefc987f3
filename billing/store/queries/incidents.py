"""Data breaches: what became known of them, step by step."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import IncidentVersion, Mail

TOLD = (
    "known_at",
    "nature",
    "occurred",
    "systems",
    "people_categories",
    "people_count",
    "data_categories",
    "record_count",
    "consequences",
    "measures",
    "contact_point",
)
"""What 17(3) asks of a first notice, in the order the notice tells it."""
_MOMENTS = "case_id recorded_at known_at first_notice_at contained_at final_report_at"


def incident_versions_of(session: Session, processor_id: int, case_id: int) -> Sequence[IncidentVersion]:
    """Give all that was recorded of a data breach, in its order, texts opened."""
    statement = (
        sa.select(IncidentVersion)
        .where(col(IncidentVersion.processor_id) == processor_id, col(IncidentVersion.case_id) == case_id)
        .order_by(col(IncidentVersion.recorded_at), col(IncidentVersion.id))
    )
    return session.scalars(statement).all()


def incident_steps(session: Session, processor_id: int, cases: sa.Select[Any]) -> Sequence[Any]:
    """Give the moments of data breaches, and of each of `TOLD` only whether it was told (`has_nature`), in order."""
    has = [col(getattr(IncidentVersion, name)).is_not(None).label(f"has_{name}") for name in TOLD]
    statement = (
        sa.select(*columns(IncidentVersion, _MOMENTS), *has)
        .where(col(IncidentVersion.processor_id) == processor_id, col(IncidentVersion.case_id).in_(cases))
        .order_by(col(IncidentVersion.recorded_at), col(IncidentVersion.id))
    )
    return all_rows(session, statement)


def mails_about(session: Session, processor_id: int, matters: Sequence[tuple[str, int]]) -> Sequence[Mail]:
    """Give the messages about matters (table and id), oldest first."""
    about = sa.or_(
        sa.false(),
        *((col(Mail.subject_table) == table) & (col(Mail.subject_id) == number) for table, number in matters),
    )
    statement = sa.select(Mail).where(col(Mail.processor_id) == processor_id, about)
    return session.scalars(statement.order_by(col(Mail.created_at), col(Mail.id))).all()
