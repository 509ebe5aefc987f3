"""What deadlines ask of cases, for one case or all open ones at once: a handful of queries, whatever their number."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, CaseVersion, Contract, DeadlineMark, Instruction, SupportRequest, TermsVersion

Chosen = sa.Select[Any]
"""A query for the ids of cases; all questions below are about these."""


def one_case(processor_id: int, case_id: int) -> Chosen:
    """Choose one case, open or closed."""
    return sa.select(col(Case.id)).where(col(Case.processor_id) == processor_id, col(Case.id) == case_id)


def these_cases(processor_id: int, ids: Sequence[int]) -> Chosen:
    """Choose some cases, open or closed."""
    return sa.select(col(Case.id)).where(col(Case.processor_id) == processor_id, col(Case.id).in_(ids))


def open_cases(processor_id: int) -> Chosen:
    """Choose all cases that are not closed."""
    return sa.select(col(Case.id)).where(col(Case.processor_id) == processor_id, col(Case.closed_at).is_(None))


def tracked_cases(session: Session, processor_id: int, chosen: Chosen) -> Sequence[Any]:
    """Give the cases with contract, by id."""
    statement = (
        sa.select(
            *columns(Case, "id ref kind title opened_at legal_deadline_at contract_id responsible_id"),
            col(Contract.ref).label("contract_ref"),
            col(Contract.term_set).label("term_set"),
        )
        .join(Contract, col(Contract.id) == col(Case.contract_id))
        .where(col(Case.processor_id) == processor_id, col(Contract.processor_id) == processor_id)
        .where(col(Case.id).in_(chosen))
        .order_by(col(Case.id))
    )
    return all_rows(session, statement)


def terms_of_cases(session: Session, processor_id: int, chosen: Chosen) -> Sequence[Any]:
    """Give all terms of the cases' contracts, by contract, month and version."""
    contracts = sa.select(col(Case.contract_id)).where(col(Case.processor_id) == processor_id, col(Case.id).in_(chosen))
    statement = (
        sa.select(*columns(TermsVersion, "id contract_id valid_from version_no terms sha256 recorded_at"))
        .where(col(TermsVersion.processor_id) == processor_id, col(TermsVersion.contract_id).in_(contracts))
        .order_by(col(TermsVersion.contract_id), col(TermsVersion.valid_from), col(TermsVersion.version_no))
    )
    return all_rows(session, statement)


def audit_dates(session: Session, processor_id: int, chosen: Chosen) -> Sequence[Any]:
    """Give the dates of audits in the order they were recorded: of each case the last one holds."""
    statement = (
        sa.select(*columns(CaseVersion, "case_id audit_date"))
        .where(col(CaseVersion.processor_id) == processor_id, col(CaseVersion.case_id).in_(chosen))
        .where(col(CaseVersion.audit_date).is_not(None))
        .order_by(col(CaseVersion.recorded_at), col(CaseVersion.id))
    )
    return all_rows(session, statement)


def requests_received(session: Session, processor_id: int, chosen: Chosen) -> Sequence[Any]:
    """Give when the controller asked for the cases in the portal, and until when it wants them, earliest first."""
    statement = (
        sa.select(*columns(SupportRequest, "case_id received_at wanted_by"))
        .where(col(SupportRequest.processor_id) == processor_id, col(SupportRequest.case_id).in_(chosen))
        .order_by(col(SupportRequest.received_at))
    )
    return all_rows(session, statement)


def instructions_given(session: Session, processor_id: int, chosen: Chosen) -> Sequence[Any]:
    """Give the instructions of the cases, earliest first."""
    statement = (
        sa.select(*columns(Instruction, "case_id ref given_at confirmed_at"))
        .where(col(Instruction.processor_id) == processor_id, col(Instruction.case_id).in_(chosen))
        .order_by(col(Instruction.given_at), col(Instruction.id))
    )
    return all_rows(session, statement)


def marks_set(session: Session, processor_id: int, chosen: Chosen) -> Sequence[Any]:
    """Give the marks of the cases by the moment they tell of."""
    statement = (
        sa.select(*columns(DeadlineMark, "id case_id code met_at recorded_at recorded_by_name"))
        .where(col(DeadlineMark.processor_id) == processor_id, col(DeadlineMark.case_id).in_(chosen))
        .order_by(col(DeadlineMark.met_at), col(DeadlineMark.id))
    )
    return all_rows(session, statement)
