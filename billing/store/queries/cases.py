"""Cases and the changes of their facts."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, CaseVersion

RULED_FACTS = (
    "recorded_at cause controller_misconduct urgent_notice_at onsite_agreed_at"
    " audit_site audit_mode audit_date audit_finding audit_extra_agreed"
)
"""What rules ask of a case; the reasons beside them are sealed and stay where they are."""


def cases_of(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give a contract's cases, by id."""
    statement = (
        sa.select(*columns(Case, "id ref kind title opened_at legal_deadline_at closed_at recorded_at"))
        .where(col(Case.processor_id) == processor_id, col(Case.contract_id) == contract_id)
        .order_by(col(Case.id))
    )
    return all_rows(session, statement)


def case_changes_of(session: Session, processor_id: int, contract_id: int) -> Sequence[Any]:
    """Give all changes of a contract's cases in the order they take effect."""
    statement = (
        sa.select(*columns(CaseVersion, f"id case_id {RULED_FACTS}"))
        .join(Case, (col(Case.id) == col(CaseVersion.case_id)) & (col(Case.processor_id) == processor_id))
        .where(col(CaseVersion.processor_id) == processor_id, col(Case.contract_id) == contract_id)
        .order_by(col(CaseVersion.recorded_at), col(CaseVersion.id))
    )
    return all_rows(session, statement)
