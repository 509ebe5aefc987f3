"""Looking for things by words: cases, clients, estimates and invoices of one processor, the newest first.

References are asked as a range of their unique index. Names and titles are looked through along the key, backwards,
so that a query ends as soon as it has found enough. Free text is sealed and can't be looked through.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from billing.store.queries.reading import all_rows, columns
from billing.store.tables import Case, Contract, Controller, Estimate, EstimateVersion, Invoice, TenantRow
from billing.store.tables.columns import CODE_POINTS

_LAST = "\U0010ffff"
"""Comes after every character that a reference can go on with."""


def begins(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Give the condition that a reference begins with a text, as a range that its index knows.

    Numbers of invoices have the database's own order on PostgreSQL, in which a range is none: they are matched.
    """
    if column.type is not CODE_POINTS:
        return col(column).startswith(text, autoescape=True)
    return sa.and_(col(column) >= text, col(column) < f"{text}{_LAST}")


def ids_of_refs(session: Session, processor_id: int, column: Any, text: str, most: int) -> Sequence[int]:
    """Give the rows whose reference begins with a text, the last references first: as the index has them.

    They are asked alone: with an order by age beside it a planner would rather walk through the whole table.
    """
    table = column.class_
    statement = (
        sa.select(col(table.id))
        .where(col(table.processor_id) == processor_id, begins(column, text))
        .order_by(col(column).desc())
        .limit(most)
    )
    return session.scalars(statement).all()


def has_word(word: str, *searched: Any) -> sa.ColumnElement[bool]:
    """Give the condition that a word stands in one of the columns, in capitals or not.

    SQLite's `lower` knows ASCII only, so a word with other letters is asked in each of its ways.
    """
    ways = {word} if word.isascii() else {word.lower(), word.upper(), word.capitalize()}
    return sa.or_(*(col(column).icontains(way, autoescape=True) for column in searched for way in sorted(ways)))


def found_cases(
    session: Session,
    processor_id: int,
    conditions: Sequence[sa.ColumnElement[bool]],
    most: int,
    before: int | None = None,
) -> Sequence[Any]:
    """Give cases that meet the conditions (on `Case`, `Contract`, `Controller`), by falling id below one."""
    statement = (
        sa.select(
            *columns(Case, "id ref kind title contract_id opened_at legal_deadline_at controller_reference closed_at"),
            *columns(Case, "controller_id responsible_id"),
            col(Contract.ref).label("contract_ref"),
            col(Contract.number).label("contract_number"),
            col(Controller.name).label("controller_name"),
        )
        .join(Contract, col(Contract.id) == col(Case.contract_id))
        .join(Controller, col(Controller.id) == col(Case.controller_id))
        .where(*_mine(processor_id, Case, Contract, Controller), *conditions)
    )
    return _newest(session, statement, Case, most, before)


def found_controllers(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], most: int
) -> Sequence[Any]:
    """Give clients that meet the conditions, by name."""
    statement = (
        sa.select(*columns(Controller, "id ref name city customer_number"))
        .where(*_mine(processor_id, Controller), *conditions)
        .order_by(col(Controller.name), col(Controller.id))
        .limit(most)
    )
    return all_rows(session, statement)


def found_estimates(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], most: int
) -> Sequence[Any]:
    """Give estimates with the state of their newest version, their case and client, by falling id."""
    newest = (
        sa.select(sa.func.max(col(EstimateVersion.version_no)))
        .where(col(EstimateVersion.processor_id) == processor_id, col(EstimateVersion.estimate_id) == col(Estimate.id))
        .correlate(Estimate)
        .scalar_subquery()
    )
    version: Any = aliased(EstimateVersion)
    statement = (
        sa.select(
            *columns(Estimate, "id ref case_id"),
            *columns(Case, "title"),
            version.state.label("state"),
            version.valid_until.label("valid_until"),
            col(Case.ref).label("case_ref"),
            col(Controller.name).label("controller_name"),
        )
        .join(version, version.estimate_id == col(Estimate.id))
        .join(Case, col(Case.id) == col(Estimate.case_id))
        .join(Controller, col(Controller.id) == col(Estimate.controller_id))
        .where(*_mine(processor_id, Estimate, Case, Controller), version.version_no == newest, *conditions)
    )
    return _newest(session, statement, Estimate, most, None)


def found_invoices(
    session: Session, processor_id: int, conditions: Sequence[sa.ColumnElement[bool]], most: int
) -> Sequence[Any]:
    """Give issued documents with their client, by falling id."""
    statement = (
        sa.select(
            *columns(Invoice, "id number kind issue_date gross_cents"),
            col(Controller.name).label("controller_name"),
        )
        .join(Contract, col(Contract.id) == col(Invoice.contract_id))
        .join(Controller, col(Controller.id) == col(Contract.controller_id))
        .where(*_mine(processor_id, Invoice, Contract, Controller), *conditions)
    )
    return _newest(session, statement, Invoice, most, None)


def _mine(processor_id: int, *tables: type[TenantRow]) -> list[sa.ColumnElement[bool]]:
    return [col(table.processor_id) == processor_id for table in tables]


def _newest(
    session: Session, statement: sa.Select[Any], table: type[TenantRow], most: int, before: int | None
) -> Sequence[Any]:
    """Give the newest rows, or those that were written before one."""
    if before is not None:
        statement = statement.where(col(table.id) < before)
    return all_rows(session, statement.order_by(col(table.id).desc()).limit(most))
