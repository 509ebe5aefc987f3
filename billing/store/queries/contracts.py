"""Contracts, their versions of the terms, and what was brought along on moving in."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from billing.store.engine import is_sqlite
from billing.store.queries.prepared import CONTRACT, TENANT, say
from billing.store.queries.reading import all_rows, columns, first_row
from billing.store.session import TenantSession
from billing.store.tables import Contract, Controller, Invoice, OpeningBalance, TermsVersion
from billing.store.tables.kinds import InvoiceKind
from billing.store.wording import Later, Prepared

_CONTRACT = "id ref controller_id number term_set signed_on starts_on ended_on recorded_at"


_ONE_CONTRACT = Prepared(
    sa.select(*columns(Contract, _CONTRACT)).where(col(Contract.processor_id) == TENANT, col(Contract.id) == CONTRACT)
)
_HOLD = Prepared(
    sa.select(col(Contract.id))
    .where(col(Contract.processor_id) == TENANT, col(Contract.id) == CONTRACT)
    .with_for_update(key_share=True)
)
_TERMS = Prepared(
    sa.select(*columns(TermsVersion, "id valid_from version_no terms sha256 recorded_at recorded_by_name"))
    .where(col(TermsVersion.processor_id) == TENANT, col(TermsVersion.contract_id) == CONTRACT)
    .order_by(col(TermsVersion.valid_from), col(TermsVersion.version_no))
)


def hold_contract(session: TenantSession, processor_id: int, contract_id: int) -> None:
    """Let one transaction at a time decide about a contract, as `Store.lock_contract` does, without looking at it."""
    if not is_sqlite(session.line):
        say(session, _HOLD, processor_id, contract=contract_id)


def one_contract(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for a contract: one row, or none."""
    return say(session, _ONE_CONTRACT, processor_id, contract=contract_id)


def contract_by_id(session: TenantSession, processor_id: int, contract_id: int) -> Any | None:
    """Give a contract, or None."""
    return next(iter(one_contract(session, processor_id, contract_id)()), None)


def contract_by_ref(session: Session, processor_id: int, ref: str) -> Any | None:
    """Give the contract of a reference, or None."""
    mine = (col(Contract.processor_id) == processor_id, col(Contract.ref) == ref)
    return first_row(session, sa.select(*columns(Contract, _CONTRACT)).where(*mine))


def contracts_of(session: Session, processor_id: int) -> Sequence[Any]:
    """Give all contracts with the controller's ref and name, by reference."""
    return all_rows(session, _with_controller(processor_id).order_by(col(Contract.ref)))


def contracts_page(
    session: Session, processor_id: int, controller_id: int | None, after: int, most: int
) -> Sequence[Any]:
    """Give a part of all contracts, or of one controller's, by id; with the controller's ref and name."""
    statement = _with_controller(processor_id).where(col(Contract.id) > after).order_by(col(Contract.id)).limit(most)
    if controller_id is not None:
        statement = statement.where(col(Contract.controller_id) == controller_id)
    return all_rows(session, statement)


def _with_controller(processor_id: int) -> sa.Select[Any]:
    return (
        sa.select(
            *columns(Contract, _CONTRACT),
            col(Controller.ref).label("controller_ref"),
            col(Controller.name).label("controller_name"),
        )
        .join(Controller, col(Controller.id) == col(Contract.controller_id))
        .where(col(Contract.processor_id) == processor_id, col(Controller.processor_id) == processor_id)
    )


def terms_versions(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for every version of a contract's terms ever recorded, by month, the last recorded of a month last."""
    return say(session, _TERMS, processor_id, contract=contract_id)


def signed_net_cents() -> sa.ColumnElement[int]:
    """Give what a document adds to a net sum; a cancellation, whose amounts are positive, takes away."""
    net = col(Invoice.net_cents)
    return sa.case((col(Invoice.kind) == InvoiceKind.CANCELLATION, -net), else_=net)


def billed_net_cents(session: Session, processor_id: int, contract_id: int) -> int:
    """Give the net sum of a contract's issued documents."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(signed_net_cents()), 0)).where(
        col(Invoice.processor_id) == processor_id, col(Invoice.contract_id) == contract_id
    )
    return int(session.scalars(statement).one())


_OPENING = Prepared(
    sa.select(*columns(OpeningBalance, "id kind contract_id series year month subject rate_class value"))
    .where(
        col(OpeningBalance.processor_id) == TENANT,
        col(OpeningBalance.contract_id) == CONTRACT,
        col(OpeningBalance.withdrawn_by_name).is_(None),
    )
    .order_by(col(OpeningBalance.id))
)


def opening_balances(session: TenantSession, processor_id: int, contract_id: int) -> Later:
    """Ask for what holds of a contract's opening balances."""
    return say(session, _OPENING, processor_id, contract=contract_id)


def opening_rows(session: Session, processor_id: int, contract_id: int | None) -> Sequence[Any]:
    """Give the opening balances in force with the contract's reference (None for the next numbers), oldest first."""
    statement = (
        sa.select(
            *columns(OpeningBalance, "id kind series year month subject rate_class value recorded_at recorded_by_name"),
            col(Contract.ref).label("contract_ref"),
        )
        .join(Contract, col(Contract.id) == col(OpeningBalance.contract_id), isouter=True)
        .where(col(OpeningBalance.processor_id) == processor_id, col(OpeningBalance.withdrawn_by_name).is_(None))
        .order_by(col(OpeningBalance.id))
    )
    if contract_id is not None:
        statement = statement.where(col(OpeningBalance.contract_id) == contract_id)
    return all_rows(session, statement)
